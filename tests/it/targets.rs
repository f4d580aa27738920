//! One canonical request is decided on and sent: no spelling of a path, host or body framing evades a rule.

use vestibule_harness::raw;

use crate::world::{Setup, World, session_cookie_field};

// Covers: CVE-A1, CVE-A6, CVE-A7, CVE-A9, CVE-A12.
#[tokio::test]
async fn the_decided_path_is_the_forwarded_path() {
    let world = Setup::new().routes(ROUTES).start().await;
    let bob = bob(&world).await;
    for (target, anonymous, bob_gets, sent) in [
        ("/public/x", 200, 200, "/public/x"),
        ("/public", 200, 200, "/public"),
        ("/publicity", 401, 200, "/publicity"),
        ("/sales", 401, 403, ""),
        ("/sales/", 401, 403, ""),
        ("/sales/x?y=1", 401, 403, ""),
        ("/salesforce", 401, 200, "/salesforce"),
        // A server that ignores letter case would serve `/sales` for it.
        ("/Sales", 400, 400, ""),
        ("/sales/open", 200, 200, "/sales/open"),
        ("/sales/open/../x", 401, 403, ""),
        ("/public/../sales", 401, 403, ""),
        ("/public/%2e%2e/sales", 401, 403, ""),
        ("/public/%2E%2E/sales", 401, 403, ""),
        ("/public/%2E./sales", 401, 403, ""),
        ("/public/.%2e/sales/x", 401, 403, ""),
        ("/public/./../sales", 401, 403, ""),
        ("//sales", 401, 403, ""),
        ("/./sales", 401, 403, ""),
        ("/%73ales", 401, 403, ""),
        ("/%73%61%6C%65%73/x", 401, 403, ""),
        ("/%73%61%6c%65%73/x", 401, 403, ""),
        ("/sales/../public/x", 200, 200, "/public/x"),
        ("/public//x/./y", 200, 200, "/public/x/y"),
        ("/public/%7Ex%20y", 200, 200, "/public/~x%20y"),
        ("/x?y=/public", 401, 200, "/x?y=/public"),
        ("/x?x=/public/../public", 401, 200, "/x?x=/public/../public"),
        ("/sales?/../public", 401, 403, ""),
        ("/public?/../sales=%2f..%2F", 200, 200, "/public?/../sales=%2f..%2F"),
        // A fragment is not a part of a request: it is neither decided on nor sent.
        ("/public#/../sales", 200, 200, "/public"),
        ("/sales#/../public", 401, 403, ""),
        ("/x#?/public", 401, 200, "/x"),
    ] {
        for (who, status) in [(None, anonymous), (Some(bob.as_str()), bob_gets)] {
            let hits = world.app.hits();
            let answer = world.raw(&format!("GET {target}"), who.as_slice()).await;
            assert_eq!(raw::status(answer.as_bytes()), status, "{target} {who:?}: {answer}");
            assert_eq!(world.app.hits() - hits, usize::from(status == 200), "{target} {who:?}");
            if status == 200 {
                assert_eq!(world.app.last().target, sent, "{target}");
            }
        }
    }
}

// Covers: CVE-A2, CVE-A8, CVE-A21.
#[tokio::test]
async fn ambiguous_paths_are_refused() {
    let world = Setup::new().routes(ROUTES).start().await;
    let bob = bob(&world).await;
    let hits = world.app.hits();
    for target in [
        "/public%2fx",
        "/public%2Fx",
        "/public/%2e%2e%2fsales",
        "/public%5c..%5csales",
        "/public\\..\\sales",
        "/sales%00",
        "/public/%00/../sales",
        "/public%3b/../sales",
        "/public/..;/sales",
        "/public/..;x=1/sales",
        "/public/%2e%2e;/sales",
        "/%25",
        "/public/%252e%252e/sales",
        "/public%3fx",
        "/public%3Fx",
        "/public%23x",
        "/public/%0d%0aX-Evil:1",
        "/public/%7f",
        "/public/%",
        "/public/%2",
        "/public/%zz",
        "/public/%u002e",
        "public",
        "*",
        "?/public",
        ":/public",
    ] {
        let answer = world.raw(&format!("GET {target}"), &[&bob]).await;
        assert_eq!(raw::status(answer.as_bytes()), 400, "{target}: {answer}");
    }
    assert_eq!(world.app.hits(), hits);
}

// Covers: CVE-A15, CVE-A16, CVE-B13, CVE-B14.
#[tokio::test]
async fn hosts_are_recognized_in_every_spelling() {
    let world = Setup::new().with_localhost().routes(HOSTS).start().await;
    let browser = world.browser();
    world.sign_in(&browser, "/.auth/login").await;
    let (port, session) = (world.address().port(), session_cookie_field(&browser));
    let own = world.authority().to_owned();
    for (line, fields, status) in [
        ("GET /x HTTP/1.1", vec![format!("Host: {own}")], 200),
        // The rule for `localhost` is stricter, and no spelling of the host evades it.
        ("GET /x HTTP/1.1", vec![format!("Host: localhost:{port}")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: LOCALHOST:{port}")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: LocalHost.:{port}")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: localhost:0{port}")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: localhost:{port}"), format!("X-Forwarded-Host: {own}")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: localhost:{port}"), format!("Forwarded: host=\"{own}\"")], 401),
        ("GET /x HTTP/1.1", vec![format!("Host: evil.example")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: evil.example"), format!("X-Forwarded-Host: {own}")], 421),
        ("GET /.auth/login HTTP/1.1", vec![format!("Host: evil.example:{port}")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: {own}.evil.example")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: 127.0.0.1")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: 127.0.0.1:1")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: localhost..:{port}")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: evil@{own}")], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: {own}, evil.example")], 421),
        ("GET /x HTTP/1.1", vec!["Host:".to_owned()], 421),
        ("GET /x HTTP/1.1", vec![], 400),
        ("GET /x HTTP/1.0", vec![], 421),
        ("GET /x HTTP/1.1", vec![format!("Host: {own}"), "Host: evil.example".to_owned()], 400),
        ("GET /x HTTP/1.1", vec![format!("Host: {own}"), format!("Host: {own}")], 400),
        // An absolute target takes precedence over Host; if the two differ, the request is refused.
        ("GET http://{own}/x HTTP/1.1", vec![format!("Host: {own}")], 200),
        ("GET http://localhost:{port}/x HTTP/1.1", vec![format!("Host: localhost:{port}")], 401),
        ("GET http://localhost:{port}/x HTTP/1.1", vec![format!("Host: {own}")], 400),
        ("GET http://{own}/x HTTP/1.1", vec![format!("Host: localhost:{port}")], 400),
        ("GET http://evil.example/x HTTP/1.1", vec!["Host: evil.example".to_owned()], 421),
        ("GET http://evil@{own}/x HTTP/1.1", vec![format!("Host: {own}")], 400),
        ("GET http://{own}/../%2eauth/me HTTP/1.1", vec![format!("Host: {own}")], 401),
    ] {
        let line = line.replace("{own}", &own).replace("{port}", &port.to_string());
        let hits = world.app.hits();
        let request = format!("{line}\r\n{}\r\n\r\n", fields.join("\r\n")).replace("\r\n\r\n\r\n", "\r\n\r\n");
        let answer = raw::exchange(world.address(), request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        assert_eq!(raw::status(&answer), status, "{line} {fields:?}: {text}");
        assert_eq!(world.app.hits() - hits, usize::from(status == 200), "{line} {fields:?}");
        let head = text.to_ascii_lowercase();
        assert!(!head.contains("set-cookie:") && !head.contains("location:"), "{line} {fields:?}: {text}");
        assert!(!text.contains("evil"), "{line} {fields:?}: {text}");
    }
    // A session of one origin is not valid on the other.
    let request = format!("GET /x HTTP/1.1\r\nHost: localhost:{port}\r\n{session}\r\n\r\n");
    assert_eq!(raw::status(&raw::exchange(world.address(), request.as_bytes()).await), 401);
}

// Covers: CVE-G2, CVE-G4.
#[tokio::test]
async fn request_framing_is_unambiguous() {
    let world = Setup::new().routes(ROUTES).start().await;
    let bob = bob(&world).await;
    let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: {}\r\n{bob}\r\n\r\n", world.authority());
    for (version, fields, body) in [
        ("1.1", "Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: identity", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding : chunked", "0\r\n\r\n"),
        ("1.1", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
        ("1.0", "Transfer-Encoding: chunked", "0\r\n\r\n"),
        ("1.1", "Content-Length: +5", "hello"),
        ("1.1", "Content-Length: 0x5", "hello"),
        ("1.1", "Content-Length: -1", ""),
        ("1.1", "Content-Length: 5, 6", "hello"),
        ("1.1", "Content-Length: 5\r\nContent-Length: 6", "hello"),
        ("1.1", "Content-Length: 99999999999999999999", "hello"),
        ("1.1", "Content-Length: five", "hello"),
        ("1.1", "X-A: 1\nX-B: 2\r\nContent-Length : 5", "hello"),
        ("1.1", "Transfer-Encoding: chunked", "5;\rx\r\nhello\r\n0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked", "5;x=\ny\r\nhello\r\n0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("1.1", "Transfer-Encoding: chunked", "-5\r\nhello\r\n0\r\n\r\n"),
    ] {
        let hits = world.app.hits();
        let request =
            format!("POST /public HTTP/{version}\r\nHost: {}\r\n{fields}\r\n\r\n{body}{smuggled}", world.authority());
        let answers = until_closed(&world, request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answers);
        assert_eq!(text.matches("HTTP/1.").count(), 1, "{fields} {body:?}: {text}");
        assert_eq!(raw::status(&answers), 400, "{fields} {body:?}: {text}");
        let seen = &world.app.requests()[hits..];
        assert!(
            seen.iter().all(|seen| seen.target == "/public" && seen.body_bytes == 0),
            "{fields} {body:?}: {seen:?}"
        );
    }
}

// Covers: CVE-G2.
#[tokio::test]
async fn chunked_encoding_overrides_content_length() {
    let world = Setup::new().routes(ROUTES).start().await;
    let bob = bob(&world).await;
    for fields in ["Transfer-Encoding: chunked\r\nContent-Length: 9", "Content-Length: 9\r\nTransfer-Encoding: chunked"]
    {
        let hits = world.app.hits();
        let host = world.authority();
        let request = format!(
            "POST /public HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nHost: {host}\r\n{bob}\r\n\r\n"
        );
        let answers = until_closed(&world, request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answers).to_ascii_lowercase();
        assert_eq!((raw::status(&answers), text.matches("http/1.").count()), (200, 1), "{fields}: {text}");
        assert!(text.contains("\r\nconnection: close\r\n"), "RFC 9112, section 6.3: {text}");
        let seen = &world.app.requests()[hits..];
        assert_eq!((seen.len(), seen[0].body_bytes, seen[0].header("content-length")), (1, 5, None), "{seen:?}");
    }
}

#[tokio::test]
async fn malformed_and_tunnelling_methods_are_405() {
    let world = Setup::new().routes(ROUTES).start().await;
    let bob = bob(&world).await;
    for (method, status) in
        [("TRACE", 405), ("get", 405), ("G_T", 405), ("PROPFIND", 200), ("M-SEARCH", 200), ("PATCH", 200)]
    {
        let answer = world.raw(&format!("{method} /x"), &[&bob]).await;
        assert_eq!(raw::status(answer.as_bytes()), status, "{method}: {answer}");
        assert_eq!(answer.to_ascii_lowercase().contains("\r\nallow: get"), status == 405, "{method}: {answer}");
    }
    let hits = world.app.hits();
    let request = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{bob}\r\n\r\n", world.authority());
    let answer = raw::exchange(world.address(), request.as_bytes()).await;
    assert_eq!((raw::status(&answer), world.app.hits()), (405, hits));
}

/// All bytes until the gateway closes the connection, as it must.
async fn until_closed(world: &World, bytes: &[u8]) -> Vec<u8> {
    let mut connection = raw::Connection::open(world.address()).await;
    connection.send(bytes).await;
    connection.rest().await
}

/// The session cookie of a user who is not in the group sales.
async fn bob(world: &World) -> String {
    let browser = world.browser();
    let page = browser.sign_in(world.at("/x"), "bob", "builder").await;
    assert_eq!(page.status, 200, "{:?}\n{}", page.history(), page.body);
    session_cookie_field(&browser)
}

const ROUTES: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/public"
    upstream = "{app}"
    allow = "anyone"
    [[route]]
    path = "/sales"
    upstream = "{app}"
    allow = { groups = ["sales"] }
    [[route]]
    path = "/sales/open"
    upstream = "{app}"
    allow = "anyone"
"#;

const HOSTS: &str = r#"
    [[route]]
    upstream = "{app}"
    allow = "anyone"
    [[route]]
    host = "localhost"
    upstream = "{app}"
"#;
