//! The pool of connections to one upstream. Each route has its own pool in each worker, so no request of one route uses a
//! connection of another.
//!
//! Rule: a connection is reused only after an exchange that both sides completed; in any doubt it is closed.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::client::conn::http1::SendRequest;

use super::{
    capacity::{Capacity, ConnectionPermit},
    client_connection::Turn,
    connect::{ConnectError, Connection, Connector},
    request_body::RequestBody,
    settings::KeepAlive,
};
use crate::base::{Timestamp, chain};

/// The connections to one upstream, and whether the upstream is ejected.
#[derive(Debug)]
pub(super) struct Pool {
    connector: Connector,
    capacity: Arc<Capacity>,
    keep_alive: KeepAlive,
    idle: Mutex<Vec<IdleConnection>>,
    /// The latest time that a caller passed in, in microseconds since the epoch. `release` has no clock.
    now: AtomicU64,
    /// When the ejection ends, in microseconds since the epoch.
    ejected_until: AtomicU64,
}

#[derive(Debug)]
struct IdleConnection {
    connection: Connection,
    since: Timestamp,
}

/// A connection checked out for one exchange. Dropping it closes the connection; only `release` returns it to the pool, or
/// to the client that it is bound to.
#[derive(Debug)]
pub(super) struct PooledConnection {
    connection: Connection,
    home: Home,
    idle_for: Duration,
}

/// Where a connection goes after an exchange.
#[derive(Debug)]
enum Home {
    /// To all requests.
    Pool(Arc<Pool>),
    /// To the client that it is bound to.
    Client(Turn),
    /// It is closed.
    None,
}

impl Pool {
    pub(super) fn new(connector: Connector, capacity: Arc<Capacity>, keep_alive: KeepAlive) -> Self {
        let (now, ejected_until) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { connector, capacity, keep_alive, idle: Mutex::default(), now, ejected_until }
    }

    /// The idle connection that was used last: the application is least likely to be closing that one.
    pub(super) fn checkout(self: &Arc<Self>, now: Timestamp) -> Option<PooledConnection> {
        self.now.store(now.micros(), Ordering::Relaxed);
        let mut idle = self.lock_idle();
        while let Some(IdleConnection { connection, since }) = idle.pop() {
            let idle_for = now.since(since);
            if connection.sender.is_ready() && idle_for < self.keep_alive.timeout {
                return Some(self.pooled(connection, idle_for));
            }
        }
        None
    }

    /// A new connection. When it cannot be made, the upstream is ejected until `EJECTION_TIME` after `now`.
    pub(super) async fn connect(
        self: &Arc<Self>,
        permit: ConnectionPermit,
        now: Timestamp,
    ) -> Result<PooledConnection, ConnectError> {
        self.now.store(now.micros(), Ordering::Relaxed);
        match self.connector.connect(permit).await {
            Ok(connection) => Ok(self.pooled(connection, Duration::ZERO)),
            Err(error) => {
                self.ejected_until.store(now.plus(EJECTION_TIME).micros(), Ordering::Relaxed);
                tracing::warn!(
                    upstream = %self.connector.name(),
                    error = chain(&error),
                    "cannot connect to the upstream"
                );
                Err(error)
            }
        }
    }

    /// The upstream as text, for logs.
    pub(super) fn name(&self) -> &Arc<str> {
        self.connector.name()
    }

    /// How many connections may be open.
    pub(super) fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// Whether the last failure to connect is less than `EJECTION_TIME` before `now`.
    pub(super) fn is_ejected(&self, now: Timestamp) -> bool {
        now.micros() < self.ejected_until.load(Ordering::Relaxed)
    }

    /// Closes connections that were idle for too long or that a request of another worker waits for, and drops those that
    /// the application has closed.
    pub(super) fn reap(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::Relaxed);
        let is_in_demand = self.capacity.is_in_demand();
        self.lock_idle().retain(|idle| {
            !is_in_demand && !idle.connection.sender.is_closed() && now.since(idle.since) < self.keep_alive.timeout
        });
    }

    fn pooled(self: &Arc<Self>, connection: Connection, idle_for: Duration) -> PooledConnection {
        PooledConnection { connection, home: Home::Pool(Arc::clone(self)), idle_for }
    }

    fn push_idle(&self, connection: Connection) {
        let since = Timestamp::from_micros(self.now.load(Ordering::Relaxed));
        let mut idle = self.lock_idle();
        if idle.len() < self.keep_alive.connections && !self.capacity.is_in_demand() {
            idle.push(IdleConnection { connection, since });
        }
    }

    /// Ignores poisoning: every change to the list is a single push, pop or retain.
    fn lock_idle(&self) -> MutexGuard<'_, Vec<IdleConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PooledConnection {
    /// A bound connection that is open.
    pub(super) fn resume(connection: Connection, turn: Turn) -> Self {
        Self { connection, home: Home::Client(turn), idle_for: Duration::MAX }
    }

    /// Binds the connection: `release` returns it to the client whose turn it is.
    pub(super) fn bind(&mut self, turn: Turn) {
        self.home = Home::Client(turn);
    }

    /// Whether `release` returns the connection to the pool.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.home, Home::Pool(_))
    }

    pub(super) fn sender(&mut self) -> &mut SendRequest<RequestBody> {
        &mut self.connection.sender
    }

    /// How long the connection was idle before the checkout; zero for a new connection, the maximum for a bound one.
    pub(super) fn idle_for(&self) -> Duration {
        self.idle_for
    }

    /// Makes `release` close the connection.
    pub(super) fn set_not_reusable(&mut self) {
        self.home = Home::None;
    }

    /// Ends an exchange whose response was read to its end. A connection that is not ready for the next request still
    /// has data of this exchange: it is closed, and the rest of the request is not sent.
    pub(super) fn release(self) {
        let Self { connection, home, .. } = self;
        match home {
            Home::Pool(pool) if connection.sender.is_ready() => pool.push_idle(connection),
            Home::Client(mut turn) if connection.sender.is_ready() => *turn = Some(connection),
            _ => connection.driver.abort(),
        }
    }
}

/// How long an upstream that could not be reached is tried last.
const EJECTION_TIME: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
