//! Identity headers: only the gateway sets them, whatever the client sends (RFC 3875 §4.1.18, RFC 9110 §7.6.1).

use serde_json::Value;
use vestibule_harness::{app::RecordedRequest, browser::Call, idp::User};

use crate::world::{Setup, World, session_cookie_field};

// Covers: CVE-B1, CVE-B2, CVE-B3, CVE-B5, CVE-B6, K01.
#[tokio::test]
async fn no_identity_header_spelling_reaches_the_application() {
    let world = Setup::new().routes(OPEN_CGI).start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    for forged in FORGED {
        for (line, further) in [
            ("GET /x?a=1", &[][..]),
            ("GET /cgi", &[]),
            ("GET /fail?status=500", &[]),
            ("DELETE /x", &[]),
            ("OPTIONS /x", &["Origin: https://other.example", "Access-Control-Request-Method: PUT"]),
            ("POST /x", &["Content-Length: 0", "Content-Type: text/plain"]),
        ] {
            let fields = [&[session.as_str()][..], forged, further].concat();
            let hits = world.app.hits();
            let answer = world.raw(line, &fields).await;
            assert_eq!(world.app.hits(), hits + 1, "{line} {forged:?}: {answer}");
            let seen = world.app.last();
            assert_eq!(seen.header("x-forwarded-user"), Some("subject-of-alice"), "{line} {forged:?}: {seen:?}");
            assert_only_ours(&seen, forged);
        }
        let answer = world.raw("GET /cgi", &[&[session.as_str()][..], forged].concat()).await;
        let variables = json(&answer);
        assert_eq!(variables["HTTP_X_FORWARDED_USER"], "subject-of-alice", "{forged:?}");
        assert_eq!(variables["HTTP_X_FORWARDED_GROUPS"], "staff,sales", "{forged:?}");
        assert!(!answer.contains("mallory"), "{forged:?}: {answer}");
    }
}

// Covers: CVE-B16, CVE-B17.
#[tokio::test]
async fn public_routes_strip_identity_headers() {
    let world = Setup::new().routes(OPEN_CGI).start().await;
    for forged in FORGED {
        for line in ["GET /cgi", "OPTIONS /cgi", "POST /cgi"] {
            let preflight = ["Origin: https://other.example", "Access-Control-Request-Method: PUT"];
            let answer = world.raw(line, &[forged, &preflight[..]].concat()).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{line} {forged:?}: {answer}");
            assert!(!answer.contains("mallory") && !answer.contains("HTTP_X_FORWARDED_USER"), "{line} {answer}");
            assert_only_ours(&world.app.last(), forged);
        }
        // A request that needs a session does not reach the application, preflight or not.
        let hits = world.app.hits();
        for line in ["GET /x", "OPTIONS /x", "POST /x", "GET /.auth/me", "OPTIONS /.auth/login"] {
            let answer = world.raw(line, forged).await;
            assert!(!answer.contains("mallory") && answer.starts_with("HTTP/1.1 4"), "{line} {answer}");
        }
        assert_eq!(world.app.hits(), hits, "{forged:?}");
    }
}

// Covers: CVE-B1, CVE-B5.
#[tokio::test]
async fn websocket_requests_strip_identity_headers() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let origin = format!("Origin: {}", world.url);
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        session.as_str(),
        origin.as_str(),
    ];
    for forged in FORGED {
        let answer = world.raw("GET /ws", &[&upgrade[..], forged].concat()).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{forged:?}: {answer}");
        let seen = world.app.last();
        assert_eq!((seen.target.as_str(), seen.header("x-forwarded-user")), ("/ws", Some("subject-of-alice")));
        assert_only_ours(&seen, forged);
    }
}

// Covers: CVE-B4.
#[tokio::test]
async fn a_missing_claim_still_strips_the_header() {
    let world = Setup::new().user(User::new("carol", "choir")).start().await;
    let browser = world.browser();
    let page = browser.sign_in(world.at("/"), "carol", "choir").await;
    assert_eq!(page.status, 200, "{:?}", page.history());
    let forged = Call::fetch("GET", &world.at("/cgi"), &[("x-forwarded-groups", "admin"), ("x_forwarded_groups", "a")]);
    let variables = browser.request(forged).await.json();
    assert_eq!(variables["HTTP_X_FORWARDED_USER"], "subject-of-carol");
    assert_eq!(variables["HTTP_X_FORWARDED_GROUPS"], Value::Null, "{variables}");
}

// Covers: CVE-B3.
#[tokio::test]
async fn headers_that_one_route_sets_are_stripped_everywhere() {
    let world = Setup::new().routes(CHOSEN).start().await;
    let browser = world.signed_in().await;
    let forged = [("Remote-User", "mallory"), ("x_department", "mallory"), ("X-Forwarded-User", "mallory")];
    for (path, user) in [("/", None), ("/hr/x", Some("subject-of-alice"))] {
        let answer = browser.request(Call::fetch("GET", &world.at(path), &forged)).await;
        assert!(!answer.body.contains("mallory"), "{path}: {}", answer.body);
        assert_eq!(world.app.last().header("remote-user"), user, "{path}");
    }
    assert_eq!(
        world.app.last().header("x-forwarded-user"),
        None,
        "the chosen headers are instead of the standard ones"
    );
}

// Covers: CVE-B8, CVE-B9, CVE-B11, CVE-B12, CVE-A4.
#[tokio::test]
async fn forwarded_headers_of_untrusted_peers_are_replaced() {
    let world = Setup::new().routes(OPEN_CGI).start().await;
    let said = [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-For: 192.0.2.2, 10.0.0.1",
        "X-Forwarded-Proto: https",
        "x_forwarded_proto: https",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Port: 8443",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Uri: /.auth/me",
        "X-Forwarded-Method: DELETE",
        "X-Forwarded-Server: evil.example",
        "Forwarded: for=192.0.2.1;host=evil.example;proto=https",
        "X-Real-IP: 192.0.2.1",
        "X-Original-URL: /evil",
        "X-Original-Host: evil.example",
        "X-Rewrite-URL: /evil",
        "X-Request-Id: evil",
        "Proxy: http://evil.example",
    ];
    let answer = world.raw("GET /cgi", &said).await;
    for evil in ["evil", "192.0.2", "10.0.0.1", "8443", "https", "DELETE"] {
        assert!(!answer.contains(evil), "{evil}: {answer}");
    }
    let (variables, port) = (json(&answer), world.address().port().to_string());
    for (name, value) in [
        ("HTTP_X_FORWARDED_FOR", "127.0.0.1"),
        ("HTTP_X_FORWARDED_PROTO", "http"),
        ("HTTP_X_FORWARDED_HOST", world.authority()),
        ("HTTP_X_FORWARDED_PORT", &port),
        ("HTTP_HOST", world.authority()),
    ] {
        assert_eq!(variables[name], value, "{variables}");
    }
    let id = field(&answer, "x-request-id").expect("a request id");
    assert_eq!(variables["HTTP_X_REQUEST_ID"], id, "application and browser get the same id");
}

// Covers: CVE-G6.
#[tokio::test]
async fn hop_by_hop_headers_are_removed() {
    let world = Setup::new().routes(OPEN_CGI).start().await;
    let said = [
        "Connection: keep-alive, X-Secret, Upgrade, HTTP2-Settings",
        "connection: x-other",
        "X-Secret: 1",
        "X-Other: 1",
        "X-Stays: 1",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eDp5",
        "TE: trailers",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Expect: 100-continue",
    ];
    let answer = world.raw("GET /cgi", &said).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let seen = world.app.last();
    assert_eq!(seen.header("x-stays"), Some("1"));
    let gone = ["connection", "x-secret", "x-other", "keep-alive", "proxy-connection", "proxy-authorization", "te"];
    for name in gone.into_iter().chain(["upgrade", "http2-settings", "expect"]) {
        assert!(seen.header_values(name).is_empty(), "{name}: {seen:?}");
    }
}

#[tokio::test]
async fn hop_by_hop_response_headers_are_removed() {
    let world = Setup::new().routes(OPEN).start().await;
    let browser = world.browser();
    let said = "/headers?connection=x-hidden&x-hidden=1&x-seen=1&keep-alive=timeout%3D5&alt-svc=h3%3D%22:1%22\
                &proxy-authenticate=Basic";
    let answer = browser.request(Call::new("GET", &world.at(said))).await;
    assert_eq!((answer.status, answer.header("x-seen")), (200, Some("1")));
    for name in ["connection", "x-hidden", "keep-alive", "alt-svc", "proxy-authenticate"] {
        assert_eq!(answer.header(name), None, "{name}: {:?}", answer.headers);
    }
    let answer = browser.request(Call::new("GET", &world.at("/trailers"))).await;
    assert_eq!((answer.body.as_str(), answer.trailers.len(), answer.header("trailer")), ("the body", 0, None));
}

// Covers: CVE-H4.
#[tokio::test]
async fn gateway_cookies_never_reach_the_application() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for cookie in ["app=1", "vestibule-login-x=1", "vestibule-loop=1", "vestibules=2", "other=a b"] {
        browser.set_cookie_raw(&world.at("/"), &format!("{cookie}; Path=/"));
    }
    browser.fetch("GET", &world.at("/x"), &[], "").await;
    assert_eq!(world.app.last().header_values("cookie"), ["app=1; vestibules=2; other=a b"]);
    browser.remove_cookie("app");
    browser.remove_cookie("vestibules");
    browser.remove_cookie("other");
    browser.fetch("GET", &world.at("/x"), &[], "").await;
    assert_eq!(world.app.last().header_values("cookie"), Vec::<&str>::new());
    let mut socket =
        browser.websocket(&world.at("/ws").replacen("http", "ws", 1), Some(&world.url)).await.expect("101");
    socket.send_text("x").await.expect("an open socket");
    assert_eq!(world.app.last().header_values("cookie"), Vec::<&str>::new());
}

#[tokio::test]
async fn the_application_cannot_set_gateway_cookies() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let before = session_cookie_field(&browser);
    let names = ["vestibule", "__Host-vestibule", "Vestibule-Login-x", "__host-vestibule-logout", "vestibule-loop"];
    let query = names.map(|name| format!("{name}=planted%3B%20Path%3D/")).join("&");
    let answer = browser.fetch("GET", &world.at(&format!("/set-cookie?{query}&app=1")), &[], "").await;
    assert_eq!(answer.set_cookies(), ["app=1"]);
    let redirect = browser.fetch("GET", &world.at("/redirect?cookie=vestibule%3Dx&cookie=a%3D1"), &[], "").await;
    assert_eq!((redirect.status, redirect.set_cookies()), (303, vec!["a=1".to_owned()]));
    assert_eq!(session_cookie_field(&browser), before);
}

/// Asserts that the application received none of the forged values.
fn assert_only_ours(seen: &RecordedRequest, forged: &[&str]) {
    let strange: Vec<_> = seen.headers.iter().filter(|(_, value)| value.contains("mallory")).collect();
    assert!(strange.is_empty(), "{forged:?}: {strange:?}");
    let folded = |name: &str| name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let users = seen.headers.iter().filter(|(name, _)| folded(name) == "x-forwarded-user").count();
    assert!(users <= 1, "{forged:?}: {seen:?}");
}

fn json(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let pairs = answer.lines().filter_map(|line| line.split_once(": "));
    pairs.into_iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Spellings of one header name, and headers that other gateways trusted.
const FORGED: [&[&str]; 7] = [
    &["X-Forwarded-User: mallory", "X-Forwarded-Groups: mallory", "X-Forwarded-Email: mallory"],
    &["x_forwarded_user: mallory", "X_FORWARDED_GROUPS: mallory"],
    &["X-Forwarded_User: mallory", "x.forwarded.user: mallory", "X-Forwarded-Preferred_Username: mallory"],
    &["Connection: keep-alive, X-Forwarded-User", "X-Forwarded-User: mallory"],
    &["connection: x-FORWARDED-user", "Connection: x-forwarded-groups, x-forwarded-for", "X_Forwarded-User: mallory"],
    &["X-Forwarded-User: mallory", "x-forwarded-user: mallory", "X_FORWARDED_USER: mallory"],
    &["X-Forwarded-Anything-At-All: mallory", "Connection: cookie, host, x-forwarded-user"],
];

const OPEN: &str = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n";

const OPEN_CGI: &str =
    "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/cgi\"\nupstream = \"{app}\"\nallow = \"anyone\"\n";

const CHOSEN: &str = "[[route]]\nupstream = \"{app}\"\nheaders = { X-Department = \"department\" }\n\n\
    [[route]]\npath = \"/hr\"\nupstream = \"{app}\"\nheaders = { Remote-User = \"sub\" }\n";
