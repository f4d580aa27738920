//! Forwarding of requests and responses: bodies are streamed, and only documented fields change (RFC 9110, RFC 9112).

use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World, session_cookie_field};

#[tokio::test]
async fn events_are_forwarded_as_they_arrive() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let mut events = browser.open(Call::fetch("GET", &world.at("/sse"), &[])).await;
    assert_eq!((events.status, events.headers["content-type"].as_bytes()), (200, &b"text/event-stream"[..]));
    world.app.wait_for_listeners(1).await;
    for text in ["one", "two", "three"] {
        world.app.emit(text);
        assert_eq!(events.next_text().await, format!("data: {text}\n\n"));
    }
    drop(events);
    world.app.wait_for_listeners(0).await;
}

#[tokio::test]
async fn an_upload_is_forwarded_before_its_end() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let hits = world.app.hits();
    let mut connection = raw::Connection::open(world.address()).await;
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {}\r\n{session}\r\nTransfer-Encoding: chunked\r\n\r\n",
        world.authority()
    );
    connection.send(head.as_bytes()).await;
    connection.send(b"5\r\nfirst\r\n").await;
    world.app.wait_for_hits(hits + 1).await;
    let seen = world.app.last();
    assert_eq!((seen.target.as_str(), seen.header("transfer-encoding")), ("/upload", Some("chunked")));
    connection.send(b"6\r\nsecond\r\n0\r\nX-Forwarded-User: mallory\r\n\r\n").await;
    let answer = String::from_utf8(connection.response().await).expect("text");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("{\"bytes\":11}"), "{answer}");
}

#[tokio::test]
async fn bodies_of_any_size_are_forwarded_both_ways() {
    for setup in [Setup::new(), Setup::new().https()] {
        let world = setup.start().await;
        let browser = world.signed_in().await;
        let browsers =
            if world.url.starts_with("https") { vec![browser.tab(), browser.with_http2()] } else { vec![browser] };
        for browser in browsers {
            let answer = browser.fetch("POST", &world.at("/upload"), &[], vec![b'x'; 5_000_000]).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "{\"bytes\":5000000}"));
            let answer = browser.fetch("GET", &world.at("/large?bytes=10000000"), &[], "").await;
            assert_eq!((answer.status, answer.bytes.len()), (200, 10_000_000));
            let answer = browser.fetch("PUT", &world.at("/x?y=%2F"), &[("content-type", "text/plain")], "hello").await;
            let seen = answer.json();
            assert_eq!(
                (&seen["method"], &seen["target"], &seen["body"]),
                (&"PUT".into(), &"/x?y=%2F".into(), &"hello".into())
            );
            assert_eq!(world.app.last().header("content-length"), Some("5"));
        }
    }
}

#[tokio::test]
async fn http2_requests_reach_the_application_as_http1() {
    let world = Setup::new().https().start().await;
    let browser = world.browser().with_http2();
    let page = world.sign_in(&browser, "/wanted?x=1").await;
    assert_eq!((page.status, page.url.as_str()), (200, world.at("/wanted?x=1").as_str()), "{:?}", page.history());
    let seen = world.app.last();
    assert_eq!((seen.target.as_str(), seen.header("host")), ("/wanted?x=1", Some(world.authority())));
    assert_eq!(seen.header("x-forwarded-user"), Some("subject-of-alice"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("https"));
    assert!(seen.header_values("cookie").is_empty(), "{seen:?}");
}

#[tokio::test]
async fn responses_without_a_body_stay_unchanged() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let whole = browser.fetch("GET", &world.at("/x"), &[], "").await;
    assert!(!whole.body.is_empty());
    for (method, path, status, length) in [
        ("HEAD", "/large?bytes=1234", 200, Some("1234")),
        ("GET", "/fail?status=204", 204, None),
        ("DELETE", "/fail?status=204", 204, None),
        ("GET", "/large?bytes=0", 200, Some("0")),
    ] {
        let answer = browser.fetch(method, &world.at(path), &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{method} {path}");
        assert_eq!(answer.header("content-length"), length, "{method} {path}");
    }
    let answer = browser.fetch("GET", &world.at("/fail?status=304"), &[("if-none-match", "\"a\"")], "").await;
    assert_eq!((answer.status, answer.body.as_str()), (304, ""));
    assert_eq!(world.app.last().header("if-none-match"), Some("\"a\""));
}

#[tokio::test]
async fn statuses_redirects_and_encodings_stay_unchanged() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for status in [200, 201, 206, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503] {
        let answer = browser.fetch("GET", &world.at(&format!("/fail?status={status}")), &[], "").await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains("\"target\""), "the page comes from the application: {}", answer.body);
    }
    for location in ["/next", "https://other.example/x", "?q"] {
        let path = format!("/redirect?status=302&to={location}");
        let answer = browser.fetch("GET", &world.at(&path), &[], "").await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(location)));
    }
    let fields = [("accept-encoding", "gzip, br"), ("range", "bytes=0-1")];
    let answer = browser.fetch("GET", &world.at("/headers?content-encoding=gzip&etag=%22a%22"), &fields, "").await;
    assert_eq!((answer.header("content-encoding"), answer.header("etag")), (Some("gzip"), Some("\"a\"")));
    assert!(answer.body.contains("\"target\""), "the bytes are unchanged");
    assert_eq!(world.app.last().header("accept-encoding"), Some("gzip, br"));
    assert_eq!(world.app.last().header("range"), Some("bytes=0-1"));
}

#[tokio::test]
async fn one_connection_carries_requests_of_many_users() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let mut connection = raw::Connection::open(world.address()).await;
    let get = |path: &str, fields: &str| format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", world.authority());
    for at in 0..3 {
        connection.send(get(&format!("/{at}"), &format!("{session}\r\n")).as_bytes()).await;
        assert_eq!(raw::status(&connection.response().await), 200);
        assert_eq!(world.app.last().target, format!("/{at}"));
        // The next request on the connection has no session: a connection has no identity.
        connection.send(get("/none", "").as_bytes()).await;
        assert_eq!(raw::status(&connection.response().await), 401);
    }
    // Two requests at once.
    let two = [get("/a", &format!("{session}\r\n")), get("/b", &format!("{session}\r\n"))].concat();
    connection.send(two.as_bytes()).await;
    for path in ["/a", "/b"] {
        let answer = String::from_utf8(connection.response().await).expect("text");
        assert!(answer.contains(&format!("\"target\":\"{path}\"")), "{answer}");
    }
}

// Covers: CVE-G3.
#[tokio::test]
async fn a_refused_body_is_never_parsed_as_a_request() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let hits = world.app.hits();
    let inner = format!("GET /smuggled HTTP/1.1\r\nHost: {}\r\n{session}\r\n\r\n", world.authority());
    for path in ["/x", "/.auth/me", "/.auth/nothing", "/.auth/logout"] {
        let outer = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{inner}",
            world.authority(),
            inner.len()
        );
        let mut connection = raw::Connection::open(world.address()).await;
        connection.send(outer.as_bytes()).await;
        let refused = connection.response().await;
        assert!((400..500).contains(&raw::status(&refused)), "{path}: {}", String::from_utf8_lossy(&refused));
        // The next bytes on the connection are the next request, or the connection is closed.
        let next = format!("GET /.auth/next HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", world.authority());
        connection.send(next.as_bytes()).await;
        let rest = connection.rest().await;
        assert!(matches!(raw::status(&rest), 0 | 404), "{path}: {}", String::from_utf8_lossy(&rest));
        assert_eq!(world.app.hits(), hits, "{path}");
    }
}

#[tokio::test]
async fn personal_responses_stay_out_of_shared_caches() {
    let world = Setup::new().routes(PUBLIC).start().await;
    let (browser, anonymous) = (world.signed_in().await, world.browser());
    for (who, path, cache, vary) in [
        (&browser, "/x", Some("private"), None),
        (&browser, "/headers?cache-control=max-age%3D60", Some("private, max-age=60"), None),
        (&browser, "/headers?cache-control=public,max-age%3D60", Some("public,max-age=60"), None),
        (&browser, "/headers?x-accel-expires=60", Some("private"), None),
        (&browser, "/public", Some("private"), Some("Cookie")),
        (&browser, "/public?cookie", Some("private"), Some("Cookie")),
        (&anonymous, "/public", None, Some("Cookie")),
    ] {
        let answer = who.fetch("GET", &world.at(path), &[], "").await;
        assert_eq!(
            (answer.status, answer.header("cache-control"), answer.header("vary")),
            (200, cache, vary),
            "{path}"
        );
        assert_eq!(answer.header("x-accel-expires"), None, "{path}");
    }
}

#[tokio::test]
async fn service_workers_need_the_routes_permission() {
    let world = Setup::new().routes(WORKER).start().await;
    let browser = world.signed_in().await;
    for (path, status) in [("/sw.js", 403), ("/trusted/sw.js", 200), ("/trusted/../sw.js", 403)] {
        let hits = world.app.hits();
        let fields = [("service-worker", "script"), ("sec-fetch-dest", "serviceworker")];
        let mut call = Call::fetch("GET", &world.at("/"), &[]).target(path);
        for (name, value) in fields {
            call = call.set(name, value);
        }
        let answer = browser.request(call).await;
        assert_eq!((answer.status, world.app.hits() - hits), (status, usize::from(status == 200)), "{path}");
        if status == 403 {
            assert_eq!(answer.json()["reason"], "service-worker");
        }
    }
    assert_eq!(browser.fetch("GET", &world.at("/sw.js"), &[], "").await.status, 200, "the same file as a plain script");
}

const PUBLIC: &str =
    "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/public\"\nupstream = \"{app}\"\nallow = \"anyone\"\n";

const WORKER: &str =
    "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/trusted\"\nupstream = \"{app}\"\nservice_worker = true\n";
