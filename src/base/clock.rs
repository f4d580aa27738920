//! Time as a value: who needs it is handed it.
//!
//! A request reads the clock once and passes the answer down, so every decision about one request is made at one moment.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time. Tests bring a clock of their own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the epoch (a `NumericDate` of a JWT, RFC 7519 §2).
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// The moment `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / MICROS
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// The moment `span` later; the last moment there is when that overflows.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The moment `span` earlier; the epoch when that is before it.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long it is since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

const MICROS: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::Timestamp;
    use std::time::Duration;

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        let moment = Timestamp::from_seconds(100);
        assert_eq!(moment.plus(Duration::from_secs(5)).since(moment), Duration::from_secs(5));
        assert_eq!(moment.since(moment.plus(Duration::from_secs(5))), Duration::ZERO);
        assert_eq!(Timestamp::from_seconds(u64::MAX).plus(Duration::MAX), Timestamp::from_micros(u64::MAX));
        assert_eq!(moment.minus(Duration::MAX), Timestamp::default());
        assert_eq!(moment.seconds(), 100);
    }
}
