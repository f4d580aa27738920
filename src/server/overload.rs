//! What the limits of connections cause, counted and logged: a line when it begins, one a minute, and one when it is over.

use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing::{info, warn};

use crate::telemetry::Metrics;

/// Counts and reports what the limits of connections cause.
#[derive(Debug)]
pub(super) struct Overload {
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What happened since the last line.
    counts: Counts,
    /// Whether anything happened since the last report.
    has_happened: bool,
    /// When something happened for the last time, and when the last line was written; `None` while nothing happens.
    episode: Option<(u64, u64)>,
}

/// Numbers of connections.
#[derive(Debug, Default)]
struct Counts {
    /// Closed because they were idle.
    closed_idle: usize,
    /// Closed at once because their client has too many.
    refused: usize,
    /// Had to wait because all connections are in use.
    delayed: usize,
    /// Not accepted because of an error.
    failed: usize,
    error: Option<io::Error>,
}

impl Overload {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, state: Mutex::default() }
    }

    pub(super) fn count_shed(&self, connections: usize) {
        if connections > 0 {
            self.metrics.connections_shed.add(connections as u64);
            self.count(|counts| counts.closed_idle += connections);
        }
    }

    pub(super) fn count_refused(&self) {
        self.metrics.connections_refused.add(1);
        self.count(|counts| counts.refused += 1);
    }

    pub(super) fn count_delayed(&self) {
        self.count(|counts| counts.delayed += 1);
    }

    pub(super) fn count_failed(&self, error: io::Error) {
        self.metrics.accept_errors.add(1);
        self.count(|counts| {
            counts.failed += 1;
            counts.error = Some(error);
        });
    }

    /// Writes a line if one is due at the time `now`, in microseconds.
    pub(super) fn report(&self, now: u64) {
        let mut state = self.state();
        let has_happened = mem::take(&mut state.has_happened);
        let (last_event, last_line) = match state.episode {
            None if !has_happened => return,
            None => (now, None),
            Some((_, line)) if has_happened => (now, Some(line)),
            Some((event, line)) => (event, Some(line)),
        };
        let is_over = now - last_event >= LINE_PERIOD;
        let is_due = last_line.is_none_or(|line| now - line >= LINE_PERIOD);
        state.episode = (!is_over).then_some((last_event, if is_due { now } else { last_line.unwrap_or(now) }));
        if !is_due && !is_over {
            return;
        }
        let counts = mem::take(&mut state.counts);
        drop(state);
        counts.log(is_over);
    }

    fn count(&self, add: impl FnOnce(&mut Counts)) {
        let mut state = self.state();
        state.has_happened = true;
        add(&mut state.counts);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn log(self, is_over: bool) {
        let Self { closed_idle, refused, delayed, failed, error } = self;
        let error = error.map(|error| error.to_string());
        if is_over {
            info!(closed_idle, refused, delayed, failed, error, "connections are within their limits again");
        } else {
            let hint = "see limits.connections and limits.connections_per_client, and the number of file descriptors that the process may open";
            warn!(closed_idle, refused, delayed, failed, error, hint, "connections are at a limit");
        }
    }
}

/// The time between two lines, and the time without an event after which the last line is written, in microseconds.
const LINE_PERIOD: u64 = 60_000_000;
