//! How many connections to one upstream are open, in all workers, and the queue of requests that wait for one.
//!
//! An idle connection counts. It is closed when a request waits, so that the connections of one worker do not starve the
//! requests of another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The limits of the connections to one upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CapacityLimits {
    /// How many connections may be open.
    pub(crate) max_connections: usize,
    /// How many requests may wait for a connection.
    pub(crate) queue: usize,
    /// How long a request may wait.
    pub(crate) queue_timeout: Duration,
}

impl Default for CapacityLimits {
    fn default() -> Self {
        Self { max_connections: 1000, queue: 1000, queue_timeout: Duration::from_secs(10) }
    }
}

/// The connections to one upstream, of all workers.
#[derive(Debug)]
pub(crate) struct Capacity {
    limits: CapacityLimits,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// The right to one open connection, which the connection holds until it is closed.
pub(super) type ConnectionPermit = OwnedSemaphorePermit;

impl Capacity {
    /// A capacity of which nothing is used.
    pub(crate) fn new(limits: CapacityLimits) -> Self {
        let permits = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
        Self { limits, permits, waiting: AtomicUsize::new(0) }
    }

    /// A permit if there is one at once.
    pub(super) fn try_acquire(&self) -> Option<ConnectionPermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// A permit, after a time in the queue; `None` if the queue is full or the time was over.
    pub(super) async fn acquire(&self) -> Option<ConnectionPermit> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.limits.queue {
            return None;
        }
        let permit = timeout(self.limits.queue_timeout, Arc::clone(&self.permits).acquire_owned()).await;
        drop(place);
        permit.ok()?.ok()
    }

    /// Whether a request waits for a connection.
    pub(super) fn is_in_demand(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// A place in the queue, which a request leaves also when its client disconnects.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
