//! How often strangers may make us ask the provider for its keys.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::base::Timestamp;

/// An allowance for fetches that a token with an unknown key asks for: a few at once, for keys that are changed twice
/// within one sign-in, then one every half minute, so that forged key ids cause no storm (a fixed pause would do the
/// second and fail the first).
pub(super) struct Allowance(Mutex<Bucket>);

struct Bucket {
    left: u32,
    since: Timestamp,
}

impl Allowance {
    /// A full allowance.
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Bucket { left: BURST, since: now }))
    }

    /// Whether one more is allowed; if so it is spent.
    pub(super) fn spend(&self, now: Timestamp) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earned = u32::try_from(now.since(bucket.since).as_secs() / EVERY.as_secs()).unwrap_or(BURST);
        if bucket.left.saturating_add(earned) >= BURST {
            *bucket = Bucket { left: BURST, since: now };
        } else if earned > 0 {
            *bucket = Bucket { left: bucket.left + earned, since: bucket.since.plus(EVERY * earned) };
        }
        let allowed = bucket.left > 0;
        bucket.left = bucket.left.saturating_sub(1);
        allowed
    }
}

const BURST: u32 = 4;
const EVERY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::Allowance;
    use crate::base::Timestamp;

    #[test]
    fn f14_cve_g18_a_burst_then_one_every_half_minute() {
        let at = Timestamp::from_seconds;
        let allowance = Allowance::new(at(1000));
        let spent = |now: u64| allowance.spend(at(now));
        assert_eq!((0..10).filter(|_| spent(1000)).count(), 4, "the burst");
        assert_eq!((1001..1030).filter(|now| spent(*now)).count(), 0);
        assert_eq!((1030..1060).filter(|now| spent(*now)).count(), 1);
        assert_eq!((1060..1360).filter(|now| spent(*now)).count(), 10, "one every half minute under a flood");
        assert_eq!((0..10).filter(|_| spent(9000)).count(), 4, "never more than the burst");
    }
}
