//! Refresh: a session outlives its tokens as long as the provider allows (Core 1.0, section 12; RFC 6749, section 6).

use std::time::Duration;

use vestibule_harness::{
    browser::{Browser, Call, Response},
    idp::{EventKind, Fault, FaultPoint, User},
};

use crate::world::{Setup, World, everything_logged, logged, session_cookie_field, wait_until};

/// A gateway that requests refresh tokens; access tokens live ten minutes.
pub(crate) fn setup() -> Setup {
    Setup::new().provider(SCOPES).routes(
        "[[route]]\nupstream = \"{app}\"\n[[route]]\npath = \"/sales\"\nupstream = \"{app}\"\nallow = { groups = [\"sales\"] }\n",
    )
}

pub(crate) async fn fetch(world: &World, browser: &Browser, path: &str) -> Response {
    browser.request(Call::fetch("GET", &world.at(path), &[])).await
}

pub(crate) fn refreshes(world: &World) -> usize {
    let requests = world.provider.token_requests();
    requests
        .iter()
        .filter(|request| request.form.contains(&("grant_type".to_owned(), "refresh_token".to_owned())))
        .count()
}

const SCOPES: &str = "scopes = [\"openid\", \"profile\", \"email\", \"offline_access\"]";

/// Long enough that the tokens have expired.
pub(crate) const OVER: Duration = Duration::from_secs(601);

/// Long enough that the tokens expire soon.
const SOON: Duration = Duration::from_secs(301);

// Covers: S0-2, S2-4.
#[tokio::test]
async fn a_session_is_refreshed_when_its_tokens_expire() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    let cookie = session_cookie_field(&browser);
    world.advance(Duration::from_secs(240));
    assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 0));
    for round in 1..=4 {
        world.advance(OVER);
        let answer = fetch(&world, &browser, "/x").await;
        assert_eq!((answer.status, refreshes(&world)), (200, round), "{}", answer.body);
        assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-alice"]);
        assert_eq!(world.app.last().header_values("x-forwarded-email"), ["alice@example.com"]);
    }
    assert_eq!(session_cookie_field(&browser), cookie, "the session cookie is unchanged");
    let log = everything_logged();
    for token in world.provider.live_tokens().iter().chain(&world.provider.id_tokens()) {
        assert!(!log.contains(token), "a token in the log");
    }
}

#[tokio::test]
async fn an_early_refresh_delays_no_request() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.provider.hold_token(true);
    world.advance(SOON);
    for _ in 0..5 {
        assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    }
    world.provider.wait_for(EventKind::Token, 2).await;
    world.provider.release_token();
    assert_eq!(refreshes(&world), 1, "one for all of them");
}

// Covers: D39, CVE-F5.
#[tokio::test]
async fn concurrent_requests_refresh_once() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.advance(OVER);
    world.provider.hold_token(true);
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (browser, url) = (browser.tab(), world.at("/x"));
            tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await.status })
        })
        .collect();
    world.provider.wait_for(EventKind::Token, 2).await;
    world.provider.release_token();
    for request in requests {
        assert_eq!(request.await.expect("an answer"), 200);
    }
    assert_eq!(refreshes(&world), 1);
}

// Covers: CVE-F4.
#[tokio::test]
async fn a_stale_read_does_not_refresh_again() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    for round in 1..=40 {
        world.advance(OVER);
        let requests: Vec<_> = (0..24)
            .map(|_| {
                let (browser, url) = (browser.tab(), world.at("/x"));
                tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await.status })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.expect("an answer"), 200, "round {round}");
        }
        assert_eq!(refreshes(&world), round);
    }
}

// Covers: D38.
#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_stays() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.provider.fault(Fault::by_id("D38"));
    for round in 1..=3 {
        world.advance(OVER);
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, round));
    }
}

/// Asserts that a refresh with this fault ends the session, that its values are not used, and that a new sign-in is possible.
async fn assert_ended(faults: &[Fault], reason: &str) {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    let bystander = world.signed_in().await;
    world.advance(OVER);
    assert_eq!(fetch(&world, &bystander, "/x").await.status, 200);
    for fault in faults {
        world.provider.fault(*fault);
    }
    let hits = world.app.hits();
    let answer = fetch(&world, &browser, "/x").await;
    assert_eq!((answer.status, world.app.hits()), (401, hits), "{faults:?}: {}", answer.body);
    assert_eq!(fetch(&world, &browser, "/x").await.status, 401, "{faults:?}");
    assert_eq!(refreshes(&world), 2, "{faults:?}: once for each of the two");
    let told = everything_logged();
    assert!(
        told.lines().any(|line| line.contains("\"event\":\"session-ended\"") && line.contains(reason)),
        "{faults:?}: no {reason} in the audit"
    );
    assert_eq!(world.metrics.sessions_ended.value(), 1, "{faults:?}: the session that was not refreshed");
    world.provider.clear_faults();
    assert_eq!(world.sign_in(&browser, "/x").await.status, 200, "{faults:?}");
    assert_eq!(fetch(&world, &bystander, "/x").await.status, 200, "{faults:?}");
}

// Covers: D33, D34, D35, D36.
#[tokio::test]
async fn another_users_token_ends_the_session() {
    for (id, reason) in [
        ("D33", "id-token-issuer"),
        ("D34", "id-token-mismatch"),
        ("D35", "id-token-audience"),
        ("D36", "id-token-mismatch"),
    ] {
        assert_ended(&[Fault::by_id(id)], reason).await;
    }
}

// Covers: CVE-D14.
#[tokio::test]
async fn a_refreshed_token_is_verified_like_the_first() {
    for (id, reason) in [("A01", "id-token-signature"), ("A05", "id-token-algorithm"), ("B15", "id-token-expired")] {
        assert_ended(&[Fault::by_id(id).at(FaultPoint::Refresh)], reason).await;
    }
}

// Covers: D37, S1-17.
#[tokio::test]
async fn an_expired_refresh_token_ends_the_session() {
    assert_ended(&[Fault::by_id("D01")], "token-grant-refused").await;
}

// Covers: D40.
#[tokio::test]
async fn a_provider_outage_keeps_sessions_with_backoff() {
    for id in ["D02", "D05a", "D05b", "D05c", "D05d", "D10a"] {
        let world = setup().start().await;
        let browser = world.signed_in().await;
        world.advance(OVER);
        world.provider.fault(Fault::by_id(id));
        for _ in 0..10 {
            assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "{id}");
        }
        assert_eq!(refreshes(&world), 1, "{id}: a pause follows");
        world.advance(Duration::from_secs(31));
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 2), "{id}");
        world.advance(Duration::from_secs(31));
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 2), "{id}: a longer one");
    }
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.advance(OVER);
    world.provider.unavailable(true);
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    world.provider.unavailable(false);
    world.advance(Duration::from_secs(31));
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    assert_eq!(refreshes(&world), 1, "the unanswered sign-in never reached the token endpoint");
}

// Covers: F04, B20.
#[tokio::test]
async fn unknown_keys_or_clock_skew_keep_the_session() {
    for (faults, rotated) in
        [(vec![Fault::by_id("F04a")], true), (vec![Fault::by_id("B20").at(FaultPoint::Refresh)], false)]
    {
        let world = setup().start().await;
        let browser = world.signed_in().await;
        world.advance(OVER);
        if rotated {
            world.provider.rotate_keys();
        }
        for fault in &faults {
            world.provider.fault(*fault);
        }
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 1), "{faults:?}");
        world.provider.clear_faults();
        world.advance(Duration::from_secs(61));
        // The refresh token of the rejected response is the valid one now.
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 2), "{faults:?}");
        world.advance(OVER);
        assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 3), "{faults:?}");
    }
}

// Covers: G15, CVE-D18.
#[tokio::test]
async fn refresh_without_userinfo_restores_no_group() {
    for (userinfo, status) in [("on", 403), ("required", 200)] {
        let world = setup().provider(&with_userinfo(userinfo)).start().await;
        let browser = world.signed_in().await;
        assert_eq!(fetch(&world, &browser, "/sales").await.status, 200);
        world.provider.fault(Fault::by_id("D27").at(FaultPoint::Refresh));
        world.provider.fault(Fault::by_id("G15a"));
        world.advance(OVER);
        // With `userinfo = "required"`, a refresh without userinfo is not complete.
        assert_eq!(fetch(&world, &browser, "/sales").await.status, status, "{userinfo}");
        assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "{userinfo}");
    }
}

// Covers: G17, CVE-D18.
#[tokio::test]
async fn a_refresh_asks_userinfo_with_and_without_an_id_token() {
    for (userinfo, without_id_token) in [("required", true), ("required", false), ("on", true), ("on", false)] {
        let lines = format!("{}\nresponse_type = \"code\"", with_userinfo(userinfo));
        let world = setup().provider(&lines).fault("G17a").start().await;
        let browser = world.signed_in().await;
        world.provider.fault(Fault::by_id("G17a").at(FaultPoint::Refresh));
        if without_id_token {
            world.provider.fault(Fault::by_id("D14"));
        }
        for (fault, status) in [(None, 200), (Some("G17c"), 403), (None, 200), (Some("G17b"), 403), (None, 200)] {
            if let Some(id) = fault {
                world.provider.fault(Fault::by_id(id));
            }
            world.advance(OVER);
            let answer = fetch(&world, &browser, "/sales").await;
            assert_eq!(answer.status, status, "{userinfo} {without_id_token} {fault:?}: {}", answer.body);
            assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
            assert_eq!(world.app.last().header_values("x-forwarded-email"), ["alice@example.com"]);
            world.provider.clear_faults();
            world.provider.fault(Fault::by_id("G17a").at(FaultPoint::Refresh));
            if without_id_token {
                world.provider.fault(Fault::by_id("D14"));
            }
        }
        assert_eq!(refreshes(&world), 5, "{userinfo} {without_id_token}");
    }
}

// Covers: G18.
#[tokio::test]
async fn required_userinfo_that_is_refused_ends_the_session() {
    for (fault, reason) in [
        ("G03a", "userinfo-unavailable"),
        ("G01", "userinfo-subject"),
        ("G02", "userinfo-subject"),
        ("G04a", "userinfo-refused"),
    ] {
        for without_id_token in [true, false] {
            let world = setup().provider(&with_userinfo("required")).start().await;
            let browser = world.signed_in().await;
            world.advance(OVER);
            if without_id_token {
                world.provider.fault(Fault::by_id("D14"));
            }
            world.provider.fault(Fault::by_id(fault));
            let answer = fetch(&world, &browser, "/x").await;
            assert_eq!((answer.status, refreshes(&world)), (401, 1), "{fault} {without_id_token}: {}", answer.body);
            let ended = |line: &str| line.contains("\"event\":\"session-ended\"") && line.contains(reason);
            assert!(everything_logged().lines().any(ended), "{fault} {without_id_token}");
        }
    }
}

// Covers: G18, D40.
#[tokio::test]
async fn required_userinfo_that_is_absent_keeps_the_session_with_backoff() {
    for (fault, without_id_token) in [("G15a", true), ("G15a", false), ("G03b", true), ("G14", false)] {
        let world = setup().provider(&with_userinfo("required")).start().await;
        let browser = world.signed_in().await;
        world.advance(OVER);
        if without_id_token {
            world.provider.fault(Fault::by_id("D14"));
        }
        world.provider.fault(Fault::by_id(fault));
        // The refresh token rotates each time, and the pause doubles: 30, 60, 120, 240 s.
        for (pause, calls) in [(0, 1), (29, 1), (2, 2), (58, 2), (3, 3), (118, 3), (3, 4)] {
            world.advance(Duration::from_secs(pause));
            let answer = fetch(&world, &browser, "/sales").await;
            assert_eq!((answer.status, refreshes(&world)), (200, calls), "{fault} {without_id_token} after {pause} s");
        }
        world.provider.clear_faults();
        world.advance(OVER);
        assert_eq!((fetch(&world, &browser, "/sales").await.status, refreshes(&world)), (200, 5), "{fault}");
    }
}

pub(crate) fn with_userinfo(userinfo: &str) -> String {
    format!("{SCOPES}\nuserinfo = \"{userinfo}\"")
}

// Covers: CVE-D18.
#[tokio::test]
async fn refresh_removes_lost_groups() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 200);
    world.provider.fault(Fault::by_id("D27").at(FaultPoint::Refresh));
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 200, "until then");
    world.advance(OVER);
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 403);
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "she is still signed in");
    // An address that is not verified does not replace the verified one.
    assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-alice"]);
}

// Covers: I12.
#[tokio::test]
async fn sign_out_during_a_refresh_is_final() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    let cookie = session_cookie_field(&browser);
    world.advance(SOON);
    world.provider.hold_token(true);
    let renewing = fetch(&world, &browser, "/x").await;
    assert_eq!(renewing.status, 200);
    world.provider.wait_for(EventKind::Token, 2).await;
    let page = browser.navigate(world.at("/.auth/logout")).await;
    browser.submit(&page, 0, &[]).await;
    world.provider.release_token();
    // A refresh replaces only the session that it began with.
    let request = renewing.header("x-request-id").expect("a request id");
    wait_until(|| logged(request).iter().any(|line| line["target"] == "vestibule::flow::refresh")).await;
    let gone = world.raw("GET /x", &[&cookie]).await;
    assert!(gone.starts_with("HTTP/1.1 401 "), "{gone}");
}

// Covers: D32.
#[tokio::test]
async fn an_invalid_refresh_token_is_never_sent() {
    let world = setup().fault("D32a").start().await;
    let browser = world.signed_in().await;
    world.advance(OVER);
    assert_eq!((fetch(&world, &browser, "/x").await.status, refreshes(&world)), (200, 0));
}

// Covers: CVE-F4.
#[tokio::test]
async fn concurrent_refreshes_do_not_mix_users() {
    let people = 12;
    let mut setup = setup();
    for number in 0..people {
        setup =
            setup.user(User { name: format!("user{number}"), subject: format!("subject-{number}"), ..User::alice() });
    }
    let world = setup.start().await;
    let mut browsers = Vec::new();
    for number in 0..people {
        let browser = world.browser();
        let page = browser.sign_in(world.at("/x"), &format!("user{number}"), "wonderland").await;
        assert_eq!(page.status, 200, "{}", page.body);
        browsers.push(browser);
    }
    for _ in 0..3 {
        world.advance(OVER);
        let asked: Vec<_> = (0..people * 8)
            .map(|turn| {
                let (browser, url) = (browsers[turn % people].tab(), world.at("/.auth/me"));
                let warm = world.at("/x");
                tokio::spawn(async move {
                    browser.request(Call::fetch("GET", &warm, &[])).await;
                    (turn % people, browser.request(Call::fetch("GET", &url, &[])).await.json())
                })
            })
            .collect();
        for answer in asked {
            let (number, me) = answer.await.expect("an answer");
            assert_eq!(me["subject"], format!("subject-{number}"));
        }
    }
    assert_eq!(refreshes(&world), people * 3);
}
