//! What renews a session at its provider, and when.
//!
//! RFC 6749 §6, OpenID Connect Core §12.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use crate::base::{Secret, Timestamp};

/// The refresh token of a session, and how long what came with it lives.
#[derive(Clone)]
pub struct RefreshGrant {
    refresh_token: Secret,
    due: Timestamp,
    expires: Timestamp,
}

/// How urgent a renewal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshUrgency {
    /// What the provider said is still good, but not for long: nobody has to wait.
    Soon,
    /// What the provider said has had its time: nobody passes on the strength of it.
    Now,
}

impl RefreshGrant {
    /// Tokens of `now` that live for `expires_in`; RFC 6749 §5.1 leaves that out where it is known otherwise.
    #[must_use]
    pub fn new(refresh_token: Secret, expires_in: Option<Duration>, now: Timestamp) -> Self {
        let lifetime = expires_in.unwrap_or(UNKNOWN_LIFETIME).max(SHORTEST_LIFETIME);
        let ahead = AHEAD.min(lifetime / 2);
        Self { refresh_token, due: now.plus(lifetime.saturating_sub(ahead)), expires: now.plus(lifetime) }
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> &Secret {
        &self.refresh_token
    }

    fn urgency(&self, now: Timestamp) -> Option<RefreshUrgency> {
        match now {
            now if now < self.due => None,
            now if now < self.expires => Some(RefreshUrgency::Soon),
            _ => Some(RefreshUrgency::Now),
        }
    }
}

/// A [`RefreshGrant`], if there is one, and the pause after attempts that the provider did not answer.
#[derive(Default)]
pub(super) struct RefreshSchedule {
    pub(super) renewal: Option<RefreshGrant>,
    failures: AtomicU32,
    pause_until: AtomicU64,
}

impl RefreshSchedule {
    pub(super) fn new(renewal: Option<RefreshGrant>) -> Self {
        Self { renewal, ..Self::default() }
    }

    pub(super) fn urgency(&self, now: Timestamp) -> Option<RefreshUrgency> {
        let urgency = self.renewal.as_ref()?.urgency(now)?;
        (now.micros() >= self.pause_until.load(Ordering::Relaxed)).then_some(urgency)
    }

    /// Waits longer from failure to failure, so that a provider that is down is not kept down by those who need it.
    pub(super) fn pause(&self, now: Timestamp) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).min(MOST_DOUBLINGS);
        self.pause_until.store(now.plus(FIRST_PAUSE * (1 << failures)).micros(), Ordering::Relaxed);
    }
}

/// So long before the end a renewal is due, and half of the lifetime where that is short.
const AHEAD: Duration = Duration::from_secs(5 * 60);

const UNKNOWN_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// However short-lived its tokens: a provider is not asked at each request.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_secs(30);
const MOST_DOUBLINGS: u32 = 4;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RefreshGrant, RefreshSchedule, RefreshUrgency};
    use crate::base::{Secret, Timestamp};

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn d15_a_renewal_comes_ahead_of_the_end() {
        for (lifetime, due, expires) in
            [(Some(3600), 3300, 3600), (Some(300), 150, 300), (None, 150, 300), (Some(0), 30, 60), (Some(90), 45, 90)]
        {
            let renewal = RefreshGrant::new(Secret::new("token"), lifetime.map(Duration::from_secs), at(0));
            let renewing = RefreshSchedule::new(Some(renewal));
            assert_eq!(renewing.urgency(at(due - 1)), None, "{lifetime:?}");
            assert_eq!(renewing.urgency(at(due)), Some(RefreshUrgency::Soon), "{lifetime:?}");
            assert_eq!(renewing.urgency(at(expires)), Some(RefreshUrgency::Now), "{lifetime:?}");
        }
        assert_eq!(RefreshSchedule::new(None).urgency(at(9_999_999)), None);
    }

    #[test]
    fn d40_each_failure_makes_a_longer_pause() {
        let renewing = RefreshSchedule::new(Some(RefreshGrant::new(Secret::new("token"), None, at(0))));
        let mut now = 300;
        for pause in [30, 60, 120, 240, 480, 480] {
            renewing.pause(at(now));
            assert_eq!(renewing.urgency(at(now + pause - 1)), None, "{pause}");
            assert_eq!(renewing.urgency(at(now + pause)), Some(RefreshUrgency::Now), "{pause}");
            now += pause;
        }
    }
}
