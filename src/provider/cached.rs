//! A document of the provider: fetched by one fetch at a time, renewed ahead of its end, and kept while fetching fails.
//!
//! The fetch runs on the home runtime: who asked may hang up, and everybody else still gets the answer.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::watch};
use tracing::{error, info, warn};

use super::provider::CallError;
use crate::{
    base::{Clock, Timestamp, chain},
    reason::ReasonCode,
};

/// The document, the fetch under way, and what went wrong with those before.
pub(super) struct Cached<T> {
    name: Name,
    value: ArcSwapOption<Dated<T>>,
    fetching: Mutex<Fetching<T>>,
    home: Handle,
    clock: Arc<dyn Clock>,
}

/// What the document is called in the log.
pub(super) struct Name {
    /// The provider.
    pub(super) provider: String,
    /// Its document.
    pub(super) document: &'static str,
}

/// What a fetch brings.
pub(super) struct Fetched<T> {
    /// The document.
    pub(super) value: T,
    /// Where it was fetched.
    pub(super) from: String,
    /// When to fetch it again.
    pub(super) renew_after: Duration,
}

/// A document and where and when it was asked for.
pub(super) struct Dated<T> {
    /// The document.
    pub(super) value: Arc<T>,
    /// Where it was fetched.
    pub(super) from: String,
    /// When it was asked for.
    pub(super) at: Timestamp,
    renew_at: Timestamp,
}

/// A value other than the one somebody has.
pub(super) enum Another<T> {
    /// From a fetch that others have asked for.
    Theirs(Arc<T>),
    /// From a fetch of one's own.
    Own(Arc<T>),
}

struct Fetching<T> {
    flight: Option<watch::Receiver<Landing<T>>>,
    trouble: Option<Trouble>,
}

/// `None` until the fetch has landed.
type Landing<T> = Option<Result<Arc<T>, CallError>>;

/// Fetches that failed one after another.
struct Trouble {
    failures: u32,
    pause_until: Timestamp,
    error: CallError,
    told: Told,
}

/// What the operator was told: the reason, and whether there was a document to go on with.
type Told = (ReasonCode, bool);

impl<T: Send + Sync + 'static> Cached<T> {
    /// Nothing yet.
    pub(super) fn new(name: Name, clock: Arc<dyn Clock>, home: Handle) -> Arc<Self> {
        let fetching = Mutex::new(Fetching { flight: None, trouble: None });
        Arc::new(Self { name, value: ArcSwapOption::empty(), fetching, home, clock })
    }

    /// What was fetched last, unless that is too long ago.
    pub(super) fn current(&self) -> Option<Arc<Dated<T>>> {
        self.latest().filter(|dated| self.clock.now().since(dated.at) < USABLE)
    }

    /// What was fetched last, however long ago.
    pub(super) fn latest(&self) -> Option<Arc<Dated<T>>> {
        self.value.load_full()
    }

    /// Whether the last fetch failed.
    pub(super) fn is_troubled(&self) -> bool {
        self.lock().trouble.is_some()
    }

    /// What is there, else what the fetch under way brings, else what `work` does; after a failure not at once.
    pub(super) async fn value<W>(self: &Arc<Self>, work: W) -> Result<Arc<T>, CallError>
    where
        W: Future<Output = Result<Fetched<T>, CallError>> + Send + 'static,
    {
        let landing = {
            let (mut fetching, now) = (self.lock(), self.clock.now());
            match (self.current(), fetching.under_way(), fetching.pause(now)) {
                (Some(dated), _, _) => return Ok(Arc::clone(&dated.value)),
                (None, Some(landing), _) => landing,
                (None, None, Some(trouble)) => return Err(trouble.error.clone()),
                (None, None, None) => self.start(&mut fetching, work, now),
            }
        };
        landed(landing).await
    }

    /// Lets `work` fetch it anew when there is none, when its time has come or when `wanted` says so, and no earlier fetch
    /// is under way or has just failed.
    pub(super) async fn renew<W>(self: &Arc<Self>, wanted: impl FnOnce(&Dated<T>) -> bool, work: W)
    where
        W: Future<Output = Result<Fetched<T>, CallError>> + Send + 'static,
    {
        let landing = {
            let (mut fetching, now) = (self.lock(), self.clock.now());
            let is_due = self.current().is_none_or(|dated| now >= dated.renew_at || wanted(&dated));
            if !is_due || fetching.under_way().is_some() || fetching.pause(now).is_some() {
                return;
            }
            self.start(&mut fetching, work, now)
        };
        // What went wrong is in the log already.
        drop(landed(landing).await);
    }

    /// A value that is not `known`: the present one, else that of the fetch under way, else, when `permit` says so, that
    /// of `work`, as asked for `now`. `None` when there is none, or the fetch failed.
    pub(super) async fn another<W>(
        self: &Arc<Self>,
        known: &Arc<T>,
        permit: impl FnOnce(Option<Timestamp>) -> bool,
        work: W,
        now: Timestamp,
    ) -> Option<Another<T>>
    where
        W: Future<Output = Result<Fetched<T>, CallError>> + Send + 'static,
    {
        let (landing, is_own) = {
            let (mut fetching, present) = (self.lock(), self.current());
            let differs = present.as_ref().filter(|present| !Arc::ptr_eq(&present.value, known));
            match (differs, fetching.under_way()) {
                (Some(present), _) => return Some(Another::Theirs(Arc::clone(&present.value))),
                (None, Some(landing)) => (landing, false),
                (None, None) if fetching.pause(now).is_none() && permit(present.as_ref().map(|present| present.at)) => {
                    (self.start(&mut fetching, work, now), true)
                }
                (None, None) => return None,
            }
        };
        let value = landed(landing).await.ok()?;
        Some(if is_own { Another::Own(value) } else { Another::Theirs(value) })
    }

    fn start<W>(self: &Arc<Self>, fetching: &mut Fetching<T>, work: W, at: Timestamp) -> watch::Receiver<Landing<T>>
    where
        W: Future<Output = Result<Fetched<T>, CallError>> + Send + 'static,
    {
        let (land, landing) = watch::channel(None);
        fetching.flight = Some(landing.clone());
        let cached = Arc::clone(self);
        self.home.spawn(async move {
            let fetched = work.await;
            land.send_replace(Some(cached.settle(fetched, at)));
        });
        landing
    }

    /// Keeps what came, or remembers that nothing did.
    fn settle(&self, fetched: Result<Fetched<T>, CallError>, at: Timestamp) -> Result<Arc<T>, CallError> {
        let mut fetching = self.lock();
        fetching.flight = None;
        let before = fetching.trouble.take();
        let Fetched { value, from, renew_after } = match fetched {
            Ok(fetched) => fetched,
            Err(error) => {
                fetching.trouble = Some(self.trouble(before, &error));
                return Err(error);
            }
        };
        let Name { provider, document } = &self.name;
        info!(provider, document, from, recovered = before.is_some(), "fetched");
        let value = Arc::new(value);
        let dated = Dated { value: Arc::clone(&value), from, at, renew_at: at.plus(renew_after) };
        self.value.store(Some(Arc::new(dated)));
        Ok(value)
    }

    fn trouble(&self, before: Option<Trouble>, error: &CallError) -> Trouble {
        let told = (error.reason(), self.current().is_some());
        if before.as_ref().is_none_or(|before| before.told != told) {
            self.tell(told, error);
        }
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(MAX_DOUBLINGS)).min(LONGEST_PAUSE);
        Trouble { failures, pause_until: self.clock.now().plus(pause), error: error.clone(), told }
    }

    /// One line for a run of failures; one more when the reason changes, or when nothing is left to go on with.
    fn tell(&self, (reason, goes_on): Told, error: &CallError) {
        let Name { provider, document } = &self.name;
        let detail = chain(error);
        match (reason, goes_on) {
            // Discovery §4.3, §7.2: who calls himself something else than yesterday may be somebody else.
            (ReasonCode::ProviderIssuer, true) => {
                error!(
                    provider,
                    document,
                    %reason,
                    detail,
                    "ALARM: what came in place of this document is refused; the old one stays in use"
                );
            }
            (_, true) => {
                warn!(
                    provider,
                    document,
                    %reason,
                    detail,
                    "cannot be fetched anew; the old one stays in use, for seven days at most"
                );
            }
            (_, false) => {
                warn!(
                    provider,
                    document, %reason, detail, "cannot be fetched; nobody can sign in through this provider"
                );
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Fetching<T>> {
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Fetching<T> {
    /// A fetch that died without landing has dropped its sender.
    fn under_way(&self) -> Option<watch::Receiver<Landing<T>>> {
        self.flight.as_ref().filter(|landing| landing.has_changed().is_ok()).cloned()
    }

    /// What went wrong a moment ago, so that trying again would be too soon.
    fn pause(&self, now: Timestamp) -> Option<&Trouble> {
        self.trouble.as_ref().filter(|trouble| now < trouble.pause_until)
    }
}

async fn landed<T>(mut landing: watch::Receiver<Landing<T>>) -> Result<Arc<T>, CallError> {
    let landed = landing.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone());
    landed.unwrap_or(Err(CallError::Lost))
}

/// While no newer one can be had, a document is used for so long after it was asked for.
const USABLE: Duration = Duration::from_secs(7 * 24 * 3600);

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Half a second, doubled six times, is more than the longest pause.
const MAX_DOUBLINGS: u32 = 6;

#[cfg(test)]
mod tests;
