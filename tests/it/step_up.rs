//! Step-up: a route that requires a recent or a stronger sign-in asks for one, at most twice.

use std::time::Duration;

use vestibule_harness::{
    browser::{Browser, Call, Page},
    idp::{EventKind, Fault, FaultPoint},
};

use crate::{
    sign_in_steps::{next_url, session_cookie},
    world::{Setup, World},
};

#[tokio::test]
async fn a_first_sign_in_requests_the_required_acr() {
    let world = start("").await;
    let page = world.sign_in(&world.browser(), "/strong/page").await;
    world.assert_ends_at(&page, "/strong/page");
    let asked = world.authorization_requests();
    assert_eq!((asked.len(), asked[0].value("acr_values")), (1, Some("urn:test:mfa urn:test:hardware")));
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:test:mfa","urn:test:hardware"]}}}"#;
    assert_eq!(asked[0].value("claims"), Some(claims));
    assert_eq!(asked[0].value("max_age"), None);
}

// Covers: CVE-E2.
#[tokio::test]
async fn step_up_replaces_the_session() {
    for path in ["/strong", "/context"] {
        let world = start("").await;
        let browser = world.signed_in().await;
        let before = session_cookie(&browser);
        let page = world.sign_in(&browser, path).await;
        world.assert_ends_at(&page, path);
        assert_eq!((world.authorization_requests().len(), world.redemptions()), (2, 2));
        assert_ne!(session_cookie(&browser), before);
        let old = world.browser();
        old.set_cookie_raw(&world.url, &format!("vestibule={}; Path=/", before.expect("a session")));
        assert_eq!(old.fetch("GET", &world.at("/"), &[], "").await.status, 401, "the former session has ended");
        for path in [path, "/"] {
            let still = browser.navigate(world.at(path)).await;
            assert_eq!(still.history(), [format!("GET {path} 200")], "and the new one is good for all");
        }
    }
}

#[tokio::test]
async fn an_old_sign_in_is_renewed_by_step_up() {
    let world = start("").await;
    let browser = world.signed_in().await;
    world.assert_ends_at(&browser.navigate(world.at("/fresh")).await, "/fresh");
    world.advance(Duration::from_secs(14 * 60));
    world.assert_ends_at(&browser.navigate(world.at("/fresh")).await, "/fresh");
    world.advance(Duration::from_secs(3 * 60));
    let page = browser.navigate(world.at("/fresh")).await;
    assert!(page.login_form().is_some(), "seventeen minutes are too long: {:?}", page.history());
    world.assert_ends_at(&browser.navigate(world.at("/")).await, "/");
    world.assert_ends_at(&world.sign_in(&browser, "/fresh").await, "/fresh");
    let ages: Vec<_> =
        world.authorization_requests().iter().map(|asked| asked.value("max_age").map(str::to_owned)).collect();
    assert_eq!(ages, [None, Some("900".to_owned()), Some("900".to_owned())]);
}

// Covers: CVE-E16, B39.
#[tokio::test]
async fn a_missing_acr_ends_with_a_page() {
    for place in [FaultPoint::Front, FaultPoint::Back] {
        for fault in ["B39a", "B39b", "B39c"] {
            let world = start("").await;
            let browser = world.signed_in().await;
            world.provider.fault(Fault::by_id(fault).at(place));
            let page = world.sign_in(&browser, "/strong").await;
            world.assert_refused(&page, "id-token-acr");
            let redeemed = if place == FaultPoint::Front { 1 } else { 2 };
            assert_eq!((world.authorization_requests().len(), world.redemptions()), (2, redeemed), "{fault} {place:?}");
            assert!(page.links().iter().any(|link| link.query() == Some("return_to=%2Fstrong")), "{:?}", page.links());
            let still = browser.navigate(world.at("/")).await;
            assert_eq!(still.history(), ["GET / 200"], "the session is unchanged");
        }
    }
}

// Covers: CVE-E16, B37.
#[tokio::test]
async fn step_up_sends_at_most_two_authorization_requests() {
    let world = start("").await;
    let browser = world.signed_in().await;
    world.advance(Duration::from_secs(20 * 60));
    for place in [FaultPoint::Front, FaultPoint::Back] {
        world.provider.fault(Fault::by_id("B37").at(place));
    }
    world.provider.clear_events();
    let page = world.sign_in(&browser, "/fresh").await;
    world.assert_refused(&page, "id-token-auth-old");
    let asked = world.authorization_requests();
    assert_eq!(asked.iter().map(|one| one.value("prompt")).collect::<Vec<_>>(), [None, Some("login")]);
    assert!(asked.iter().all(|one| one.value("max_age") == Some("900")), "{asked:?}");
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Token)), (0, 0));
    world.assert_ends_at(&browser.navigate(world.at("/")).await, "/");
    world.provider.clear_faults();
    world.assert_ends_at(&world.sign_in(&browser, "/fresh").await, "/fresh");
}

// Covers: B37.
#[tokio::test]
async fn one_fresh_sign_in_is_enough() {
    let world = start("").await;
    let browser = world.signed_in().await;
    world.advance(Duration::from_secs(20 * 60));
    let page = browser.navigate(world.at("/fresh")).await;
    world.provider.fault(Fault::by_id("B37"));
    let form = page.login_form().expect("the provider's login page");
    let answer = browser.submit(&page, form, &[("username", "alice"), ("password", "wonderland")]).await;
    world.provider.clear_faults();
    world.assert_ends_at(&browser.continue_sign_in(answer, "alice", "wonderland").await, "/fresh");
    assert_eq!(world.authorization_requests().last().expect("a request").value("prompt"), Some("login"));
}

// Covers: B43.
#[tokio::test]
async fn another_user_does_not_replace_a_session() {
    for pair in ["", "response_type = \"code\"\nresponse_mode = \"query\"", "response_type = \"id_token\""] {
        let world = start(pair).await;
        let browser = world.signed_in().await;
        let before = session_cookie(&browser);
        browser.remove_cookie("test-provider-session");
        let page = browser.sign_in(world.at("/strong"), "bob", "builder").await;
        world.assert_refused(&page, "other-person");
        assert!(page.links().iter().any(|link| link.path() == "/.auth/logout"), "{:?}", page.links());
        assert_eq!(session_cookie(&browser), before);
        world.assert_ends_at(&browser.navigate(world.at("/")).await, "/");
        assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-alice"));
        // After Alice has signed out, Bob can sign in.
        browser.submit(&browser.navigate(world.at("/.auth/logout")).await, 0, &[]).await;
        world.assert_ends_at(&browser.sign_in(world.at("/strong"), "bob", "builder").await, "/strong");
    }
}

// Covers: B43, S0-24.
#[tokio::test]
async fn a_silent_sign_in_replaces_no_user() {
    let world = start("authorize = { prompt = \"none\" }").await;
    let browser = world.browser();
    let at_provider = |who: &'static str, password: &'static str| {
        let (world, browser) = (&world, &browser);
        async move {
            let asked = world.browser().navigate_without_following(world.at("/")).await;
            let plain = next_url(&asked).as_str().replace("prompt=none", "prompt=login");
            browser.sign_in(plain, who, password).await
        }
    };
    at_provider("alice", "wonderland").await;
    world.assert_ends_at(&world.sign_in(&browser, "/").await, "/");
    at_provider("bob", "builder").await;
    // Alice is not allowed there and starts a sign-in; the provider does not ask which account to use.
    let page = browser.navigate(world.at("/.auth/login?return_to=/group")).await;
    let page = browser.continue_sign_in(page, "", "").await;
    world.assert_refused(&page, "other-person");
    world.assert_ends_at(&browser.navigate(world.at("/")).await, "/");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-alice"));
}

// Covers: K10.
#[tokio::test]
async fn other_requests_get_a_reason_and_no_redirect() {
    let world = start("").await;
    let browser = world.signed_in().await;
    let call = browser.fetch("GET", &world.at("/strong/api"), &[], "").await;
    assert_eq!((call.status, &call.json()["reason"]), (401, &"step-up-required".into()));
    assert_eq!(call.json()["login"], "/.auth/login?return_to=%2F");
    let navigation = Call::navigation(&world.at("/strong"));
    let head = browser.request(navigation.method("HEAD")).await;
    assert_eq!((head.status, head.set_cookies().len()), (401, 0));
    let hits = world.app.hits();
    for change in [("POST", "sec-fetch-dest", "document"), ("GET", "sec-fetch-dest", "iframe")] {
        let call = Call::navigation(&world.at("/strong")).method(change.0).set(change.1, change.2);
        let answer = browser.request(call).await;
        assert_eq!((answer.status, answer.set_cookies().len()), (401, 0), "{change:?}");
        assert!(answer.body.contains("<dd id=\"reason\">step-up-required</dd>"), "{}", answer.body);
        assert!(answer.body.contains("login?return_to=%2Fstrong\""), "{}", answer.body);
    }
    assert_eq!((world.app.hits(), world.authorization_requests().len()), (hits, 1));
}

#[tokio::test]
async fn users_without_the_group_get_no_step_up() {
    let world = start("").await;
    let browser = world.signed_in().await;
    world.assert_refused(&browser.navigate(world.at("/board")).await, "not-allowed");
    assert_eq!(world.authorization_requests().len(), 1);
}

#[tokio::test]
async fn the_login_path_requests_the_pages_acr() {
    let world = start("").await;
    let browser: Browser = world.signed_in().await;
    let page: Page = world.sign_in(&browser, "/.auth/login?return_to=/strong").await;
    world.assert_ends_at(&page, "/strong");
    assert_eq!(
        world.authorization_requests().last().expect("a request").value("acr_values"),
        Some("urn:test:mfa urn:test:hardware")
    );
}

async fn start(provider: &str) -> World {
    Setup::new().provider(provider).routes(ROUTES).start().await
}

const ROUTES: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/strong"
    upstream = "{app}"
    allow = { acr = ["urn:test:mfa", "urn:test:hardware"] }
    [[route]]
    path = "/context"
    upstream = "{app}"
    allow = { acrs = "c1" }
    [[route]]
    path = "/fresh"
    upstream = "{app}"
    allow = { max_age = "15m" }
    [[route]]
    path = "/group"
    upstream = "{app}"
    allow = { groups = "board" }
    [[route]]
    path = "/board"
    upstream = "{app}"
    allow = { groups = "board", acr = "urn:test:mfa" }
"#;
