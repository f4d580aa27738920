//! The gateway restarts, or another instance answers, during a sign-in.

use crate::{
    sign_in_steps::{next_url, post_response, session_cookie},
    world::{Setup, World},
};

// Covers: CVE-E15.
#[tokio::test]
async fn a_restart_without_secret_ends_running_sign_ins() {
    let mut world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    world.restart().await;
    let page = browser.submit(&answer, 0, &[]).await;
    world.assert_refused(&page, "other-instance");
    assert_eq!((page.status, world.redemptions(), session_cookie(&browser)), (400, 0, None));
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/");
}

#[tokio::test]
async fn with_a_secret_a_sign_in_survives_a_restart() {
    let mut world = Setup::new().session(SECRET).start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    world.restart().await;
    world.assert_ends_at(&browser.submit(&answer, 0, &[]).await, "/wanted");
    assert_eq!(world.redemptions(), 1);
}

#[tokio::test]
async fn a_restart_loses_pending_responses_and_retries() {
    let mut world = Setup::new().session(SECRET).start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let posted = post_response(&browser, &answer).await;
    world.restart().await;
    let page = browser.navigate_without_following(next_url(&posted)).await;
    world.assert_starts_sign_in(&page);
    let page = browser.follow(&page).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
    assert_eq!(world.redemptions(), 1);
}

#[tokio::test]
async fn a_session_of_another_instance_leads_to_sign_in() {
    let mut world = World::start().await;
    let browser = world.signed_in().await;
    world.restart().await;
    world.assert_ends_at(&world.sign_in(&browser, "/wanted").await, "/wanted");
}

const SECRET: &str = "secret = { file = \"{secret}\" }";
