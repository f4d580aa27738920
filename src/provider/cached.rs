//! A value that is fetched when needed, by one fetch at a time, and kept while fetching fails.
//!
//! The fetch runs on the home runtime: who asked may hang up, and everybody else still gets the answer.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::watch};

use crate::base::Timestamp;

/// The value, when it was fetched, and the fetch under way.
pub(super) struct Cached<T, E> {
    value: ArcSwapOption<Dated<T>>,
    flight: Mutex<Flight<T, E>>,
    home: Handle,
}

/// A value and the moment it was asked for.
pub(super) struct Dated<T> {
    /// The value.
    pub(super) value: Arc<T>,
    /// When it was asked for.
    pub(super) at: Timestamp,
}

/// A value other than the one somebody has.
pub(super) enum Another<T> {
    /// From a fetch that others have asked for.
    Theirs(Arc<T>),
    /// From a fetch of one's own.
    Own(Arc<T>),
}

/// `None` until the fetch has landed.
type Landing<T, E> = Option<Result<Arc<T>, Arc<E>>>;

/// The fetch under way, if there is one.
type Flight<T, E> = Option<watch::Receiver<Landing<T, E>>>;

impl<T: Send + Sync + 'static, E: Send + Sync + 'static> Cached<T, E> {
    /// Nothing yet.
    pub(super) fn new(home: Handle) -> Arc<Self> {
        Arc::new(Self { value: ArcSwapOption::empty(), flight: Mutex::new(None), home })
    }

    /// What was fetched last.
    pub(super) fn current(&self) -> Option<Arc<Dated<T>>> {
        self.value.load_full()
    }

    /// Joins the fetch under way, or starts `work` as one. `None` when it was lost.
    pub(super) async fn fetch<W>(self: &Arc<Self>, work: W, now: Timestamp) -> Option<Result<Arc<T>, Arc<E>>>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        landed(self.join_or_start(work, now)).await
    }

    /// A value that is not `known`: the present one, else that of the fetch under way, else, when `permit` says so, that
    /// of `work`. `None` when there is none, or the fetch failed.
    pub(super) async fn another<W>(
        self: &Arc<Self>,
        known: &Arc<T>,
        permit: impl FnOnce() -> bool,
        work: W,
        now: Timestamp,
    ) -> Option<Another<T>>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (landing, is_own) = {
            let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
            let present = self.current().map(|dated| Arc::clone(&dated.value));
            match (under_way(&flight), present) {
                (_, Some(present)) if !Arc::ptr_eq(&present, known) => return Some(Another::Theirs(present)),
                (Some(landing), _) => (landing, false),
                (None, _) if permit() => (self.start(&mut flight, work, now), true),
                (None, _) => return None,
            }
        };
        let value = landed(landing).await?.ok()?;
        Some(if is_own { Another::Own(value) } else { Another::Theirs(value) })
    }

    /// Starts `work` unless a fetch is under way, and does not wait for it.
    pub(super) fn join_or_start<W>(self: &Arc<Self>, work: W, now: Timestamp) -> watch::Receiver<Landing<T, E>>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        under_way(&flight).unwrap_or_else(|| self.start(&mut flight, work, now))
    }

    fn start<W>(self: &Arc<Self>, flight: &mut Flight<T, E>, work: W, now: Timestamp) -> watch::Receiver<Landing<T, E>>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (land, landing) = watch::channel(None);
        *flight = Some(landing.clone());
        let cached = Arc::clone(self);
        self.home.spawn(async move {
            let landed = work.await.map(Arc::new).map_err(Arc::new);
            if let Ok(value) = &landed {
                cached.value.store(Some(Arc::new(Dated { value: Arc::clone(value), at: now })));
            }
            *cached.flight.lock().unwrap_or_else(PoisonError::into_inner) = None;
            land.send_replace(Some(landed));
        });
        landing
    }
}

/// A fetch that died without landing has dropped its sender.
fn under_way<T, E>(flight: &Flight<T, E>) -> Option<watch::Receiver<Landing<T, E>>> {
    flight.as_ref().filter(|landing| landing.has_changed().is_ok()).cloned()
}

async fn landed<T, E>(mut landing: watch::Receiver<Landing<T, E>>) -> Landing<T, E> {
    landing.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::{Another, Cached};
    use crate::base::Timestamp;
    use tokio::{runtime::Handle, sync::Notify};

    const NOW: Timestamp = Timestamp::from_seconds(1);

    #[tokio::test]
    async fn f16_many_askers_share_one_fetch_and_none_of_them_can_cancel_it() {
        let cached: Arc<Cached<u32, ()>> = Cached::new(Handle::current());
        let (fetches, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let ask = || {
            let (cached, fetches, gate) = (Arc::clone(&cached), Arc::clone(&fetches), Arc::clone(&gate));
            tokio::spawn(async move {
                let work = async move {
                    fetches.fetch_add(1, Ordering::SeqCst);
                    gate.notified().await;
                    Ok(7)
                };
                cached.fetch(work, NOW).await
            })
        };
        let first = ask();
        while fetches.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (0..25).map(|_| ask()).collect();
        first.abort();
        assert!(first.await.expect_err("it hung up").is_cancelled());
        tokio::task::yield_now().await;
        gate.notify_one();
        for other in others {
            assert_eq!(other.await.expect("asked").expect("landed").map(|value| *value), Ok(7));
        }
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn f04_a_failed_fetch_leaves_what_was_there_and_the_next_one_starts_anew() {
        let cached: Arc<Cached<u32, &str>> = Cached::new(Handle::current());
        assert!(cached.fetch(async { Ok(1) }, NOW).await.is_some_and(|landed| landed.is_ok()));
        assert!(cached.fetch(async { Err("down") }, NOW).await.is_some_and(|landed| landed.is_err()));
        assert_eq!(cached.current().map(|dated| *dated.value), Some(1));
        let lost = cached.fetch(async { panic!("a fetch that dies") }, NOW).await;
        assert!(lost.is_none());
        assert!(cached.fetch(async { Ok(2) }, NOW).await.is_some_and(|landed| landed.is_ok()));
        assert_eq!(cached.current().map(|dated| *dated.value), Some(2));
    }

    #[tokio::test]
    async fn a11_f16_only_a_fetch_of_ones_own_needs_a_permit() {
        let cached: Arc<Cached<u32, ()>> = Cached::new(Handle::current());
        let first = cached.fetch(async { Ok(1) }, NOW).await.expect("landed").expect("fetched");
        let never = || panic!("no permit is needed");
        assert!(cached.another(&first, || false, async { Ok(2) }, NOW).await.is_none(), "not permitted");
        let own = cached.another(&first, || true, async { Ok(2) }, NOW).await;
        assert!(matches!(own, Some(Another::Own(value)) if *value == 2));
        // Whoever still has the first gets the second, which is there.
        let theirs = cached.another(&first, never, async { Ok(3) }, NOW).await;
        let Some(Another::Theirs(second)) = theirs else { panic!("not the second") };
        assert_eq!(*second, 2);
        // Whoever has the second joins the fetch under way.
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let work = async move {
            opened.notified().await;
            Ok(3)
        };
        drop(cached.join_or_start(work, NOW));
        gate.notify_one();
        let third = cached.another(&second, never, async { Ok(4) }, NOW).await;
        assert!(matches!(third, Some(Another::Theirs(value)) if *value == 3));
    }
}
