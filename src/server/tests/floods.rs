//! HTTP/2 frames sent to exhaust the server (RFC 9113 §10.5): the connection ends, and others are served all the while.

use tokio::io::AsyncWriteExt;

use super::bench::{Server, last_get, start};
use crate::server::Limits;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `GET http://a/` in HPACK (RFC 7541 Appendix A), every field from the static table but the authority.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'a'];
const POST: &[u8] = &[0x83, 0x86, 0x84, 0x41, 1, b'a'];

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Sends `frames` until the server closes, of which it must not take all.
async fn flood(server: &Server, frames: impl Iterator<Item = Vec<u8>>) -> bool {
    let mut client = server.connect().await;
    client.send([PREFACE, SETTINGS].concat()).await;
    let (mut from, mut to) = client.0.split();
    let mut sink = tokio::io::sink();
    let reading = tokio::io::copy(&mut from, &mut sink);
    let writing = async {
        for frame in frames {
            if to.write_all(&frame).await.is_err() {
                return true;
            }
        }
        false
    };
    tokio::pin!(reading, writing);
    tokio::select! {
        _closed = &mut reading => true,
        refused = &mut writing => refused,
    }
}

async fn serves_others(server: &Server) {
    let mut client = server.connect().await;
    client.send(last_get("/other")).await;
    assert!(client.read_to_close().await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn the_frames_are_well_formed() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    let mut sent = [PREFACE, SETTINGS].concat();
    sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET));
    sent.extend(frame(HEADERS, END_HEADERS, 3, POST));
    sent.extend(frame(DATA, END_STREAM, 3, b"abc"));
    client.send(sent).await;
    client.read_until("in the clear").await;
    client.read_until("in the clear").await;
    assert_eq!(server.notes.seen(), ["GET /", "POST / abc"]);
}

#[tokio::test]
async fn cve_g07_rapid_reset_ends_the_connection() {
    let server = start(Limits::default()).await;
    let open_and_reset = (0..100_000).map(|number| {
        let stream = 2 * number + 1;
        let mut both = frame(HEADERS, END_STREAM | END_HEADERS, stream, GET);
        both.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        both
    });
    assert!(flood(&server, open_and_reset).await);
    serves_others(&server).await;
    assert!(server.notes.seen().len() < 10_000, "{}", server.notes.seen().len());
}

#[tokio::test]
async fn cve_g08_endless_continuation_ends_the_connection() {
    let server = start(Limits::default()).await;
    let line = [&[0x00, 1, b'x', 120][..], &[b'y'; 120]].concat();
    let begin = frame(HEADERS, END_STREAM, 1, GET);
    let more = (0..100_000).map(|_| frame(CONTINUATION, 0, 1, &line));
    assert!(flood(&server, std::iter::once(begin).chain(more)).await);
    serves_others(&server).await;
    assert_eq!(server.notes.seen(), ["GET /other"]);
}

#[tokio::test]
async fn cve_g10_endless_empty_data_ends_the_connection() {
    let server = start(Limits::default()).await;
    let begin = frame(HEADERS, END_HEADERS, 1, POST);
    let more = (0..200_000).map(|_| frame(DATA, 0, 1, &[]));
    assert!(flood(&server, std::iter::once(begin).chain(more)).await);
    serves_others(&server).await;
}
