//! WebSockets: opened by the site's own pages with permission, then forwarded in both directions (RFC 6455; sign-in rule 4).

use std::time::Duration;

use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World, session_cookie_field};

#[tokio::test]
async fn a_websocket_reaches_the_application() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let mut socket = browser.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
    socket.send_text("hello").await.expect("an open socket");
    assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
    let bytes = vec![7; 300_000];
    socket.send_binary(&bytes).await.expect("an open socket");
    assert_eq!(socket.recv_binary().await.expect("an echo"), bytes);
    socket.close().await.expect("a clean end");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-alice"));
}

// Covers: CVE-E17.
#[tokio::test]
async fn an_open_socket_ends_with_its_session() {
    let world = Setup::new().session("idle = \"10m\"").start().await;
    let (leaving, idle) = (world.signed_in().await, world.signed_in().await);
    let mut sockets = Vec::new();
    for browser in [&leaving, &idle] {
        let mut socket = browser.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
        socket.send_text("hello").await.expect("an open socket");
        assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
        sockets.push(socket);
    }
    let page = leaving.navigate(world.at("/.auth/logout")).await;
    leaving.submit(&page, 0, &[]).await;
    assert!(sockets.remove(0).recv_text().await.is_err(), "she has signed out");
    sockets[0].send_text("still there?").await.expect("an open socket");
    assert_eq!(sockets[0].recv_text().await.expect("an echo"), "still there?");
    world.advance(Duration::from_secs(601));
    assert!(sockets[0].recv_text().await.is_err(), "an open socket is no use of a session");
}

// Covers: CVE-E17.
#[tokio::test]
async fn sockets_on_public_routes_end_with_the_session() {
    let open = "[[route]]\nupstream = \"{app}\"\n[[route]]\npath = \"/ws\"\nupstream = \"{app}\"\nallow = \"anyone\"\n";
    let world = Setup::new().routes(open).start().await;
    let (leaving, anonymous) = (world.signed_in().await, world.browser());
    let mut hers = leaving.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
    hers.send_text("hello").await.expect("an open socket");
    assert_eq!(hers.recv_text().await.expect("an echo"), "hello");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-alice"));
    let mut anonymous_socket = anonymous.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
    let page = leaving.navigate(world.at("/.auth/logout")).await;
    leaving.submit(&page, 0, &[]).await;
    assert!(hers.recv_text().await.is_err(), "she has signed out");
    anonymous_socket.send_text("still there?").await.expect("an open socket");
    assert_eq!(anonymous_socket.recv_text().await.expect("an echo"), "still there?");
}

#[tokio::test]
async fn websockets_work_over_tls() {
    let world = Setup::new().https().start().await;
    let browser = world.signed_in().await;
    let mut socket = browser.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
    socket.send_text("hello").await.expect("an open socket");
    assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
}

// Covers: CVE-H12.
#[tokio::test]
async fn a_page_of_another_origin_opens_no_websocket() {
    let world = Setup::new().routes(LISTED).start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let hits = world.app.hits();
    let port = world.address().port();
    let foreign = [
        Some("https://evil.example".to_owned()),
        Some("null".to_owned()),
        Some(format!("http://localhost:{port}")),
        Some(format!("https://127.0.0.1:{port}")),
        Some("http://127.0.0.1".to_owned()),
        Some(format!("{}.evil.example", world.url)),
        None,
    ];
    for origin in foreign {
        let origin = origin.map(|origin| format!("Origin: {origin}"));
        let fields: Vec<&str> = UPGRADE.into_iter().chain([session.as_str()]).chain(origin.as_deref()).collect();
        let answer = world.raw("GET /ws", &fields).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("upgrade-foreign-origin"),
            "{origin:?} {answer}"
        );
    }
    let own = format!("Origin: {}", world.url);
    let twice: Vec<&str> = UPGRADE.into_iter().chain([&*session, &own, "Origin: https://evil.example"]).collect();
    assert!(world.raw("GET /ws", &twice).await.starts_with("HTTP/1.1 403 "));
    assert_eq!(world.app.hits(), hits);
    let listed: Vec<&str> = UPGRADE.into_iter().chain([&*session, "Origin: https://chat.example"]).collect();
    assert!(world.raw("GET /ws", &listed).await.starts_with("HTTP/1.1 101 "));
}

#[tokio::test]
async fn an_upgrade_without_session_gets_401() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = browser.websocket(&socket_url(&world), Some(&world.url)).await.expect_err("a refusal");
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (401, Some("sign-in-required")));
    assert_eq!((browser.cookies().len(), world.app.hits()), (0, 0));
}

// Covers: CVE-G6, CVE-G1.
#[tokio::test]
async fn h2c_upgrades_are_not_honoured() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let own = format!("Origin: {}", world.url);
    for protocol in ["h2c", "HTTP/2.0", "TLS/1.2, HTTP/1.1", "h2c, websocket"] {
        let fields = ["Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAA", &session, &own];
        let upgrade = format!("Upgrade: {protocol}");
        let answer = world.raw("GET /x", &[&fields[..], &[&upgrade]].concat()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{protocol}: {answer}");
        assert!(world.app.last().header_values("upgrade").is_empty(), "{protocol}");
    }
    // Bytes after a refused upgrade are a request of their own, and are decided on separately.
    let hits = world.app.hits();
    let upgrade = UPGRADE.join("\r\n");
    let two = format!(
        "GET /ws HTTP/1.1\r\nHost: {0}\r\n{upgrade}\r\nOrigin: https://evil.example\r\n{session}\r\n\r\nGET /y HTTP/1.1\r\nHost: {0}\r\n\r\n",
        world.authority()
    );
    let mut connection = raw::Connection::open(world.address()).await;
    connection.send(two.as_bytes()).await;
    assert_eq!(raw::status(&connection.response().await), 403);
    assert!(matches!(raw::status(&connection.response().await), 0 | 401));
    assert_eq!(world.app.hits(), hits);
}

#[tokio::test]
async fn a_declined_upgrade_is_forwarded() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let answer = browser.websocket(&socket_url(&world).replace("/ws", "/fail?status=404"), Some(&world.url)).await;
    assert_eq!(answer.expect_err("no socket").status, 404);
    let again = browser.request(Call::fetch("GET", &world.at("/x"), &[])).await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn an_open_socket_ends_with_the_gateway() {
    let mut world = World::start().await;
    let browser = world.signed_in().await;
    let mut socket = browser.websocket(&socket_url(&world), Some(&world.url)).await.expect("101");
    socket.send_text("hello").await.expect("an open socket");
    assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
    world.stop().await;
    assert!(socket.recv_text().await.is_err());
}

fn socket_url(world: &World) -> String {
    world.at("/ws").replacen("http", "ws", 1)
}

const UPGRADE: [&str; 4] = [
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];

const LISTED: &str = "[[route]]\nupstream = \"{app}\"\nwebsocket_origins = [\"https://chat.example\"]\n";
