//! A response is valid only in the browser that started its sign-in.

use vestibule_harness::{browser::Browser, idp::EventKind};

use crate::{
    sign_in_steps::{cookies_with_prefix, login_cookies, next_url, post_response, session_cookie},
    world::World,
};

// Covers: C03.
#[tokio::test]
async fn a_ticket_without_login_cookie_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    let other = world.browser();
    plant(&world, &other, &cookies_with_prefix(&browser, "vestibule-answer-"));
    let page = other.navigate(next_url(&posted)).await;
    world.assert_refused(&page, "other-browser");
    assert_eq!((page.status, session_cookie(&other), world.redemptions()), (403, None, 0));
    assert_eq!(cookies_with_prefix(&other, "vestibule-answer-"), []);

    // The right browser: its response is no longer stored, so the sign-in starts again and creates a session.
    let page = browser.follow(&posted).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Authorize)), (1, 2));
}

// Covers: C03, C20.
#[tokio::test]
async fn a_forced_response_signs_in_no_victim() {
    let world = World::start().await;
    let attacker = world.browser();
    let answer = world.authorization_response(&attacker, "/wanted").await;
    // The victim has a session.
    let victim = world.browser();
    victim.sign_in(world.at("/"), "bob", "builder").await;
    let before = session_cookie(&victim);
    let page = victim.submit(&answer, 0, &[]).await;
    world.assert_refused(&page, "other-browser");
    assert_eq!((page.status, session_cookie(&victim), world.redemptions()), (403, before, 1), "Bob's own");
    let me = victim.fetch("GET", &world.at("/.auth/me"), &[], "").await;
    assert_eq!(me.json()["preferred_username"], "bob");
    // The page leads to a new sign-in of the victim, with a return path that the attacker did not choose.
    assert_eq!(page.links()[0].as_str(), world.at("/.auth/login?return_to=%2F"));
}

#[tokio::test]
async fn the_login_cookie_alone_only_restarts() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let posted = post_response(&browser, &answer).await;
    let without_ticket = browser.clone();
    without_ticket.remove_cookie(&cookies_with_prefix(&browser, "vestibule-answer-")[0].0);
    let before = without_ticket.clone();
    world.assert_starts_sign_in(&before.navigate_without_following(next_url(&posted)).await);

    world.provider.hold_token(true);
    let (in_flight, done) = (without_ticket.clone(), without_ticket);
    let second = async {
        world.provider.wait_for(EventKind::Token, 1).await;
        let page = in_flight.navigate_without_following(next_url(&posted)).await;
        world.provider.release_token();
        page
    };
    let (first, second) = tokio::join!(browser.follow(&posted), second);
    world.assert_ends_at(&first, "/wanted");
    world.assert_starts_sign_in(&second);
    world.assert_starts_sign_in(&done.navigate_without_following(next_url(&posted)).await);
    assert!(session_cookie(&browser).is_some());
    assert_eq!([session_cookie(&before), session_cookie(&in_flight), session_cookie(&done)], [None, None, None]);
    assert_eq!(world.redemptions(), 1);
}

// Covers: CVE-D5, C20.
#[tokio::test]
async fn without_cookies_one_reload_then_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    let cookies = browser.clone();
    browser.clear_cookies();
    let page = browser.follow(&posted).await;
    assert_eq!(page.status, 200);
    let (seconds, again) = page.meta_refresh().expect("a refresh");
    assert_eq!(again.as_str(), format!("{}&again=1", next_url(&posted)));
    assert!(seconds <= 1 && page.links() == [again.clone()] && !page.body.contains("<script"), "{}", page.body);
    // A browser that sends the cookies after the reload:
    world.assert_ends_at(&cookies.click(&page, again.as_str()).await, "/wanted");
    // A browser that stores no cookies:
    let refused = browser.follow_meta_refresh(&page).await;
    world.assert_refused(&refused, "no-cookies");
    assert_eq!((refused.status, session_cookie(&browser), world.redemptions()), (400, None, 1));
    for strange in ["", "?t=", "?t=AAAA", "?t=AAAAAAAAAAAAAAAA&again=1", "?again=1"] {
        let page = world.browser().navigate(world.at(&format!("/.auth/login/idp/continue{strange}"))).await;
        world.assert_refused(&page, "no-cookies");
    }
}

#[tokio::test]
async fn the_ticket_of_another_sign_in_is_refused() {
    let world = World::start().await;
    let (browser, other) = (world.browser(), world.browser());
    let own = world.posted_response(&browser, "/own").await;
    world.posted_response(&other, "/foreign").await;
    let name = &cookies_with_prefix(&browser, "vestibule-answer-")[0].0;
    let receipt = &cookies_with_prefix(&other, "vestibule-answer-")[0].1;
    plant(&world, &browser, &[(name.clone(), receipt.clone())]);
    let page = browser.follow(&own).await;
    world.assert_refused(&page, "other-browser");
    assert_eq!((session_cookie(&browser), world.redemptions()), (None, 0));
}

// Covers: CVE-E1, CVE-E2.
#[tokio::test]
async fn sign_in_replaces_a_planted_session() {
    let world = World::start().await;
    let (browser, attacker) = (world.browser(), world.browser());
    attacker.sign_in(world.at("/"), "bob", "builder").await;
    let planted = session_cookie(&attacker).expect("a session");
    for value in [planted.as_str(), &"A".repeat(43), "rubbish"] {
        let posted = world.posted_response(&browser, "/wanted").await;
        plant(&world, &browser, &[("vestibule".to_owned(), value.to_owned())]);
        world.assert_ends_at(&browser.follow(&posted).await, "/wanted");
        assert_ne!(session_cookie(&browser).as_deref(), Some(value));
        let me = browser.fetch("GET", &world.at("/.auth/me"), &[], "").await;
        assert_eq!(me.json()["preferred_username"], "alice");
        assert_eq!(login_cookies(&browser), []);
        browser.remove_cookie("vestibule");
    }
    // The planted session has ended, also for other holders of its cookie.
    let me = attacker.fetch("GET", &world.at("/.auth/me"), &[], "").await;
    assert_eq!(me.status, 401);
}

fn plant(world: &World, browser: &Browser, cookies: &[(String, String)]) {
    for (name, value) in cookies {
        browser.set_cookie_raw(&world.url, &format!("{name}={value}; Path=/"));
    }
}
