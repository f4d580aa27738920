//! Limits of what clients without a session, and other sites, can cause.

use std::time::Duration;

use tokio::task::JoinSet;
use vestibule_harness::{browser::Call, idp::EventKind};

use crate::{
    sign_in_steps::{login_cookies, next_url, post_response, session_cookie},
    world::{Setup, World, session_cookie_field},
};

// Covers: K11.
#[tokio::test]
async fn unauthenticated_requests_use_no_memory() {
    // The store has space for one session: anything stored for another client would evict it.
    let world = Setup::new().session("capacity = 1").start().await;
    let first = world.browser();
    let answer = world.authorization_response(&first, "/first").await;
    let alice = world.signed_in().await;
    let long = format!("/x?{}", "q".repeat(4000));
    let mut anonymous_browsers = JoinSet::new();
    for number in 0..1000 {
        let (anonymous_browser, path) = (world.browser(), world.at(if number % 2 == 0 { "/x" } else { &long }));
        anonymous_browsers
            .spawn(async move { (anonymous_browser.navigate_without_following(path).await, anonymous_browser) });
    }
    while let Some(anonymous_browser) = anonymous_browsers.join_next().await {
        let (page, anonymous_browser) = anonymous_browser.expect("a client");
        world.assert_starts_sign_in(&page);
        let cookies = login_cookies(&anonymous_browser);
        assert_eq!(cookies.len(), 1);
        assert!(cookies[0].1.len() < 2000, "{} bytes", cookies[0].1.len());
    }
    // Within one browser the login cookies are bounded too.
    let one = world.browser();
    for _ in 0..30 {
        one.navigate_without_following(world.at(&long)).await;
        let bytes: usize = login_cookies(&one).iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(login_cookies(&one).len() <= 10 && bytes < 16 * 1024, "{bytes} bytes");
    }
    assert!(
        world.raw("GET /x", &[&session_cookie_field(&alice)]).await.starts_with("HTTP/1.1 200 "),
        "no session was evicted"
    );
    // The user with a session keeps it.
    world.assert_ends_at(&first.follow(&post_response(&first, &answer).await).await, "/first");
}

// Covers: J12.
#[tokio::test]
async fn sign_ins_started_by_others_replace_no_session() {
    let world = World::start().await;
    let begin = world.at(
        "/.auth/login?iss=https%3A%2F%2Fevil.example&login_hint=mallory&target_link_uri=https%3A%2F%2Fevil.example%2F",
    );
    let (alice, anonymous) = (world.signed_in().await, world.browser());
    let (before, asked) = (session_cookie(&alice), world.provider.count(EventKind::Authorize));
    for (mode, dest) in
        [("navigate", "iframe"), ("navigate", "object"), ("no-cors", "image"), ("no-cors", "script"), ("cors", "empty")]
    {
        for browser in [&alice, &anonymous] {
            for _ in 0..10 {
                let call = Call::navigation(&begin).set("sec-fetch-mode", mode).set("sec-fetch-dest", dest);
                let answer = browser.request(call.set("sec-fetch-site", "cross-site")).await;
                assert_eq!((answer.header("location"), answer.set_cookies().len()), (None, 0), "{mode} {dest}");
            }
        }
    }
    // A window is sent to the login URL repeatedly: the session stays, and the provider is not asked.
    for _ in 0..20 {
        world.assert_ends_at(&alice.navigate(&begin).await, "/");
    }
    assert_eq!((session_cookie(&alice), world.provider.count(EventKind::Authorize)), (before, asked));
    // Sign-ins started by other sites leave a bounded number of cookies in the browser, and nothing elsewhere.
    for _ in 0..20 {
        let page = anonymous.navigate_without_following(&begin).await;
        assert!(
            page.status != 303 || next_url(&page).as_str().starts_with(world.provider.issuer()),
            "{:?}",
            page.history()
        );
        assert!(login_cookies(&anonymous).len() <= 10);
        world.advance(Duration::from_secs(1));
    }
    assert_eq!((session_cookie(&anonymous), world.redemptions()), (None, 1), "Alice's sign-in only");
}
