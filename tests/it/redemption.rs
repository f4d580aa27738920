//! A code is redeemed once, also if requests are repeated, lost or cancelled.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use vestibule_harness::{
    browser::{Browser, Page},
    idp::{EventKind, User},
    raw::Connection,
};

use crate::{
    sign_in_steps::{next_url, post_response, session_cookie},
    world::{Setup, World, everything_logged},
};

// Covers: C04, B28.
#[tokio::test]
async fn a_response_posted_twice_is_redeemed_once() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted?x=1").await;
    let (one, two) = (post_response(&browser, &answer).await, post_response(&browser, &answer).await);
    assert_eq!(one.set_cookies(), two.set_cookies(), "the ticket of a response is deterministic");
    world.assert_ends_at(&browser.follow(&one).await, "/wanted?x=1");
    let before = session_cookie(&browser).expect("a session");
    world.assert_ends_at(&browser.follow(&two).await, "/wanted?x=1");
    assert_eq!((session_cookie(&browser), world.redemptions()), (Some(before), 1));
}

// Covers: C40.
#[tokio::test]
async fn identical_concurrent_posts_make_one_session() {
    for (pair, redeemed) in [
        ("", 1),
        ("response_type = \"code\"\nresponse_mode = \"form_post\"", 1),
        ("response_type = \"id_token\"\nresponse_mode = \"form_post\"", 0),
    ] {
        let world = Setup::new().provider(pair).start().await;
        let browser = world.browser();
        let answer = world.authorization_response(&browser, "/wanted?x=1").await;
        let tab = browser.tab();
        let (one, two) = tokio::join!(browser.submit(&answer, 0, &[]), tab.submit(&answer, 0, &[]));
        for page in [one, two] {
            assert_eq!(
                (page.status, page.url.as_str()),
                (200, &*world.at("/wanted?x=1")),
                "{pair} {:?}",
                page.history()
            );
        }
        let me = browser.fetch("GET", &world.at("/.auth/me"), &[], "").await;
        assert_eq!((me.status, world.redemptions()), (200, redeemed), "{pair}");
    }
}

#[tokio::test]
async fn concurrent_continues_share_one_session() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let (one, two) = (post_response(&browser, &answer).await, post_response(&browser, &answer).await);
    world.provider.hold_token(true);
    let (first, second) = (browser.clone(), browser.clone());
    let release = async {
        world.provider.wait_for(EventKind::Token, 1).await;
        // One worker handles both requests: when this one is answered, it has read the second.
        world.browser().navigate(world.at("/.auth/logout/done")).await;
        world.provider.release_token();
    };
    let (one, two, ()) = tokio::join!(first.follow(&one), second.follow(&two), release);
    for page in [one, two] {
        world.assert_ends_at(&page, "/wanted");
    }
    assert!(session_cookie(&first).is_some());
    assert_eq!((session_cookie(&first), world.redemptions()), (session_cookie(&second), 1));
}

#[tokio::test]
async fn reload_and_back_reach_the_wanted_page() {
    let world = Setup::new().session("idle = \"8h\"").start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted?x=1").await;
    let posted = post_response(&browser, &answer).await;
    world.assert_ends_at(&browser.follow(&posted).await, "/wanted?x=1");
    let login = world.at("/.auth/login?return_to=%2Fwanted%3Fx%3D1");
    for later in [0, 61, 3700] {
        world.advance(Duration::from_secs(later));
        browser.advance(Duration::from_secs(later));
        for page in [
            browser.navigate(next_url(&posted)).await,
            browser.submit(&answer, 0, &[]).await,
            browser.navigate(&login).await,
        ] {
            world.assert_ends_at(&page, "/wanted?x=1");
            assert!(page.chain.iter().all(|hop| !hop.url.as_str().starts_with(world.provider.issuer())));
        }
    }
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Authorize)), (1, 1));
}

#[tokio::test]
async fn a_lost_response_is_repeated_for_a_minute() {
    for (later, again) in [(0, true), (59, true), (61, false)] {
        let world = World::start().await;
        let browser = world.browser();
        let posted = world.posted_response(&browser, "/wanted").await;
        world.provider.hold_token(true);
        disconnect_during_redemption(&world, &browser, &posted).await;
        world.provider.release_token();

        let other_tab = browser.clone();
        world.assert_ends_at(&other_tab.follow(&posted).await, "/wanted");
        assert_eq!(world.redemptions(), 1);
        world.advance(Duration::from_secs(later));
        let page = browser.navigate_without_following(next_url(&posted)).await;
        if again {
            assert_eq!(next_url(&page).as_str(), world.at("/wanted"), "{later} s");
            assert_eq!((session_cookie(&browser), world.redemptions()), (session_cookie(&other_tab), 1), "{later} s");
        } else {
            world.assert_starts_sign_in(&page);
            assert_eq!(session_cookie(&browser), None);
            let page = browser.follow(&page).await;
            world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
            assert_eq!(world.redemptions(), 2, "each code once");
        }
    }
}

#[tokio::test]
async fn a_disconnect_does_not_cancel_the_redemption() {
    let mut drained = User::new("drained", "x");
    drained.subject = "subject-of-a-drained-sign-in".to_owned();
    let mut world = Setup::new().user(drained).start().await;
    let browser = world.browser();
    let page = browser.navigate(world.at("/")).await;
    let answer = browser.submit(&page, 0, &[("username", "drained"), ("password", "x")]).await;
    let posted = post_response(&browser, &answer).await;
    world.provider.hold_token(true);
    disconnect_during_redemption(&world, &browser, &posted).await;

    let address = address(&world);
    let stopping = tokio::spawn(world.take_gateway().stop());
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished(), "the stop waits");
    assert_eq!(signed_in("subject-of-a-drained-sign-in"), 0);
    world.provider.release_token();
    stopping.await.expect("no panic").expect("a clean stop");
    assert_eq!(signed_in("subject-of-a-drained-sign-in"), 1, "it was done when the stop ended");
}

#[tokio::test]
async fn the_used_mark_outlives_every_pending_response() {
    let world = World::start().await;
    let browser = world.browser();
    let login = browser.navigate(world.at("/wanted")).await;
    world.advance(Duration::from_secs(3595));
    let answer = browser.submit(&login, 0, &[("username", "alice"), ("password", "wonderland")]).await;
    let posted = post_response(&browser, &answer).await;
    // This response is lost: the browser does not receive its session cookie.
    world.assert_ends_at(&browser.clone().follow(&posted).await, "/wanted");
    let posted = post_response(&browser, &answer).await;
    world.advance(Duration::from_secs(10));
    assert_eq!(next_url(&browser.navigate_without_following(next_url(&posted)).await).as_str(), world.at("/wanted"));
    assert_eq!(world.redemptions(), 1);
}

#[tokio::test]
async fn a_response_waits_a_minute_for_its_browser() {
    for (later, waits) in [(59, true), (61, false)] {
        let world = World::start().await;
        let browser = world.browser();
        let posted = world.posted_response(&browser, "/wanted").await;
        world.advance(Duration::from_secs(later));
        let page = browser.navigate_without_following(next_url(&posted)).await;
        assert_eq!((session_cookie(&browser).is_some(), world.redemptions() == 1), (waits, waits), "{later} s");
        if !waits {
            world.assert_starts_sign_in(&page);
            let page = browser.follow(&page).await;
            world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
        }
    }
}

// Covers: C05.
#[tokio::test]
async fn a_late_response_restarts_to_the_wanted_page() {
    // The state is an hour old; the id_token is ten minutes old, then expired.
    for (before_login, before_post) in [(3601, 0), (0, 660), (0, 3000)] {
        let world = World::start().await;
        let browser = world.browser();
        let login = browser.navigate(world.at("/wanted?x=1")).await;
        world.advance(Duration::from_secs(before_login));
        let answer = browser.submit(&login, 0, &[("username", "alice"), ("password", "wonderland")]).await;
        world.advance(Duration::from_secs(before_post));
        let posted = post_response(&browser, &answer).await;
        assert_eq!(posted.set_cookies(), [""; 0], "nothing is parked");
        let page = browser.navigate_without_following(next_url(&posted)).await;
        world.assert_starts_sign_in(&page);
        assert_eq!(world.redemptions(), 0);
        let page = browser.follow(&page).await;
        world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted?x=1");
    }
}

#[tokio::test]
async fn the_login_cookie_expires_with_the_state() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    browser.advance(Duration::from_secs(3601));
    world.advance(Duration::from_secs(3601));
    let page = browser.continue_sign_in(browser.follow(&posted).await, "", "").await;
    world.assert_refused(&page, "no-cookies");
}

/// Requests `continue` and closes the connection while the code is being redeemed.
async fn disconnect_during_redemption(world: &World, browser: &Browser, posted: &Page) {
    let url = next_url(posted);
    let cookies: Vec<String> =
        browser.cookies().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let target = &url[url::Position::BeforePath..];
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nCookie: {}\r\n\r\n",
        address(world),
        cookies.join("; ")
    );
    let mut connection = Connection::open(address(world)).await;
    connection.send(head.as_bytes()).await;
    world.provider.wait_for(EventKind::Token, 1).await;
}

fn address(world: &World) -> SocketAddr {
    world.url.rsplit('/').next().and_then(|address| address.parse().ok()).expect("an address")
}

/// How many audit lines report a sign-in of this subject.
fn signed_in(subject: &str) -> usize {
    let log = everything_logged();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["event"] == "signed-in" && line["subject"] == subject).count()
}
