//! A session outlives the tokens it began with, as long as the provider says so (Core 1.0, section 12; RFC 6749, section 6).

use std::time::Duration;

use vestibule_harness::{
    browser::{Browser, Call, Response},
    idp::{EventKind, Fault, Place, User},
};

use crate::world::{Setup, World, everything_logged, logged, session_line, until};

/// A world whose gateway asks for refresh tokens; access tokens live ten minutes there.
fn setup() -> Setup {
    Setup::new().provider(SCOPES).routes(
        "[[route]]\nupstream = \"{app}\"\n[[route]]\npath = \"/sales\"\nupstream = \"{app}\"\nallow = { groups = [\"sales\"] }\n",
    )
}

async fn fetch(world: &World, browser: &Browser, path: &str) -> Response {
    browser.request(Call::fetch("GET", &world.at(path), &[])).await
}

fn renewals(world: &World) -> usize {
    let requests = world.provider.token_requests();
    requests
        .iter()
        .filter(|request| request.form.contains(&("grant_type".to_owned(), "refresh_token".to_owned())))
        .count()
}

const SCOPES: &str = "scopes = [\"openid\", \"profile\", \"email\", \"offline_access\"]";

/// The tokens have had their time.
const OVER: Duration = Duration::from_secs(601);

/// They will have had it soon.
const SOON: Duration = Duration::from_secs(301);

#[tokio::test]
async fn s0_2_s2_4_a_session_is_renewed_when_its_tokens_are_over_and_not_before() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    let cookie = session_line(&browser);
    world.advance(Duration::from_secs(240));
    assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 0));
    for round in 1..=4 {
        world.advance(OVER);
        let answer = fetch(&world, &browser, "/x").await;
        assert_eq!((answer.status, renewals(&world)), (200, round), "{}", answer.body);
        assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-alice"]);
        assert_eq!(world.app.last().header_values("x-forwarded-email"), ["alice@example.com"]);
    }
    assert_eq!(session_line(&browser), cookie, "the browser never notices");
    let log = everything_logged();
    for token in world.provider.live_tokens().iter().chain(&world.provider.id_tokens()) {
        assert!(!log.contains(token), "a token in the log");
    }
}

#[tokio::test]
async fn ahead_of_the_end_nobody_waits_for_a_renewal() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.provider.hold_token(true);
    world.advance(SOON);
    for _ in 0..5 {
        assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    }
    world.provider.wait_for(EventKind::Token, 2).await;
    world.provider.release_token();
    assert_eq!(renewals(&world), 1, "one for all of them");
}

#[tokio::test]
async fn d39_cve_f5_a_hundred_requests_at_once_renew_once_and_all_succeed() {
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
    assert_eq!(renewals(&world), 1);
}

#[tokio::test]
async fn cve_f4_a_request_that_read_the_session_before_it_was_renewed_does_not_renew_it_again() {
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
        assert_eq!(renewals(&world), round);
    }
}

#[tokio::test]
async fn d38_without_a_new_refresh_token_the_old_one_stays() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.provider.fault(Fault::by_id("D38"));
    for round in 1..=3 {
        world.advance(OVER);
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, round));
    }
}

/// A renewal with this fault ends the session; nothing of what it says is used; the way to a new sign-in is open.
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
    assert_eq!(renewals(&world), 2, "{faults:?}: once for each of the two");
    let told = everything_logged();
    assert!(
        told.lines().any(|line| line.contains("\"event\":\"session-ended\"") && line.contains(reason)),
        "{faults:?}: no {reason} in the audit"
    );
    world.provider.clear_faults();
    assert_eq!(world.sign_in(&browser, "/x").await.status, 200, "{faults:?}");
    assert_eq!(fetch(&world, &bystander, "/x").await.status, 200, "{faults:?}");
}

#[tokio::test]
async fn d33_d34_d35_d36_another_persons_token_ends_the_session() {
    for (id, reason) in [
        ("D33", "id-token-issuer"),
        ("D34", "id-token-mismatch"),
        ("D35", "id-token-audience"),
        ("D36", "id-token-mismatch"),
    ] {
        assert_ended(&[Fault::by_id(id)], reason).await;
    }
}

#[tokio::test]
async fn cve_d14_a_renewed_token_is_verified_like_any_other() {
    for (id, reason) in [("A01", "id-token-signature"), ("A05", "id-token-algorithm"), ("B15", "id-token-expired")] {
        assert_ended(&[Fault::by_id(id).at(Place::Refresh)], reason).await;
    }
}

#[tokio::test]
async fn d37_s1_17_a_refresh_token_that_is_over_ends_the_session_and_one_sign_in_follows() {
    assert_ended(&[Fault::by_id("D01")], "token-grant-refused").await;
}

#[tokio::test]
async fn d40_a_provider_that_is_down_signs_nobody_out_and_is_left_in_peace() {
    for id in ["D02", "D05a", "D05b", "D05c", "D05d", "D10a"] {
        let world = setup().start().await;
        let browser = world.signed_in().await;
        world.advance(OVER);
        world.provider.fault(Fault::by_id(id));
        for _ in 0..10 {
            assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "{id}");
        }
        assert_eq!(renewals(&world), 1, "{id}: a pause follows");
        world.advance(Duration::from_secs(31));
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 2), "{id}");
        world.advance(Duration::from_secs(31));
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 2), "{id}: a longer one");
    }
    let world = setup().start().await;
    let browser = world.signed_in().await;
    world.advance(OVER);
    world.provider.unavailable(true);
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    world.provider.unavailable(false);
    world.advance(Duration::from_secs(31));
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200);
    assert_eq!(renewals(&world), 1, "the one that was not answered never reached the token endpoint");
}

#[tokio::test]
async fn f04_b20_a_key_that_is_not_to_be_had_or_a_wrong_clock_signs_nobody_out() {
    for (faults, rotated) in [(vec![Fault::by_id("F04a")], true), (vec![Fault::by_id("B20").at(Place::Refresh)], false)]
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
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 1), "{faults:?}");
        world.provider.clear_faults();
        world.advance(Duration::from_secs(61));
        // The refresh token that came with what was not believed is the one that is good now.
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 2), "{faults:?}");
        world.advance(OVER);
        assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 3), "{faults:?}");
    }
}

#[tokio::test]
async fn g15_cve_d18_without_userinfo_a_renewal_keeps_no_group_that_the_token_took_away() {
    for (userinfo, status) in [("on", 403), ("required", 200)] {
        let lines = format!("{SCOPES}\nuserinfo = \"{userinfo}\"");
        let world = setup().provider(&lines).start().await;
        let browser = world.signed_in().await;
        assert_eq!(fetch(&world, &browser, "/sales").await.status, 200);
        world.provider.fault(Fault::by_id("D27").at(Place::Refresh));
        world.provider.fault(Fault::by_id("G03a"));
        world.advance(OVER);
        // Where nobody signs in without it, a renewal without it is none yet.
        assert_eq!(fetch(&world, &browser, "/sales").await.status, status, "{userinfo}");
        assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "{userinfo}");
    }
}

#[tokio::test]
async fn cve_d18_a_group_that_is_taken_away_is_gone_with_the_renewal() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 200);
    world.provider.fault(Fault::by_id("D27").at(Place::Refresh));
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 200, "until then");
    world.advance(OVER);
    assert_eq!(fetch(&world, &browser, "/sales").await.status, 403);
    assert_eq!(fetch(&world, &browser, "/x").await.status, 200, "she is still signed in");
    // An address that nobody vouches for does not take the place of the one that was verified.
    assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-alice"]);
}

#[tokio::test]
async fn i12_a_sign_out_during_a_renewal_stays_one() {
    let world = setup().start().await;
    let browser = world.signed_in().await;
    let cookie = session_line(&browser);
    world.advance(SOON);
    world.provider.hold_token(true);
    let renewing = fetch(&world, &browser, "/x").await;
    assert_eq!(renewing.status, 200);
    world.provider.wait_for(EventKind::Token, 2).await;
    let page = browser.navigate(world.at("/.auth/logout")).await;
    browser.submit(&page, 0, &[]).await;
    world.provider.release_token();
    // What is renewed is put back only in the place of what was there.
    let request = renewing.header("x-request-id").expect("a request id");
    until(|| logged(request).iter().any(|line| line["target"] == "vestibule::flow::renew")).await;
    let gone = world.raw("GET /x", &[&cookie]).await;
    assert!(gone.starts_with("HTTP/1.1 401 "), "{gone}");
}

#[tokio::test]
async fn d32_a_refresh_token_that_is_none_is_never_sent() {
    let world = setup().fault("D32a").start().await;
    let browser = world.signed_in().await;
    world.advance(OVER);
    assert_eq!((fetch(&world, &browser, "/x").await.status, renewals(&world)), (200, 0));
}

#[tokio::test]
async fn cve_f4_renewals_of_many_people_at_once_mix_nobody_up() {
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
    assert_eq!(renewals(&world), people * 3);
}
