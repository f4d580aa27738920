//! Token responses and tokens of Entra that deviate from other providers: dates, opaque access tokens, additional and missing members.

use std::time::Duration;

use vestibule_harness::idp::{EventKind, Fault, FaultPoint, PERSONAL, User};

use super::{MANY, SINGLE, account, ann, assert_signed_in, entra, sign_in};

// Covers: S0-20, S0-20g.
#[tokio::test]
async fn unrequested_parameters_are_ignored() {
    // The authorization response has `session_state` and `client_info`, and the token response has further members.
    let world = entra(SINGLE, vec![]).start().await;
    let page = sign_in(&world, "ann").await;
    assert_signed_in(&world, &page, &account(&ann(), 0));
    let names = world.provider.events().into_iter().find_map(|event| match event {
        vestibule_harness::idp::Event::Answered { names, .. } => Some(names),
        _ => None,
    });
    assert_eq!(names.expect("an answer"), ["code", "id_token", "state", "session_state", "client_info"]);
}

// Covers: S0-20, S0-20a, S0-20b, S0-20f.
#[tokio::test]
async fn missing_repeated_or_unrequested_members_are_refused() {
    let world = entra(SINGLE, vec![]).start().await;
    for (row, reason) in [
        ("C07", "answer-incomplete"),
        ("C08", "answer-incomplete"),
        ("C10", "answer-malformed"),
        ("C12", "answer-unasked-token"),
        ("B29", "id-token-code-hash"),
        ("B30", "id-token-code-hash"),
    ] {
        for fault in Fault::row(row) {
            world.provider.fault(fault);
            let page = sign_in(&world, "ann").await;
            world.assert_refused(&page, reason);
            world.provider.clear_faults();
        }
    }
    assert_eq!(world.provider.count(EventKind::Token), 0);
}

// Covers: S0-20c, S0-20d, S0-20e, S1-8.
#[tokio::test]
async fn token_response_variants_are_accepted() {
    let world = entra(SINGLE, vec![]).start().await;
    for row in ["D13", "D15", "D17", "D18"] {
        for fault in Fault::row(row) {
            world.provider.fault(fault);
            assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
            world.provider.clear_faults();
        }
    }
    for fault in Fault::row("D12") {
        world.provider.fault(fault);
        let page = sign_in(&world, "ann").await;
        assert_eq!(page.status, 502, "{fault:?}: {}", page.body);
        world.provider.clear_faults();
    }
}

// Covers: S0-21, S0-20e.
#[tokio::test]
async fn access_tokens_are_opaque() {
    // Work accounts get an access token for Microsoft Graph only; personal accounts get no JWT, and fewer scopes than requested.
    let paul = User::of_tenant("paul", "pw", PERSONAL);
    let lines = MANY.replace("[\"", &format!("[\"{PERSONAL}\", \""));
    let world = entra(&lines, vec![paul.clone()]).start().await;
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
    assert_signed_in(&world, &sign_in(&world, "paul").await, &account(&paul, 0));
    let tokens = world.provider.live_tokens();
    assert!(tokens.iter().any(|token| token.starts_with("EwB")), "{tokens:?}");
    assert!(tokens.iter().any(|token| token.matches('.').count() == 2), "{tokens:?}");
    assert_eq!(world.provider.count(EventKind::Userinfo), 0);
}

// Covers: S0-22.
#[tokio::test]
async fn tokens_issued_five_minutes_back_are_accepted() {
    let world = entra(SINGLE, vec![]).start().await;
    // The provider's clock is also a minute slow or fast.
    for skew in [-50, 0, 50] {
        world.provider.set_now(world.provider.now() + skew);
        assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
        world.provider.set_now(world.provider.now() - skew);
    }
    world.provider.fault(Fault::by_id("B20").at(FaultPoint::Front));
    world.assert_refused(&sign_in(&world, "ann").await, "clock-skew");
}

// Covers: S0-2, S0-26.
#[tokio::test]
async fn a_session_outlives_its_first_token() {
    let world =
        entra(&format!("{SINGLE}\nscopes = [\"openid\", \"profile\", \"offline_access\"]"), vec![]).start().await;
    let browser = world.browser();
    assert_signed_in(&world, &browser.sign_in(world.at("/wanted"), "ann", "pw").await, &account(&ann(), 0));
    for _ in 0..4 {
        world.advance(Duration::from_secs(50 * 60));
        let page = browser.navigate(world.at("/wanted")).await;
        assert_signed_in(&world, &page, &account(&ann(), 0));
        assert_eq!(page.history(), ["GET /wanted 200"]);
    }
    assert_eq!(world.provider.count(EventKind::Authorize), 1);
    let renewed = world.provider.token_requests().into_iter().filter(|request| request.grant_type == "refresh_token");
    assert!(renewed.map(|request| assert_eq!(request.refused, None)).count() >= 3);
}
