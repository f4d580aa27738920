//! Microsoft Entra ID and related products: issuers, verified addresses, and deviations from the specifications.

mod attacks;
mod other_products;
mod tenants;
mod tokens;
mod users;

use vestibule_harness::{
    browser::Page,
    idp::{Profile, TENANT_1, User},
};

use crate::world::{World, profile_setup::ProfileSetup};

/// A single tenant, the usual configuration.
const SINGLE: &str = "issuer = \"{idp}/11111111-aaaa-4000-8000-00000000000a/v2.0\"\nprofile = \"entra\"";
/// The `organizations` authority, with the first tenant allowed.
const MANY: &str =
    "issuer = \"{idp}/common/v2.0\"\ntenants = [\"11111111-AAAA-4000-8000-00000000000a\"]\nprofile = \"entra\"";

/// Ann, a user of the first tenant.
fn ann() -> User {
    User { full_name: "Ann Example".to_owned(), ..User::of_tenant("ann", "pw", TENANT_1) }
}

/// A world with Entra, where Ann and `more` have accounts.
fn entra(lines: &str, more: Vec<User>) -> ProfileSetup {
    let users = [vec![ann()], more].concat();
    ProfileSetup::new(Profile::ENTRA, users).provider("idp", lines)
}

/// The identity that the application receives: `tid.oid`.
fn account(user: &User, at: usize) -> String {
    let (tenant, object) = &user.accounts[at];
    format!("{tenant}.{object}")
}

/// Signs a user in with a new browser.
async fn sign_in(world: &World, name: &str) -> Page {
    world.browser().sign_in(world.at("/wanted"), name, "pw").await
}

/// Asserts that the sign-in ended at the application, which received `user` as the identity.
fn assert_signed_in(world: &World, page: &Page, user: &str) {
    world.assert_ends_at(page, "/wanted");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some(user));
}
