//! Applications that sign in the connection (NTLM, Negotiate; RFC 4559 §6) behind a gateway whose connections to the
//! application are pooled.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use vestibule_harness::{app::ConnectionAuthApp, raw};

use crate::world::{Setup, World, session_cookie_field, wait_until};

/// A connection to the gateway, over HTTP/1.1 or HTTP/2.
enum Client {
    Http1(raw::Connection, String),
    Http2(http2::SendRequest<Empty<Bytes>>, String),
}

#[derive(Debug)]
struct Answer {
    status: u16,
    challenges: Vec<String>,
    body: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Protocol {
    Http1,
    Http2,
}

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

impl Client {
    async fn open(world: &World, protocol: Protocol) -> Self {
        let (address, authority): (SocketAddr, _) = (world.address(), world.authority().to_owned());
        if protocol == Protocol::Http1 {
            return Self::Http1(raw::Connection::open(address).await, authority);
        }
        let stream = TcpStream::connect(address).await.expect("the gateway");
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("an HTTP/2 connection");
        tokio::spawn(connection);
        Self::Http2(sender, authority)
    }

    /// A GET with these fields, each as `Name: value`; empty ones are left out.
    async fn get(&mut self, path: &str, fields: &[&str]) -> Answer {
        match self {
            Self::Http1(connection, authority) => {
                let host = format!("Host: {authority}");
                let fields = [&host].into_iter().map(String::as_str).chain(fields.iter().copied());
                let fields: Vec<_> = fields.filter(|field| !field.is_empty()).collect();
                connection.send(format!("GET {path} HTTP/1.1\r\n{}\r\n\r\n", fields.join("\r\n")).as_bytes()).await;
                Answer::parse(&String::from_utf8(connection.response().await).expect("text"))
            }
            Self::Http2(sender, authority) => http2_answer(sender.clone(), authority.clone(), path, fields).await,
        }
    }

    /// Signs the connection to the application in: three legs, each on the connection of the one before.
    async fn sign_in(&mut self, path: &str, scheme: &str, (user, session): (&str, &str)) -> Answer {
        let challenged = self.get(path, &[session]).await;
        assert_eq!(challenged.status, 401, "{challenged:?}");
        let challenge = self.hello(path, scheme, session).await;
        self.get(path, &[session, &format!("Authorization: {scheme} {user}:{challenge}")]).await
    }

    /// The second leg: the challenge of the application.
    async fn hello(&mut self, path: &str, scheme: &str, session: &str) -> String {
        let challenged = self.get(path, &[session, &format!("Authorization: {scheme} hello")]).await;
        assert_eq!(challenged.status, 401, "{challenged:?}");
        challenged.challenges[0].split_once(' ').expect("a challenge").1.to_owned()
    }
}

async fn http2_answer(
    mut sender: http2::SendRequest<Empty<Bytes>>,
    authority: String,
    path: &str,
    fields: &[&str],
) -> Answer {
    let mut request = Request::get(format!("http://{authority}{path}"));
    for (name, value) in fields.iter().filter_map(|field| field.split_once(": ")) {
        request = request.header(name, value);
    }
    let response = sender.send_request(request.body(Empty::new()).expect("a request")).await.expect("a response");
    let challenges = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
    Answer {
        status: response.status().as_u16(),
        challenges: challenges.map(|value| value.to_str().expect("text").to_owned()).collect(),
        body: String::from_utf8(response.into_body().collect().await.expect("a body").to_bytes().to_vec())
            .expect("text"),
    }
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        Self {
            status: raw::status(text.as_bytes()),
            challenges: fields
                .filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
                .map(|(_, value)| value.to_owned())
                .collect(),
            body: body.to_owned(),
        }
    }

    /// The user that the application took the connection for.
    fn user(&self) -> &str {
        self.body.split(' ').next().unwrap_or_default()
    }

    /// The number of the connection to the application.
    fn connection(&self) -> &str {
        self.body.split(' ').nth(1).unwrap_or_default()
    }
}

/// The gateway in front of `app`: `/` is guarded, `/open` is for anyone. Further lines go into both routes.
async fn world(app: &ConnectionAuthApp, lines: &str, trust: &str) -> World {
    let url = app.url();
    let routes = format!(
        "[[route]]\nupstream = \"{url}\"\n{lines}\n[[route]]\npath = \"/open\"\nallow = \"anyone\"\nupstream = \"{url}\"\n{lines}\n"
    );
    Setup::new().routes(&routes).trust(trust).start().await
}

/// The `Cookie` fields of sessions of alice and bob. Their sign-ins end at a 401 of the application.
async fn sessions(world: &World) -> [String; 2] {
    let (alice, bob) = (world.browser(), world.browser());
    world.sign_in(&alice, "/x").await;
    bob.sign_in(world.at("/x"), "bob", "builder").await;
    [session_cookie_field(&alice), session_cookie_field(&bob)]
}

// Covers: L23.
#[tokio::test]
async fn no_request_runs_over_the_connection_of_another_person() {
    for protocol in BOTH {
        for scheme in ["NTLM", "negotiate"] {
            let app = ConnectionAuthApp::start();
            let world = world(&app, "", "").await;
            let [alice, bob] = sessions(&world).await;
            let mut alices = Client::open(&world, protocol).await;
            // Connections that wait in the pool.
            Client::open(&world, protocol).await.get("/x", &[&bob]).await;
            Client::open(&world, protocol).await.get("/open", &[]).await;
            assert_eq!(alices.sign_in("/x", scheme, ("alice", &alice)).await.user(), "alice");
            let mut anothers = 0;
            for at in 0..50 {
                let mut other = Client::open(&world, protocol).await;
                for (path, session) in [("/x", &*bob), ("/open", ""), ("/open", &bob), ("/x", &alice)] {
                    // The last one is alice from another browser, which has not signed in to the application.
                    let answer = other.get(&format!("{path}?{at}"), &[session]).await;
                    anothers += usize::from(answer.user() != "none");
                }
                // Alice remains signed in, over the same connection.
                assert_eq!(alices.get("/x", &[&alice]).await.user(), "alice");
            }
            assert_eq!(anothers, 0, "{protocol:?} {scheme}: of 200 requests of others");
        }
    }
}

// Covers: L23.
#[tokio::test]
async fn interleaved_handshakes_stay_apart() {
    for protocol in BOTH {
        for path in ["/x", "/open"] {
            let app = ConnectionAuthApp::start();
            let world = world(&app, "", "").await;
            let sessions = sessions(&world).await;
            let mut clients = Vec::new();
            for at in 0..6 {
                let session = if path == "/open" { "" } else { &sessions[at % 2] };
                let mut client = Client::open(&world, protocol).await;
                let challenge = client.hello(path, "NTLM", session).await;
                clients.push((client, session, format!("user{at}"), challenge));
            }
            // Strangers in the middle of all these handshakes.
            for _ in 0..20 {
                let stranger = Client::open(&world, protocol).await.get("/open", &[]).await;
                assert_eq!((stranger.status, stranger.user()), (200, "none"));
            }
            for (client, session, user, challenge) in clients.iter_mut().rev() {
                let leg = format!("Authorization: NTLM {user}:{challenge}");
                assert_eq!(client.get(path, &[session, &leg]).await.user(), user);
            }
            for _ in 0..10 {
                for (client, session, user, _) in &mut clients {
                    assert_eq!(client.get(path, &[session]).await.user(), user);
                }
            }
        }
    }
}

// Covers: L23.
#[tokio::test]
async fn concurrent_streams_take_turns() {
    let app = ConnectionAuthApp::start();
    let world = world(&app, "", "").await;
    let [alice, bob] = sessions(&world).await;
    let mut client = Client::open(&world, Protocol::Http2).await;
    let signed_in = client.sign_in("/x", "Negotiate", ("alice", &alice)).await;
    let Client::Http2(sender, authority) = &client else { unreachable!("HTTP/2") };
    let requests = (0..40).map(|at| {
        let (sender, authority) = (sender.clone(), authority.clone());
        let session = if at % 4 == 3 { bob.clone() } else { alice.clone() };
        tokio::spawn(async move { (at, http2_answer(sender, authority, "/open", &[&session]).await) })
    });
    for request in requests.collect::<Vec<_>>() {
        let (at, answer) = request.await.expect("no panic");
        assert_eq!(answer.user(), "none", "another route has connections of its own: {at}");
    }
    let requests = (0..40).map(|_| {
        let (sender, authority, alice) = (sender.clone(), authority.clone(), alice.clone());
        tokio::spawn(async move { http2_answer(sender, authority, "/x", &[&alice]).await })
    });
    for request in requests.collect::<Vec<_>>() {
        let answer = request.await.expect("no panic");
        assert_eq!((answer.user(), answer.connection()), ("alice", signed_in.connection()));
    }
}

// Covers: L23.
#[tokio::test]
async fn a_bound_connection_ends_with_its_client_and_session() {
    for protocol in BOTH {
        let app = ConnectionAuthApp::start();
        let world = world(&app, "", "").await;
        let browser = world.browser();
        world.sign_in(&browser, "/x").await;
        let alice = session_cookie_field(&browser);
        let [_, bob] = sessions(&world).await;
        wait_until(|| app.open() == 0).await;

        let mut client = Client::open(&world, protocol).await;
        client.sign_in("/x", "NTLM", ("alice", &alice)).await;
        assert_eq!(app.open(), 1);
        drop(client);
        wait_until(|| app.open() == 0).await;

        // Another session on the same client connection.
        let mut client = Client::open(&world, protocol).await;
        let signed_in = client.sign_in("/x", "NTLM", ("alice", &alice)).await;
        let other = client.get("/x", &[&bob]).await;
        assert_eq!(other.user(), "none");
        assert_ne!(other.connection(), signed_in.connection());
        assert_eq!(client.get("/x", &[&alice]).await.user(), "none", "closed when the session changed");
        drop(client);
        wait_until(|| app.open() == 0).await;

        // The session ends, and the client sends nothing more.
        let mut client = Client::open(&world, protocol).await;
        client.sign_in("/x", "NTLM", ("alice", &alice)).await;
        assert_eq!(app.open(), 1);
        let page = browser.navigate(world.at("/.auth/logout")).await;
        browser.submit_without_following(&page, 0, &[]).await;
        wait_until(|| app.open() == 0).await;
        drop(client);
    }
}

// Covers: L23.
#[tokio::test]
async fn people_behind_a_proxy_are_told_apart_by_their_sessions() {
    for (trust, relayed) in
        [("proxies = [\"127.0.0.1\"]", ""), ("", "X-Forwarded-For: 192.0.2.1"), ("", "Via: 1.1 proxy")]
    {
        let app = ConnectionAuthApp::start();
        let world = world(&app, "", trust).await;
        let [alice, bob] = sessions(&world).await;
        let mut proxy = Client::open(&world, Protocol::Http1).await;
        // Without a session the connection is closed: its challenge cannot be answered.
        let challenge = proxy.hello("/open", "NTLM", "").await;
        let leg = format!("Authorization: NTLM mallory:{challenge}");
        let answer = proxy.get("/open", &["", &leg, relayed]).await;
        if relayed.is_empty() {
            assert_eq!(answer.user(), "none", "{trust}");
        }
        assert_eq!(proxy.get("/open", &[relayed]).await.user(), "none", "{trust} {relayed}");
        if trust.is_empty() {
            continue;
        }
        let challenges = [proxy.hello("/x", "NTLM", &alice).await, proxy.hello("/x", "NTLM", &bob).await];
        for (user, session, challenge) in [("alice", &alice, &challenges[0]), ("bob", &bob, &challenges[1])] {
            let leg = format!("Authorization: NTLM {user}:{challenge}");
            assert_eq!(proxy.get("/x", &[session, &leg]).await.user(), user);
        }
        for _ in 0..20 {
            assert_eq!(proxy.get("/x", &[&alice]).await.user(), "alice");
            assert_eq!(proxy.get("/x", &[&bob]).await.user(), "bob");
            assert_eq!(proxy.get("/open", &[]).await.user(), "none");
        }
    }
}

// Covers: L23.
#[tokio::test]
async fn a_connection_that_only_a_response_signs_in_is_not_shared() {
    for protocol in BOTH {
        let app = ConnectionAuthApp::start();
        let world = world(&app, "", "").await;
        let [alice, bob] = sessions(&world).await;
        for fields in [&[&*alice][..], &[&alice, "Authorization: Once alice"], &[&alice, "Authorization: Once"]] {
            let mut alices = Client::open(&world, protocol).await;
            assert_eq!(alices.get("/mutual?alice", fields).await.user(), "alice");
            for _ in 0..10 {
                let mut other = Client::open(&world, protocol).await;
                assert_eq!(other.get("/x", &[&bob]).await.user(), "none");
                assert_eq!(other.get("/x", &[&alice]).await.user(), "none");
            }
        }
        // A scheme that is not known: it may sign in the connection.
        let mut client = Client::open(&world, protocol).await;
        assert_eq!(client.get("/x", &[&alice, "Authorization: Once alice"]).await.user(), "alice");
        assert_eq!(client.get("/x", &[&alice]).await.user(), "none");
    }
}

// Covers: L23.
#[tokio::test]
async fn a_websocket_uses_the_bound_connection() {
    let app = ConnectionAuthApp::start();
    let world = world(&app, "", "").await;
    let [alice, bob] = sessions(&world).await;
    let upgrade = ["Connection: Upgrade", "Upgrade: websocket", &format!("Origin: {}", world.url)].map(str::to_owned);
    let upgrade: Vec<&str> = upgrade.iter().map(String::as_str).collect();
    let with = |more: &[&'static str], session: &str| -> Vec<String> {
        upgrade.iter().chain(more).map(|field| (*field).to_owned()).chain([session.to_owned()]).collect()
    };
    let mut client = Client::open(&world, Protocol::Http1).await;
    let signed_in = client.sign_in("/x", "NTLM", ("alice", &alice)).await;
    let mut others = Client::open(&world, Protocol::Http1).await;
    let fields = with(&[], &bob);
    let refused = others.get("/ws", &fields.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!((refused.status, refused.user()), (401, "none"));
    let fields = with(&[], &alice);
    let granted = client.get("/ws", &fields.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(granted.status, 101);
    let Client::Http1(connection, _) = &mut client else { unreachable!("HTTP/1.1") };
    connection.finish().await;
    let rest = connection.rest().await;
    let said = format!("{}{}", granted.body, String::from_utf8_lossy(&rest));
    assert_eq!(said, format!("alice {}.", signed_in.connection()));

    // The handshake on the upgrade request itself.
    let mut client = Client::open(&world, Protocol::Http1).await;
    let fields = with(&["Authorization: NTLM hello"], &alice);
    let challenged = client.get("/ws", &fields.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let challenge = challenged.challenges[0].split_once(' ').expect("a challenge").1.to_owned();
    let mut fields = with(&[], &alice);
    fields.push(format!("Authorization: NTLM alice:{challenge}"));
    let granted = client.get("/ws", &fields.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(granted.status, 101, "{granted:?}");
}

// Covers: L23.
#[tokio::test]
async fn an_operator_can_keep_connections_apart() {
    for protocol in BOTH {
        for (usage, later) in [("per-client", "alice"), ("per-request", "none")] {
            let app = ConnectionAuthApp::start();
            let world = world(&app, &format!("upstream_connections = \"{usage}\""), "").await;
            let [alice, bob] = sessions(&world).await;
            let mut client = Client::open(&world, protocol).await;
            // An application that remembers for a connection what it was told once, in a field of its own.
            assert_eq!(client.get("/x", &[&alice, "X-Once: alice"]).await.user(), "alice");
            for _ in 0..10 {
                assert_eq!(Client::open(&world, protocol).await.get("/x", &[&bob]).await.user(), "none");
                assert_eq!(client.get("/x", &[&alice]).await.user(), later, "{usage}");
            }
        }
    }
}
