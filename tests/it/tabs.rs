//! Several sign-ins of one browser at the same time, and their cookies.

use std::time::Duration;

use tokio::task::JoinSet;
use vestibule_harness::browser::Browser;

use crate::{
    sign_in_steps::{cookies_with_prefix, login_cookies, next_url, post_response, session_cookie},
    world::{Setup, World},
};

#[tokio::test]
async fn eight_concurrent_sign_ins_reach_their_pages() {
    let world = World::start().await;
    let browser = world.browser();
    for round in 0..3 {
        let mut tabs = JoinSet::new();
        for number in 0..8 {
            let (tab, url) = (browser.tab(), world.at(&format!("/round/{round}/tab/{number}?x=1")));
            tabs.spawn(async move { (tab.sign_in(url.clone(), "alice", "wonderland").await, url) });
        }
        while let Some(ended) = tabs.join_next().await {
            let (page, url) = ended.expect("a tab");
            assert_eq!((page.status, page.url.as_str()), (200, url.as_str()), "{:?}\n{}", page.history(), page.body);
        }
        world.assert_ends_at(&browser.navigate(world.at("/still-signed-in")).await, "/still-signed-in");
        assert_eq!(login_cookies(&browser), [], "none is left behind");
        browser.remove_cookie("vestibule");
    }
}

#[tokio::test]
async fn the_pages_of_another_person_are_not_inherited() {
    let world = World::start().await;
    let browser = world.browser();
    let login_of_bob = browser.navigate(world.at("/of-bob")).await;
    let continue_of_alice = next_url(&world.posted_response(&browser, "/of-alice").await);
    world.assert_ends_at(&browser.navigate(&continue_of_alice).await, "/of-alice");
    world.assert_ends_at(&browser.navigate(&continue_of_alice).await, "/of-alice");
    world.assert_ends_at(&browser.continue_sign_in(login_of_bob, "bob", "builder").await, "/of-bob");
    let again = browser.navigate(&continue_of_alice).await;
    world.assert_refused(&browser.follow_meta_refresh(&again).await, "no-cookies");
}

// Covers: C05, C20.
#[tokio::test]
async fn a_tab_left_open_for_a_day_restarts() {
    let day = Duration::from_secs(24 * 3600);
    for pair in ["", "response_type = \"code\"\nresponse_mode = \"query\""] {
        let world = Setup::new().provider(pair).start().await;
        let browser = world.browser();
        let login = browser.navigate(world.at("/wanted")).await;
        world.advance(day);
        browser.advance(day);
        let page = browser.continue_sign_in(login, "alice", "wonderland").await;
        world.assert_ends_at(&page, "/");
        assert_eq!((world.redemptions(), login_cookies(&browser)), (1, vec![]), "{:?}", page.history());
    }
    // Repeated sign-ins in a browser that keeps none of the gateway's cookies.
    let world = World::start().await;
    let browser = world.browser();
    let login = browser.navigate(world.at("/wanted")).await;
    world.advance(day);
    let answer = browser.submit(&login, 0, &[("username", "alice"), ("password", "wonderland")]).await;
    let posted = post_response(&browser, &answer).await;
    remove_gateway_cookies(&browser);
    let begun = browser.follow_meta_refresh(&browser.follow(&posted).await).await;
    assert!(begun.is_auto_post(), "one sign-in more, at the provider: {:?}", begun.history());
    let posted = post_response(&browser, &begun).await;
    remove_gateway_cookies(&browser);
    let refused = browser.follow_meta_refresh(&browser.follow(&posted).await).await;
    world.assert_refused(&refused, "no-cookies");
}

#[tokio::test]
async fn eight_successive_tabs_reach_their_pages() {
    let world = World::start().await;
    let browser = world.browser();
    let mut waiting = Vec::new();
    for number in 0..8 {
        waiting.push(world.posted_response(&browser, &format!("/tab/{number}")).await);
    }
    for (number, posted) in waiting.iter().enumerate() {
        world.assert_ends_at(&browser.follow(posted).await, &format!("/tab/{number}"));
    }
    for (number, posted) in waiting.iter().enumerate() {
        world.assert_ends_at(&browser.follow(posted).await, &format!("/tab/{number}"));
    }
    assert_eq!(world.redemptions(), 8);
    browser.remove_cookie("vestibule");
    world.assert_ends_at(&world.sign_in(&browser, "/again").await, "/again");
}

#[tokio::test]
async fn concurrent_tabs_do_not_redirect_each_other() {
    let world = World::start().await;
    let browser = world.browser();
    let mut waiting = Vec::new();
    for number in 0..6 {
        waiting.push(world.posted_response(&browser, &format!("/tab/{number}")).await);
    }
    for (number, posted) in waiting.iter().enumerate() {
        world.assert_ends_at(&browser.follow(posted).await, &format!("/tab/{number}"));
        // As if the sign-in of another tab had just replaced the session that this request brings.
        browser.remove_cookie("vestibule");
    }
    world.assert_ends_at(&world.sign_in(&browser, "/again").await, "/again");
}

#[tokio::test]
async fn requests_with_the_former_session_keep_the_new_one() {
    let world = World::start().await;
    let browser = world.browser();
    let (one, two) = (world.posted_response(&browser, "/one").await, world.posted_response(&browser, "/two").await);
    browser.follow(&one).await;
    let late = browser.clone();
    browser.follow(&two).await;
    assert_ne!(session_cookie(&browser), session_cookie(&late), "a sign-in makes a session of its own");
    let page = late.navigate_without_following(world.at("/late")).await;
    world.assert_starts_sign_in(&page);
    assert!(page.set_cookies().iter().all(|line| !line.starts_with("vestibule=")), "{:?}", page.set_cookies());
}

#[tokio::test]
async fn at_most_ten_login_cookies_stay() {
    let world = World::start().await;
    let browser = world.browser();
    let mut begun: Vec<(String, String)> = Vec::new();
    for number in 0..12 {
        world.assert_starts_sign_in(&browser.navigate_without_following(world.at(&format!("/{number}"))).await);
        world.advance(Duration::from_secs(1));
        let cookies = login_cookies(&browser);
        let new: Vec<_> = cookies.iter().filter(|cookie| !begun.contains(cookie)).cloned().collect();
        begun.extend(new);
        assert_eq!(cookies, begun[begun.len().saturating_sub(10)..], "after {} sign-ins", number + 1);
    }
    assert_eq!(begun.len(), 12);
}

#[tokio::test]
async fn unreadable_login_cookies_are_dropped_first() {
    let world = World::start().await;
    let browser = world.browser();
    browser.navigate_without_following(world.at("/first")).await;
    let first = login_cookies(&browser);
    for number in 0..9 {
        let name = format!("vestibule-login-AAAAAAAAAAAAAAA{}", char::from(b'A' + 4 * number));
        browser.set_cookie_raw(&world.url, &format!("{name}=rubbish; Path=/"));
    }
    for begun in 2..=10 {
        world.advance(Duration::from_secs(1));
        browser.navigate_without_following(world.at("/further")).await;
        let cookies = login_cookies(&browser);
        assert_eq!((cookies.len(), cookies.contains(&first[0])), (10, true));
        let rubbish = cookies.iter().filter(|(_, value)| value == "rubbish").count();
        assert_eq!(rubbish, 10 - begun, "after {begun} sign-ins");
    }
}

#[tokio::test]
async fn login_cookies_are_small_and_expire_with_their_state() {
    let world = World::start().await;
    let browser = world.browser();
    let long = format!("/wanted?{}", "x".repeat(2000));
    let page = browser.navigate_without_following(world.at(&long)).await;
    let line =
        page.set_cookies().into_iter().find(|line| line.starts_with("vestibule-login-")).expect("a login cookie");
    assert!(line.contains("; Max-Age=3600"), "{line}");
    assert!(line.len() < 2048, "{line}");
    let page = browser.navigate(next_url(&page)).await;
    // Only the path is kept as the return path.
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
}

/// Removes all cookies of the gateway from the browser.
fn remove_gateway_cookies(browser: &Browser) {
    for (name, _) in cookies_with_prefix(browser, "vestibule") {
        browser.remove_cookie(&name);
    }
}

#[tokio::test]
async fn login_cookies_fit_common_header_limits() {
    let world = World::start().await;
    let browser = world.browser();
    for number in 0..12 {
        let path = format!("%2F{number}{}", "p".repeat(1000));
        browser.navigate_without_following(world.at(&format!("/.auth/login?return_to={path}"))).await;
        let weight: usize = login_cookies(&browser).iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(weight <= 6 * 1024, "{weight} after {number}");
    }
    assert!(login_cookies(&browser).len() >= 2, "the latest ones are there");
    let page = world.sign_in(&browser, "/wanted").await;
    world.assert_ends_at(&page, "/wanted");
}
