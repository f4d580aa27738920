//! The test application: the requests that it received, and control over its slow endpoints.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::HeaderMap;
use rustls::ServerConfig;
use serde::Serialize;
use tokio::sync::{broadcast, watch};

use super::endpoints;
use crate::serve::{self, Server};

/// A running application; it stops when dropped.
///
/// | path | answer |
/// |---|---|
/// | `/` for a browser | a home page that shows who is signed in and what script sees of the cookies |
/// | `/cgi` | the headers as CGI, WSGI and PHP map them, as a JSON object |
/// | `/slow?ms=N` | after N milliseconds |
/// | `/hold` | when the test calls [`LegacyApp::release`] |
/// | `/large?bytes=N` | N bytes, in pieces |
/// | `/upload` | JSON `{"bytes": N}`, the length of the request body |
/// | `/fail?status=N` | that status |
/// | `/redirect?status=N&to=URL&cookie=LINE` | a redirect (303 by default) that sets each cookie line |
/// | `/reset` | half a response, then the connection closes |
/// | `/sse` | a Server-Sent Event at each [`LegacyApp::emit`] |
/// | `/ws` | a WebSocket that echoes |
/// | `/set-cookie?name=value` | sets each cookie of the query; the value may hold attributes |
/// | `/headers?name=value` | each header of the query |
/// | `/trailers` | a body with the trailers `x-checksum` and `x-forwarded-user` |
/// | anything else | JSON `{method, target, headers: [[name, value], …], body}` |
pub struct LegacyApp {
    state: Arc<State>,
    server: Server,
    scheme: &'static str,
}

/// A request that reached the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// Path and query, as received.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The length of the body in bytes; 0 until it has been read, which streaming endpoints do later.
    pub body_bytes: usize,
}

impl RecordedRequest {
    /// All values of a header, in order.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        let same = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header; `None` when it is absent or repeated.
    pub fn header(&self, name: &str) -> Option<&str> {
        match self.header_values(name)[..] {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// The state that the endpoints share.
pub(crate) struct State {
    seen: Mutex<Vec<RecordedRequest>>,
    hits: watch::Sender<usize>,
    /// How often held requests were released.
    pub(crate) releases: watch::Sender<usize>,
    pub(crate) emitted: broadcast::Sender<String>,
}

impl LegacyApp {
    /// Starts it on 127.0.0.1 with plain http; needs a running tokio runtime.
    pub fn start(port: Option<u16>) -> Self {
        Self::start_with(port, None)
    }

    /// Starts it with TLS.
    pub fn start_tls(port: Option<u16>, tls: Arc<ServerConfig>) -> Self {
        Self::start_with(port, Some(tls))
    }

    fn start_with(port: Option<u16>, tls: Option<Arc<ServerConfig>>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(State {
            seen: Mutex::default(),
            hits: watch::channel(0).0,
            releases: watch::channel(0).0,
            emitted: broadcast::channel(64).0,
        });
        let for_server = Arc::clone(&state);
        let server =
            Server::start(serve::bind(port), tls, move |request| endpoints::answer(Arc::clone(&for_server), request));
        Self { state, server, scheme }
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its URL without a path.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// Every request so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.seen().clone()
    }

    /// The latest request; panics without one.
    pub fn last(&self) -> RecordedRequest {
        self.state.seen().last().cloned().expect("a request that reached the application")
    }

    /// The number of requests.
    pub fn hits(&self) -> usize {
        self.state.seen().len()
    }

    /// Forgets the recorded requests.
    pub fn clear(&self) {
        self.state.seen().clear();
        self.state.hits.send_replace(0);
    }

    /// Waits for at least `count` requests.
    pub async fn wait_for_hits(&self, count: usize) {
        let mut hits = self.state.hits.subscribe();
        hits.wait_for(|hits| *hits >= count).await.expect("the application that is being asked");
    }

    /// Releases every request that waits at `/hold`.
    pub fn release(&self) {
        self.state.releases.send_modify(|releases| *releases += 1);
    }

    /// Sends an event to every listener at `/sse`.
    pub fn emit(&self, text: &str) {
        // No listener is not an error.
        let _ = self.state.emitted.send(text.to_owned());
    }

    /// Waits for `count` listeners at `/sse`.
    pub async fn wait_for_listeners(&self, count: usize) {
        while self.state.emitted.receiver_count() != count {
            tokio::task::yield_now().await;
        }
    }
}

impl State {
    fn seen(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request; returns its number, for [`State::set_body`].
    pub(crate) fn record(&self, method: &str, target: &str, headers: &HeaderMap) -> usize {
        let headers = pairs(headers);
        let mut seen = self.seen();
        seen.push(RecordedRequest { method: method.to_owned(), target: target.to_owned(), headers, body_bytes: 0 });
        let count = seen.len();
        drop(seen);
        self.hits.send_replace(count);
        count - 1
    }

    /// Records the length of the body.
    pub(crate) fn set_body(&self, number: usize, bytes: usize) {
        if let Some(seen) = self.seen().get_mut(number) {
            seen.body_bytes = bytes;
        }
    }
}

/// Headers as text; bytes that are not UTF-8 are replaced.
pub(crate) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let lossy = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), lossy(value))).collect()
}

#[cfg(test)]
mod tests;
