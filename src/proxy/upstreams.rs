//! The upstreams of one route, and which of them a request is sent to.
//!
//! Selection is round robin. An upstream that cannot be reached is ejected for a few seconds: requests try it only after
//! every other upstream.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    connect::{ConnectError, Connector},
    pool::{Pool, PooledConnection},
    settings::{Upstream, UpstreamSettings},
};
use crate::{base::Timestamp, web::Trace};

/// The upstreams of one route, for one worker.
#[derive(Debug)]
pub(super) struct Upstreams {
    pools: Box<[Arc<Pool>]>,
    /// Counts selections; modulo the number of upstreams, the position of the next one.
    next: AtomicUsize,
}

/// The upstreams in the order in which one request tries them: first those that are not ejected, each group in rotation.
#[derive(Clone, Copy)]
pub(super) struct Candidates<'a> {
    /// The rotation is `first`, then `rest`.
    first: &'a [Arc<Pool>],
    rest: &'a [Arc<Pool>],
    now: Timestamp,
    trace: &'a Trace,
}

impl Upstreams {
    pub(super) fn new(settings: &UpstreamSettings) -> Self {
        let pool = |upstream: &Upstream| {
            let connector = Connector::new(upstream.clone(), settings.tls.as_ref(), settings.connect_timeout);
            Arc::new(Pool::new(connector, settings.capacity_of(upstream), settings.keep_alive))
        };
        Self { pools: settings.upstreams.iter().map(pool).collect(), next: AtomicUsize::new(0) }
    }

    /// The candidates for one request. Advances the rotation. `trace` gets the upstream that is used.
    pub(super) fn select<'a>(&'a self, now: Timestamp, trace: &'a Trace) -> Candidates<'a> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let (rest, first) = self.pools.split_at(next.checked_rem(self.pools.len()).unwrap_or(0));
        Candidates { first, rest, now, trace }
    }

    /// Closes connections that were idle for too long.
    pub(super) fn reap(&self, now: Timestamp) {
        for pool in &self.pools {
            pool.reap(now);
        }
    }
}

impl<'a> Candidates<'a> {
    /// An idle connection to the first candidate. The other candidates are not tried: later requests use them.
    pub(super) fn checkout(self) -> Option<PooledConnection> {
        let healthy = self.rotation().find(|pool| !pool.is_ejected(self.now));
        let pool = healthy.or_else(|| self.rotation().next())?;
        self.trace.set_upstream(pool.name());
        pool.checkout(self.now)
    }

    /// A new connection to the first candidate that can be reached; the error of the last candidate when none can be. When
    /// every candidate that can be reached has as many connections as it may, waits for one of the first.
    pub(super) async fn connect(self) -> Result<PooledConnection, ConnectError> {
        let mut failure = ConnectError::NoUpstream;
        let mut order: Vec<&Arc<Pool>> = self.rotation().collect();
        order.sort_by_key(|pool| pool.is_ejected(self.now));
        let mut busy = None;
        for pool in order {
            let Some(permit) = pool.capacity().try_acquire() else {
                busy = busy.or(Some(pool));
                continue;
            };
            self.trace.set_upstream(pool.name());
            match pool.connect(permit, self.now).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failure = error,
            }
        }
        let Some(pool) = busy else { return Err(failure) };
        self.trace.set_upstream(pool.name());
        let permit = pool.capacity().acquire().await.ok_or(ConnectError::Busy)?;
        pool.connect(permit, self.now).await
    }

    fn rotation(self) -> impl Iterator<Item = &'a Arc<Pool>> {
        self.first.iter().chain(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use crate::proxy::settings::{Upstream, UpstreamSettings};
    use crate::proxy::testing::{GET, OK, TestGateway, app, respond_to_all};
    use std::sync::atomic::Ordering;
    use tokio::net::TcpSocket;

    #[tokio::test]
    async fn upstreams_rotate_and_unreachable_ones_are_skipped() {
        let (one, ones) = app(|socket, _| respond_to_all(socket, OK)).await;
        let (two, twos) = app(|socket, _| respond_to_all(socket, OK)).await;
        // A port that is bound and does not listen refuses connections.
        let bound = TcpSocket::new_v4().expect("a socket");
        bound.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let closed = bound.local_addr().expect("an address");
        let gateway = TestGateway::in_front_of(&[one, closed, two]).await;
        for _ in 0..9 {
            assert!(gateway.round_trip(GET).await.ends_with("ok"));
        }
        assert_eq!((ones.load(Ordering::Relaxed), twos.load(Ordering::Relaxed)), (1, 1));

        let unreachable = TestGateway::in_front_of(&[closed]).await;
        assert!(unreachable.round_trip(GET).await.contains("reason: upstream-unreachable"));
        let none = TestGateway::in_front_of(&[]).await;
        assert!(none.round_trip(GET).await.contains("reason: upstream-unreachable"));
        let upstream = Upstream::parse(&format!("https://{one}")).expect("an upstream");
        let untrusted = TestGateway::with(&UpstreamSettings::new(vec![upstream])).await;
        assert!(untrusted.round_trip(GET).await.contains("reason: upstream-unreachable"));
    }
}
