//! Sign-in: the hybrid flow from the first request to the application, and the other pairs of response type and mode.

use vestibule_harness::{browser::Call, idp::EventKind};

use crate::{
    sign_in_steps::next_url,
    world::{Setup, World},
};

// Covers: S0-1.
#[tokio::test]
async fn the_hybrid_flow_signs_the_user_in() {
    let world = World::start().await;
    let browser = world.browser();
    let page = world.sign_in(&browser, "/reports/7?year=2026&q=a%20b").await;
    assert_eq!(page.status, 200, "{:?}\n{}", page.history(), page.body);
    assert_eq!(page.url.as_str(), world.at("/reports/7?year=2026&q=a%20b"));
    let seen = world.app.last();
    assert_eq!(seen.target, "/reports/7?year=2026&q=a%20b");
    assert_eq!(seen.header_values("x-forwarded-user").len(), 1);
    assert_eq!(seen.header("x-forwarded-email"), Some("alice@example.com"));
    assert_eq!(seen.header("x-forwarded-groups"), Some("staff,sales"));
    assert_eq!(world.provider.count(EventKind::Token), 1);
    let token = &world.provider.token_requests()[0];
    assert!(token.code_verifier_ok, "{token:?}");
}

#[tokio::test]
async fn a_response_goes_through_receive_and_continue() {
    let world = World::start().await;
    let page = world.sign_in(&world.browser(), "/wanted").await;
    let trail: Vec<String> =
        page.chain.iter().map(|hop| format!("{} {} {}", hop.method, hop.url.path(), hop.status)).collect();
    assert_eq!(
        trail,
        [
            "GET /wanted 200",
            "GET /authorize 200",
            "POST /login 200",
            "POST /.auth/login/idp/callback 303",
            "GET /.auth/login/idp/continue 303",
            "GET /wanted 200",
        ]
    );
}

// Covers: S0-1.
#[tokio::test]
async fn the_other_pairs_sign_in_too() {
    for (pair, tokens) in [
        ("response_type = \"code\"\nresponse_mode = \"query\"", 1),
        ("response_type = \"code\"\nresponse_mode = \"form_post\"", 1),
        ("response_type = \"id_token\"\nresponse_mode = \"form_post\"", 0),
    ] {
        let world = Setup::new().provider(pair).start().await;
        let page = world.sign_in(&world.browser(), "/wanted?x=1").await;
        assert_eq!(
            (page.status, page.url.as_str()),
            (200, world.at("/wanted?x=1").as_str()),
            "{pair}: {:?}\n{}",
            page.history(),
            page.body
        );
        assert_eq!(world.provider.count(EventKind::Token), tokens, "{pair}");
        assert!(world.app.last().header("x-forwarded-user").is_some(), "{pair}");
    }
}

#[tokio::test]
async fn sign_in_works_over_tls_with_host_cookies() {
    let world = Setup::new().https().start().await;
    let browser = world.browser();
    let page = world.sign_in(&browser, "/wanted").await;
    assert_eq!(
        (page.status, page.url.as_str()),
        (200, world.at("/wanted").as_str()),
        "{:?}\n{}",
        page.history(),
        page.body
    );
    let session = browser.cookie("__Host-vestibule").expect("a session cookie");
    assert!(session.http_only && session.secure && session.host_only, "{session:?}");
    assert_eq!(session.path, "/");
    assert_eq!(browser.rejected_cookies().len(), 0, "{:?}", browser.rejected_cookies());
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
}

#[tokio::test]
async fn a_second_request_needs_no_provider() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    world.provider.unavailable(true);
    let page = browser.navigate(world.at("/again")).await;
    assert_eq!((page.status, world.app.last().target.as_str()), (200, "/again"));
}

// Covers: S0-4, S0-11, K02.
#[tokio::test]
async fn the_authorization_request_is_complete() {
    let world = World::start().await;
    let page = world.browser().navigate_without_following(world.at("/")).await;
    world.assert_starts_sign_in(&page);
    let location = next_url(&page);
    let value = |name: &str| location.query_pairs().find(|(its, _)| its == name).map(|(_, value)| value.into_owned());
    for (name, expected) in [
        ("response_type", "code id_token"),
        ("response_mode", "form_post"),
        ("client_id", world.provider.client_id()),
        ("redirect_uri", &world.at("/.auth/login/idp/callback")),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(value(name).as_deref(), Some(expected), "{name}");
    }
    assert!(value("state").is_some_and(|state| state.len() >= 43));
    assert!(value("nonce").is_some_and(|nonce| nonce.len() == 43));
    assert!(value("code_challenge").is_some_and(|challenge| challenge.len() == 43));
}

#[tokio::test]
async fn the_user_endpoint_shows_no_token() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let me = browser.fetch("GET", &world.at("/.auth/me"), &[], "").await;
    assert_eq!(me.status, 200);
    let body = me.json();
    assert_eq!(body["groups"], serde_json::json!(["staff", "sales"]));
    assert!(body["subject"].is_string() && body["since"].is_string() && body["until"].is_string(), "{body}");
    for token in world.provider.id_tokens() {
        assert!(!body.to_string().contains(&token));
    }
    let anonymous = world.browser().request(Call::new("GET", &world.at("/.auth/me"))).await;
    assert_eq!((anonymous.status, &anonymous.json()["login"]), (401, &"/.auth/login?return_to=%2F".into()));
}
