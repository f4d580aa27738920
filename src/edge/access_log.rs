//! The access log: one JSON line per request, without its query, which may contain secrets of the application. The line is
//! written when the response has ended.
//!
//! Each worker buffers its lines and hands them to the writer in batches.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, Request, StatusCode, Uri, header};
use std::io::Write;

use crate::{
    base::Timestamp,
    telemetry::{LineWriter, MetricLabel, Metrics, ResponseEnd, StatusClass},
    web::RequestId,
};

/// The access log of one worker.
pub(crate) struct AccessLog {
    buffer: Mutex<Vec<u8>>,
    writer: Option<LineWriter>,
    metrics: Arc<Metrics>,
}

/// The part of an access log line that is known when the request arrives.
pub(super) struct Line {
    id: RequestId,
    received: Timestamp,
    pub(super) method: Method,
    host: Option<http::HeaderValue>,
    uri: Uri,
}

/// The part of an access log line that is known at the end.
pub(super) struct RequestOutcome {
    /// The address of the client.
    pub(super) client: IpAddr,
    /// The status of the response; 499 without a response, as in the log of nginx.
    pub(super) status: StatusCode,
    /// When the head of the response was ready.
    pub(super) head: Option<Timestamp>,
    /// How the response ended.
    pub(super) end: ResponseEnd,
    /// How many bytes of content were sent to the client.
    pub(super) sent: u64,
    /// How many bytes of content were forwarded from the client.
    pub(super) received: u64,
    /// Where the request was sent last.
    pub(super) upstream: Option<Arc<str>>,
}

impl RequestOutcome {
    /// The outcome of a request whose client gives up before the response.
    pub(super) fn given_up(client: IpAddr) -> Self {
        let status = StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST);
        Self { client, status, head: None, end: ResponseEnd::Aborted, sent: 0, received: 0, upstream: None }
    }
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

    /// The line of a request whose head cannot be read.
    pub(super) fn unreadable(id: RequestId, received: Timestamp) -> Self {
        let method = Method::from_bytes(b"-").unwrap_or_default();
        Self { id, received, method, host: None, uri: Uri::from_static("*") }
    }
}

impl AccessLog {
    /// A log that writes to `writer`; without one, nothing is logged.
    #[must_use]
    pub(crate) fn new(writer: Option<LineWriter>, metrics: Arc<Metrics>) -> Self {
        Self { buffer: Mutex::new(Vec::with_capacity(CAPACITY)), writer, metrics }
    }

    /// Adds the line of a request that ended at `now`, and counts the request.
    pub(super) fn write(&self, line: &Line, outcome: &RequestOutcome, now: Timestamp) {
        self.metrics.requests.of(StatusClass::of(outcome.status)).add(1);
        self.metrics.requests_ended.of(outcome.end).add(1);
        if self.writer.is_none() {
            return;
        }
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        push(&mut buffer, line, outcome, now);
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

/// Lines of requests that end with their worker, such as those of tunnels, are written too.
impl Drop for AccessLog {
    fn drop(&mut self) {
        self.flush();
    }
}

fn push(buffer: &mut Vec<u8>, line: &Line, outcome: &RequestOutcome, now: Timestamp) {
    let RequestOutcome { client, status, head, end, sent, received, upstream } = outcome;
    let total = now.since(line.received).as_micros();
    let micros = head.map_or(total, |head| head.since(line.received).as_micros());
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
    let (status, end) = (status.as_u16(), end.text());
    let _written = write!(
        buffer,
        "\",\"status\":{status},\"micros\":{micros},\"total_micros\":{total},\"end\":\"{end}\",\"sent\":{sent},\"received\":{received}"
    );
    if let Some(upstream) = upstream {
        buffer.extend_from_slice(b",\"upstream\":\"");
        escape(buffer, upstream.as_bytes());
        buffer.push(b'"');
    }
    buffer.extend_from_slice(b"}\n");
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
    use super::{Line, RequestOutcome, push};
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
        let outcome = RequestOutcome {
            status: StatusCode::OK,
            head: Some(Timestamp::from_micros(1_500_042)),
            sent: 7,
            upstream: Some("http://app:80".into()),
            ..RequestOutcome::given_up([127, 0, 0, 1].into())
        };
        push(&mut buffer, &line, &outcome, Timestamp::from_micros(1_500_099));
        let text = String::from_utf8(buffer).expect("ASCII");
        assert_eq!(text.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["path"], "/a\"b%0d");
        assert_eq!(value["host"], "ho\tst\"");
        assert_eq!((&value["status"], &value["micros"]), (&200.into(), &42.into()));
        assert_eq!((&value["total_micros"], &value["end"]), (&99.into(), &"aborted".into()));
        assert_eq!(
            (&value["sent"], &value["received"], &value["upstream"]),
            (&7.into(), &0.into(), &"http://app:80".into())
        );
        assert_eq!(value["time"], "1970-01-01T00:00:01.500Z");
        assert!(!text.contains("secret"));
    }
}
