//! A browser that loses its session each time is stopped; one that signs in often is not.

use std::time::Duration;

use vestibule_harness::browser::Browser;

use crate::{
    steps::{cookies_of, next, post},
    world::World,
};

#[tokio::test]
async fn sign_ins_that_leave_no_session_stop_after_a_few_with_the_likely_cause() {
    let world = World::start().await;
    let browser = world.browser();
    lose_sessions(&world, &browser, 3).await;
    let begun = world.provider.nonces().len();
    let page = browser.navigate(world.at("/wanted?x=1")).await;
    world.assert_refused(&page, "sign-in-loop");
    assert_eq!((page.status, world.provider.nonces().len()), (403, begun), "the provider is not asked again");
    assert!(page.body.contains("cookies"), "the likely cause: {}", page.body);
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_at(&browser.carry_on(page, "alice", "wonderland").await, "/wanted?x=1");
}

#[tokio::test]
async fn the_count_is_of_the_last_two_and_a_half_minutes() {
    let world = World::start().await;
    let browser = world.browser();
    lose_sessions(&world, &browser, 2).await;
    world.advance(Duration::from_secs(151));
    lose_sessions(&world, &browser, 2).await;
    world.assert_at(&world.sign_in(&browser, "/wanted").await, "/wanted");
}

#[tokio::test]
async fn signing_out_begins_the_count_anew() {
    let world = World::start().await;
    let browser = world.browser();
    for _ in 0..8 {
        world.assert_at(&world.sign_in(&browser, "/wanted").await, "/wanted");
        let page = browser.navigate(world.at("/.auth/logout")).await;
        browser.submit(&page, 0, &[]).await;
        assert_eq!(browser.cookie("vestibule-loop"), None);
    }
}

#[tokio::test]
async fn sign_ins_that_begin_anew_each_time_are_stopped_too() {
    let world = World::start().await;
    let browser = world.browser();
    // Something between loses the receipt each time.
    let mut posted = world.posted(&browser, "/wanted").await;
    for _ in 0..3 {
        let receipt = cookies_of(&browser, "vestibule-answer-");
        browser.remove_cookie(&receipt[0].0);
        let page = browser.navigate_without_following(next(&posted)).await;
        world.assert_begins(&page);
        let answer = browser.follow(&page).await;
        posted = post(&browser, &answer).await;
    }
    let receipt = cookies_of(&browser, "vestibule-answer-");
    browser.remove_cookie(&receipt[0].0);
    world.assert_refused(&browser.navigate(next(&posted)).await, "sign-in-loop");
}

async fn lose_sessions(world: &World, browser: &Browser, times: usize) {
    for _ in 0..times {
        world.assert_at(&world.sign_in(browser, "/wanted").await, "/wanted");
        browser.remove_cookie("vestibule");
    }
}
