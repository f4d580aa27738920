//! The refreshes under way: at most one for each session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::session::SessionKey;

/// The refreshes under way, by session.
#[derive(Clone, Default)]
pub(super) struct Refreshes(Arc<Mutex<HashMap<SessionKey, watch::Receiver<()>>>>);

impl Refreshes {
    /// Joins the refresh of a session, or starts the one that `start` is called for: `start` spawns the future that it gets.
    /// The channel closes when the refresh is over.
    pub(super) fn join_or_start(&self, key: SessionKey, start: impl FnOnce(Ending)) -> watch::Receiver<()> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ended) = table.get(&key).filter(|ended| ended.has_changed().is_ok()) {
            return ended.clone();
        }
        let (end, ended) = watch::channel(());
        table.insert(key, ended.clone());
        // A runtime that has shut down drops the future at once, and its `Ending` takes the lock.
        drop(table);
        start(Ending { refreshes: self.clone(), key, _end: end });
        ended
    }
}

/// Held by the task of a refresh: the refresh is over when this is dropped, also by a panic.
pub(super) struct Ending {
    refreshes: Refreshes,
    key: SessionKey,
    /// Dropped after the entry is removed, which wakes all who wait.
    _end: watch::Sender<()>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.refreshes.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
