//! The connections to one upstream that wait to be used again: one pool for each site and worker, so that no site meets
//! another's connections.
//!
//! Rule: a connection comes back only after an exchange that ended well on both sides; any doubt closes it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::connect::{ConnectError, Connection, Dialer};
use crate::base::Timestamp;

/// The connections to one upstream.
#[derive(Debug)]
pub(super) struct Pool {
    dialer: Dialer,
    idle: Mutex<Vec<Idle>>,
    /// The latest moment anybody mentioned, in microseconds.
    now: AtomicU64,
    /// Until when other upstreams are tried first, in microseconds.
    aside_until: AtomicU64,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Timestamp,
}

/// A connection that is lent for one exchange. It is closed unless it is given back.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: Connection,
    home: Arc<Pool>,
    /// How long it had waited when it was lent; nothing for a new one.
    pub(super) rested: Duration,
    /// Whether it may be used again.
    pub(super) reusable: bool,
}

impl Pool {
    pub(super) fn new(dialer: Dialer) -> Self {
        Self { dialer, idle: Mutex::default(), now: AtomicU64::new(0), aside_until: AtomicU64::new(0) }
    }

    /// A connection that waits, the one that was used last: it is the least likely to be closed in the same moment.
    pub(super) fn take(self: &Arc<Self>, now: Timestamp) -> Option<Lease> {
        self.now.store(now.micros(), Ordering::Relaxed);
        let mut idle = self.idle();
        while let Some(Idle { connection, since }) = idle.pop() {
            let rested = now.since(since);
            if connection.sender.is_ready() && rested < LONGEST_REST {
                return Some(self.lend(connection, rested));
            }
        }
        None
    }

    /// A new connection.
    pub(super) async fn open(self: &Arc<Self>, now: Timestamp) -> Result<Lease, ConnectError> {
        self.now.store(now.micros(), Ordering::Relaxed);
        match self.dialer.dial().await {
            Ok(connection) => Ok(self.lend(connection, Duration::ZERO)),
            Err(error) => {
                self.aside_until.store(now.plus(ASIDE).micros(), Ordering::Relaxed);
                tracing::warn!(upstream = %self.dialer.upstream(), error = &error as &dyn std::error::Error, "no connection");
                Err(error)
            }
        }
    }

    /// Whether it could not be reached a moment ago.
    pub(super) fn is_aside(&self, now: Timestamp) -> bool {
        now.micros() < self.aside_until.load(Ordering::Relaxed)
    }

    /// Closes what has waited too long or was closed by the application.
    pub(super) fn reap(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::Relaxed);
        self.idle().retain(|idle| !idle.connection.sender.is_closed() && now.since(idle.since) < LONGEST_REST);
    }

    fn lend(self: &Arc<Self>, connection: Connection, rested: Duration) -> Lease {
        Lease { connection, home: Arc::clone(self), rested, reusable: true }
    }

    fn keep(&self, connection: Connection) {
        let since = Timestamp::from_micros(self.now.load(Ordering::Relaxed));
        let mut idle = self.idle();
        if idle.len() < MOST_IDLE {
            idle.push(Idle { connection, since });
        }
    }

    /// A panic while the lock was held left a list that is still good.
    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Ends an exchange whose answer has come whole. A connection that is not ready for the next one has something left
    /// of this: it is closed, and what is still being sent over it is given up.
    pub(super) fn give_back(self) {
        if self.reusable && self.connection.sender.is_ready() {
            self.home.keep(self.connection);
        } else {
            self.connection.driver.abort();
        }
    }
}

/// Shorter than the 5 s after which common servers (Node.js, Apache) close an idle connection, the tick included.
const LONGEST_REST: Duration = Duration::from_secs(4);

const MOST_IDLE: usize = 64;

/// How long an upstream that could not be reached is tried last.
const ASIDE: Duration = Duration::from_secs(5);
