//! The system clock plus an offset that a test can change.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Seconds since 1970, plus the offset.
#[derive(Debug, Default)]
pub struct Clock {
    offset: AtomicI64,
}

impl Clock {
    /// A clock with another one's offset, independent from then on.
    pub(crate) fn copied(other: &Clock) -> Self {
        Self { offset: AtomicI64::new(other.offset.load(Ordering::SeqCst)) }
    }

    /// The time, in seconds since 1970.
    pub fn now(&self) -> i64 {
        system_now() + self.offset.load(Ordering::SeqCst)
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        self.offset.fetch_add(seconds(by), Ordering::SeqCst);
    }

    /// Sets the clock to `unix_seconds`; it continues from there.
    pub fn set(&self, unix_seconds: i64) {
        self.offset.store(unix_seconds - system_now(), Ordering::SeqCst);
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("a duration below the age of the universe")
}

#[expect(clippy::disallowed_methods, reason = "the one place where the harness asks the system for the time")]
fn system_now() -> i64 {
    seconds(SystemTime::now().duration_since(UNIX_EPOCH).expect("a system clock later than 1970"))
}
