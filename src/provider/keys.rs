//! How often an unknown key may make us ask the provider for its keys.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{base::Timestamp, oidc::Channel};

/// Who may make us ask, and for which key.
///
/// Anybody can post a token with a forged key id, so what comes through the browser has an allowance, and a flood uses it
/// up. Then a true change of keys is found by the next fetch that is allowed, half a minute later at most, whosever token
/// asks for it. What the token endpoint itself has sent is out of a stranger's reach and has an allowance of its own.
pub(super) struct Permits {
    strangers: Allowance,
    token_endpoint: Allowance,
    asked: Mutex<Vec<LoginRequest>>,
}

/// A key id that was asked for. Only who was permitted is remembered, so there are never many.
struct LoginRequest {
    kid: Box<str>,
    at: Timestamp,
}

impl Permits {
    /// Full allowances, and no key asked for.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { strangers: Allowance::new(now), token_endpoint: Allowance::new(now), asked: Mutex::default() }
    }

    /// Whether the keys may be asked for because of `kid`, in a token of that place. A key that was asked for a moment ago,
    /// when the keys that are at hand were fetched, would not be there now. If it may, the allowance is spent.
    pub(super) fn spend(&self, kid: Option<&str>, place: Channel, fetched: Option<Timestamp>, now: Timestamp) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|asked| now.since(asked.at) < MEMORY);
        let is_in_vain =
            |asked: &LoginRequest| Some(&*asked.kid) == kid && fetched.is_none_or(|fetched| fetched <= asked.at);
        if asked.iter().any(is_in_vain) {
            return false;
        }
        let allowance = match place {
            Channel::Front => &self.strangers,
            Channel::Back => &self.token_endpoint,
        };
        let is_allowed = allowance.spend(now);
        if let (true, Some(kid)) = (is_allowed, kid) {
            asked.retain(|asked| *asked.kid != *kid);
            asked.push(LoginRequest { kid: kid.into(), at: now });
        }
        is_allowed
    }

    /// No answer came: that says nothing about `kid`.
    pub(super) fn forget(&self, kid: Option<&str>) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).retain(|asked| Some(&*asked.kid) != kid);
    }
}

/// A few at once, for keys that are changed twice within one sign-in, then one every half minute, so that forged key ids
/// cause no storm (a fixed pause would do the second and fail the first).
struct Allowance(Mutex<Bucket>);

struct Bucket {
    left: u32,
    since: Timestamp,
}

impl Allowance {
    /// A full allowance.
    fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Bucket { left: BURST, since: now }))
    }

    /// Whether one more is allowed; if so it is spent.
    fn spend(&self, now: Timestamp) -> bool {
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

/// So long a key that was not there is not asked for again: a replayed token uses nothing up.
const MEMORY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::{Allowance, Permits};
    use crate::{base::Timestamp, oidc::Channel};
    use proptest::prelude::{any, prop, proptest};

    fn at(second: u64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    #[test]
    fn f14_cve_g18_a_burst_then_one_every_half_minute() {
        let allowance = Allowance::new(at(1000));
        let spent = |now: u64| allowance.spend(at(now));
        assert_eq!((0..10).filter(|_| spent(1000)).count(), 4, "the burst");
        assert_eq!((1001..1030).filter(|now| spent(*now)).count(), 0);
        assert_eq!((1030..1060).filter(|now| spent(*now)).count(), 1);
        assert_eq!((1060..1360).filter(|now| spent(*now)).count(), 10, "one every half minute under a flood");
        assert_eq!((0..10).filter(|_| spent(9000)).count(), 4, "never more than the burst");
    }

    #[test]
    fn f14_a_key_that_was_not_there_is_not_asked_for_again_for_a_minute() {
        let permits = Permits::new(at(1000));
        for (kid, fetched, now, expected, why) in [
            (Some("a"), 900, 1000, true, "the first time"),
            (Some("a"), 1000, 1000, false, "not there a moment ago"),
            (Some("a"), 1000, 1059, false, "nor a minute later"),
            (Some("b"), 1000, 1059, true, "another key"),
            (Some("a"), 1059, 1059, true, "other keys came since then"),
            (Some("a"), 1059, 1118, false, "and that began the minute anew"),
            (Some("a"), 1059, 1119, true, "the minute is over"),
            (None, 1119, 1119, true, "who names no key cannot be told from another"),
            (None, 1119, 1119, true, "and again"),
        ] {
            assert_eq!(
                permits.spend(kid, Channel::Front, Some(at(fetched)), at(now)),
                expected,
                "{kid:?} {now}: {why}"
            );
        }
        let permits = Permits::new(at(1000));
        assert!(permits.spend(Some("a"), Channel::Front, None, at(1000)));
        assert!(!permits.spend(Some("a"), Channel::Back, None, at(1001)), "no keys were ever fetched");
        permits.forget(Some("a"));
        assert!(permits.spend(Some("a"), Channel::Front, None, at(1001)), "no answer came");
    }

    #[test]
    fn f14_strangers_leave_the_token_endpoint_its_own() {
        let permits = Permits::new(at(1000));
        let spend = |place, n: u32| permits.spend(Some(&n.to_string()), place, None, at(1000));
        assert_eq!((0..100).filter(|n| spend(Channel::Front, *n)).count(), 4);
        assert_eq!((100..200).filter(|n| spend(Channel::Back, *n)).count(), 4);
    }

    proptest! {
        #[test]
        fn f14_no_order_of_forged_keys_gets_more_than_the_allowance(
            asks in prop::collection::vec((0_u8..20, any::<bool>(), 0_u64..40), 0..200),
        ) {
            let permits = Permits::new(at(0));
            let (mut now, mut fetched, mut spent) = (0, 0, 0);
            for (kid, from_back, pause) in asks {
                now += pause;
                let place = if from_back { Channel::Back } else { Channel::Front };
                if permits.spend(Some(&kid.to_string()), place, Some(at(fetched)), at(now)) {
                    (fetched, spent) = (now, spent + 1);
                }
                assert!(spent <= 2 * (4 + now / 30), "{spent} until {now}");
                assert!(permits.asked.lock().expect("not poisoned").len() <= 2 * (4 + 2));
            }
        }
    }
}
