//! Related products: External ID, Azure AD B2C, AD FS, other clouds.

use vestibule_harness::idp::{EventKind, Profile, TENANT_1, User};

use super::{account, ann, assert_signed_in, sign_in};
use crate::world::{everything_logged, profile_setup::ProfileSetup};

// Covers: S1-0.
#[tokio::test]
async fn external_id_issuers_use_the_tenant_id_host() {
    let lines = format!(
        "issuer = \"{{other}}/{TENANT_1}/v2.0\"\nprofile = \"entra\"\n\
         discovery_url = \"{{idp}}/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration\""
    );
    let world = ProfileSetup::new(Profile::CIAM, vec![ann()]).provider("idp", &lines).start().await;
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));

    // The metadata address proves nothing: the issuer in the metadata must be the configured one.
    let other = lines.replace("{other}", "{idp}");
    let world = ProfileSetup::new(Profile::CIAM, vec![ann()]).provider("idp", &other).without_waiting().start().await;
    world.assert_refused(&world.browser().navigate(world.at("/wanted")).await, "provider-issuer");
}

// Covers: E02.
#[tokio::test]
async fn b2c_issuers_differ_from_the_metadata_address() {
    let discovery =
        "discovery_url = \"{idp}/contoso.onmicrosoft.com/b2c_1_sign_in/v2.0/.well-known/openid-configuration\"";
    let kind = |issuer: String| {
        let lines = format!("issuer = \"{issuer}\"\n{discovery}");
        ProfileSetup::new(Profile::B2C, vec![User::new("bert", "pw")]).provider("idp", &lines)
    };
    let world = kind(format!("{{idp}}/{TENANT_1}/v2.0/")).start().await;
    assert_signed_in(&world, &sign_in(&world, "bert").await, "subject-of-bert");
    assert_eq!(world.provider.count(EventKind::Token), 1);

    let world = kind(format!("{{idp}}/{TENANT_1}/v2.0")).without_waiting().start().await;
    world.assert_refused(&world.browser().navigate(world.at("/wanted")).await, "provider-issuer");
}

// Covers: S1-0.
#[tokio::test]
async fn ad_fs_users_are_identified_by_sub() {
    let lines = "issuer = \"{idp}/adfs\"\nclient_auth = \"client_secret_post\"";
    let world = ProfileSetup::new(Profile::ADFS, vec![User::new("dora", "pw")]).provider("idp", lines).start().await;
    assert_signed_in(&world, &sign_in(&world, "dora").await, "subject-of-dora");
    // AD FS has no tenants, so no identity is made from a missing tenant id.
    let lines = format!("{lines}\nprofile = \"entra\"");
    let world = ProfileSetup::new(Profile::ADFS, vec![User::new("dora", "pw")]).provider("idp", &lines).start().await;
    world.assert_refused(&sign_in(&world, "dora").await, "id-token-account");
    assert!(everything_logged().contains("for AD FS and Azure AD B2C leave profile out"));
}
