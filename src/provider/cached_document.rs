//! One document of the provider: fetched by one task at a time, refreshed before it expires, and still used while
//! fetches fail.
//!
//! A fetch runs in a separate task, so that cancelling the request that started it does not affect other requests that
//! wait for the document.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::watch};
use tracing::{error, info, warn};

use super::call_error::CallError;
use crate::{
    base::{Clock, Timestamp, chain},
    reason::ReasonCode,
};

/// A document, the fetch in flight, and the failures since the last successful fetch.
pub(super) struct CachedDocument<T> {
    name: DocumentName,
    snapshot: ArcSwapOption<Snapshot<T>>,
    state: Mutex<FetchState<T>>,
    runtime: Handle,
    clock: Arc<dyn Clock>,
}

/// The name of a document in the log.
pub(super) struct DocumentName {
    /// The name of the provider.
    pub(super) provider: String,
    /// The kind of document: `metadata` or `keys`.
    pub(super) document: &'static str,
}

/// The result of a successful fetch.
pub(super) struct FetchedDocument<T> {
    /// The parsed document.
    pub(super) value: T,
    /// The URL of the document.
    pub(super) url: String,
    /// The time from the request until the next refresh.
    pub(super) refresh_after: Duration,
}

/// A document, with the URL and the time of the fetch.
pub(super) struct Snapshot<T> {
    /// The parsed document.
    pub(super) value: Arc<T>,
    /// The URL of the document.
    pub(super) url: String,
    /// When the document was requested.
    pub(super) requested_at: Timestamp,
    refresh_at: Timestamp,
}

/// A document other than the one that the caller has.
pub(super) enum Replacement<T> {
    /// The document was in the cache, or came from a fetch that another caller had started.
    Shared(Arc<T>),
    /// The document came from a fetch that this caller started.
    Fetched(Arc<T>),
}

struct FetchState<T> {
    in_flight: Option<watch::Receiver<Outcome<T>>>,
    failures: Option<Failures>,
}

/// `None` until the fetch has ended.
type Outcome<T> = Option<Result<Arc<T>, CallError>>;

/// Consecutive failed fetches.
struct Failures {
    count: u32,
    retry_at: Timestamp,
    last: CallError,
    logged: LoggedFailure,
}

/// The content of the last log line about a failure: the reason code, and whether a document was still usable.
type LoggedFailure = (ReasonCode, bool);

impl<T: Send + Sync + 'static> CachedDocument<T> {
    /// An empty cache. Fetches run on `runtime`.
    pub(super) fn new(name: DocumentName, clock: Arc<dyn Clock>, runtime: Handle) -> Arc<Self> {
        let state = Mutex::new(FetchState { in_flight: None, failures: None });
        Arc::new(Self { name, snapshot: ArcSwapOption::empty(), state, runtime, clock })
    }

    /// The last fetched document, if it was requested less than [`MAX_AGE`] ago.
    pub(super) fn current(&self) -> Option<Arc<Snapshot<T>>> {
        self.latest().filter(|snapshot| self.clock.now().since(snapshot.requested_at) < MAX_AGE)
    }

    /// The last fetched document, of any age.
    pub(super) fn latest(&self) -> Option<Arc<Snapshot<T>>> {
        self.snapshot.load_full()
    }

    /// Whether the last fetch failed.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().failures.is_some()
    }

    /// The current document, or else the result of the fetch in flight, or else the result of `fetch`. Within the
    /// backoff after a failed fetch, the error of the failed fetch.
    pub(super) async fn value<F>(self: &Arc<Self>, fetch: F) -> Result<Arc<T>, CallError>
    where
        F: Future<Output = Result<FetchedDocument<T>, CallError>> + Send + 'static,
    {
        let pending = {
            let (mut state, now) = (self.lock(), self.clock.now());
            match (self.current(), state.in_flight(), state.backoff(now)) {
                (Some(snapshot), _, _) => return Ok(Arc::clone(&snapshot.value)),
                (None, Some(pending), _) => pending,
                (None, None, Some(failures)) => return Err(failures.last.clone()),
                (None, None, None) => self.start(&mut state, fetch, now),
            }
        };
        outcome(pending).await
    }

    /// Runs `fetch` if there is no current document, if its refresh is due, or if `must_refresh` returns true for it.
    /// Does nothing while a fetch is in flight or within the backoff after a failed fetch.
    pub(super) async fn refresh<F>(self: &Arc<Self>, must_refresh: impl FnOnce(&Snapshot<T>) -> bool, fetch: F)
    where
        F: Future<Output = Result<FetchedDocument<T>, CallError>> + Send + 'static,
    {
        let pending = {
            let (mut state, now) = (self.lock(), self.clock.now());
            let is_due = self.current().is_none_or(|snapshot| now >= snapshot.refresh_at || must_refresh(&snapshot));
            if !is_due || state.in_flight().is_some() || state.backoff(now).is_some() {
                return;
            }
            self.start(&mut state, fetch, now)
        };
        // A failure has been logged by `complete`.
        drop(outcome(pending).await);
    }

    /// A document other than `known`: the current one, or else the result of the fetch in flight, or else, if `permit`
    /// returns true, the result of `fetch`, requested at `now`. `None` if none of these returns another document.
    ///
    /// `permit` gets the time at which the current document was requested. It is called only if a fetch would start.
    pub(super) async fn replacement<F>(
        self: &Arc<Self>,
        known: &Arc<T>,
        permit: impl FnOnce(Option<Timestamp>) -> bool,
        fetch: F,
        now: Timestamp,
    ) -> Option<Replacement<T>>
    where
        F: Future<Output = Result<FetchedDocument<T>, CallError>> + Send + 'static,
    {
        let (pending, is_started_here) = {
            let (mut state, current) = (self.lock(), self.current());
            let newer = current.as_ref().filter(|current| !Arc::ptr_eq(&current.value, known));
            match (newer, state.in_flight()) {
                (Some(newer), _) => return Some(Replacement::Shared(Arc::clone(&newer.value))),
                (None, Some(pending)) => (pending, false),
                (None, None)
                    if state.backoff(now).is_none() && permit(current.as_ref().map(|current| current.requested_at)) =>
                {
                    (self.start(&mut state, fetch, now), true)
                }
                (None, None) => return None,
            }
        };
        let value = outcome(pending).await.ok()?;
        Some(if is_started_here { Replacement::Fetched(value) } else { Replacement::Shared(value) })
    }

    fn start<F>(self: &Arc<Self>, state: &mut FetchState<T>, fetch: F, now: Timestamp) -> watch::Receiver<Outcome<T>>
    where
        F: Future<Output = Result<FetchedDocument<T>, CallError>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(None);
        state.in_flight = Some(receiver.clone());
        let document = Arc::clone(self);
        self.runtime.spawn(async move {
            let fetched = fetch.await;
            sender.send_replace(Some(document.complete(fetched, now)));
        });
        receiver
    }

    /// Stores the document, or counts the failure.
    fn complete(
        &self,
        fetched: Result<FetchedDocument<T>, CallError>,
        requested_at: Timestamp,
    ) -> Result<Arc<T>, CallError> {
        let mut state = self.lock();
        state.in_flight = None;
        let previous = state.failures.take();
        let FetchedDocument { value, url, refresh_after } = match fetched {
            Ok(fetched) => fetched,
            Err(error) => {
                state.failures = Some(self.failures(previous, &error));
                return Err(error);
            }
        };
        let DocumentName { provider, document } = &self.name;
        info!(provider, document, from = url, recovered = previous.is_some(), "fetched");
        let value = Arc::new(value);
        let refresh_at = requested_at.plus(refresh_after);
        self.snapshot.store(Some(Arc::new(Snapshot { value: Arc::clone(&value), url, requested_at, refresh_at })));
        Ok(value)
    }

    fn failures(&self, previous: Option<Failures>, error: &CallError) -> Failures {
        let logged = (error.reason(), self.current().is_some());
        if previous.as_ref().is_none_or(|previous| previous.logged != logged) {
            self.log_failure(logged, error);
        }
        let count = previous.map_or(0, |previous| previous.count).saturating_add(1);
        let backoff = FIRST_BACKOFF.saturating_mul(1 << (count - 1).min(MAX_DOUBLINGS)).min(MAX_BACKOFF);
        Failures { count, retry_at: self.clock.now().plus(backoff), last: error.clone(), logged }
    }

    /// Logs a failure. Called for the first of consecutive failures, and when the reason changes or the last document
    /// expires.
    fn log_failure(&self, (reason, is_usable): LoggedFailure, error: &CallError) {
        let DocumentName { provider, document } = &self.name;
        let detail = chain(error);
        match (reason, is_usable) {
            // OpenID Connect Discovery §4.3, §7.2: a changed issuer can be an impersonation.
            (ReasonCode::ProviderIssuer, true) => {
                error!(
                    provider,
                    document,
                    %reason,
                    detail,
                    "ALARM: the new document is refused; the old document stays in use"
                );
            }
            (_, true) => {
                warn!(
                    provider,
                    document,
                    %reason,
                    detail,
                    "cannot be fetched; the old document stays in use for at most seven days"
                );
            }
            (_, false) => {
                warn!(provider, document, %reason, detail, "cannot be fetched; sign-in through this provider fails");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, FetchState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> FetchState<T> {
    /// The fetch in flight. A task that panicked has dropped its sender and does not count.
    fn in_flight(&self) -> Option<watch::Receiver<Outcome<T>>> {
        self.in_flight.as_ref().filter(|pending| pending.has_changed().is_ok()).cloned()
    }

    /// The failures after which a retry at `now` would be too early.
    fn backoff(&self, now: Timestamp) -> Option<&Failures> {
        self.failures.as_ref().filter(|failures| now < failures.retry_at)
    }
}

async fn outcome<T>(mut pending: watch::Receiver<Outcome<T>>) -> Result<Arc<T>, CallError> {
    let outcome = pending.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
    outcome.unwrap_or(Err(CallError::Lost))
}

/// How long a document is used after its request while refreshes fail.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// [`FIRST_BACKOFF`] doubled six times exceeds [`MAX_BACKOFF`].
const MAX_DOUBLINGS: u32 = 6;

#[cfg(test)]
mod tests;
