//! The response in the query (`code`, `query`): the URL holds the code, so the callback shows no page and always redirects.

use vestibule_harness::{
    browser::{Browser, Call, Page},
    idp::Fault,
};

use crate::{
    sign_in_steps::{login_cookies, next_url, session_cookie},
    world::{Setup, World, everything_logged, logged, wait_until},
};

#[tokio::test]
async fn the_query_flow_takes_one_step() {
    let world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted?x=1").await;
    let page = browser.navigate(&callback).await;
    world.assert_ends_at(&page, "/wanted?x=1");
    assert_eq!(page.history(), ["GET /.auth/login/idp/callback 303", "GET /wanted 200"]);
    let before = session_cookie(&browser);
    world.assert_ends_at(&browser.navigate(&callback).await, "/wanted?x=1");
    assert_eq!((session_cookie(&browser), world.redemptions()), (before, 1));
}

// Covers: S1-13.
#[tokio::test]
async fn a_trailing_fragment_is_ignored() {
    let world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted?x=1").await;
    let page = browser.navigate(format!("{callback}#")).await;
    assert_eq!((page.status, world.app.last().target.as_str()), (200, "/wanted?x=1"), "{:?}", page.history());
}

// Covers: C03.
#[tokio::test]
async fn a_response_in_another_browser_is_refused() {
    let world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted").await;
    let other = world.browser();
    let page = other.continue_sign_in(other.navigate(&callback).await, "", "").await;
    world.assert_refused(&page, "no-cookies");
    assert_eq!((session_cookie(&other), world.redemptions()), (None, 0));
    world.assert_ends_at(&browser.navigate(&callback).await, "/wanted");
}

// A provider answers in the fragment when somebody changed `response_mode` in the address of the sign-in. Browsers carry a
// fragment over a redirect, and a script of the site that opened the window could read it there.
// Covers: C14, L05.
#[tokio::test]
async fn refusals_redirect_to_continue() {
    for (fault, reason) in [
        ("C14", "state-missing"),
        ("C01", "state-missing"),
        ("C02a", "state-forged"),
        ("C07", "answer-incomplete"),
        ("C09a", "answer-incomplete"),
        ("C09b", "answer-code"),
        ("C10a", "answer-malformed"),
        ("C10d", "answer-malformed"),
        ("C22", "provider-denied"),
        ("C25", "answer-contradictory"),
        ("C29", "answer-issuer"),
        ("C30", "answer-issuer"),
        ("D01", "token-grant-refused"),
        ("D22a", "id-token-nonce"),
    ] {
        let world = start().await;
        let browser = world.browser();
        world.provider.fault(Fault::by_id(fault));
        let page = world.sign_in(&browser, "/wanted").await;
        world.assert_refused(&page, reason);
        assert!(
            page.url.path().ends_with("/continue") && !page.url.as_str().contains("code="),
            "{fault}: {}",
            page.url
        );
        assert_eq!(session_cookie(&browser), None, "{fault}");
    }
}

#[tokio::test]
async fn a_restart_without_secret_is_reported_at_continue() {
    let mut world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted").await;
    world.restart().await;
    let page = browser.navigate(&callback).await;
    world.assert_refused(&page, "other-instance");
    assert!(page.url.path().ends_with("/continue"), "{}", page.url);
}

#[tokio::test]
async fn frames_and_prefetches_redeem_nothing() {
    let world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted").await;
    let before = login_cookies(&browser);
    for (name, value) in [("sec-fetch-dest", "iframe"), ("sec-purpose", "prefetch"), ("sec-fetch-mode", "cors")] {
        let answer = browser.request(Call::navigation(&callback).set(name, value)).await;
        let location = answer.header("location").unwrap_or_default();
        assert!(answer.status == 303 && location.starts_with("/.auth/login/idp/continue?t="), "{name}: {answer:?}");
    }
    assert_eq!((login_cookies(&browser), world.redemptions()), (before, 0));
    world.assert_ends_at(&browser.navigate(&callback).await, "/wanted");
}

// Covers: K07.
#[tokio::test]
async fn the_code_appears_in_no_log() {
    let world = start().await;
    let browser = world.browser();
    let callback = callback(&world, &browser, "/wanted").await;
    let page = browser.navigate_without_following(&callback).await;
    let request = page.header("x-request-id").expect("a request id").to_owned();
    wait_until(|| logged(&request).iter().any(|line| line["path"] == "/.auth/login/idp/callback")).await;
    let code = world.provider.token_requests()[0].code.clone().expect("a code");
    assert!(callback.contains(&code) && !everything_logged().contains(&code));
}

async fn start() -> World {
    Setup::new().provider("response_type = \"code\"\nresponse_mode = \"query\"").start().await
}

/// The URL of the response, to which the provider redirects the browser; it is not followed.
pub(crate) async fn callback(world: &World, browser: &Browser, path: &str) -> String {
    let login: Page = browser.navigate(world.at(path)).await;
    let form = login.login_form().expect("the provider's login page");
    let values = [("username", "alice"), ("password", "wonderland")];
    next_url(&browser.submit_without_following(&login, form, &values).await).to_string()
}
