//! The connections that clients have open: their number in all and for each client, and which of them are closed when a limit
//! is reached.
//!
//! The kernel distributes connections over the workers by a hash, which may be uneven. So all workers share one limit, and
//! idle connections of any worker make room for a new one. The lock is taken when a connection is accepted or closed, and
//! never for a request.

use std::{
    cmp::Reverse,
    collections::HashMap,
    convert::Infallible,
    fmt,
    future::pending,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::{
    open_connection::{CoarseClock, Idle, OpenConnection},
    overload::Overload,
    settings::Limits,
};
use crate::{base::ClientNetwork, telemetry::Metrics};

/// The open connections of a group of listeners, and their limits.
pub(crate) struct Connections {
    pub(super) limits: Limits,
    overload: Overload,
    max: u32,
    max_per_client: u32,
    is_watched: AtomicBool,
    is_proxy: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    permits: Arc<Semaphore>,
    clock: Arc<CoarseClock>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    clients: HashMap<ClientNetwork, Client>,
}

/// The connections of one client, or of one proxy.
#[derive(Default)]
struct Client {
    connections: HashMap<u64, Arc<OpenConnection>>,
    /// The requests in progress.
    requests: Arc<AtomicU32>,
    /// When it is worth looking again for an idle connection.
    next_search: u64,
}

/// The place of an open connection in the limits. Dropping it frees the place.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub(super) connection: Arc<OpenConnection>,
    _permit: OwnedSemaphorePermit,
    /// The drain of the worker waits for its connections.
    _open: TaskTrackerToken,
}

impl Connections {
    /// No connections. `is_proxy` says whether an address is that of a trusted proxy, which has no limit of its own.
    pub(crate) fn new(
        limits: Limits,
        is_proxy: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        let max = limits.connections.unwrap_or(DEFAULT_CONNECTIONS);
        Arc::new(Self {
            limits,
            max,
            max_per_client: limits.connections_per_client.unwrap_or_else(|| (max / 2).clamp(100, 1000)),
            overload: Overload::new(metrics),
            is_watched: AtomicBool::new(false),
            is_proxy: Box::new(is_proxy),
            permits: Arc::new(Semaphore::new(max as usize)),
            clock: Arc::default(),
            open: Mutex::default(),
        })
    }

    /// A place for a connection from `address`. At the limit, the connections that have been idle for longest are closed, and
    /// the new connection waits for the first of them; if none is idle, until one is. `None` if the client has as many
    /// connections as one client may have, and none of them is idle.
    pub(super) async fn place(self: &Arc<Self>, address: IpAddr, worker: &TaskTracker) -> Option<Place> {
        let address = address.to_canonical();
        let client = ClientNetwork::from(address);
        if !(self.is_proxy)(address) && !self.may_connect(client) {
            self.overload.count_refused();
            return None;
        }
        let permit = self.permit().await?;
        Some(self.insert(address, permit, worker))
    }

    /// A place if one is free.
    pub(super) fn free_place(self: &Arc<Self>, address: IpAddr, worker: &TaskTracker) -> Option<Place> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        Some(self.insert(address.to_canonical(), permit, worker))
    }

    /// Notes that a connection could not be accepted, and closes idle ones, which release what was lacking.
    pub(super) fn accept_failed(&self, error: io::Error) {
        self.overload.count_failed(error);
        self.shed();
    }

    /// Closes connections that were without a request for too long, and reports what was refused or closed. One caller does it for
    /// all. Never ends.
    pub(super) async fn watch(&self) -> Infallible {
        if self.is_watched.swap(true, Relaxed) {
            return pending().await;
        }
        let shortest = self.limits.header_timeout.min(self.limits.idle_timeout);
        let mut ticks = interval(WATCH_PERIOD.min(shortest / 4));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.clock.update();
            let overdue = |connection: &&Arc<OpenConnection>| connection.is_overdue(now, &self.limits);
            let open = self.open();
            let all = open.clients.values().flat_map(|client| client.connections.values());
            let chosen: Vec<_> = all.filter(overdue).cloned().collect();
            drop(open);
            for connection in chosen {
                connection.close();
            }
            self.overload.report(now);
        }
    }

    /// Closes some of the connections that have been idle for longest. If the next one to close is new, none is closed yet.
    fn shed(&self) {
        let now = self.clock.update();
        let open = self.open();
        let all = open.clients.values().flat_map(|client| client.connections.values());
        let mut chosen = longest_idle(all, now, self.max);
        drop(open);
        chosen.retain(|(idle, _)| !idle.is_new());
        self.close(&chosen);
    }

    fn insert(self: &Arc<Self>, address: IpAddr, permit: OwnedSemaphorePermit, worker: &TaskTracker) -> Place {
        self.clock.update();
        let client = ClientNetwork::from(address);
        let mut open = self.open();
        open.last += 1;
        let id = open.last;
        let entry = open.clients.entry(client).or_default();
        let requests = (!(self.is_proxy)(address)).then(|| Arc::clone(&entry.requests));
        let connection = Arc::new(OpenConnection::new(client, requests, Arc::clone(&self.clock)));
        entry.connections.insert(id, Arc::clone(&connection));
        drop(open);
        Place { connections: Arc::clone(self), id, connection, _permit: permit, _open: worker.token() }
    }

    /// Waits for a permit, and closes idle connections for it. A connection may become idle at any time, so it looks again
    /// from time to time.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Some(permit);
        }
        self.overload.count_delayed();
        loop {
            self.shed();
            if let Ok(permit) = timeout(SEARCH_PERIOD, Arc::clone(&self.permits).acquire_owned()).await {
                return permit.ok();
            }
        }
    }

    /// Whether `client` may have one more connection, perhaps in the place of one that is idle.
    fn may_connect(&self, client: ClientNetwork) -> bool {
        let limit = self.max_per_client;
        let now = self.clock.update();
        let mut open = self.open();
        let Some(entry) = open.clients.get_mut(&client) else { return true };
        if entry.connections.len() < limit as usize {
            return true;
        }
        if now < entry.next_search {
            return false;
        }
        let chosen = longest_idle(entry.connections.values(), now, limit);
        if chosen.is_empty() {
            entry.next_search = now + SEARCH_PERIOD_MICROS;
        }
        drop(open);
        self.close(&chosen);
        !chosen.is_empty()
    }

    fn close(&self, connections: &[(Idle, Arc<OpenConnection>)]) {
        for (_, connection) in connections {
            connection.close();
        }
        self.overload.count_shed(connections.len());
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let client = self.connection.client;
        let mut open = self.connections.open();
        if let Some(entry) = open.clients.get_mut(&client) {
            entry.connections.remove(&self.id);
            if entry.connections.is_empty() {
                open.clients.remove(&client);
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// The connections that have been idle for longest: at least one if any is idle, and a small part of `limit`, because to find
/// them takes time in proportion to their number.
fn longest_idle<'a>(
    connections: impl Iterator<Item = &'a Arc<OpenConnection>>,
    now: u64,
    limit: u32,
) -> Vec<(Idle, Arc<OpenConnection>)> {
    let mut idle: Vec<_> = connections.filter_map(|one| Some((one.idle(now)?, one))).collect();
    let count = idle.len().min(1 + limit as usize / BATCH_PART);
    if count < idle.len() {
        idle.select_nth_unstable_by_key(count, |(idle, _)| Reverse(*idle));
    }
    idle.truncate(count);
    idle.into_iter().map(|(idle, connection)| (idle, Arc::clone(connection))).collect()
}

/// The number of connections if the settings have none.
const DEFAULT_CONNECTIONS: u32 = 10_000;
/// How often the connections are checked for those that wait for too long.
const WATCH_PERIOD: Duration = Duration::from_millis(500);
/// How often idle connections are looked for while a new connection waits.
const SEARCH_PERIOD: Duration = Duration::from_micros(SEARCH_PERIOD_MICROS);
const SEARCH_PERIOD_MICROS: u64 = 20_000;
/// The part of a limit that is closed at a time.
const BATCH_PART: usize = 64;

#[cfg(test)]
mod tests;
