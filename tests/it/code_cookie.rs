//! A code without ID token (`code`, `form_post`) waits in the answer cookie: it is not verified yet, so it must not use the store.

use std::time::Duration;

use vestibule_harness::browser::{Call, Page, Response};

use crate::{
    sign_in_steps::{cookies_with_prefix, next_url, post_response, session_cookie},
    world::{Setup, World},
};

// Covers: C03, B28.
#[tokio::test]
async fn a_code_in_a_cookie_is_redeemed_once() {
    let world = start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let (one, two) = (post_response(&browser, &answer).await, post_response(&browser, &answer).await);
    let carried = cookies_with_prefix(&browser, "vestibule-answer-");
    let code = answer.forms()[0].field("code").expect("a code").to_owned();
    assert!(carried.len() == 1 && carried[0].1.starts_with("code.") && !carried[0].1.contains(&code), "{carried:?}");

    let other = world.browser();
    other.set_cookie_raw(&world.url, &format!("{}={}; Path=/", carried[0].0, carried[0].1));
    let page = other.navigate(next_url(&one)).await;
    world.assert_refused(&page, "other-browser");
    assert_eq!((session_cookie(&other), world.redemptions()), (None, 0));

    world.assert_ends_at(&browser.follow(&one).await, "/wanted");
    let first = session_cookie(&browser);
    world.assert_ends_at(&browser.follow(&two).await, "/wanted");
    assert_eq!((session_cookie(&browser), world.redemptions()), (first, 1));
}

#[tokio::test]
async fn a_code_in_a_cookie_expires_after_a_minute() {
    for (later, waits) in [(59, true), (61, false)] {
        let world = start().await;
        let browser = world.browser();
        let posted = world.posted_response(&browser, "/wanted").await;
        // The browser's clock is not advanced.
        world.advance(Duration::from_secs(later));
        let page = browser.navigate_without_following(next_url(&posted)).await;
        assert_eq!((session_cookie(&browser).is_some(), world.redemptions() == 1), (waits, waits), "{later} s");
        if !waits {
            world.assert_starts_sign_in(&page);
        }
    }
}

#[tokio::test]
async fn a_code_in_a_cookie_survives_a_restart() {
    let provider = CODE_FORM_POST;
    let mut world = Setup::new().provider(provider).session("secret = { file = \"{secret}\" }").start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    world.restart().await;
    world.assert_ends_at(&browser.navigate(next_url(&posted)).await, "/wanted");
}

// Covers: K11.
#[tokio::test]
async fn forged_codes_do_not_affect_other_sign_ins() {
    let world = Setup::new().provider(CODE_FORM_POST).trust("proxies = [\"127.0.0.1\"]").start().await;
    let other_browser = world.browser();
    let answer = world.authorization_response(&other_browser, "/").await;
    for number in 0..100 {
        let answered = post_forged_code(&world, &answer, (1, format!("made-up-{number}"))).await;
        assert_eq!(answered.status, 303, "a short one takes no room at all");
    }
    // Each client has its share of the room.
    let mut stored = 0;
    for client in 1..=16 {
        while post_forged_code(&world, &answer, (client, format!("{stored}-{}", "x".repeat(3000)))).await.status == 303
        {
            stored += 1;
            assert!(stored <= 1000, "long ones have an end");
        }
    }
    assert_eq!(stored, 1000);
    world.assert_ends_at(&world.sign_in(&world.browser(), "/wanted").await, "/wanted");
    // The sign-in with that state still succeeds.
    world.assert_ends_at(&other_browser.submit(&answer, 0, &[]).await, "/");
}

/// Posts a forged code with a valid state, from a client without cookies whose address ends with this number.
async fn post_forged_code(world: &World, answer: &Page, (client, code): (u8, String)) -> Response {
    let form = &answer.forms()[0];
    let field = |name: &str| form.field(name).unwrap_or_default();
    let call = Call::navigation(form.action.as_str()).method("POST").without_cookies();
    let call = call.header("x-forwarded-for", &format!("192.0.2.{client}"));
    let call = call.form(&[("state", field("state")), ("code", &code), ("iss", field("iss"))]);
    world.browser().request(call).await
}

async fn start() -> World {
    Setup::new().provider(CODE_FORM_POST).start().await
}

const CODE_FORM_POST: &str = "response_type = \"code\"\nresponse_mode = \"form_post\"";
