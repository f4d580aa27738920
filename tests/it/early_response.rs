//! Responses that come before the request body has been read (sign-in rule 28; RFC 9112 §9.6).

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use vestibule_harness::raw;

use crate::world::{Setup, World, session_cookie_field};

#[tokio::test]
async fn a_response_arrives_before_the_end_of_the_upload() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let listed = "[[route]]\nupstream = \"{app}\"\n[route.allow]\ngroups = [\"nobody\"]\n";
    let forbidding = Setup::new().routes(listed).start().await;
    let browser = forbidding.browser();
    assert_eq!(forbidding.sign_in(&browser, "/").await.status, 403);
    let stranger = session_cookie_field(&browser);
    for (world, line, session, status) in [
        (&world, "POST /x", "A: b", 401),
        (&world, "POST /.auth/unknown", "A: b", 404),
        (&world, "POST /%zz", &*session, 400),
        (&forbidding, "PUT /x", &*stranger, 403),
    ] {
        for expect in ["A: b", "Expect: 100-continue"] {
            let head = upload(world, line, &[session, expect]);
            assert_arrives(&send_all(world.address(), &head).await, status, line);
        }
    }
}

#[tokio::test]
async fn a_response_arrives_over_tls() {
    let world = Setup::new().https().start().await;
    let head = upload(&world, "POST /x", &["A: b"]);
    for _ in 0..5 {
        let mut client = raw::Connection::open_tls(world.address(), "127.0.0.1", &world.ca).await;
        client.send(head.as_bytes()).await;
        client.send(&vec![b'x'; BODY]).await;
        assert_arrives(&client.response().await, 401, "TLS");
    }
}

#[tokio::test]
async fn the_response_of_an_application_that_stops_reading_arrives() {
    let application = EarlyApplication::start().await;
    let routes = format!("[[route]]\nupstream = \"http://{}\"\n", application.0);
    let world = Setup::new().routes(&routes).start().await;
    let browser = world.browser();
    let _page = world.sign_in(&browser, "/").await;
    let session = session_cookie_field(&browser);
    for _ in 0..20 {
        let head = upload(&world, "POST /x", &[&session]);
        let answer = send_all(world.address(), &head).await;
        assert_arrives(&answer, 413, "application");
        assert!(answer.ends_with(b"too large"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn a_body_that_was_read_keeps_the_connection() {
    let world = World::start().await;
    let session = session_cookie_field(&world.signed_in().await);
    let mut client = raw::Connection::open(world.address()).await;
    for _ in 0..2 {
        let request =
            format!("POST /x HTTP/1.1\r\nHost: {}\r\n{session}\r\nContent-Length: 3\r\n\r\nabc", world.authority());
        client.send(request.as_bytes()).await;
        let answer = String::from_utf8(client.response().await).expect("UTF-8");
        assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("connection:"), "{answer}");
    }
}

fn upload(world: &World, line: &str, fields: &[&str]) -> String {
    let fields = fields.join("\r\n");
    format!("{line} HTTP/1.1\r\nHost: {}\r\nContent-Length: {BODY}\r\n{fields}\r\n\r\n", world.authority())
}

/// Sends `head` and the whole body before it reads: the bytes until the end of the connection. A reset is a failure.
async fn send_all(address: SocketAddr, head: &str) -> Vec<u8> {
    let mut client = TcpStream::connect(address).await.expect("a listener");
    client.write_all(head.as_bytes()).await.expect("no reset");
    client.write_all(&vec![b'x'; BODY]).await.expect("no reset");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("no reset");
    answer
}

fn assert_arrives(answer: &[u8], status: u16, name: &str) {
    let text = String::from_utf8_lossy(answer);
    assert_eq!(raw::status(answer), status, "{name}: {text}");
    assert!(text.contains("\r\nconnection: close\r\n"), "{name}: {text}");
}

/// An application that responds with 413 to the head of an upload, and closes its connection.
struct EarlyApplication(SocketAddr);

impl EarlyApplication {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut start = [0; 4096];
                    let mut read = client.read(&mut start).await.expect("a request");
                    while !start[..read].windows(4).any(|window| window == b"\r\n\r\n") {
                        read += client.read(&mut start[read..]).await.expect("a request");
                    }
                    let answer: &[u8] = if start.starts_with(b"POST") {
                        b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large"
                    } else {
                        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    };
                    client.write_all(answer).await.expect("a client");
                });
            }
        });
        Self(address)
    }
}

const BODY: usize = 5_000_000;
