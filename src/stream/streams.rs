//! The registry of the bodies under way, and the limits that end them.
//!
//! The registry is asked periodically and sets no timer for a body. It looks at each body twice and compares: nothing has
//! moved between the two looks if neither the bytes nor the side that has to act changed.

use std::{
    cmp::Reverse,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::runtime::Handle;
use tracing::warn;

use super::{
    budget::{Budget, Usage},
    limits::{STREAM_MEMORY, StreamLimits},
    open_stream::{AccessWatch, Direction, OpenStream, Owner, StreamEnd, StreamProgress},
};
use crate::{base::Timestamp, telemetry::Metrics};

/// The bodies under way of all workers.
pub(crate) struct Streams {
    limits: StreamLimits,
    budget: Budget,
    metrics: Arc<Metrics>,
    registry: Mutex<Registry>,
    /// What bodies hold that are read completely before they are sent.
    reserved: Mutex<Usage>,
}

#[derive(Default)]
struct Registry {
    entries: Vec<Entry>,
    last_look: Option<Timestamp>,
    last_report: Option<Timestamp>,
    unreported: usize,
}

/// What the registry knows of one body.
struct Entry {
    stream: Weak<OpenStream>,
    seen: Option<StreamProgress>,
    /// How long nothing has moved.
    quiet: Duration,
    /// How long the gateway waited for the client in all.
    waited: Duration,
    /// How long the body has been registered.
    age: Duration,
}

impl Streams {
    /// An empty registry.
    pub(crate) fn new(limits: StreamLimits, metrics: Arc<Metrics>) -> Self {
        let budget = limits.budget();
        Self { limits, budget, metrics, registry: Mutex::default(), reserved: Mutex::default() }
    }

    /// Registers a body until the last reference to it is dropped.
    pub(crate) fn register(&self, stream: &Arc<OpenStream>) {
        let entry = Entry {
            stream: Arc::downgrade(stream),
            seen: None,
            quiet: Duration::ZERO,
            waited: Duration::ZERO,
            age: Duration::ZERO,
        };
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).entries.push(entry);
    }

    /// Reserves memory for a body; false if it exceeds the budget.
    pub(super) fn reserve(&self, owner: Owner, bytes: u64) -> bool {
        self.lock_reserved().try_add(owner, bytes, self.budget)
    }

    /// Returns reserved memory.
    pub(super) fn release(&self, owner: Owner, bytes: u64) {
        self.lock_reserved().remove(owner, bytes);
    }

    /// Ends the bodies that exceed a limit. Each worker calls this at its tick; one look in a period is enough for all.
    pub(crate) fn look(&self, now: Timestamp) {
        let Ok(mut registry) = self.registry.try_lock() else { return };
        let passed = registry.last_look.map_or(Duration::ZERO, |last| now.since(last));
        // After a step of the clock into the past the next period begins at once.
        if registry.last_look.is_some_and(|last| last <= now) && passed < PERIOD {
            return;
        }
        registry.last_look = Some(now);
        let mut open = Vec::new();
        let mut ended = Vec::new();
        registry.entries.retain_mut(|entry| {
            let Some(stream) = entry.stream.upgrade() else { return false };
            entry.look(&stream, passed);
            if let Some(why) = entry.exceeds(&stream, &self.limits) {
                ended.push((stream, why));
                return false;
            }
            entry.watch_access(&stream, &self.metrics);
            open.push((entry.quiet, entry.rate(&stream), stream));
            true
        });
        ended.extend(self.over_budget(open).into_iter().map(|stream| (stream, StreamEnd::Shed)));
        registry.unreported += ended.len();
        registry.report(now);
        drop(registry);
        for (stream, why) in ended {
            self.count(stream.direction, why);
            stream.end(why);
        }
    }

    /// The slowest of the bodies that wait for their receivers, as many as exceed the budgets.
    fn over_budget(&self, open: Vec<(Duration, u64, Arc<OpenStream>)>) -> Vec<Arc<OpenStream>> {
        let mut holding: Vec<_> =
            open.into_iter().filter(|(quiet, _, stream)| !quiet.is_zero() && stream.snapshot().held).collect();
        // The fastest first: what comes after the budget is used up is ended.
        holding.sort_by_key(|(quiet, rate, _)| (*quiet, Reverse(*rate)));
        let mut usage = self.lock_reserved().clone();
        holding.retain(|(_, _, stream)| !usage.try_add(stream.owner, STREAM_MEMORY, self.budget));
        holding.into_iter().map(|(_, _, stream)| stream).collect()
    }

    /// Ignores poisoning: a panic leaves the sums at worst too high by one body.
    fn lock_reserved(&self) -> MutexGuard<'_, Usage> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, direction: Direction, why: StreamEnd) {
        let metrics = &self.metrics;
        let counter = match (why, direction) {
            (StreamEnd::Stalled | StreamEnd::TooSlow, Direction::Request) => &metrics.slow_requests,
            (StreamEnd::Stalled | StreamEnd::TooSlow, Direction::Response) => &metrics.slow_readers,
            (StreamEnd::Shed, _) => &metrics.streams_shed,
            (StreamEnd::Idle, _) => &metrics.silent_responses,
            (StreamEnd::Revoked, _) => &metrics.streams_revoked,
        };
        counter.add(1);
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Registry {
    /// Logs how many bodies were ended, at most once in [`REPORT_PERIOD`].
    fn report(&mut self, now: Timestamp) {
        let is_due = self.last_report.is_none_or(|last| now.since(last) >= REPORT_PERIOD);
        if self.unreported > 0 && is_due {
            warn!(
                bodies = self.unreported,
                "bodies were ended early: their clients were too slow, or the application silent; the counters say which"
            );
            (self.unreported, self.last_report) = (0, Some(now));
        }
    }
}

impl Entry {
    /// Compares the body with what was seen before, `passed` ago.
    fn look(&mut self, stream: &OpenStream, passed: Duration) {
        let snapshot = stream.snapshot();
        match self.seen.replace(snapshot) {
            None => return,
            Some(before) if before == snapshot => self.quiet += passed,
            Some(_) => self.quiet = Duration::ZERO,
        }
        self.age += passed;
        if waits_for_client(stream.direction, snapshot) {
            self.waited += passed;
        }
    }

    /// Why the body must end; `None` if it may go on.
    fn exceeds(&self, stream: &OpenStream, limits: &StreamLimits) -> Option<StreamEnd> {
        let snapshot = stream.snapshot();
        if !waits_for_client(stream.direction, snapshot) {
            let is_silent = stream.direction == Direction::Response && self.quiet >= stream.idle_limit;
            return is_silent.then_some(StreamEnd::Idle);
        }
        let stall = match stream.direction {
            Direction::Request => limits.request_stall,
            Direction::Response => limits.response_stall,
        };
        if self.quiet >= stall {
            return Some(StreamEnd::Stalled);
        }
        // Judged when something has moved: a client that has stopped has until its stall limit to go on.
        let is_slow =
            self.quiet.is_zero() && self.waited >= limits.min_rate_after && self.rate(stream) < limits.min_rate;
        is_slow.then_some(StreamEnd::TooSlow)
    }

    /// Bytes per second of the time that was waited for the client.
    fn rate(&self, stream: &OpenStream) -> u64 {
        stream.snapshot().bytes / self.waited.as_secs().max(1)
    }

    /// Begins to watch the access of a body that lasts: a task for each short one would cost more than it is worth.
    fn watch_access(&self, stream: &Arc<OpenStream>, metrics: &Arc<Metrics>) {
        if self.age < ACCESS_AFTER {
            return;
        }
        let (Some(access), Ok(runtime)) = (stream.take_access(), Handle::try_current()) else { return };
        runtime.spawn(end_when_revoked(access, Arc::downgrade(stream), Arc::clone(metrics)));
    }
}

async fn end_when_revoked(access: AccessWatch, stream: Weak<OpenStream>, metrics: Arc<Metrics>) {
    access.await;
    if let Some(stream) = stream.upgrade() {
        metrics.streams_revoked.add(1);
        stream.end(StreamEnd::Revoked);
    }
}

fn waits_for_client(direction: Direction, snapshot: StreamProgress) -> bool {
    match direction {
        Direction::Request => !snapshot.held,
        Direction::Response => snapshot.held,
    }
}

/// Shorter than the tick of the workers, so that one look is made for each tick and not for each worker.
const PERIOD: Duration = Duration::from_millis(400);

const REPORT_PERIOD: Duration = Duration::from_secs(10);

/// The age at which the access of a body begins to be watched.
const ACCESS_AFTER: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
