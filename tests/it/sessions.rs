//! Lifetime and owner of a session, and planted session cookies.

use std::time::Duration;

use vestibule_harness::browser::{Browser, Call};

use crate::{
    sign_in_steps::next_url,
    world::{Setup, World, session_cookie_field},
};

// Covers: CVE-E7, CVE-E8.
#[tokio::test]
async fn a_session_ends_at_its_idle_and_absolute_limits() {
    let world = Setup::new().session("idle = \"10m\"\nlifetime = \"1h\"").start().await;
    let used = world.signed_in().await;
    let unused = world.signed_in().await;
    for minutes in [9, 18, 27, 36, 45, 54] {
        world.advance(Duration::from_secs(9 * 60));
        assert!(is_signed_in(&world, &used).await, "after {minutes} minutes, used all the time");
        if minutes == 9 {
            assert!(is_signed_in(&world, &unused).await);
        }
        if minutes == 27 {
            assert!(!is_signed_in(&world, &unused).await, "not used for 18 minutes");
        }
    }
    world.advance(Duration::from_secs(7 * 60));
    assert!(!is_signed_in(&world, &used).await, "after 61 minutes");
    assert_eq!(world.sign_in(&used, "/x").await.status, 200, "a new sign-in is possible");
}

#[tokio::test]
async fn a_full_store_evicts_an_old_session() {
    let world = Setup::new().session("capacity = 2").start().await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(world.signed_in().await);
    }
    // The store removes expired sessions when it writes.
    loop {
        let mut alive = 0;
        for browser in &browsers {
            alive += usize::from(is_signed_in(&world, browser).await);
        }
        if alive <= 2 {
            break;
        }
    }
}

// Covers: CVE-E7, CVE-E8.
#[tokio::test]
async fn sign_out_affects_one_browser_only() {
    let world = World::start().await;
    let (here, there) = (world.signed_in().await, world.signed_in().await);
    let copy = here.clone();
    let page = here.navigate(world.at("/.auth/logout")).await;
    here.submit(&page, 0, &[]).await;
    assert!(!is_signed_in(&world, &here).await);
    assert!(!is_signed_in(&world, &copy).await, "a copy of the cookie is worth nothing any more");
    assert!(is_signed_in(&world, &there).await);
}

// Covers: CVE-E6.
#[tokio::test]
async fn a_session_is_valid_on_one_origin_only() {
    let world = Setup::new().with_localhost().start().await;
    let browser = world.signed_in().await;
    let value = browser.cookie("vestibule").expect("a session").value;
    let other = world.browser();
    other.set_cookie_raw(&at_localhost(&world, "/"), &format!("vestibule={value}; Path=/"));
    let answer = other.fetch("GET", &at_localhost(&world, "/x"), &[], "").await;
    assert_eq!(answer.status, 401);
    let page = other.navigate_without_following(at_localhost(&world, "/x")).await;
    world.assert_starts_sign_in(&page);
    let expected: String = url::form_urlencoded::byte_serialize(at_localhost(&world, "/.auth").as_bytes()).collect();
    assert!(next_url(&page).as_str().contains(&expected), "a redirect URI of its own: {}", next_url(&page));
    let page = world.browser().sign_in(at_localhost(&world, "/y"), "alice", "wonderland").await;
    assert_eq!((page.status, page.url.as_str()), (200, at_localhost(&world, "/y").as_str()), "{:?}", page.history());
}

// Covers: CVE-G16.
#[tokio::test]
async fn several_session_cookies_of_two_users_are_refused() {
    let world = World::start().await;
    let alice = session_cookie_field(&world.signed_in().await);
    let alice = alice.trim_start_matches("Cookie: ");
    let bob = world.browser();
    assert_eq!(bob.sign_in(world.at("/"), "bob", "builder").await.status, 200);
    let bob = session_cookie_field(&bob);
    let bob = bob.trim_start_matches("Cookie: ");
    let dead = "vestibule=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (cookies, status) in [
        (format!("{dead}; {alice}"), 200),
        (format!("{alice}; {dead}"), 200),
        (format!("{alice}; {alice}"), 200),
        (format!("a=1;;=; {alice};"), 200),
        (format!("vestibule=; vestibule=x; vestibule=\"; {alice}"), 200),
        (format!("{dead}; {dead}; {dead}; {dead}; {alice}"), 401),
        (format!("{alice}; {bob}"), 401),
        (format!("{bob}; {dead}; {alice}"), 401),
        (dead.to_owned(), 401),
        (alice.replacen("vestibule", "Vestibule", 1), 401),
        (alice.replacen("vestibule", "__Host-vestibule", 1), 401),
        (format!("{alice}A"), 401),
        (alice[..alice.len() - 1].to_owned(), 401),
        (format!("x={alice}"), 401),
    ] {
        let answer = world.raw("GET /x", &[&format!("Cookie: {cookies}")]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{cookies}: {answer}");
    }
    let both = [format!("Cookie: {alice}; {bob}"), "Accept: text/html".to_owned()];
    let answer = world.raw("GET /x", &both.each_ref().map(String::as_str)).await;
    assert!(
        answer.starts_with("HTTP/1.1 303 ") && answer.contains("vestibule=; "),
        "both end in the browser: {answer}"
    );
}

// Covers: CVE-E2.
#[tokio::test]
async fn a_planted_session_is_never_adopted() {
    let world = World::start().await;
    let victim = world.browser();
    let planted = "vestibule=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    victim.set_cookie_raw(&world.at("/"), &format!("{planted}; Path=/"));
    assert_eq!(world.sign_in(&victim, "/x").await.status, 200);
    assert!(!session_cookie_field(&victim).contains(planted));
    let answer = world.raw("GET /x", &[&format!("Cookie: {planted}")]).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "the planted cookie is not a session: {answer}");
}

// Covers: CVE-E1, CVE-E2.
#[tokio::test]
async fn a_sign_in_ends_the_former_session() {
    let world = World::start().await;
    let bob = world.browser();
    assert_eq!(bob.sign_in(world.at("/"), "bob", "builder").await.status, 200);
    // While Alice enters her password, an attacker plants his own session cookie in her browser.
    let victim = world.browser();
    let page = victim.navigate(world.at("/wanted")).await;
    let planted = bob.cookie("vestibule").expect("a session").value;
    victim.set_cookie_raw(&world.at("/"), &format!("vestibule={planted}; Path=/"));
    let page = victim.continue_sign_in(page, "alice", "wonderland").await;
    assert_eq!((page.status, page.url.path()), (200, "/wanted"), "{:?}", page.history());
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-alice"));
    assert_ne!(victim.cookie("vestibule").expect("a session").value, planted);
    assert!(!is_signed_in(&world, &bob).await, "the session that was presented has ended");
}

#[tokio::test]
async fn a_signed_in_user_is_not_asked_again() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let before = session_cookie_field(&browser);
    let page = browser.navigate(world.at("/.auth/login?return_to=/wanted?x=1")).await;
    assert_eq!((page.status, page.url.as_str(), page.chain.len()), (200, world.at("/wanted?x=1").as_str(), 2));
    assert_eq!(session_cookie_field(&browser), before);
}

/// A path on the second origin.
fn at_localhost(world: &World, path: &str) -> String {
    world.at(path).replacen("127.0.0.1", "localhost", 1)
}

async fn is_signed_in(world: &World, browser: &Browser) -> bool {
    let answer = browser.request(Call::fetch("GET", &world.at("/x"), &[])).await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.body);
    answer.status == 200
}
