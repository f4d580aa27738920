//! A circuit breaker for the refreshes at one provider, so that a provider that does not answer delays few requests.
//!
//! ```text
//!           no answer in time, or 5 failures in a row             10 s later, one refresh
//!  closed ──────────────────────────────────────────► open ─────────────────────────────► half-open
//!    ▲                                                 ▲                                   │    │
//!    │                                                 └───────────────────────────────────┘    │
//!    │                                                            it fails                      │
//!    └──────────────────────────────────────────────────────────────────────────────────────────┘
//!                                          it is answered
//! ```
//!
//! While the breaker is not closed, sessions stay as they are, and no request waits for a refresh, not even for the one that
//! probes. A sign-in is not held back: it needs the provider, and its code is valid for seconds. Its outcome counts, too.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use tracing::{info, warn};

use super::call_error::CallError;
use crate::{base::Timestamp, telemetry::Metrics};

/// The circuit breaker of one provider.
pub(crate) struct Breaker {
    provider: String,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
    is_open: watch::Sender<bool>,
}

#[derive(Clone, Copy)]
enum State {
    /// The provider answers, but for this number of failures in a row.
    Closed(u32),
    /// No refresh until then.
    Open(Timestamp),
    /// One refresh probes the provider since then.
    HalfOpen(Timestamp),
}

impl Breaker {
    /// A closed breaker of the provider called `provider`.
    pub(super) fn new(provider: &str, metrics: Arc<Metrics>) -> Self {
        let (state, is_open) = (Mutex::new(State::Closed(0)), watch::Sender::new(false));
        Self { provider: provider.to_owned(), metrics, state, is_open }
    }

    /// Whether a refresh may be sent now. While the breaker is not closed, it is the one that probes the provider.
    pub(crate) fn admits(&self, now: Timestamp) -> bool {
        let mut state = self.lock();
        let may_probe = match *state {
            State::Closed(_) => return true,
            State::Open(until) => now >= until,
            // The probe ended without a result.
            State::HalfOpen(since) => now >= since.plus(PROBE_TIMEOUT),
        };
        if may_probe {
            *state = State::HalfOpen(now);
        }
        may_probe
    }

    /// Whether the breaker is not closed.
    pub(crate) fn is_open(&self) -> bool {
        *self.is_open.borrow()
    }

    /// Resolves when the breaker is not closed.
    pub(crate) async fn opened(&self) {
        let mut is_open = self.is_open.subscribe();
        // An error would mean that the sender is dropped, and this value owns it.
        let _open = is_open.wait_for(|is_open| *is_open).await;
    }

    /// Records the outcome of calls to the provider.
    pub(crate) fn record<T>(&self, outcome: Result<&T, &CallError>, now: Timestamp) {
        match outcome {
            Err(error) if error.is_timeout() => self.unanswered(now),
            Err(error) if error.is_outage() => self.failed(now),
            _ => self.close(),
        }
    }

    /// Records that a call has no answer although a request has waited for it as long as it may.
    pub(crate) fn unanswered(&self, now: Timestamp) {
        let mut state = self.lock();
        self.open(&mut state, now);
    }

    /// Records that the probe was not sent.
    pub(crate) fn abandon(&self, now: Timestamp) {
        let mut state = self.lock();
        if let State::HalfOpen(_) = *state {
            *state = State::Open(now);
        }
    }

    fn failed(&self, now: Timestamp) {
        let mut state = self.lock();
        match *state {
            State::Closed(failures) if failures + 1 < FAILURES => *state = State::Closed(failures + 1),
            _ => self.open(&mut state, now),
        }
    }

    fn open(&self, state: &mut State, now: Timestamp) {
        *state = State::Open(now.plus(OPEN_FOR));
        if !self.is_open.send_replace(true) {
            self.metrics.provider_breakers_opened.add(1);
            warn!(provider = self.provider, "the provider does not answer: sessions are not refreshed until it does");
        }
    }

    fn close(&self) {
        *self.lock() = State::Closed(0);
        if self.is_open.send_replace(false) {
            info!(provider = self.provider, "the provider answers again: sessions are refreshed");
        }
    }

    /// Ignores poisoning: the state is one value, which is never half written.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Failures in a row that open the breaker, when each of them was answered: an error status, or a refused connection.
const FAILURES: u32 = 5;

/// How long no refresh is sent after a failure.
const OPEN_FOR: Duration = Duration::from_secs(10);

/// Longer than the calls of one refresh: token, keys and userinfo.
const PROBE_TIMEOUT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::Breaker;
    use crate::{
        base::Timestamp,
        provider::{CallError, FetchError},
        telemetry::Metrics,
    };

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn breaker() -> (Breaker, Arc<Metrics>) {
        let metrics = Arc::<Metrics>::default();
        (Breaker::new("idp", Arc::clone(&metrics)), metrics)
    }

    #[test]
    fn it_opens_at_once_without_an_answer_and_after_five_failures() {
        for (error, calls) in [
            (CallError::fetch("https://idp.example", FetchError::TimedOut(Duration::from_secs(10))), 1),
            (CallError::fetch("https://idp.example", FetchError::Connection("refused".into())), 5),
            (CallError::Status { url: "https://idp.example".into(), status: 503 }, 5),
        ] {
            let (breaker, metrics) = breaker();
            for call in 1..=calls {
                assert!(breaker.admits(at(0)), "{error} {call}");
                breaker.record::<()>(Err(&error), at(0));
            }
            assert_eq!((breaker.admits(at(9)), breaker.is_open()), (false, true), "{error}");
            assert_eq!(metrics.provider_breakers_opened.value(), 1, "{error}");
        }
    }

    #[test]
    fn one_probe_at_a_time_closes_it() {
        let (breaker, metrics) = breaker();
        breaker.unanswered(at(0));
        assert_eq!([10, 10, 69].map(|now| breaker.admits(at(now))), [true, false, false]);
        assert!(breaker.admits(at(70)), "the first was lost");
        breaker.abandon(at(70));
        assert!(breaker.admits(at(70)), "the second was not sent");
        breaker.unanswered(at(75));
        assert_eq!([84, 85].map(|now| breaker.admits(at(now))), [false, true]);
        assert_eq!(metrics.provider_breakers_opened.value(), 1, "it was open all the time");
        breaker.record(Ok(&()), at(86));
        assert_eq!((breaker.admits(at(86)), breaker.is_open()), (true, false));
    }

    #[test]
    fn an_answer_between_failures_and_a_refusal_keep_it_closed() {
        let (breaker, _) = breaker();
        let outage = CallError::Status { url: "https://idp.example".into(), status: 503 };
        for _ in 0..4 {
            for _ in 0..4 {
                breaker.record::<()>(Err(&outage), at(0));
            }
            breaker.record(Ok(&()), at(0));
        }
        for _ in 0..9 {
            breaker.record::<()>(Err(&CallError::NoEndpoint("userinfo_endpoint")), at(0));
        }
        assert!(breaker.admits(at(0)) && !breaker.is_open());
    }
}
