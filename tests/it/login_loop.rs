//! Login loops: a browser that loses every session is stopped; a browser that signs in often is not.

use std::time::Duration;

use vestibule_harness::{
    browser::Browser,
    idp::{EventKind, Fault},
};

use crate::{
    sign_in_steps::{cookies_with_prefix, next_url, post_response},
    world::World,
};

#[tokio::test]
async fn sign_ins_without_session_stop_with_the_likely_cause() {
    let world = World::start().await;
    let browser = world.browser();
    lose_sessions(&world, &browser, 3).await;
    let begun = world.provider.nonces().len();
    let page = browser.navigate(world.at("/wanted?x=1")).await;
    world.assert_refused(&page, "sign-in-loop");
    assert_eq!((page.status, world.provider.nonces().len()), (403, begun), "no further authorization request");
    assert!(page.body.contains("cookies"), "the likely cause: {}", page.body);
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted?x=1");
}

#[tokio::test]
async fn only_recent_sign_ins_are_counted() {
    let world = World::start().await;
    let browser = world.browser();
    lose_sessions(&world, &browser, 2).await;
    world.advance(Duration::from_secs(151));
    lose_sessions(&world, &browser, 2).await;
    world.assert_ends_at(&world.sign_in(&browser, "/wanted").await, "/wanted");
}

#[tokio::test]
async fn signing_out_resets_the_count() {
    let world = World::start().await;
    let browser = world.browser();
    for _ in 0..8 {
        world.assert_ends_at(&world.sign_in(&browser, "/wanted").await, "/wanted");
        let page = browser.navigate(world.at("/.auth/logout")).await;
        browser.submit(&page, 0, &[]).await;
        assert_eq!(browser.cookie("vestibule-loop"), None);
    }
}

#[tokio::test]
async fn repeated_restarts_are_stopped() {
    let world = World::start().await;
    let browser = world.browser();
    // A component between browser and gateway loses the answer cookie each time.
    let mut posted = world.posted_response(&browser, "/wanted").await;
    for _ in 0..2 {
        let receipt = cookies_with_prefix(&browser, "vestibule-answer-");
        browser.remove_cookie(&receipt[0].0);
        let page = browser.navigate_without_following(next_url(&posted)).await;
        world.assert_starts_sign_in(&page);
        let answer = browser.follow(&page).await;
        posted = post_response(&browser, &answer).await;
    }
    let receipt = cookies_with_prefix(&browser, "vestibule-answer-");
    browser.remove_cookie(&receipt[0].0);
    world.assert_refused(&browser.navigate(next_url(&posted)).await, "sign-in-loop");
}

// Covers: C37.
#[tokio::test]
async fn repeated_errors_end_at_the_loop_page() {
    let world = World::start().await;
    let browser = world.browser();
    world.provider.fault(Fault::by_id("C24a"));
    let mut reasons = Vec::new();
    for _ in 0..15 {
        let page = world.sign_in(&browser, "/wanted").await;
        reasons.push(if page.body.contains("sign-in-loop") { "sign-in-loop" } else { "provider-busy" });
        world.assert_refused(&page, reasons[reasons.len() - 1]);
        world.advance(Duration::from_secs(20));
    }
    assert_eq!(reasons[..5], ["provider-busy", "provider-busy", "provider-busy", "sign-in-loop", "provider-busy"]);
}

// Covers: C37, S1-17.
#[tokio::test]
async fn a_loop_sends_at_most_six_authorization_requests() {
    for (fault, keeps_sessions) in
        [(None, false), (Some("D01"), true), (Some("C23b"), true), (Some("D46a"), true), (Some("B15"), true)]
    {
        for pause in [0, 30, 75] {
            let world = World::start().await;
            let browser = world.browser();
            if let Some(id) = fault {
                world.provider.fault(Fault::by_id(id));
            }
            let mut spent = 0;
            // A client repeats the request, and stops only at a page that needs a click.
            while spent < 300 {
                let page = world.sign_in(&browser, "/wanted").await;
                if page.body.contains("sign-in-loop") {
                    break;
                }
                if !keeps_sessions {
                    browser.remove_cookie("vestibule");
                }
                world.advance(Duration::from_secs(pause));
                spent += pause;
            }
            let asked = world.provider.count(EventKind::Authorize);
            assert!((2..7).contains(&asked), "{fault:?} every {pause} s: {asked}");
        }
    }
}

// Covers: S1-17.
#[tokio::test]
async fn an_application_loop_sends_one_authorization_request() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for _ in 0..20 {
        let page = browser.navigate(world.at("/.auth/login?return_to=%2Fwanted")).await;
        world.assert_ends_at(&page, "/wanted");
    }
    assert_eq!(world.provider.count(EventKind::Authorize), 1);
}

// Covers: C37.
#[tokio::test]
async fn eight_tabs_starting_at_once_are_no_loop() {
    let world = World::start().await;
    let browser = world.browser();
    let tabs: Vec<Browser> = (0..8).map(|_| browser.tab()).collect();
    let mut answers = Vec::new();
    for (at, tab) in tabs.iter().enumerate() {
        let page = tab.navigate(world.at(&format!("/tab{at}"))).await;
        answers.push(match page.login_form() {
            Some(form) => tab.submit(&page, form, &[("username", "alice"), ("password", "wonderland")]).await,
            None => page,
        });
    }
    for (at, (tab, answer)) in tabs.iter().zip(answers).enumerate() {
        world.assert_ends_at(&tab.submit(&answer, 0, &[]).await, &format!("/tab{at}"));
    }
}

async fn lose_sessions(world: &World, browser: &Browser, times: usize) {
    for _ in 0..times {
        world.assert_ends_at(&world.sign_in(browser, "/wanted").await, "/wanted");
        browser.remove_cookie("vestibule");
    }
}
