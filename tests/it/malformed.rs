//! Requests whose head hyper cannot read: it responds itself, and the refusal is logged and counted all the same.

use vestibule::reason::ReasonCode;
use vestibule_harness::raw;

use crate::world::{World, everything_logged, logged, wait_until};

/// The identifier of the last refusal with this reason whose detail contains `detail`.
fn request_id(reason: ReasonCode, detail: &str) -> Option<String> {
    let log = everything_logged();
    let refused = |line: &serde_json::Value| {
        line["reason"] == reason.as_str() && line["detail"].as_str().is_some_and(|text| text.contains(detail))
    };
    let line = log.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).find(refused)?;
    line["request"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn refusals_of_unreadable_heads_are_logged_and_counted() {
    let world = World::start().await;
    let (malformed, too_large) = (ReasonCode::RequestMalformed, ReasonCode::RequestHeadTooLarge);
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: {}\r\n\r\n", "x".repeat(40_000));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(101));
    for (request, reason, detail) in [
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", malformed, "method"),
        ("GET / HTTP/4.7\r\nHost: a\r\n\r\n", malformed, "version"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", malformed, "header"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", malformed, "header"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n", malformed, "method"),
        (&*long, too_large, "too large"),
        (&*many, too_large, "too large"),
    ] {
        let before = world.metrics.refusals.of(reason).value();
        let response = raw::exchange(world.address(), request.as_bytes()).await;
        let line = request.lines().next().unwrap_or_default();
        assert_eq!(raw::status(&response), reason.status().as_u16(), "{line:?}");
        wait_until(|| world.metrics.refusals.of(reason).value() == before + 1).await;
        let id = request_id(reason, detail).unwrap_or_else(|| panic!("no line: {line:?}"));
        wait_until(|| logged(&id).len() == 3).await;
        let lines = logged(&id);
        assert!(lines.iter().any(|line| line["target"] == "audit" && line["client"] == "127.0.0.1"), "{lines:?}");
        let status = reason.status().as_u16();
        assert!(lines.iter().any(|line| line["micros"].is_u64() && line["status"] == status), "{lines:?}");
    }
}

#[tokio::test]
async fn garbage_after_a_request_leaves_its_response_whole() {
    let world = World::start().await;
    let host = world.authority();
    let requests = format!("GET /.auth/none HTTP/1.1\r\nHost: {host}\r\n\r\nG@T / HTTP/1.1\r\n\r\n");
    let mut client = raw::Connection::open(world.address()).await;
    client.send(requests.as_bytes()).await;
    let first = String::from_utf8(client.response().await).expect("UTF-8");
    assert!(first.starts_with("HTTP/1.1 404 ") && first.contains("\"reason\":\"not-found\""), "{first}");
    assert_eq!(raw::status(&client.rest().await), 400);
    wait_until(|| world.metrics.refusals.of(ReasonCode::RequestMalformed).value() == 1).await;
}
