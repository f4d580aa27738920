//! Request smuggling (RFC 9112 §11.2): the service sees one request for each request that a client sends, or none.

use tokio::io::AsyncWriteExt;

use crate::server::{
    settings::Limits,
    tests::{Server, get, last_get, start},
};

/// The bytes that are sent before an ordinary request, and the requests that the service must see.
struct Case {
    name: &'static str,
    bytes: &'static str,
    /// The requests that the service must see. The ordinary request that follows is `GET /next`.
    seen: &'static [&'static str],
}

/// A POST to `/` with these header lines and this body.
macro_rules! post {
    ($lines:literal, $body:literal) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\n", $lines, "\r\n", $body)
    };
}

const REFUSED: &[&str] = &[];
const BROKEN: &[&str] = &["POST / broken"];
const PLAIN: &[&str] = &["GET /", "GET /next"];
const EMPTY: &[&str] = &["POST /", "GET /next"];
const ACCEPTED: &[&str] = &["POST / abc", "GET /next"];

async fn check(server: &Server, cases: &[Case]) {
    let mut failures = Vec::new();
    for Case { name, bytes, seen } in cases {
        let before = server.recorder.seen().len();
        let mut client = server.connect().await;
        // A server that refuses a request need not read the bytes after it.
        drop(client.0.write_all((bytes.to_string() + &last_get("/next")).as_bytes()).await);
        drop(client.0.shutdown().await);
        let answer = client.read_to_close().await;
        let requests = server.recorder.seen().split_off(before);
        let fits = requests == *seen && (requests.is_empty() || answer.contains("200 OK"));
        if !fits {
            failures.push(format!("{name}: saw {requests:?}, answered {:?}", answer.lines().next()));
        }
        if requests.is_empty() && !answer.starts_with("HTTP/1.1 400 ") {
            failures.push(format!("{name}: answered {:?} instead of 400", answer.lines().next()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

// Covers: CVE-G2.
#[tokio::test]
async fn transfer_encoding_is_chunked_or_refused() {
    let server = start(Limits::default()).await;
    check(
        &server,
        &[
            Case {
                name: "valid",
                bytes: post!("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
                seen: ACCEPTED,
            },
            Case {
                name: "HTTP/1.0 with transfer coding",
                bytes: "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                seen: REFUSED,
            },
            Case {
                name: "chunked is not last",
                bytes: post!("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            Case {
                name: "two lines, chunked not last",
                bytes: post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            Case {
                name: "unknown coding",
                bytes: post!("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            Case {
                name: "vertical tab before chunked",
                bytes: post!("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            Case { name: "quoted", bytes: post!("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), seen: REFUSED },
            Case { name: "empty", bytes: post!("Transfer-Encoding:\r\n", "0\r\n\r\n"), seen: REFUSED },
            Case {
                name: "obsolete fold",
                bytes: post!("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            Case {
                name: "blank before the colon",
                bytes: post!("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
                seen: REFUSED,
            },
            // RFC 9112 §6.1 lets a server use the coding, if it ignores the length and closes after the response.
            Case {
                name: "coding, then length",
                bytes: post!("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "3\r\nabc\r\n0\r\n\r\n"),
                seen: &["POST / abc"],
            },
            Case {
                name: "length, then coding",
                bytes: post!("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
                seen: &["POST / abc"],
            },
        ],
    )
    .await;
}

// Covers: CVE-G4.
#[tokio::test]
async fn a_content_length_is_one_decimal_number() {
    let server = start(Limits::default()).await;
    check(
        &server,
        &[
            Case { name: "valid", bytes: post!("Content-Length: 3\r\n", "abc"), seen: ACCEPTED },
            Case {
                name: "one value twice",
                bytes: post!("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
                seen: ACCEPTED,
            },
            Case {
                name: "two values",
                bytes: post!("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"),
                seen: REFUSED,
            },
            Case { name: "a list", bytes: post!("Content-Length: 3, 3\r\n", "abc"), seen: REFUSED },
            Case { name: "plus", bytes: post!("Content-Length: +3\r\n", "abc"), seen: REFUSED },
            Case { name: "minus", bytes: post!("Content-Length: -3\r\n", "abc"), seen: REFUSED },
            Case { name: "hexadecimal", bytes: post!("Content-Length: 0x3\r\n", "abc"), seen: REFUSED },
            Case { name: "blank inside", bytes: post!("Content-Length: 3 0\r\n", "abc"), seen: REFUSED },
            Case { name: "fraction", bytes: post!("Content-Length: 3.0\r\n", "abc"), seen: REFUSED },
            Case { name: "empty", bytes: post!("Content-Length:\r\n", "abc"), seen: REFUSED },
            Case {
                name: "beyond 64 bits",
                bytes: post!("Content-Length: 18446744073709551619\r\n", "abc"),
                seen: REFUSED,
            },
            Case { name: "blank before the colon", bytes: post!("Content-Length : 3\r\n", "abc"), seen: REFUSED },
            Case { name: "obsolete fold", bytes: post!("Content-Length:\r\n 3\r\n", "abc"), seen: REFUSED },
            Case {
                name: "a fold hides a length",
                bytes: post!("X: y\r\n Content-Length: 3\r\n", "abc"),
                seen: REFUSED,
            },
        ],
    )
    .await;
}

// Covers: CVE-G4.
#[tokio::test]
async fn a_malformed_head_is_refused() {
    let server = start(Limits::default()).await;
    check(
        &server,
        &[
            Case {
                name: "carriage return in a value",
                bytes: "GET / HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n",
                seen: REFUSED,
            },
            Case { name: "NUL in a value", bytes: "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", seen: REFUSED },
            Case { name: "NUL in a name", bytes: "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n", seen: REFUSED },
            Case { name: "no name", bytes: "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", seen: REFUSED },
            Case { name: "no colon", bytes: "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", seen: REFUSED },
            Case { name: "first line folded", bytes: "GET / HTTP/1.1\r\n Host: a\r\n\r\n", seen: REFUSED },
            Case { name: "two blanks", bytes: "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", seen: REFUSED },
            Case { name: "tab for blank", bytes: "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", seen: REFUSED },
            Case { name: "HTTP/0.9", bytes: "GET /\r\n\r\n", seen: REFUSED },
            Case { name: "HTTP/1.2", bytes: "GET / HTTP/1.2\r\nHost: a\r\n\r\n", seen: REFUSED },
            Case { name: "HTTP/3.0", bytes: "GET / HTTP/3.0\r\nHost: a\r\n\r\n", seen: REFUSED },
            Case { name: "blank in the target", bytes: "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", seen: REFUSED },
        ],
    )
    .await;
}

// Covers: CVE-G4.
/// The parser accepts these, each as one request with one end. The edge refuses those that must not pass.
#[tokio::test]
async fn lenient_syntax_is_still_one_request() {
    let server = start(Limits::default()).await;
    check(
        &server,
        &[
            Case { name: "line feeds alone (RFC 9112 §2.2)", bytes: "GET / HTTP/1.1\nHost: a\n\n", seen: PLAIN },
            Case {
                name: "line feed before a length",
                bytes: "POST / HTTP/1.1\r\nHost: a\nContent-Length: 3\r\n\r\nabc",
                seen: ACCEPTED,
            },
            Case {
                name: "empty line in front (RFC 9112 §2.2)",
                bytes: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                seen: PLAIN,
            },
            Case { name: "no Host", bytes: "GET / HTTP/1.1\r\n\r\n", seen: PLAIN },
            Case { name: "two Hosts", bytes: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", seen: PLAIN },
            Case {
                name: "whole URL for another host",
                bytes: "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
                seen: PLAIN,
            },
            Case { name: "fragment, dropped", bytes: "GET /#b HTTP/1.1\r\nHost: a\r\n\r\n", seen: PLAIN },
            Case {
                name: "GET with a body",
                bytes: "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
                seen: &["GET / abc", "GET /next"],
            },
            Case {
                name: "chunked twice",
                bytes: post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                seen: EMPTY,
            },
            Case {
                name: "another coding inside",
                bytes: post!("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
                seen: EMPTY,
            },
            Case {
                name: "identity, then chunked",
                bytes: post!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                seen: EMPTY,
            },
            Case {
                name: "coding, then a bad length",
                bytes: post!("Transfer-Encoding: chunked\r\nContent-Length: +3\r\n", "0\r\n\r\n"),
                seen: &["POST /"],
            },
            Case {
                name: "upgrade request with a body",
                bytes: post!("Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n", "abc"),
                seen: ACCEPTED,
            },
        ],
    )
    .await;
}

// Covers: CVE-G5.
#[tokio::test]
async fn a_chunk_has_exactly_its_size() {
    let server = start(Limits::default()).await;
    let mut failures = Vec::new();
    for (name, body, seen) in [
        ("extension", "3;a=b\r\nabc\r\n0\r\n\r\n", ACCEPTED),
        ("trailer", "3\r\nabc\r\n0\r\nX: y\r\n\r\n", ACCEPTED),
        ("bare line feed after the size", "3\nabc\r\n0\r\n\r\n", BROKEN),
        ("bare line feed in an extension", "3;a\nabc\r\n0\r\n\r\n", BROKEN),
        ("bare carriage return in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n", BROKEN),
        ("bare line feed after the data", "3\r\nabc\n0\r\n\r\n", BROKEN),
        ("data longer than the size", "3\r\nabcd\r\n0\r\n\r\n", BROKEN),
        ("hexadecimal prefix", "0x3\r\nabc\r\n0\r\n\r\n", BROKEN),
        ("minus", "-3\r\nabc\r\n0\r\n\r\n", BROKEN),
        ("plus", "+3\r\nabc\r\n0\r\n\r\n", BROKEN),
        ("beyond 64 bits", "10000000000000003\r\nabc\r\n0\r\n\r\n", BROKEN),
        ("no size", "\r\nabc\r\n0\r\n\r\n", BROKEN),
    ] {
        let before = server.recorder.seen().len();
        let mut client = server.connect().await;
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        drop(client.0.write_all(format!("{head}{body}{}", last_get("/next")).as_bytes()).await);
        drop(client.0.shutdown().await);
        client.read_to_close().await;
        let requests = server.recorder.seen().split_off(before);
        if requests != seen {
            failures.push(format!("{name}: saw {requests:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

// Covers: CVE-G3.
#[tokio::test]
async fn an_unread_body_is_never_a_request() {
    let server = start(Limits::default()).await;
    let hidden = last_get("/hidden");
    let chunked = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    for (name, lines, body) in [
        ("length", format!("Content-Length: {}\r\n", hidden.len()), hidden.clone()),
        ("chunked", "Transfer-Encoding: chunked\r\n".to_owned(), chunked),
        (
            "length, with Expect",
            format!("Content-Length: {}\r\nExpect: 100-continue\r\n", hidden.len()),
            hidden.clone(),
        ),
        ("long", format!("Content-Length: {}\r\n", 4_000_000 + hidden.len()), "x".repeat(4_000_000) + &hidden),
    ] {
        for late in [false, true] {
            let mut client = server.connect().await;
            client.send(format!("POST /unread HTTP/1.1\r\nHost: a\r\n{lines}\r\n")).await;
            let mut answer = String::new();
            if late {
                answer = client.read_until("unread").await;
            }
            // The server may have closed the connection already.
            drop(client.0.write_all((body.clone() + &get("/next") + &last_get("/end")).as_bytes()).await);
            drop(client.0.shutdown().await);
            answer += &client.read_to_close().await;
            let seen = server.recorder.seen();
            assert!(!seen.iter().any(|one| one.contains("/hidden")), "{name}, late {late}: {seen:?}");
            assert!(late || name == "long" || answer.starts_with("HTTP/1.1 403 "), "{name}, late {late}: {answer:?}");
        }
    }
}
