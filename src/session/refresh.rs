//! The refresh token of a session, and when it is used.
//!
//! RFC 6749 §6, OpenID Connect Core §12.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use crate::base::{Secret, Timestamp};

/// A refresh token, and when the tokens that were issued with it expire.
#[derive(Clone)]
pub(crate) struct RefreshGrant {
    refresh_token: Secret,
    due: Timestamp,
    expires: Timestamp,
}

/// How urgent a refresh is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshUrgency {
    /// The tokens expire soon: the request does not wait for the refresh.
    Soon,
    /// The tokens have expired: the request waits for the refresh.
    Now,
}

impl RefreshGrant {
    /// A refresh token whose access token was issued at `now` and is valid for `expires_in`, which a provider may omit
    /// (RFC 6749 §5.1).
    #[must_use]
    pub(crate) fn new(refresh_token: Secret, expires_in: Option<Duration>, now: Timestamp) -> Self {
        let lifetime = expires_in.unwrap_or(DEFAULT_LIFETIME).max(MIN_LIFETIME);
        let ahead = AHEAD.min(lifetime / 2);
        Self { refresh_token, due: now.plus(lifetime.saturating_sub(ahead)), expires: now.plus(lifetime) }
    }

    /// The refresh token.
    #[must_use]
    pub(crate) fn refresh_token(&self) -> &Secret {
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

/// The [`RefreshGrant`] of a session, if it has one, and the pause after failed refreshes.
#[derive(Default)]
pub(super) struct RefreshSchedule {
    pub(super) grant: Option<RefreshGrant>,
    failures: AtomicU32,
    pause_until: AtomicU64,
}

impl RefreshSchedule {
    pub(super) fn new(grant: Option<RefreshGrant>) -> Self {
        Self { grant, ..Self::default() }
    }

    pub(super) fn urgency(&self, now: Timestamp) -> Option<RefreshUrgency> {
        let urgency = self.grant.as_ref()?.urgency(now)?;
        (now.micros() >= self.pause_until.load(Ordering::Relaxed)).then_some(urgency)
    }

    /// The schedule after a refresh that failed although the provider issued `refresh_token`: the claims are as old as before,
    /// and so are the expiry and the number of failures.
    pub(super) fn failed(&self, refresh_token: Secret, now: Timestamp) -> Self {
        let failures = AtomicU32::new(self.failures.load(Ordering::Relaxed));
        let grant = self.grant.as_ref().map(|RefreshGrant { due, expires, .. }| RefreshGrant {
            refresh_token,
            due: *due,
            expires: *expires,
        });
        let failed = Self { grant, failures, ..Self::default() };
        failed.pause(now);
        failed
    }

    /// Pauses refreshes. Each failure doubles the pause, so that a recovering provider is not overloaded.
    pub(super) fn pause(&self, now: Timestamp) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).min(MAX_DOUBLINGS);
        self.pause_until.store(now.plus(FIRST_PAUSE * (1 << failures)).micros(), Ordering::Relaxed);
    }
}

/// How long before the expiry a refresh is due; half of the lifetime when that is shorter.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// The lifetime when the provider gives none.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A shorter lifetime is treated as this one, so that not every request causes a refresh.
const MIN_LIFETIME: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_secs(30);
const MAX_DOUBLINGS: u32 = 4;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RefreshGrant, RefreshSchedule, RefreshUrgency};
    use crate::base::{Secret, Timestamp};

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    // Covers: D15.
    #[test]
    fn a_refresh_is_due_before_the_expiry() {
        for (lifetime, due, expires) in
            [(Some(3600), 3300, 3600), (Some(300), 150, 300), (None, 150, 300), (Some(0), 30, 60), (Some(90), 45, 90)]
        {
            let grant = RefreshGrant::new(Secret::new("token"), lifetime.map(Duration::from_secs), at(0));
            let schedule = RefreshSchedule::new(Some(grant));
            assert_eq!(schedule.urgency(at(due - 1)), None, "{lifetime:?}");
            assert_eq!(schedule.urgency(at(due)), Some(RefreshUrgency::Soon), "{lifetime:?}");
            assert_eq!(schedule.urgency(at(expires)), Some(RefreshUrgency::Now), "{lifetime:?}");
        }
        assert_eq!(RefreshSchedule::new(None).urgency(at(9_999_999)), None);
    }

    // Covers: D40.
    #[test]
    fn each_failure_makes_the_pause_longer() {
        let schedule = RefreshSchedule::new(Some(RefreshGrant::new(Secret::new("token"), None, at(0))));
        let mut now = 300;
        for pause in [30, 60, 120, 240, 480, 480] {
            schedule.pause(at(now));
            assert_eq!(schedule.urgency(at(now + pause - 1)), None, "{pause}");
            assert_eq!(schedule.urgency(at(now + pause)), Some(RefreshUrgency::Now), "{pause}");
            now += pause;
        }
    }

    #[test]
    fn a_refresh_token_that_a_failed_refresh_issued_keeps_the_pause() {
        let grant = RefreshGrant::new(Secret::new("token"), None, at(0));
        let mut schedule = RefreshSchedule::new(Some(grant));
        let mut now = 300;
        for pause in [30, 60, 120, 240, 480, 480] {
            schedule = schedule.failed(Secret::new("newer"), at(now));
            assert_eq!(schedule.urgency(at(now + pause - 1)), None, "{pause}");
            assert_eq!(schedule.urgency(at(now + pause)), Some(RefreshUrgency::Now), "{pause}");
            now += pause;
        }
    }
}
