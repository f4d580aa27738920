//! The counters of one gateway process.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of one gateway process, shared as an `Arc`. No counter ever decreases.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Access log lines that were dropped because the writer was too slow or failed.
    pub(crate) access_log_lines_dropped: Counter,
    /// Sessions that began with a sign-in.
    pub sessions_started: Counter,
    /// Sessions that ended by sign-out, by the provider, or by a rejected refresh, as the audit trail has them. Sessions that
    /// expire, or that a new sign-in replaces, are not counted.
    pub sessions_ended: Counter,
    /// Requests that were refused with a reason code.
    pub refusals: Counter,
}

/// A counter that any thread can increase.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Increases the counter by `amount`. Counters are independent of each other, so the order of updates is relaxed.
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// The current value.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
