//! The clock, as a dependency that tests can replace.
//!
//! A request reads the clock at its start and passes the result down, so that its decisions are made for one moment. It is
//! read again only after waiting, for example for a provider, and for the end time in the access log.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::rfc3339::Rfc3339;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A moment, in microseconds since the Unix epoch (1970-01-01T00:00:00Z).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the Unix epoch (a `NumericDate` of a JWT, RFC 7519 §2).
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// The moment `micros` microseconds after the Unix epoch.
    #[must_use]
    pub(crate) const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / MICROS
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub(crate) const fn micros(self) -> u64 {
        self.0
    }

    /// The moment as text: RFC 3339, UTC, milliseconds.
    #[must_use]
    pub(crate) fn rfc3339(self) -> Rfc3339 {
        Rfc3339::new(self.0)
    }

    /// The moment `span` later, saturating at the last representable moment.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The moment `span` earlier, saturating at the Unix epoch.
    #[must_use]
    pub(crate) fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    #[must_use]
    pub(crate) fn since(self, earlier: Self) -> Duration {
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
