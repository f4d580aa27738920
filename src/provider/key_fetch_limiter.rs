//! A rate limit for fetches of the provider's keys because of tokens with unknown keys.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{base::Timestamp, oidc::Channel};

/// Limits the fetches of a key set that unknown key ids cause.
///
/// Anyone can post a token with a forged key id, so all tokens from the front channel share one rate limit, which a
/// flood can exhaust. A real key rotation is then detected by the next permitted fetch, at most half a minute later,
/// regardless of the token that causes the fetch. A third party cannot forge tokens from the token endpoint, which have
/// a separate rate limit.
pub(super) struct KeyFetchLimiter {
    front_channel: TokenBucket,
    back_channel: TokenBucket,
    requested: Mutex<Vec<RequestedKey>>,
}

/// A key id for which the keys were fetched. The rate limits bound the number of these records.
struct RequestedKey {
    kid: Box<str>,
    at: Timestamp,
}

impl KeyFetchLimiter {
    /// A limiter with full rate limits and no requested key.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { front_channel: TokenBucket::new(now), back_channel: TokenBucket::new(now), requested: Mutex::default() }
    }

    /// Whether the keys may be fetched because of `kid` in a token that `channel` delivered; if so, one fetch is taken
    /// from the rate limit. `fetched` is the time at which the current keys were requested.
    ///
    /// A key id for which the keys were fetched within the last minute permits no second fetch, unless newer keys were
    /// fetched in the meantime.
    pub(super) fn try_acquire(
        &self,
        kid: Option<&str>,
        channel: Channel,
        fetched: Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        let mut requested = self.requested.lock().unwrap_or_else(PoisonError::into_inner);
        requested.retain(|key| now.since(key.at) < REQUESTED_KEY_TTL);
        let is_futile = |key: &RequestedKey| Some(&*key.kid) == kid && fetched.is_none_or(|fetched| fetched <= key.at);
        if requested.iter().any(is_futile) {
            return false;
        }
        let bucket = match channel {
            Channel::Front => &self.front_channel,
            Channel::Back => &self.back_channel,
        };
        let is_allowed = bucket.try_acquire(now);
        if let (true, Some(kid)) = (is_allowed, kid) {
            requested.retain(|key| *key.kid != *kid);
            requested.push(RequestedKey { kid: kid.into(), at: now });
        }
        is_allowed
    }

    /// Removes the record that the keys were fetched because of `kid`, after a fetch that failed.
    pub(super) fn forget(&self, kid: Option<&str>) {
        self.requested.lock().unwrap_or_else(PoisonError::into_inner).retain(|key| Some(&*key.kid) != kid);
    }
}

/// A token bucket: [`BURST`] fetches at once, for keys that rotate twice within one sign-in, then one per
/// [`REFILL_PERIOD`], so that forged key ids cannot cause many fetches.
struct TokenBucket(Mutex<BucketState>);

struct BucketState {
    left: u32,
    since: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    fn new(now: Timestamp) -> Self {
        Self(Mutex::new(BucketState { left: BURST, since: now }))
    }

    /// Takes one fetch out of the bucket; false if the bucket is empty.
    fn try_acquire(&self, now: Timestamp) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refilled = u32::try_from(now.since(bucket.since).as_secs() / REFILL_PERIOD.as_secs()).unwrap_or(BURST);
        if bucket.left.saturating_add(refilled) >= BURST {
            *bucket = BucketState { left: BURST, since: now };
        } else if refilled > 0 {
            *bucket = BucketState { left: bucket.left + refilled, since: bucket.since.plus(REFILL_PERIOD * refilled) };
        }
        let is_allowed = bucket.left > 0;
        bucket.left = bucket.left.saturating_sub(1);
        is_allowed
    }
}

const BURST: u32 = 4;
const REFILL_PERIOD: Duration = Duration::from_secs(30);

/// How long a key id causes no further fetch after the keys were fetched because of it. A replayed token therefore does
/// not exhaust the rate limit.
const REQUESTED_KEY_TTL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::{KeyFetchLimiter, TokenBucket};
    use crate::{base::Timestamp, oidc::Channel};
    use proptest::prelude::{any, prop, proptest};

    fn at(second: u64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    // Covers: F14, CVE-G18.
    #[test]
    fn a_burst_then_one_every_half_minute() {
        let bucket = TokenBucket::new(at(1000));
        let acquire = |now: u64| bucket.try_acquire(at(now));
        assert_eq!((0..10).filter(|_| acquire(1000)).count(), 4, "the burst");
        assert_eq!((1001..1030).filter(|now| acquire(*now)).count(), 0);
        assert_eq!((1030..1060).filter(|now| acquire(*now)).count(), 1);
        assert_eq!((1060..1360).filter(|now| acquire(*now)).count(), 10, "one every half minute under a flood");
        assert_eq!((0..10).filter(|_| acquire(9000)).count(), 4, "never more than the burst");
    }

    // Covers: F14.
    #[test]
    fn an_unknown_key_is_fetched_once_a_minute() {
        let limiter = KeyFetchLimiter::new(at(1000));
        for (kid, fetched, now, expected, why) in [
            (Some("a"), 900, 1000, true, "the first time"),
            (Some("a"), 1000, 1000, false, "the keys were just fetched"),
            (Some("a"), 1000, 1059, false, "within a minute"),
            (Some("b"), 1000, 1059, true, "another key"),
            (Some("a"), 1059, 1059, true, "newer keys were fetched in the meantime"),
            (Some("a"), 1059, 1118, false, "the minute has started again"),
            (Some("a"), 1059, 1119, true, "the minute is over"),
            (None, 1119, 1119, true, "tokens without a key id are not recorded"),
            (None, 1119, 1119, true, "and again"),
        ] {
            assert_eq!(
                limiter.try_acquire(kid, Channel::Front, Some(at(fetched)), at(now)),
                expected,
                "{kid:?} {now}: {why}"
            );
        }
        let limiter = KeyFetchLimiter::new(at(1000));
        assert!(limiter.try_acquire(Some("a"), Channel::Front, None, at(1000)));
        assert!(!limiter.try_acquire(Some("a"), Channel::Back, None, at(1001)), "no keys have been fetched since");
        limiter.forget(Some("a"));
        assert!(limiter.try_acquire(Some("a"), Channel::Front, None, at(1001)), "the fetch failed");
    }

    // Covers: F14.
    #[test]
    fn forged_keys_do_not_use_the_token_endpoint_budget() {
        let limiter = KeyFetchLimiter::new(at(1000));
        let acquire = |channel, n: u32| limiter.try_acquire(Some(&n.to_string()), channel, None, at(1000));
        assert_eq!((0..100).filter(|n| acquire(Channel::Front, *n)).count(), 4);
        assert_eq!((100..200).filter(|n| acquire(Channel::Back, *n)).count(), 4);
    }

    proptest! {
        // Covers: F14.
        #[test]
        fn forged_key_ids_never_exceed_the_fetch_budget(
            tokens in prop::collection::vec((0_u8..20, any::<bool>(), 0_u64..40), 0..200),
        ) {
            let limiter = KeyFetchLimiter::new(at(0));
            let (mut now, mut fetched, mut spent) = (0, 0, 0);
            for (kid, from_back, pause) in tokens {
                now += pause;
                let channel = if from_back { Channel::Back } else { Channel::Front };
                if limiter.try_acquire(Some(&kid.to_string()), channel, Some(at(fetched)), at(now)) {
                    (fetched, spent) = (now, spent + 1);
                }
                assert!(spent <= 2 * (4 + now / 30), "{spent} until {now}");
                assert!(limiter.requested.lock().expect("not poisoned").len() <= 2 * (4 + 2));
            }
        }
    }
}
