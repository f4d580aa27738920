//! Trusted proxies: scheme, host and client address of a request; and the admin listener (sign-in rules 3, 15, 16).

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World, logged};

#[tokio::test]
async fn a_trusted_proxy_sets_scheme_and_address() {
    let world = Setup::new().behind_proxy().trust("proxies = [\"127.0.0.1\"]").start().await;
    let fields = "X-Forwarded-Proto: http, https\r\nX-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n";
    let proxy = tls_proxy(&world, fields).await;
    let browser = world.browser().with_host("127.0.0.1", proxy);
    let page = world.sign_in(&browser, "/wanted").await;
    assert_eq!(
        (page.status, page.url.as_str()),
        (200, world.at("/wanted").as_str()),
        "{:?}\n{}",
        page.history(),
        page.body
    );
    assert!(browser.cookie("__Host-vestibule").is_some_and(|cookie| cookie.secure));
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    let seen = world.app.last();
    for (name, value) in [
        ("x-forwarded-proto", "https"),
        // Any client can send the left-most address.
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-host", world.authority()),
        ("host", world.authority()),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn plain_http_is_redirected_or_refused() {
    for (trust, context) in [("proxies = [\"192.0.2.1\"]", "https"), ("proxies = [\"127.0.0.1\"]", "http")] {
        let world = Setup::new().behind_proxy().trust(trust).start().await;
        let browser = world.browser();
        let plain = |path: &str| world.at(path).replacen("https", "http", 1);
        for (method, status) in [("GET", 308), ("HEAD", 308), ("POST", 400), ("PUT", 400), ("OPTIONS", 400)] {
            for path in ["/a/../b?x=1", "/.auth/me"] {
                let call = Call::new(method, &plain(path)).header("x-forwarded-proto", context);
                let answer = browser.request(call.target(path).form(&[("a", "1")])).await;
                assert_eq!(answer.status, status, "{context} {method} {path}");
                let to = if path == "/.auth/me" { world.at(path) } else { world.at("/b?x=1") };
                assert_eq!(answer.header("location"), (status == 308).then_some(to.as_str()), "{context} {method}");
                if status == 400 {
                    assert_eq!(answer.json()["reason"], "https-needed", "{context} {method}");
                }
                // RFC 6797 §7.2: not over plain http.
                assert_eq!(answer.header("strict-transport-security"), None);
                assert!(answer.set_cookies().is_empty());
            }
        }
        assert_eq!(world.app.hits(), 0);
    }
}

// Covers: B09, B13, L44.
#[tokio::test]
async fn a_forwarded_host_never_selects_another_origin() {
    let world = Setup::new().with_localhost().trust("proxies = [\"127.0.0.1\"]").routes(TWO_HOSTS).start().await;
    let port = world.address().port();
    let (ours, other) = (format!("127.0.0.1:{port}"), format!("localhost:{port}"));
    let upper = format!("LOCALHOST.:{port}");
    let (conflict, unknown) = (Err((400, "host-conflict")), Err((421, "host-unknown")));
    for (host, fields, expected) in [
        // The host that the request names is one of ours: the field cannot change it.
        (&*ours, vec![], Ok(&ours)),
        (&ours, vec![&*other], conflict),
        (&other, vec![&ours], conflict),
        (&ours, vec![&upper], conflict),
        (&upper, vec![&ours], conflict),
        (&ours, vec![&ours], Ok(&ours)),
        (&other, vec![&upper], Ok(&other)),
        (&upper, vec![&other], Ok(&other)),
        (&ours, vec!["evil.example"], Ok(&ours)),
        (&ours, vec![""], Ok(&ours)),
        // It names none of ours: the field decides, if it says one thing.
        ("gateway.internal:4180", vec![&other], Ok(&other)),
        ("gateway.internal", vec![&upper], Ok(&other)),
        ("gateway.internal", vec![&ours, &ours], Ok(&ours)),
        ("gateway.internal", vec!["evil.example"], unknown),
        ("gateway.internal", vec![], unknown),
        // Several that disagree.
        ("gateway.internal", vec![&ours, &other], conflict),
        ("gateway.internal", vec!["evil.example", &other], conflict),
        ("gateway.internal", vec![&other, "evil.example"], conflict),
        (&ours, vec!["evil.example", &ours], conflict),
        (&ours, vec![&ours, &other], conflict),
    ] {
        let separate: Vec<_> = fields.iter().map(|host| format!("X-Forwarded-Host: {host}\r\n")).collect();
        let joined =
            if fields.is_empty() { String::new() } else { format!("x-forwarded-HOST: {}\r\n", fields.join(" , ")) };
        for list in [separate.concat(), joined] {
            let hits = world.app.hits();
            let request = format!("GET /x HTTP/1.1\r\nHost: {host}\r\n{list}Connection: close\r\n\r\n");
            let answer = raw::exchange(world.address(), request.as_bytes()).await;
            let answer = String::from_utf8_lossy(&answer).into_owned();
            match expected {
                Ok(host) => {
                    assert!(answer.starts_with("HTTP/1.1 200 "), "{request}{answer}");
                    let seen = world.app.last();
                    assert_eq!((seen.header("host"), seen.header("x-forwarded-host")), (Some(&**host), Some(&**host)));
                }
                Err((status, reason)) => {
                    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}{answer}");
                    assert!(answer.contains(&format!("\"reason\":\"{reason}\"")), "{request}{answer}");
                    assert_eq!(world.app.hits(), hits, "{request}");
                }
            }
        }
    }
    // The log line says what came, and from where.
    let call = Call::new("GET", &world.at("/x")).header("x-forwarded-host", &other);
    let refused = world.browser().request(call).await;
    let lines = logged(refused.header("x-request-id").expect("a request id"));
    let detail = lines.iter().find_map(|line| line["detail"].as_str()).expect("a detail");
    assert_eq!(detail, format!("the request is for {ours:?}, and X-Forwarded-Host from 127.0.0.1 says {other:?}"));
}

// Covers: L44.
#[tokio::test]
async fn a_forwarded_host_selects_no_other_application_over_http2() {
    let world =
        Setup::new().https().with_localhost().trust("proxies = [\"127.0.0.1\"]").routes(TWO_HOSTS).start().await;
    let browser = world.browser().with_http2();
    let port = world.address().port();
    for (url, forwarded, status) in [
        (world.at("/x"), format!("localhost:{port}"), 400),
        (world.at("/x").replacen("127.0.0.1", "localhost", 1), format!("127.0.0.1:{port}"), 400),
        (world.at("/x"), format!("127.0.0.1:{port}"), 200),
        (world.at("/x"), "evil.example".to_owned(), 200),
        (world.at("/x"), format!("127.0.0.1:{port}, localhost:{port}"), 400),
    ] {
        let answer = browser.request(Call::new("GET", &url).header("x-forwarded-host", &forwarded)).await;
        assert_eq!(answer.status, status, "{url} {forwarded}");
        if status == 400 {
            assert_eq!(answer.json()["reason"], "host-conflict");
        }
    }
    assert_eq!(world.app.hits(), 2);
}

// Covers: CVE-B8.
#[tokio::test]
async fn a_forwarded_host_of_an_untrusted_peer_has_no_effect() {
    let world = Setup::new().with_localhost().routes(TWO_HOSTS).start().await;
    let other = format!("localhost:{}", world.address().port());
    for (host, status) in [(world.authority(), "200"), ("gateway.internal", "421")] {
        let request =
            format!("GET /x HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {other}\r\nConnection: close\r\n\r\n");
        let answer = raw::exchange(world.address(), request.as_bytes()).await;
        assert!(answer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(world.app.last().header("host"), Some(world.authority()));
}

#[tokio::test]
async fn https_responses_have_hsts() {
    let world = Setup::new().https().routes(OPEN).start().await;
    let browser = world.browser();
    for (path, expected) in [
        ("/x", "max-age=31536000"),
        ("/fail?status=500", "max-age=31536000"),
        ("/headers?strict-transport-security=max-age%3D60", "max-age=60"),
        ("/.auth/me", "max-age=31536000"),
        ("/.auth/nothing", "max-age=31536000"),
        ("/.auth/login", "max-age=31536000"),
    ] {
        let answer = browser.request(Call::navigation(&world.at(path))).await;
        assert_eq!(answer.header("strict-transport-security"), Some(expected), "{path}");
    }
    let plain = World::start().await;
    let answer = plain.browser().request(Call::navigation(&plain.at("/.auth/me"))).await;
    assert_eq!(answer.header("strict-transport-security"), None, "not for plain http");
}

// Covers: CVE-H3.
#[tokio::test]
async fn operators_have_a_separate_listener() {
    let world = Setup::new().routes(OPEN).start().await;
    let browser = world.browser();
    let admin = |path: &str| format!("{}{path}", world.admin);
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/healthz", 405),
        ("POST", "/metrics", 405),
        ("DELETE", "/readyz", 405),
        ("GET", "/", 404),
        ("GET", "/sessions", 404),
        ("GET", "/.auth/me", 404),
        ("GET", "/healthz/x", 404),
        ("GET", "//healthz", 404),
    ] {
        let answer = browser.request(Call::new(method, &admin(path))).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
    }
    let ready = browser.request(Call::new("GET", &admin("/readyz"))).await.json();
    assert_eq!((&ready["ready"], &ready["providers"]["idp"]), (&true.into(), &true.into()));
    for (host, status) in [
        ("evil.example", 421),
        ("evil.example:80", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("", 421),
        ("localhost", 200),
        ("LOCALHOST:4181", 200),
        ("[::1]:4181", 200),
        ("10.0.0.9:4181", 200),
    ] {
        let answer = browser.request(Call::new("GET", &admin("/healthz")).header("host", host)).await;
        assert_eq!(answer.status, status, "{host}");
    }
    // On the public listener these paths belong to the application.
    assert_eq!(world.app.hits(), 0);
    for (at, path) in ["/healthz", "/readyz", "/metrics", "/sessions"].into_iter().enumerate() {
        let answer = browser.request(Call::new("GET", &world.at(path))).await;
        assert_eq!((answer.status, world.app.hits(), world.app.last().target.as_str()), (200, at + 1, path));
    }
}

/// A proxy that ends TLS and adds `fields` to the first request of each connection.
async fn tls_proxy(world: &World, fields: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let acceptor = TlsAcceptor::from(world.ca.server_config(&["127.0.0.1"]));
    let (gateway, fields): (_, Arc<str>) = (world.address(), fields.into());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, fields) = (acceptor.clone(), Arc::clone(&fields));
            tokio::spawn(async move {
                let mut browser = acceptor.accept(stream).await?;
                let mut behind = TcpStream::connect(gateway).await?;
                while let Ok(byte) = browser.read_u8().await {
                    behind.write_u8(byte).await?;
                    if byte == b'\n' {
                        break;
                    }
                }
                behind.write_all(fields.as_bytes()).await?;
                copy_bidirectional(&mut browser, &mut behind).await
            });
        }
    });
    address
}

const OPEN: &str = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n";

/// An application of each host.
const TWO_HOSTS: &str = "[[route]]\nhost = \"127.0.0.1\"\nupstream = \"{app}\"\nallow = \"anyone\"\n[[route]]\nhost = \"localhost\"\nupstream = \"{app}\"\nallow = \"anyone\"\n";
