//! A claim is compared in rules as the application receives it (sign-in rule 24).

use serde_json::{Value, json};
use vestibule_harness::idp::User;

use crate::world::{Setup, World};

// Covers: L45.
#[tokio::test]
async fn a_value_that_arrives_otherwise_meets_no_rule() {
    for claim in [" sales", "sales ", "\tsales", "sales\n", "sales\u{a0}", "\u{feff}sales", "sal\u{85}es", "sales\0"] {
        let world = world(User::alice().with_claim("department", json!(claim)).with_claim("name", json!(claim))).await;
        let browser = world.signed_in().await;
        let hits = world.app.hits();
        world.assert_refused(&browser.navigate(world.at("/sales")).await, "not-allowed");
        assert_eq!(world.app.hits(), hits, "{claim:?}");
        assert_eq!(browser.navigate(world.at("/")).await.status, 200);
        let seen = world.app.last();
        assert_eq!((seen.header("x-department"), seen.header("x-name")), (None, None), "{claim:?}");
        let me = browser.fetch("GET", &world.at("/.auth/me"), &[], "").await;
        assert_eq!(me.json()["name"], Value::Null, "{claim:?}");
    }
}

// Covers: L45.
#[tokio::test]
async fn groups_are_the_same_in_rules_headers_and_me() {
    let groups = json!(["admin,ops", " admin", 5, true, "", null, "ünï code"]);
    let world = world(User::alice().with_claim("groups", groups)).await;
    let browser = world.signed_in().await;
    let seen = world.app.last();
    let sent = seen.header("x-forwarded-groups").or(seen.header("x-groups")).map(str::to_owned);
    assert_eq!(sent.as_deref(), Some("admin%2Cops,%20admin,5,true,ünï code"));
    let me = browser.fetch("GET", &world.at("/.auth/me"), &[], "").await.json();
    assert_eq!(me["groups"], json!(["admin,ops", " admin", "5", "true", "ünï code"]));
    for (path, status) in [("/number", 200), ("/comma", 200), ("/admin", 403), ("/ops", 403)] {
        assert_eq!(browser.navigate(world.at(path)).await.status, status, "{path}");
    }
}

// Covers: L45.
#[tokio::test]
async fn one_group_with_a_comma_stays_one() {
    let world = world(User::alice().with_claim("groups", json!("users,admin"))).await;
    let browser = world.signed_in().await;
    assert_eq!(world.app.last().header("x-groups"), Some("users%2Cadmin"));
    assert_eq!(browser.navigate(world.at("/admin")).await.status, 403);
}

#[tokio::test]
async fn a_rule_on_the_subject_is_on_the_name_that_is_sent() {
    let world = world(User::alice()).await;
    let browser = world.signed_in().await;
    assert_eq!(browser.navigate(world.at("/alice")).await.status, 200);
    assert_eq!(world.app.last().header("x-user"), Some("subject-of-alice"));
}

// Covers: L45.
#[tokio::test]
async fn a_subject_with_blanks_at_its_ends_is_refused() {
    for subject in [" subject-of-bob", "subject-of-bob "] {
        let world = world(User { subject: subject.to_owned(), ..User::alice() }).await;
        let page = world.sign_in(&world.browser(), "/").await;
        world.assert_refused(&page, "id-token-subject");
        assert_eq!(world.app.hits(), 0);
    }
}

async fn world(alice: User) -> World {
    let rule = |path: &str, allow: &str| {
        format!("[[route]]\npath = \"{path}\"\nupstream = \"{{app}}\"\nallow = {{ {allow} }}\n{HEADERS}")
    };
    let routes = [
        format!("[[route]]\nupstream = \"{{app}}\"\n{HEADERS}"),
        rule("/sales", "claims = { department = \"sales\" }"),
        rule("/number", "groups = \"5\""),
        rule("/comma", "groups = \"admin,ops\""),
        rule("/admin", "groups = \"admin\""),
        rule("/ops", "groups = \"ops\""),
        rule("/alice", "claims = { sub = \"subject-of-alice\" }"),
    ];
    Setup::new().users(vec![alice]).routes(&routes.concat()).start().await
}

const HEADERS: &str =
    "headers = { X-User = \"sub\", X-Name = \"name\", X-Department = \"department\", X-Groups = \"groups\" }\n";
