//! An application that is unreachable, slow or faulty: an error page with a reason and a link to try again.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use vestibule_harness::{app::LegacyApp, browser::Call, ca::TestCa};

use crate::world::{Setup, everything_logged};

#[tokio::test]
async fn an_unreachable_application_gets_a_retry_page() {
    let world = Setup::new().routes(&route("http://127.0.0.1:1")).start().await;
    let browser = world.signed_in().await;
    let page = browser.navigate(world.at("/down/page?x=1")).await;
    assert_eq!(page.status, 502);
    world.assert_refused(&page, "upstream-unreachable");
    assert_eq!(page.links().iter().map(url::Url::as_str).collect::<Vec<_>>(), [world.at("/down/page?x=1")]);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // The log names the cause.
    let log = everything_logged();
    let line = log.lines().find(|line| line.contains("cannot connect") && line.contains("http://127.0.0.1:1\""));
    assert!(line.is_some_and(|line| line.contains("refused")), "{line:?}");
    let call = browser.fetch("GET", &world.at("/down/api"), &[], "").await;
    assert_eq!((call.status, call.json()["reason"].as_str()), (502, Some("upstream-unreachable")));
    // After a form POST the link leads to the front page, because a link cannot send the form again.
    let form = Call::navigation(&world.at("/down/form")).method("POST").form(&[("a", "1")]);
    let answer = browser.request(form).await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("href=\"&#x2f;\"") && !answer.body.contains("down"), "{}", answer.body);
}

#[tokio::test]
async fn requests_go_to_the_reachable_upstream() {
    let world = Setup::new().routes("[[route]]\nupstream = [\"http://127.0.0.1:1\", \"{app}\"]\n").start().await;
    let browser = world.signed_in().await;
    for _ in 0..4 {
        assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 200);
    }
}

#[tokio::test]
async fn a_slow_application_times_out() {
    let world = Setup::new().routes("[[route]]\nupstream = \"{app}\"\nresponse_timeout = \"200ms\"\n").start().await;
    let browser = world.signed_in().await;
    let page = browser.navigate(world.at("/hold")).await;
    assert_eq!(page.status, 504);
    world.assert_refused(&page, "upstream-timeout");
    assert_eq!(browser.navigate(world.at("/x")).await.status, 200, "the next request succeeds");
}

#[tokio::test]
async fn a_truncated_response_stays_truncated() {
    for said in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf an answer",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nhalf an answer\r\n",
    ] {
        let (address, server) = server_with_response(said).await;
        let world = Setup::new().routes(&route(&format!("http://{address}"))).start().await;
        let browser = world.signed_in().await;
        let mut answer = browser.open(Call::fetch("GET", &world.at("/down"), &[])).await;
        assert_eq!(answer.status, 200);
        let mut text = String::new();
        let end = loop {
            match answer.next().await {
                Some(Ok(piece)) => text.push_str(&String::from_utf8_lossy(&piece)),
                end => break end,
            }
        };
        assert_eq!(text, "half an answer", "{said}");
        assert!(matches!(end, Some(Err(_))), "the browser must detect the truncation: {end:?}");
        assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 200);
        server.abort();
    }
}

#[tokio::test]
async fn an_invalid_http_response_gets_its_own_reason() {
    for said in
        ["220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "", "HTTP/1.1 101 x\r\n\r\n"]
    {
        let (address, server) = server_with_response(said).await;
        let world = Setup::new().routes(&route(&format!("http://{address}"))).start().await;
        let browser = world.signed_in().await;
        let page = browser.navigate(world.at("/down")).await;
        assert_eq!(page.status, 502, "{said:?}: {}", page.body);
        world.assert_refused(&page, "upstream-protocol");
        server.abort();
    }
}

// Covers: CVE-F8.
#[tokio::test]
async fn routes_to_one_application_share_neither_headers_nor_rules() {
    let world = Setup::new().routes(ONE_APPLICATION).start().await;
    let (alice, bob, anonymous) = (world.signed_in().await, world.browser(), world.browser());
    assert_eq!(bob.sign_in(world.at("/"), "bob", "builder").await.status, 200);
    let rows = [
        (&alice, "/x", 200, ["subject-of-alice", "", ""]),
        (&alice, "/hr/x", 200, ["", "subject-of-alice", ""]),
        (&alice, "/sales/x", 200, ["", "", "alice@example.com"]),
        (&alice, "/open/x", 200, ["subject-of-alice", "", ""]),
        (&bob, "/x", 200, ["subject-of-bob", "", ""]),
        (&bob, "/hr/x", 200, ["", "subject-of-bob", ""]),
        (&bob, "/sales/x", 403, [""; 3]),
        (&anonymous, "/open/x", 200, [""; 3]),
        (&anonymous, "/hr/x", 401, [""; 3]),
    ];
    // One connection carries all requests, one after another.
    for (at, (who, path, status, values)) in rows.iter().cycle().take(rows.len() * 4).enumerate() {
        let hits = world.app.hits();
        let path = format!("{path}?{at}");
        assert_eq!(who.fetch("GET", &world.at(&path), &[], "").await.status, *status, "{path}");
        assert_eq!(world.app.hits() - hits, usize::from(*status == 200), "{path}");
        if *status == 200 {
            let seen = world.app.last();
            let names = ["x-forwarded-user", "remote-user", "x-mail"];
            assert_eq!((&seen.target, &names.map(|name| seen.header(name).unwrap_or_default())), (&path, values));
        }
    }
}

// Covers: CVE-F8.
#[tokio::test]
async fn routes_to_one_application_have_separate_trust() {
    let ca = TestCa::new();
    let app = LegacyApp::start_tls(None, ca.server_config(&["127.0.0.1"]));
    let file = std::env::temp_dir().join(format!("vestibule-upstream-{}.pem", std::process::id()));
    std::fs::write(&file, ca.pem()).expect("a file");
    let (url, file_name) = (app.url(), file.display());
    let world = Setup::new()
        .routes(&format!(
            "[[route]]\nupstream = \"{{app}}\"\n\n[[route]]\npath = \"/vouched\"\nupstream = \"{url}\"\n\
             ca_file = \"{file_name}\"\n\n[[route]]\npath = \"/unknown\"\nupstream = \"{url}\"\n"
        ))
        .start()
        .await;
    std::fs::remove_file(&file).expect("the file");
    let browser = world.signed_in().await;
    for _ in 0..3 {
        // The first request leaves an open connection, which the second must not use.
        assert_eq!(browser.navigate(world.at("/vouched/x")).await.status, 200);
        let hits = app.hits();
        let page = browser.navigate(world.at("/unknown/x")).await;
        world.assert_refused(&page, "upstream-unreachable");
        assert_eq!((page.status, app.hits()), (502, hits));
    }
}

/// A server that sends one fixed response to every client.
async fn server_with_response(what: &'static str) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send_response(stream, what));
        }
    };
    (address, tokio::spawn(serving))
}

/// Reads some bytes, writes the response and closes the connection.
async fn send_response(mut stream: TcpStream, what: &'static str) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(what.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A route table with the application at `/` and another upstream at `/down`.
fn route(other: &str) -> String {
    format!("[[route]]\nupstream = \"{{app}}\"\n\n[[route]]\npath = \"/down\"\nupstream = \"{other}\"\n")
}

const ONE_APPLICATION: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/hr"
    upstream = "{app}"
    headers = { Remote-User = "sub" }
    [[route]]
    path = "/sales"
    upstream = "{app}"
    allow = { groups = ["sales"] }
    headers = { X-Mail = "email" }
    [[route]]
    path = "/open"
    upstream = "{app}"
    allow = "anyone"
"#;
