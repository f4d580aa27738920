//! One open connection as the limits see it: what it waits for, and the request to close it.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    task::{Poll, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::settings::Limits;
use crate::base::ClientNetwork;

/// One open connection. The task of the connection writes it, and the limits read it. A connection without a request is idle,
/// and may be closed at any time (RFC 9112 §9.5).
#[derive(Debug)]
pub(super) struct OpenConnection {
    pub(super) client: ClientNetwork,
    /// The requests in progress of the whole client; `None` for a trusted proxy, whose requests are those of many clients.
    client_requests: Option<Arc<AtomicU32>>,
    clock: Arc<CoarseClock>,
    /// The requests in progress: received, and their responses not written completely.
    requests: AtomicU32,
    /// Whether there was a request.
    requested: AtomicBool,
    /// Whether bytes arrived that may be the beginning of a request head.
    head_begun: AtomicBool,
    /// When the current wait began: at the accept, at the end of the last request, or at the beginning of a head.
    since: AtomicU64,
    closing: AtomicBool,
    /// Whether the next response is the last one.
    last: AtomicBool,
    /// Whether nothing is read after the close.
    abrupt: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// A clock that is read without a system call: the time is that of the last update, in microseconds.
#[derive(Debug)]
pub(super) struct CoarseClock {
    start: Instant,
    now: AtomicU64,
}

/// A request in progress. It ends when the value is dropped.
#[derive(Debug)]
pub(super) struct RequestInProgress(Option<Arc<OpenConnection>>);

/// The order in which idle connections are closed; the greatest is the first. One that never had a request is closed before
/// one whose client was served and may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idle {
    unused: bool,
    time: u64,
}

impl OpenConnection {
    pub(super) fn new(client: ClientNetwork, client_requests: Option<Arc<AtomicU32>>, clock: Arc<CoarseClock>) -> Self {
        let since = AtomicU64::new(clock.now());
        let (requests, requested, head_begun, closing, last, abrupt, waker) = Default::default();
        Self { client, client_requests, clock, requests, requested, head_begun, since, closing, last, abrupt, waker }
    }

    /// Notes that the connection has received bytes.
    pub(super) fn has_read(&self) {
        if !self.head_begun.load(Relaxed) && self.requests.load(Relaxed) == 0 {
            self.begin_wait();
            self.head_begun.store(true, Relaxed);
        }
    }

    /// Notes the arrival of a request.
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestInProgress {
        self.requests.fetch_add(1, Relaxed);
        if let Some(requests) = &self.client_requests {
            requests.fetch_add(1, Relaxed);
        }
        self.requested.store(true, Relaxed);
        RequestInProgress(Some(Arc::clone(self)))
    }

    /// Whether there was a request.
    pub(super) fn was_requested(&self) -> bool {
        self.requested.load(Relaxed)
    }

    /// How many requests the client has in progress, over all its connections; 0 for a trusted proxy.
    pub(super) fn requests_of_client(&self) -> u32 {
        self.client_requests.as_ref().map_or(0, |requests| requests.load(Relaxed))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.requests.load(Acquire) == 0
    }

    /// Whether no response is owed: there is neither a request in progress nor the beginning of one.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_idle() && !self.head_begun.load(Relaxed)
    }

    /// From now on every response is the last one of the connection.
    pub(super) fn expect_last(&self) {
        self.last.store(true, Relaxed);
    }

    /// Nothing is read after the close: no response is under way, or the bytes belong to a tunnel.
    pub(super) fn close_abruptly(&self) {
        self.abrupt.store(true, Relaxed);
    }

    pub(super) fn closes_abruptly(&self) -> bool {
        self.abrupt.load(Relaxed)
    }

    /// How long the connection has been idle; `None` if it is not idle, or is being closed already.
    pub(super) fn idle(&self, now: u64) -> Option<Idle> {
        let is_open = self.is_idle() && !self.closing.load(Relaxed);
        is_open.then(|| Idle { unused: !self.was_requested(), time: now.saturating_sub(self.since.load(Relaxed)) })
    }

    /// Whether the connection has been without a request, or a head without its end, for longer than the limits allow.
    pub(super) fn is_overdue(&self, now: u64, limits: &Limits) -> bool {
        let limit = if self.head_begun.load(Relaxed) { limits.header_timeout } else { limits.idle_timeout };
        let waited = now.saturating_sub(self.since.load(Relaxed));
        self.is_idle() && !self.closing.load(Relaxed) && Duration::from_micros(waited) >= limit
    }

    /// Asks the task of the connection to close it.
    pub(super) fn close(&self) {
        self.closing.store(true, Release);
        // `closing` stores the waker before it reads the flag.
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake_by_ref();
        }
    }

    /// Resolves after [`close`](Self::close). A poll compares two pointers, and takes the lock only for a new waker: every
    /// poll of the connection polls this too.
    pub(super) async fn closing(&self) {
        let mut registered: Option<Waker> = None;
        poll_fn(|cx| {
            if !registered.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                registered = Some(cx.waker().clone());
                *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            }
            if self.closing.load(Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn end_request_of_client(&self) {
        if let Some(requests) = &self.client_requests {
            requests.fetch_sub(1, Relaxed);
        }
    }

    fn begin_wait(&self) {
        self.since.store(self.clock.now(), Relaxed);
    }
}

impl Idle {
    /// Whether the first request of the connection may still be on its way. It is worth waiting for.
    pub(super) fn is_new(self) -> bool {
        self.unused && self.time < NEW
    }
}

impl CoarseClock {
    pub(super) fn now(&self) -> u64 {
        self.now.load(Relaxed)
    }

    /// Reads the time from the system.
    pub(super) fn update(&self) -> u64 {
        let now = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.now.store(now, Relaxed);
        now
    }
}

impl Default for CoarseClock {
    #[expect(clippy::disallowed_methods, reason = "timeouts do not follow the wall clock, which can be set")]
    fn default() -> Self {
        Self { start: Instant::now(), now: AtomicU64::new(0) }
    }
}

impl RequestInProgress {
    /// Whether the response must be the last one of the connection.
    pub(super) fn is_last(&self) -> bool {
        self.0.as_ref().is_some_and(|connection| connection.last.load(Relaxed))
    }

    /// Leaves the request of the connection in progress for ever: the connection becomes a tunnel, which is never idle.
    pub(super) fn becomes_tunnel(&mut self) {
        if let Some(connection) = self.0.take() {
            connection.close_abruptly();
            connection.end_request_of_client();
        }
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.end_request_of_client();
            connection.begin_wait();
            connection.head_begun.store(false, Relaxed);
            connection.requests.fetch_sub(1, Release);
        }
    }
}

/// How long a connection counts as new, in microseconds.
const NEW: u64 = 50_000;
