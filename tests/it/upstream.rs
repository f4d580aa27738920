//! An application that is down, slow or broken: a page that says so, with a reason and a way to try again.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use vestibule_harness::{app::LegacyApp, browser::Call, ca::TestCa};

use crate::world::Setup;

#[tokio::test]
async fn an_unreachable_application_gets_a_retry_page() {
    let world = Setup::new().routes(&route("http://127.0.0.1:1")).start().await;
    let browser = world.signed_in().await;
    let page = browser.navigate(world.at("/down/page?x=1")).await;
    assert_eq!(page.status, 502);
    world.assert_refused(&page, "upstream-unreachable");
    assert_eq!(page.links().iter().map(url::Url::as_str).collect::<Vec<_>>(), [world.at("/down/page?x=1")]);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let call = browser.fetch("GET", &world.at("/down/api"), &[], "").await;
    assert_eq!((call.status, call.json()["reason"].as_str()), (502, Some("upstream-unreachable")));
    // The link of a page that answers a form leads to the front page: it could not send the form again.
    let form = Call::navigation(&world.at("/down/form")).method("POST").form(&[("a", "1")]);
    let answer = browser.request(form).await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("href=\"&#x2f;\"") && !answer.body.contains("down"), "{}", answer.body);
}

#[tokio::test]
async fn of_two_applications_the_one_that_is_there_answers() {
    let world = Setup::new().routes("[[route]]\nupstream = [\"http://127.0.0.1:1\", \"{app}\"]\n").start().await;
    let browser = world.signed_in().await;
    for _ in 0..4 {
        assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 200);
    }
}

#[tokio::test]
async fn an_application_that_takes_too_long_is_given_up() {
    let world = Setup::new().routes("[[route]]\nupstream = \"{app}\"\nresponse_timeout = \"200ms\"\n").start().await;
    let browser = world.signed_in().await;
    let page = browser.navigate(world.at("/hold")).await;
    assert_eq!(page.status, 504);
    world.assert_refused(&page, "upstream-timeout");
    assert_eq!(browser.navigate(world.at("/x")).await.status, 200, "the next request is none the worse");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_made_whole() {
    for said in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf an answer",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nhalf an answer\r\n",
    ] {
        let (address, server) = server_that_says(said).await;
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
        assert!(matches!(end, Some(Err(_))), "the browser must see that something is missing: {end:?}");
        assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 200);
        server.abort();
    }
}

#[tokio::test]
async fn what_is_no_http_is_said_to_be_none() {
    for said in
        ["220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "", "HTTP/1.1 101 x\r\n\r\n"]
    {
        let (address, server) = server_that_says(said).await;
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
    let (alice, bob, nobody) = (world.signed_in().await, world.browser(), world.browser());
    assert_eq!(bob.sign_in(world.at("/"), "bob", "builder").await.status, 200);
    let rows = [
        (&alice, "/x", 200, ["subject-of-alice", "", ""]),
        (&alice, "/hr/x", 200, ["", "subject-of-alice", ""]),
        (&alice, "/sales/x", 200, ["", "", "alice@example.com"]),
        (&alice, "/open/x", 200, ["subject-of-alice", "", ""]),
        (&bob, "/x", 200, ["subject-of-bob", "", ""]),
        (&bob, "/hr/x", 200, ["", "subject-of-bob", ""]),
        (&bob, "/sales/x", 403, [""; 3]),
        (&nobody, "/open/x", 200, [""; 3]),
        (&nobody, "/hr/x", 401, [""; 3]),
    ];
    // One connection carries them all, one after the other.
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
        // The first leaves an open connection behind, which the second must not use.
        assert_eq!(browser.navigate(world.at("/vouched/x")).await.status, 200);
        let hits = app.hits();
        let page = browser.navigate(world.at("/unknown/x")).await;
        world.assert_refused(&page, "upstream-unreachable");
        assert_eq!((page.status, app.hits()), (502, hits));
    }
}

/// Says the same to everybody.
async fn server_that_says(what: &'static str) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(say(stream, what));
        }
    };
    (address, tokio::spawn(serving))
}

/// Reads something, says something, hangs up.
async fn say(mut stream: TcpStream, what: &'static str) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(what.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The application at `/`, and something else at `/down`.
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
