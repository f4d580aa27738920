//! Errors of the provider: which of them start one new sign-in, and what the user and the operator read about the others.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_harness::{
    browser::Page,
    idp::{Event, EventKind, Fault},
};

use crate::{
    sign_in_steps::{next_url, post_response, session_cookie},
    world::{Setup, World, everything_logged, logged},
};

// Covers: C23, S0-25.
#[tokio::test]
async fn prompt_none_errors_lead_to_interactive_sign_in() {
    let world = Setup::new().provider("authorize = { prompt = \"none\", login_hint = \"alice\" }").start().await;
    let browser = world.browser();
    let page = world.sign_in(&browser, "/wanted?x=1").await;
    world.assert_ends_at(&page, "/wanted?x=1");
    assert_eq!(parameter_values(&world, "prompt"), [Some("none".to_owned()), None]);
    assert_eq!(parameter_values(&world, "login_hint"), [Some("alice".to_owned()), Some("alice".to_owned())]);
    let refused = audit_reasons(&page);
    assert!(refused.is_empty(), "no refusal is logged: {refused:?}");
    // The provider has a session: one silent sign-in.
    browser.remove_cookie("vestibule");
    world.provider.clear_events();
    world.assert_ends_at(&browser.continue_sign_in(browser.navigate(world.at("/again")).await, "", "").await, "/again");
    assert_eq!(parameter_values(&world, "prompt"), [Some("none".to_owned())]);
}

// Covers: S1-5, C27.
#[tokio::test]
async fn error_numbers_and_descriptions_have_no_effect() {
    let mut seen = Vec::new();
    for id in ["C23b", "C43a", "C43b", "C43c"] {
        let world = World::start().await;
        world.provider.fault(Fault::by_id(id));
        let page = world.sign_in(&world.browser(), "/wanted").await;
        world.assert_refused(&page, "provider-interaction");
        seen.push((page.history(), page.status, world.provider.count(EventKind::Authorize)));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    assert_eq!(seen[0].2, 2, "one retry at most");
}

// Covers: S1-18, S2-2, S2-3.
#[tokio::test]
async fn an_expired_code_is_retried_once_without_page() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted?x=1").await;
    // The provider itself sends this error; no fault is set.
    let now = world.provider.now();
    world.provider.advance(Duration::from_secs(130));
    let page = browser.navigate_without_following(next_url(&posted)).await;
    world.assert_starts_sign_in(&page);
    world.provider.set_now(now);
    let page = browser.continue_sign_in(browser.follow(&page).await, "", "").await;
    world.assert_ends_at(&page, "/wanted?x=1");
    let requests = world.provider.token_requests();
    assert_eq!(requests.iter().map(|request| request.refused).collect::<Vec<_>>(), [Some("invalid_grant"), None]);
    assert_ne!(requests[0].code, requests[1].code, "each code once");
}

// Covers: S1-18, D31.
#[tokio::test]
async fn a_refused_response_restarts_and_redeems_once() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    world.provider.fault(Fault::by_id("D01c"));
    let (first, second) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(
        first.navigate_without_following(next_url(&posted)),
        second.navigate_without_following(next_url(&posted))
    );
    for page in [one, two] {
        world.assert_starts_sign_in(&page);
    }
    assert_eq!(world.redemptions(), 1);
}

#[tokio::test]
async fn the_retry_requests_the_challenged_claims() {
    let configured = r#"authorize = { claims = '{"id_token":{"email":null}}' }"#;
    for (id, lines, expected) in [
        ("D46a", "", json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}})),
        (
            "D46b",
            configured,
            json!({"id_token": {"email": null}, "access_token": {"acrs": {"essential": true, "value": "c1"}}}),
        ),
    ] {
        let world = Setup::new().provider(lines).start().await;
        let browser = world.browser();
        let posted = world.posted_response(&browser, "/wanted").await;
        world.provider.fault(Fault::by_id(id));
        let page = browser.navigate_without_following(next_url(&posted)).await;
        world.provider.clear_faults();
        let page = browser.continue_sign_in(browser.follow(&page).await, "", "").await;
        world.assert_ends_at(&page, "/wanted");
        let claims = parameter_values(&world, "claims").pop().flatten().expect("claims");
        assert_eq!(serde_json::from_str::<Value>(&claims).expect("JSON"), expected, "{id}");
    }
}

// Covers: C22, S0-19.
#[tokio::test]
async fn a_declined_sign_in_is_retried_with_account_selection() {
    let world = Setup::new().provider("authorize = { login_hint = \"alice\" }").start().await;
    for id in ["C22", "C22b"] {
        let browser = world.browser();
        world.provider.fault(Fault::by_id(id));
        let page = world.sign_in(&browser, "/wanted?x=1").await;
        world.assert_refused(&page, "provider-denied");
        assert_eq!(page.status, 403);
        world.provider.clear_faults();
        world.provider.clear_events();
        let page = browser.click(&page, page.links()[0].as_str()).await;
        assert_eq!(parameter_values(&world, "prompt"), [Some("select_account".to_owned())]);
        assert_eq!(parameter_values(&world, "login_hint"), [None], "Entra ID refuses both together");
        world.assert_ends_at(&browser.continue_sign_in(page, "bob", "builder").await, "/wanted?x=1");
        assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-bob"]);
    }
}

// Covers: S0-6.
#[tokio::test]
async fn the_hybrid_setting_is_named_in_the_log_only() {
    for id in ["C41a", "C41b"] {
        let world = World::start().await;
        world.provider.fault(Fault::by_id(id));
        let page = world.sign_in(&world.browser(), "/wanted").await;
        world.assert_refused(&page, "provider-hybrid-off");
        assert_eq!((page.status, world.provider.count(EventKind::Authorize)), (502, 1), "no loop");
        let line = log_line(&page);
        let hint = line["hint"].as_str().expect("a hint");
        assert!(hint.contains("ID tokens (used for implicit and hybrid flows)"), "{hint}");
        assert!(hint.contains("response_type = \"code\""), "{hint}");
        assert!(!page.body.contains("implicit"), "{}", page.body);
    }
}

// Covers: S0-23a, S0-23b, S1-6.
#[tokio::test]
async fn provider_request_ids_are_logged_and_not_shown() {
    for (id, reason, at_the_provider) in
        [("C43a", "provider-interaction", "code=50105"), ("D01b", "token-grant-refused", "error_codes: [70008]")]
    {
        let world = World::start().await;
        world.provider.fault(Fault::by_id(id));
        let page = world.sign_in(&world.browser(), "/wanted").await;
        world.assert_refused(&page, reason);
        let detail = log_line(&page)["detail"].as_str().expect("a detail").to_owned();
        for words in ["5a1b8f5e-6a52-4b0c-9a1a-2f8f1f1c0100", "0d5a7f0c-3c55-4d6b-8d52-6f5b8a0f0200", at_the_provider] {
            assert!(detail.contains(words), "{id}: {detail}");
        }
        for words in ["5a1b8f5e", "0d5a7f0c", "microsoftonline", "AADSTS", "Trace", "50105", "70008"] {
            assert!(!page.body.contains(words), "{id}: {}", page.body);
        }
    }
}

// Covers: D02.
#[tokio::test]
async fn only_token_endpoint_errors_raise_alarms() {
    for (id, reason, level) in [
        ("D02", "token-client-refused", "ERROR"),
        ("D47a", "token-client-refused", "ERROR"),
        ("D48a", "token-refused", "ERROR"),
        ("C42a", "provider-registration", "WARN"),
        ("C42e", "provider-registration", "WARN"),
        ("D01", "token-grant-refused", "WARN"),
    ] {
        let world = World::start().await;
        world.provider.fault(Fault::by_id(id));
        let page = world.sign_in(&world.browser(), "/wanted").await;
        world.assert_refused(&page, reason);
        assert_eq!(log_line(&page)["level"], level, "{id}");
    }
}

#[tokio::test]
async fn every_refusal_writes_one_audit_line() {
    for lines in ["", "response_type = \"code\"\nresponse_mode = \"query\""] {
        for (id, reason) in
            [("C22", "provider-denied"), ("C23b", "provider-interaction"), ("D01", "token-grant-refused")]
        {
            let world = Setup::new().provider(lines).start().await;
            world.provider.fault(Fault::by_id(id));
            let page = world.sign_in(&world.browser(), "/wanted").await;
            world.assert_refused(&page, reason);
            assert_eq!(audit_reasons(&page), [reason], "{id} {lines}");
        }
    }
}

// Covers: D05.
#[tokio::test]
async fn a_failed_redemption_is_not_repeated() {
    let world = World::start().await;
    let browser = world.browser();
    world.provider.fault(Fault::by_id("D05d"));
    let page = world.sign_in(&browser, "/wanted").await;
    world.assert_refused(&page, "token-status");
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Authorize)), (1, 1));
    assert_eq!(session_cookie(&browser), None);
    world.provider.clear_faults();
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "", "").await, "/wanted");
}

// Covers: C26.
#[tokio::test]
async fn a_forged_error_affects_no_sign_in() {
    let world = World::start().await;
    let (alice, mallory) = (world.browser(), world.browser());
    let answer = world.authorization_response(&alice, "/wanted").await;
    // The attacker knows only the state of a sign-in of their own.
    world.provider.fault(Fault::by_id("C23b"));
    let theirs = world.authorization_response(&mallory, "/evil").await;
    world.provider.clear_faults();
    let page = alice.submit(&theirs, 0, &[]).await;
    world.assert_refused(&page, "provider-interaction");
    assert_eq!(world.provider.count(EventKind::Authorize), 2, "no sign-in starts without a request");
    let posted: Page = post_response(&alice, &answer).await;
    world.assert_ends_at(&alice.follow(&posted).await, "/wanted");
}

/// The values of a parameter in all authorization requests.
fn parameter_values(world: &World, name: &str) -> Vec<Option<String>> {
    let requests = world.provider.events().into_iter().filter_map(|event| match event {
        Event::Authorize { params, .. } => Some(params),
        _ => None,
    });
    let value = |params: Vec<(String, String)>| params.into_iter().find(|(its, _)| its == name).map(|(_, value)| value);
    requests.map(value).collect()
}

/// The log line about the refusal on `page`.
fn log_line(page: &Page) -> Value {
    let request = page.header("x-request-id").expect("a request id");
    let mut lines = logged(request).into_iter();
    lines.find(|line| line["target"] == "vestibule::flow::error").expect("a log line")
}

/// The reasons in the audit log for the requests that led to `page`.
fn audit_reasons(page: &Page) -> Vec<String> {
    let requests: Vec<&str> =
        page.chain.iter().filter_map(|hop| hop.headers.get("x-request-id")?.to_str().ok()).collect();
    let log = everything_logged();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let refused = lines.filter(|line| line["target"] == "audit" && line["event"] == "refused");
    refused
        .filter(|line| requests.iter().any(|request| line["request"] == **request))
        .map(|line| line["reason"].as_str().unwrap_or_default().to_owned())
        .collect()
}
