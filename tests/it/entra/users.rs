//! Claims of Entra about a user, and which of them are used.

use serde_json::{Value, json};
use vestibule_harness::{
    browser::Call,
    idp::{EventKind, TENANT_1, User},
};

use super::{SINGLE, account, ann, assert_signed_in, entra, sign_in};
use crate::world::{everything_logged, logged};

// Covers: S1-2.
#[tokio::test]
async fn sign_in_works_without_an_email() {
    let nora = User { email: String::new(), ..User::of_tenant("nora", "pw", TENANT_1) };
    let world = entra(SINGLE, vec![nora.clone()]).start().await;
    assert_signed_in(&world, &sign_in(&world, "nora").await, &account(&nora, 0));
    assert_eq!(world.app.last().header("x-forwarded-email"), None);
    assert_eq!(world.app.last().header("x-forwarded-preferred-username"), Some("nora"));
}

// Covers: S1-2.
#[tokio::test]
async fn an_email_is_used_when_its_domain_is_verified() {
    let with = |name: &str, edov: Value| User::of_tenant(name, "pw", TENANT_1).with_claim("xms_edov", edov);
    let people = [
        ("yes", json!(true), true),
        ("one", json!(1), true),
        ("text", json!("1"), true),
        ("true", json!("true"), true),
        ("no", json!(false), false),
        ("zero", json!("0"), false),
    ];
    let users = people.iter().map(|(name, edov, _)| with(name, edov.clone())).collect();
    let plain = User::of_tenant("plain", "pw", TENANT_1);
    let world = entra(SINGLE, [users, vec![plain]].concat()).start().await;
    for (name, verified) in people.iter().map(|(name, _, verified)| (*name, *verified)).chain([("plain", false)]) {
        let page = sign_in(&world, name).await;
        world.assert_ends_at(&page, "/wanted");
        let address = format!("{name}@example.com");
        let expected = verified.then_some(address.as_str());
        assert_eq!(world.app.last().header("x-forwarded-email"), expected, "{name}");
    }
}

// Covers: S0-12.
#[tokio::test]
async fn without_object_id_the_sign_in_is_refused() {
    // Entra omits `oid` without the scope `profile`, which is an error in the configuration.
    let nobody = User::of_tenant("nobody", "pw", TENANT_1).with_claim("oid", Value::Null);
    let world = entra(SINGLE, vec![nobody]).start().await;
    world.assert_refused(&sign_in(&world, "nobody").await, "id-token-account");
    assert_eq!(world.provider.count(EventKind::Token), 0);
}

// Covers: S0-12.
#[tokio::test]
async fn without_profile_scope_a_user_is_identified_by_sub() {
    let lines = format!("{}\nscopes = [\"openid\"]", SINGLE.replace("\nprofile = \"entra\"", ""));
    let world = entra(&lines, vec![]).start().await;
    let page = sign_in(&world, "ann").await;
    world.assert_ends_at(&page, "/wanted");
    let user = world.app.last().header("x-forwarded-user").expect("a subject").to_owned();
    assert_eq!((user.len(), user.contains('.')), (43, false), "{user}");
    assert_eq!(world.app.last().header("x-forwarded-name"), None);
    // The log names a better configuration.
    assert!(everything_logged().contains("set profile = \\\"entra\\\""));
}

// Covers: B47.
#[tokio::test]
async fn too_many_groups_are_treated_as_none() {
    let in_groups = |name: &str, count: usize| User {
        groups: (0..count).map(|at| format!("0000aaaa-11bb-cccc-dd22-{at:012}")).collect(),
        ..User::of_tenant(name, "pw", TENANT_1)
    };
    // Six groups are too many in the front channel, and not at the token endpoint.
    let world = entra(SINGLE, vec![in_groups("few", 3), in_groups("some", 150), in_groups("many", 201)])
        .routes(RULE_ON_GROUPS)
        .start()
        .await;
    for name in ["few", "some"] {
        world.assert_ends_at(&sign_in(&world, name).await, "/wanted");
    }
    let browser = world.browser();
    let page = browser.sign_in(world.at("/wanted"), "many", "pw").await;
    world.assert_refused(&page, "groups-unknown");
    assert_eq!(page.status, 403);
    let log = logged(page.header("x-request-id").expect("a request id"));
    assert!(log.iter().any(|line| line["hint"].as_str().is_some_and(|hint| hint.contains("app roles"))), "{log:?}");
    // A route without a group rule is open, and the application receives no groups.
    assert_eq!(browser.navigate(world.at("/open")).await.status, 200);
    assert_eq!(world.app.last().header("x-forwarded-groups"), None);
    // A user without any group gets a page that says so.
    world.assert_refused(&sign_in(&world, "ann").await, "not-allowed");
}

// Covers: S1-3.
#[tokio::test]
async fn roles_are_compared_byte_by_byte() {
    let rita = User::of_tenant("rita", "pw", TENANT_1).with_claim("roles", json!(["Payroll.Read"]));
    let rob = User::of_tenant("rob", "pw", TENANT_1).with_claim("roles", json!(["payroll.read", "Payroll"]));
    let world = entra(SINGLE, vec![rita, rob])
        .routes("[[route]]\nupstream = \"{app}\"\nallow = { roles = [\"Payroll.Read\"] }\n")
        .start()
        .await;
    world.assert_ends_at(&sign_in(&world, "rita").await, "/wanted");
    world.assert_refused(&sign_in(&world, "rob").await, "not-allowed");
    world.assert_refused(&sign_in(&world, &ann().name).await, "not-allowed");
}

// Covers: J04.
#[tokio::test]
async fn entra_front_channel_logout_sends_sid_only() {
    let sid = "0000aaaa-11bb-cccc-dd22-eeeeee333333";
    let sara = User::of_tenant("sara", "pw", TENANT_1).with_claim("sid", sid.into());
    let issuer = format!("{{idp}}/{TENANT_1}/v2.0");
    for (query, ends) in [
        (format!("sid={sid}"), true),
        (format!("sid={sid}&iss={issuer}"), true),
        (format!("sid={sid}&iss={issuer}/"), false),
        ("sid=".to_owned(), false),
        (format!("iss={issuer}"), false),
    ] {
        let world = entra(SINGLE, vec![sara.clone()]).start().await;
        let browser = world.browser();
        world.assert_ends_at(&browser.sign_in(world.at("/wanted"), "sara", "pw").await, "/wanted");
        let query = query.replace("{idp}", world.provider.base());
        let frame = Call::new("GET", &world.at(&format!("/.auth/logout/idp/frontchannel?{query}")));
        let answer = world.browser().request(frame.header("sec-fetch-dest", "iframe").without_cookies()).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let me = browser.request(Call::fetch("GET", &world.at("/.auth/me"), &[])).await;
        assert_eq!(me.status == 401, ends, "{query}");
    }
}

const RULE_ON_GROUPS: &str = "[[route]]\nupstream = \"{app}\"\n\
    allow = { groups = [\"0000aaaa-11bb-cccc-dd22-000000000002\"] }\n\n[[route]]\npath = \"/open\"\nupstream = \"{app}\"\n";
