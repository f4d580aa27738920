//! `[limits]`: what one client may use, seen from outside.

use vestibule_harness::raw;

use crate::world::Setup;

#[tokio::test]
async fn the_head_of_a_request_has_the_configured_limits() {
    let world = Setup::new().limits("header_bytes = 8192\nheader_fields = 20").start().await;
    for (name, fields, status) in [
        ("as many as allowed", "a: b\r\n".repeat(18), 303),
        ("one more", "a: b\r\n".repeat(20), 431),
        ("long enough", format!("a: {}\r\n", "b".repeat(7000)), 303),
        ("too long", format!("a: {}\r\n", "b".repeat(9000)), 431),
    ] {
        let request =
            format!("GET / HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Mode: navigate\r\n{fields}\r\n", world.authority());
        let answer = raw::exchange(world.address(), request.as_bytes()).await;
        assert_eq!(raw::status(&answer), status, "{name}: {}", String::from_utf8_lossy(&answer));
    }
}
