//! One JSON line for each request, without its query: there may be secrets in it that are not ours.
//!
//! Lines are pushed into a buffer of the worker and handed to the writer many at a time.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use http::{Method, Request, StatusCode, header};
use std::io::Write;

use crate::{base::Timestamp, telemetry::LineWriter, web::RequestId};

/// The access log of one worker.
pub struct AccessLog {
    buffer: Mutex<Vec<u8>>,
    writer: Option<LineWriter>,
}

/// What is known of a request before it is answered.
pub(super) struct Line {
    id: RequestId,
    begun: Timestamp,
    method: Method,
    host: Option<http::HeaderValue>,
    uri: http::Uri,
}

impl Line {
    /// Notes what the answer will not tell.
    pub(super) fn begin<B>(request: &Request<B>, id: RequestId, begun: Timestamp) -> Self {
        Self {
            id,
            begun,
            method: request.method().clone(),
            host: request.headers().get(header::HOST).cloned(),
            uri: request.uri().clone(),
        }
    }
}

impl AccessLog {
    /// A log that writes to `writer`, or nowhere.
    #[must_use]
    pub fn new(writer: Option<LineWriter>) -> Self {
        Self { buffer: Mutex::new(Vec::with_capacity(FULL)), writer }
    }

    /// Notes one answered request.
    pub(super) fn write(&self, line: &Line, client: IpAddr, status: StatusCode, now: Timestamp) {
        if self.writer.is_none() {
            return;
        }
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        push(&mut buffer, line, client, status, now);
        if buffer.len() >= FULL - LONGEST {
            self.hand_over(&mut buffer);
        }
    }

    /// Hands over what was noted.
    pub(super) fn flush(&self) {
        self.hand_over(&mut self.buffer.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn hand_over(&self, buffer: &mut Vec<u8>) {
        if let Some(writer) = self.writer.as_ref().filter(|_| !buffer.is_empty()) {
            writer.write(std::mem::replace(buffer, Vec::with_capacity(FULL)));
        }
    }
}

fn push(buffer: &mut Vec<u8>, line: &Line, client: IpAddr, status: StatusCode, now: Timestamp) {
    let micros = now.since(line.begun).as_micros();
    let begun = line.begun.micros();
    // Writing to a Vec does not fail.
    let _written = write!(buffer, "{{\"time\":{}.{:06},\"request\":\"", begun / 1_000_000, begun % 1_000_000);
    buffer.extend_from_slice(&line.id.text());
    let _written = write!(buffer, "\",\"client\":\"{client}\",\"method\":\"");
    escape(buffer, line.method.as_str().as_bytes());
    buffer.extend_from_slice(b"\",\"host\":\"");
    let authority = line.uri.authority().map(|authority| authority.as_str().as_bytes());
    escape(buffer, authority.or(line.host.as_ref().map(http::HeaderValue::as_bytes)).unwrap_or_default());
    buffer.extend_from_slice(b"\",\"path\":\"");
    escape(buffer, line.uri.path().as_bytes());
    let _written = writeln!(buffer, "\",\"status\":{},\"micros\":{micros}}}", status.as_u16());
}

/// Pushes `text` as the inside of a JSON string, cut when it is very long; bytes outside ASCII as their Latin-1 code.
fn escape(buffer: &mut Vec<u8>, text: &[u8]) {
    for byte in text.iter().take(LONGEST_PART) {
        match byte {
            b'"' | b'\\' => buffer.extend_from_slice(&[b'\\', *byte]),
            0x20..=0x7e => buffer.push(*byte),
            other => {
                let _written = write!(buffer, "\\u{other:04x}");
            }
        }
    }
}

/// The size at which a buffer is handed over, and the room kept for one more line.
const FULL: usize = 32 * 1024;
const LONGEST: usize = 8 * 1024;
const LONGEST_PART: usize = 1024;

#[cfg(test)]
mod tests {
    use super::{Line, push};
    use crate::{
        base::{SystemRandom, Timestamp},
        web::RequestIds,
    };
    use http::{Request, StatusCode};

    #[test]
    fn cve_h09_a_line_is_one_json_object_whatever_was_asked_and_has_no_query() {
        let request = Request::builder()
            .method("GET")
            .uri("/a\"b%0d?token=secret")
            .header("host", "ho\tst\"")
            .body(())
            .expect("a request");
        let line = Line::begin(&request, RequestIds::new(&SystemRandom).next(), Timestamp::from_micros(1_500_000));
        let mut buffer = Vec::new();
        push(&mut buffer, &line, [127, 0, 0, 1].into(), StatusCode::OK, Timestamp::from_micros(1_500_042));
        let text = String::from_utf8(buffer).expect("ASCII");
        assert_eq!(text.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["path"], "/a\"b%0d");
        assert_eq!(value["host"], "ho\tst\"");
        assert_eq!((&value["status"], &value["micros"], &value["time"]), (&200.into(), &42.into(), &1.5.into()));
        assert!(!text.contains("secret"));
    }
}
