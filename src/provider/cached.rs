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
    flight: Mutex<Option<watch::Receiver<Landing<T, E>>>>,
    home: Handle,
}

/// A value and the moment it was asked for.
pub(super) struct Dated<T> {
    /// The value.
    pub(super) value: Arc<T>,
    /// When it was asked for.
    pub(super) at: Timestamp,
}

/// `None` until the fetch has landed.
type Landing<T, E> = Option<Result<Arc<T>, Arc<E>>>;

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
        let mut landing = self.join_or_start(work, now);
        landing.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone())
    }

    /// Starts `work` unless a fetch is under way, and does not wait for it.
    pub(super) fn join_or_start<W>(self: &Arc<Self>, work: W, now: Timestamp) -> watch::Receiver<Landing<T, E>>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        // A fetch that died without landing has dropped its sender.
        if let Some(under_way) = flight.as_ref().filter(|landing| landing.has_changed().is_ok()) {
            return under_way.clone();
        }
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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::Cached;
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
}
