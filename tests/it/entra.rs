//! Microsoft Entra ID and its kin: whom they name, whose word is believed, and what they say in ways of their own.

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

/// One tenant, as most are configured.
const SINGLE: &str = "issuer = \"{idp}/11111111-aaaa-4000-8000-00000000000a/v2.0\"\nprofile = \"entra\"";
/// Several, through the door of all; the first alone is let in.
const MANY: &str =
    "issuer = \"{idp}/common/v2.0\"\ntenants = [\"11111111-AAAA-4000-8000-00000000000a\"]\nprofile = \"entra\"";

/// Ann of the first tenant.
fn ann() -> User {
    User { full_name: "Ann Example".to_owned(), ..User::of_tenant("ann", "pw", TENANT_1) }
}

/// Entra, at which Ann and `more` may sign in.
fn entra(lines: &str, more: Vec<User>) -> ProfileSetup {
    let users = [vec![ann()], more].concat();
    ProfileSetup::new(Profile::ENTRA, users).provider("idp", lines)
}

/// What the application is told of somebody: `tid.oid`.
fn account(user: &User, at: usize) -> String {
    let (tenant, object) = &user.accounts[at];
    format!("{tenant}.{object}")
}

/// Somebody signs in with a browser of their own.
async fn sign_in(world: &World, name: &str) -> Page {
    world.browser().sign_in(world.at("/wanted"), name, "pw").await
}

/// Asserts that it led to the application, which was told that it is `user`.
fn assert_signed_in(world: &World, page: &Page, user: &str) {
    world.assert_ends_at(page, "/wanted");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some(user));
}
