//! Group G: the userinfo response. With `required`, every fault ends the sign-in; with `on`, a missing response does not.

use std::{net::TcpListener, time::Duration};

use serde_json::json;
use vestibule_harness::{
    browser::Call,
    idp::{Event, EventKind, Fault, FaultPoint, User},
};

use super::{Outcome, run_faults};
use crate::world::{Setup, World, everything_logged};

/// One test for each row: the fault with its variants, and the outcome with `required` and with `on`.
macro_rules! userinfo {
    ($($test:ident: $fault:literal => $required:ident $(($why:literal))?, $on:ident $(($why_on:literal))?;)+) => { $(
        #[tokio::test]
        async fn $test() {
            run_fault($fault, "required", Outcome::$required $(($why))?).await;
            run_fault($fault, "on", Outcome::$on $(($why_on))?).await;
        }
    )+ };
}

userinfo! {
    // Covers: CVE-D15, G01.
    another_subject: "G01" => Refused("userinfo-subject"), Refused("userinfo-subject");
    // Covers: CVE-D15, G02.
    no_subject: "G02" => Refused("userinfo-subject"), Refused("userinfo-subject");
    // Covers: G03.
    the_access_token_is_not_enough: "G03" => Refused("userinfo-unavailable"), SignedIn;
    // Covers: G04.
    no_object: "G04" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G05.
    ten_megabytes: "G05a" => Refused("provider-unreachable"), SignedIn;
    // Covers: G05.
    nested_too_deep: "G05b" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G05.
    a_body_without_end: "G05c" => Refused("provider-unreachable"), SignedIn;
    // Covers: G06.
    another_signature: "G06" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G07.
    another_issuer_or_audience: "G07" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G08.
    unsigned_or_symmetric: "G08" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G10.
    an_id_token: "G10" => Refused("userinfo-refused"), Refused("userinfo-refused");
    // Covers: G14.
    redirects_are_not_followed: "G14" => Refused("userinfo-unavailable"), SignedIn;
    // Covers: G15.
    troubles: "G15a" => Refused("userinfo-unavailable"), SignedIn;
    // Ten seconds each, and no sign-in waits longer.
    // Covers: G15.
    no_answer_ever_comes: "G15b" => Refused("provider-unreachable"), SignedIn;
}

// Covers: G09.
#[tokio::test]
async fn configured_signed_userinfo_refuses_plain_json() {
    run_fault("G09", "required", Outcome::SignedIn).await;
    let world = world("signed").await;
    for (fault, outcome) in [
        (Fault::by_id("A26a").at(FaultPoint::Userinfo), None),
        (Fault::by_id("G09"), Some("userinfo-refused")),
        (Fault::by_id("G01"), Some("userinfo-refused")),
        (Fault::by_id("G15a"), Some("userinfo-unavailable")),
    ] {
        world.provider.clear_faults();
        world.provider.clear_events();
        world.provider.fault(fault);
        let page = world.sign_in(&world.browser(), "/wanted").await;
        match outcome {
            None => world.assert_ends_at(&page, "/wanted"),
            Some(reason) => world.assert_refused(&page, reason),
        }
        assert_eq!((world.redemptions(), world.provider.count(EventKind::Userinfo)), (1, 1), "{fault:?}");
    }
}

// Covers: A11, G06.
#[tokio::test]
async fn an_unpublished_key_costs_one_fetch() {
    let world = world("required").await;
    let before = world.provider.count(EventKind::Jwks);
    run_faults(&world, &[Fault::by_id("A11").at(FaultPoint::Userinfo)], Outcome::Refused("userinfo-refused")).await;
    assert!(world.provider.count(EventKind::Jwks) <= before + 1);
}

// Covers: G11.
#[tokio::test]
async fn userinfo_adds_claims_and_overrides_none() {
    let world = world("required").await;
    run_faults(&world, &[Fault::by_id("G11")], Outcome::SignedIn).await;
    let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
    assert_eq!(page.header("x-groups"), Some("staff,sales"));
    assert_eq!(page.header("x-department"), Some("sales"), "claims that the id_token lacks");
    assert_eq!(page.header("x-issuer"), Some(world.provider.issuer()));
}

// Covers: G11.
#[tokio::test]
async fn userinfo_does_not_verify_the_id_tokens_email() {
    let world = Setup::new().provider("userinfo = \"required\"").start().await;
    world.provider.fault(Fault::by_id("B46b").at(FaultPoint::Back));
    let faults = [Fault::by_id("B46b"), Fault::by_id("G09")];
    run_faults(&world, &faults, Outcome::SignedIn).await;
    let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
    assert_eq!(page.header("x-forwarded-email"), None);
}

// Covers: G12.
#[tokio::test]
async fn a_line_break_in_a_claim_makes_no_header() {
    let world = world("required").await;
    run_faults(&world, &[Fault::by_id("G12")], Outcome::SignedIn).await;
    for request in world.app.requests() {
        assert_eq!(request.header("x-admin"), None);
        assert!(request.header("x-department").is_none_or(|value| !value.contains(['\r', '\n'])));
    }
}

// Covers: G13.
#[tokio::test]
async fn distributed_claims_are_not_fetched() {
    run_fault("G13", "required", Outcome::SignedIn).await;
    // An address in token and userinfo; its listener notices any connection.
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    elsewhere.set_nonblocking(true).expect("a listener");
    let endpoint = format!("http://{}/claims", elsewhere.local_addr().expect("an address"));
    let mut user = User::new("carol", "x").with_claim("_claim_names", json!({"roles": "src1"}));
    user = user.with_claim("_claim_sources", json!({"src1": {"endpoint": endpoint, "access_token": "t"}}));
    let world = Setup::new().user(user).provider("userinfo = \"required\"").start().await;
    let page = world.browser().sign_in(world.at("/wanted"), "carol", "x").await;
    world.assert_ends_at(&page, "/wanted");
    assert!(elsewhere.accept().is_err(), "no connection arrived");
}

// Covers: D14, D19, D20, D22, D44.
#[tokio::test]
async fn a_refused_token_causes_no_userinfo_request() {
    for (id, point, reason) in [
        ("D14", FaultPoint::Token, "token-incomplete"),
        ("D19", FaultPoint::Back, "id-token-issuer"),
        ("D20", FaultPoint::Back, "id-token-mismatch"),
        ("D22a", FaultPoint::Back, "id-token-nonce"),
        ("B07", FaultPoint::Back, "id-token-audience"),
    ] {
        // Asserts that userinfo was not requested.
        run_faults(&world("required").await, &[Fault::by_id(id).at(point)], Outcome::Refused(reason)).await;
    }
}

// Covers: G16.
#[tokio::test]
async fn the_access_token_is_sent_once_in_the_header() {
    let world = world("required").await;
    world.signed_in().await;
    let asked: Vec<_> =
        world.provider.events().into_iter().filter(|event| event.kind() == EventKind::Userinfo).collect();
    assert_eq!(asked, [Event::Userinfo { known_token: true, elsewhere: false }]);
}

#[tokio::test]
async fn userinfo_is_requested_only_when_configured() {
    let world = Setup::new().start().await;
    world.signed_in().await;
    assert_eq!(world.provider.count(EventKind::Userinfo), 0);
    let world = self::world("on").await;
    world.provider.fault(Fault::by_id("G15a"));
    world.signed_in().await;
    let origin = format!("\"origin\":\"{}\"", world.url);
    let log = everything_logged();
    assert!(log.lines().any(|line| line.contains(&origin) && line.contains("signed in without userinfo")));
}

// Covers: G01, G15.
#[tokio::test]
async fn refresh_survives_a_userinfo_outage() {
    let world = world_with("userinfo = \"required\"\nscopes = [\"openid\", \"offline_access\"]").await;
    world.provider.fault(Fault::by_id("G11"));
    let browser = world.signed_in().await;
    let department = async |status| {
        world.advance(Duration::from_secs(601));
        let answer = browser.request(Call::fetch("GET", &world.at("/x"), &[])).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        world.app.last().header_values("x-department").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(department(200).await, ["sales"]);
    assert_eq!(world.provider.count(EventKind::Userinfo), 2);
    world.provider.fault(Fault::by_id("G15a"));
    assert_eq!(department(200).await, ["sales"], "an outage says nothing about the person");
    world.provider.clear_faults();
    assert_eq!(department(200).await, [""; 0], "a claim that is no longer sent is removed");
    world.provider.fault(Fault::by_id("G01"));
    department(401).await;
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Userinfo)), (5, 5));
}

async fn run_fault(id: &str, userinfo: &str, outcome: Outcome) {
    for fault in Fault::row(id) {
        run_faults(&world(userinfo).await, &[fault], outcome).await;
    }
}

async fn world(userinfo: &str) -> World {
    world_with(&format!("userinfo = \"{userinfo}\"")).await
}

async fn world_with(provider: &str) -> World {
    let routes = "[[route]]\nupstream = \"{app}\"\nheaders = { X-Forwarded-User = \"sub\", X-Groups = \"groups\", \
                  X-Department = \"department\", X-Issuer = \"iss\" }\n";
    Setup::new().provider(provider).routes(routes).start().await
}
