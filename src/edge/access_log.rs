//! The access log: one JSON line per request, without its query, which may contain secrets of the application.
//!
//! Each worker buffers its lines and hands them to the writer in batches.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use http::{Method, Request, StatusCode, header};
use std::io::Write;

use crate::{base::Timestamp, telemetry::LineWriter, web::RequestId};

/// The access log of one worker.
pub(crate) struct AccessLog {
    buffer: Mutex<Vec<u8>>,
    writer: Option<LineWriter>,
}

/// The part of an access log line that is known when the request arrives.
pub(super) struct Line {
    id: RequestId,
    received: Timestamp,
    method: Method,
    host: Option<http::HeaderValue>,
    uri: http::Uri,
}

impl Line {
    /// Copies the parts of `request` that the line contains. The request arrived at `received`.
    pub(super) fn begin<B>(request: &Request<B>, id: RequestId, received: Timestamp) -> Self {
        Self {
            id,
            received,
            method: request.method().clone(),
            host: request.headers().get(header::HOST).cloned(),
            uri: request.uri().clone(),
        }
    }
}

impl AccessLog {
    /// A log that writes to `writer`; without one, nothing is logged.
    #[must_use]
    pub(crate) fn new(writer: Option<LineWriter>) -> Self {
        Self { buffer: Mutex::new(Vec::with_capacity(CAPACITY)), writer }
    }

    /// Adds the line of a request whose response, with this status, was ready at `now`.
    pub(super) fn write(&self, line: &Line, client: IpAddr, status: StatusCode, now: Timestamp) {
        if self.writer.is_none() {
            return;
        }
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        push(&mut buffer, line, (client, status), now);
        if buffer.len() >= CAPACITY - MAX_LINE {
            self.hand_over(&mut buffer);
        }
    }

    /// Hands the buffered lines to the writer.
    pub(super) fn flush(&self) {
        self.hand_over(&mut self.buffer.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn hand_over(&self, buffer: &mut Vec<u8>) {
        if let Some(writer) = self.writer.as_ref().filter(|_| !buffer.is_empty()) {
            writer.queue(std::mem::replace(buffer, Vec::with_capacity(CAPACITY)));
        }
    }
}

fn push(buffer: &mut Vec<u8>, line: &Line, (client, status): (IpAddr, StatusCode), now: Timestamp) {
    let micros = now.since(line.received).as_micros();
    buffer.extend_from_slice(b"{\"time\":\"");
    buffer.extend_from_slice(line.received.rfc3339().as_bytes());
    buffer.extend_from_slice(b"\",\"request\":\"");
    buffer.extend_from_slice(&line.id.text());
    // Writing to a Vec does not fail.
    let _written = write!(buffer, "\",\"client\":\"{client}\",\"method\":\"");
    escape(buffer, line.method.as_str().as_bytes());
    buffer.extend_from_slice(b"\",\"host\":\"");
    let authority = line.uri.authority().map(|authority| authority.as_str().as_bytes());
    escape(buffer, authority.or(line.host.as_ref().map(http::HeaderValue::as_bytes)).unwrap_or_default());
    buffer.extend_from_slice(b"\",\"path\":\"");
    escape(buffer, line.uri.path().as_bytes());
    let _written = writeln!(buffer, "\",\"status\":{},\"micros\":{micros}}}", status.as_u16());
}

/// Appends the first [`MAX_FIELD`] bytes of `text` as the inside of a JSON string. Bytes outside ASCII are written as
/// Latin-1 code points.
fn escape(buffer: &mut Vec<u8>, text: &[u8]) {
    for byte in text.iter().take(MAX_FIELD) {
        match byte {
            b'"' | b'\\' => buffer.extend_from_slice(&[b'\\', *byte]),
            0x20..=0x7e => buffer.push(*byte),
            other => {
                let _written = write!(buffer, "\\u{other:04x}");
            }
        }
    }
}

/// The capacity of a buffer. It is handed over when less than [`MAX_LINE`] of it is free.
const CAPACITY: usize = 32 * 1024;

/// Space reserved for one line.
const MAX_LINE: usize = 8 * 1024;

/// The longest method, host or path in a line, in bytes.
const MAX_FIELD: usize = 1024;

#[cfg(test)]
mod tests {
    use super::{Line, push};
    use crate::{
        base::{SystemRandom, Timestamp},
        web::RequestIds,
    };
    use http::{Request, StatusCode};

    // Covers: CVE-H9.
    #[test]
    fn an_access_log_line_is_one_object_without_query() {
        let request = Request::builder()
            .method("GET")
            .uri("/a\"b%0d?token=secret")
            .header("host", "ho\tst\"")
            .body(())
            .expect("a request");
        let line = Line::begin(&request, RequestIds::new(&SystemRandom).next(), Timestamp::from_micros(1_500_000));
        let mut buffer = Vec::new();
        push(&mut buffer, &line, ([127, 0, 0, 1].into(), StatusCode::OK), Timestamp::from_micros(1_500_042));
        let text = String::from_utf8(buffer).expect("ASCII");
        assert_eq!(text.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["path"], "/a\"b%0d");
        assert_eq!(value["host"], "ho\tst\"");
        assert_eq!((&value["status"], &value["micros"]), (&200.into(), &42.into()));
        assert_eq!(value["time"], "1970-01-01T00:00:01.500Z");
        assert!(!text.contains("secret"));
    }
}
