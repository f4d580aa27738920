//! Answers of Entra in ways of their own: times that lie back, unreadable access tokens, more and less than was asked for.

use std::time::Duration;

use vestibule_harness::idp::{EventKind, Fault, PERSONAL, Place, User};

use super::{MANY, SINGLE, account, ann, assert_signed_in, entra, sign_in};

#[tokio::test]
async fn s0_20_s0_20g_what_nobody_asked_for_means_nothing() {
    // The provider's answers have `session_state` and `client_info`, its token answers more.
    let world = entra(SINGLE, vec![]).start().await;
    let page = sign_in(&world, "ann").await;
    assert_signed_in(&world, &page, &account(&ann(), 0));
    let names = world.provider.events().into_iter().find_map(|event| match event {
        vestibule_harness::idp::Event::Answered { names, .. } => Some(names),
        _ => None,
    });
    assert_eq!(names.expect("an answer"), ["code", "id_token", "state", "session_state", "client_info"]);
}

#[tokio::test]
async fn s0_20_s0_20a_s0_20b_s0_20f_no_part_is_missing_doubled_or_unasked() {
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

#[tokio::test]
async fn s0_20c_s0_20d_s0_20e_s1_8_a_token_answer_may_be_said_in_many_ways() {
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

#[tokio::test]
async fn s0_21_s0_20e_an_access_token_is_nobody_s_to_read() {
    // Work accounts get one that only Graph can verify; personal ones get no JWT at all, and less than was asked for.
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

#[tokio::test]
async fn s0_22_tokens_are_dated_five_minutes_back() {
    let world = entra(SINGLE, vec![]).start().await;
    // The provider's clock is a minute behind or ahead besides.
    for skew in [-50, 0, 50] {
        world.provider.set_now(world.provider.now() + skew);
        assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
        world.provider.set_now(world.provider.now() - skew);
    }
    world.provider.fault(Fault::by_id("B20").at(Place::Front));
    world.assert_refused(&sign_in(&world, "ann").await, "clock-skew");
}

#[tokio::test]
async fn s0_2_s0_26_a_session_outlives_the_token_that_began_it() {
    let world =
        entra(&format!("{SINGLE}\nscopes = [\"openid\", \"profile\", \"offline_access\"]"), vec![]).start().await;
    let browser = world.browser();
    assert_signed_in(&world, &browser.sign_in(world.at("/wanted"), "ann", "pw").await, &account(&ann(), 0));
    for _ in 0..4 {
        world.advance(Duration::from_secs(50 * 60));
        let page = browser.navigate(world.at("/wanted")).await;
        assert_signed_in(&world, &page, &account(&ann(), 0));
        assert_eq!(page.trail(), ["GET /wanted 200"]);
    }
    assert_eq!(world.provider.count(EventKind::Authorize), 1);
    let renewed = world.provider.token_requests().into_iter().filter(|request| request.grant_type == "refresh_token");
    assert!(renewed.map(|request| assert_eq!(request.refused, None)).count() >= 3);
}
