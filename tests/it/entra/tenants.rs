//! Authorities of Entra, and the tenants and accounts that each admits.

use vestibule_harness::idp::{EventKind, Fault, PERSONAL, Profile, TENANT_1, TENANT_2, User};

use super::{MANY, SINGLE, account, ann, assert_signed_in, entra, sign_in};
use crate::world::{everything_logged, profile_setup::ProfileSetup};

// Covers: S0-7.
#[tokio::test]
async fn every_kind_of_authority_has_the_right_issuer() {
    let tenants = format!("tenants = \"{TENANT_1}\"");
    let discovery = |door: &str| format!("discovery_url = \"{{idp}}/{door}/v2.0/.well-known/openid-configuration\"");
    let template = "issuer = \"{idp}/{tenantid}/v2.0\"";
    for lines in [
        SINGLE.to_owned(),
        format!("{SINGLE}\n{}", discovery("contoso.example")),
        MANY.to_owned(),
        format!("issuer = \"{{idp}}/organizations/v2.0\"\n{tenants}\nprofile = \"entra\""),
        format!("{template}\n{tenants}\nprofile = \"entra\""),
        format!("{template}\n{tenants}\nprofile = \"entra\"\n{}", discovery("organizations")),
    ] {
        let world = entra(&lines, vec![]).start().await;
        assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
        let issued = world.provider.count(EventKind::Token);
        assert_eq!(issued, 1, "{lines}");
    }
}

// Covers: S0-7.
#[tokio::test]
async fn personal_accounts_have_their_own_tenant() {
    let paul = User::of_tenant("paul", "pw", PERSONAL);
    let consumers = format!("issuer = \"{{idp}}/{PERSONAL}/v2.0\"\nprofile = \"entra\"");
    let by_name = format!("{consumers}\ndiscovery_url = \"{{idp}}/consumers/v2.0/.well-known/openid-configuration\"");
    let listed =
        format!("issuer = \"{{idp}}/common/v2.0\"\ntenants = [\"{TENANT_1}\", \"{PERSONAL}\"]\nprofile = \"entra\"");
    for lines in [consumers, by_name, listed] {
        let world = entra(&lines, vec![paul.clone()]).start().await;
        assert_signed_in(&world, &sign_in(&world, "paul").await, &account(&paul, 0));
    }
    // Allowing one tenant allows no other.
    let world = entra(MANY, vec![paul]).start().await;
    world.assert_refused(&sign_in(&world, "paul").await, "id-token-tenant");
    assert_eq!(world.provider.count(EventKind::Token), 0);
    assert!(everything_logged().contains(&format!("the tenant {PERSONAL} is not a configured tenant")));
}

// Covers: S0-7.
#[tokio::test]
async fn a_tenant_domain_name_is_not_its_issuer() {
    let lines = "issuer = \"{idp}/contoso.example/v2.0\"\nprofile = \"entra\"";
    let world = entra(lines, vec![]).without_waiting().start().await;
    let page = world.browser().navigate(world.at("/wanted")).await;
    world.assert_refused(&page, "provider-issuer");
    assert!(
        everything_logged()
            .contains(&format!("the provider calls itself \\\"{}/{TENANT_1}/v2.0", world.provider.base()))
    );
}

// Covers: CVE-D16, B04, S0-7.
#[tokio::test]
async fn a_foreign_tenant_is_refused_before_redemption() {
    let eve = User::of_tenant("eve", "pw", TENANT_2);
    let world = entra(MANY, vec![eve.clone()]).start().await;
    let page = sign_in(&world, "eve").await;
    world.assert_refused(&page, "id-token-tenant");
    assert_eq!((page.status, world.provider.count(EventKind::Token)), (403, 0));
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));

    let any = "issuer = \"{idp}/common/v2.0\"\ntenants = \"any\"\nprofile = \"entra\"";
    let world = entra(any, vec![eve.clone()]).start().await;
    assert_signed_in(&world, &sign_in(&world, "eve").await, &account(&eve, 0));
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
}

// Covers: S0-8.
#[tokio::test]
async fn a_guest_has_another_identity_in_the_home_tenant() {
    let gus = User::of_tenant("gus", "pw", TENANT_2).guest_of(TENANT_1);
    // At the tenant's own authority the guest is one of its users.
    let world = entra(SINGLE, vec![gus.clone()]).start().await;
    assert_signed_in(&world, &sign_in(&world, "gus").await, &account(&gus, 1));
    // The common authority leads to the home tenant, which is not allowed.
    let world = entra(MANY, vec![gus.clone()]).start().await;
    world.assert_refused(&sign_in(&world, "gus").await, "id-token-tenant");
    let both =
        format!("issuer = \"{{idp}}/common/v2.0\"\ntenants = [\"{TENANT_1}\", \"{TENANT_2}\"]\nprofile = \"entra\"");
    let world = entra(&both, vec![gus.clone()]).start().await;
    assert_signed_in(&world, &sign_in(&world, "gus").await, &account(&gus, 0));
    assert_ne!(account(&gus, 0), account(&gus, 1));
}

// Covers: S0-9.
#[tokio::test]
async fn client_ids_are_compared_byte_by_byte() {
    let world = entra(SINGLE, vec![]).start().await;
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
    world.provider.fault(Fault::by_id("B14a"));
    world.assert_refused(&sign_in(&world, "ann").await, "id-token-audience");
}

// Covers: S1-0.
#[tokio::test]
async fn version_1_tokens_are_accepted() {
    let v1 = format!(
        "issuer = \"{{other}}/{TENANT_1}/\"\ndiscovery_url = \"{{idp}}/{TENANT_1}/.well-known/openid-configuration\"\nprofile = \"entra\""
    );
    let many = format!(
        "issuer = \"{{other}}/{{tenantid}}/\"\ntenants = [\"{TENANT_1}\"]\nprofile = \"entra\"\ndiscovery_url = \"{{idp}}/common/.well-known/openid-configuration\""
    );
    for lines in [v1, many] {
        let world = entra(&lines, vec![]).start().await;
        assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
    }
}

// Covers: S0-21.
#[tokio::test]
async fn application_keys_are_fetched_by_client_id() {
    let lines = |query: &str| {
        format!("{SINGLE}\ndiscovery_url = \"{{idp}}/{TENANT_1}/v2.0/.well-known/openid-configuration{query}\"")
    };
    let kind = |lines: &str| ProfileSetup::new(Profile::ENTRA_OWN_KEY, vec![ann()]).provider("idp", lines);
    let world = kind(&lines("?appid=vestibule")).start().await;
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
    let world = kind(&lines("")).start().await;
    world.assert_refused(&sign_in(&world, "ann").await, "id-token-unknown-key");
}
