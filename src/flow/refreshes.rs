//! The refreshes in progress: at most one for each session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::session::SessionKey;

/// The refreshes in progress, by session.
#[derive(Clone, Default)]
pub(super) struct Refreshes(Arc<Mutex<HashMap<SessionKey, watch::Receiver<()>>>>);

impl Refreshes {
    /// The refresh of a session in progress: a channel that closes when it ends.
    pub(super) fn find(&self, key: &SessionKey) -> Option<watch::Receiver<()>> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.get(key).filter(|done| done.has_changed().is_ok()).cloned()
    }

    /// Joins the refresh of a session, or calls `start` to spawn one. The task must own the guard until it ends. The
    /// returned channel closes when the refresh ends.
    pub(super) fn join_or_start(&self, key: SessionKey, start: impl FnOnce(RefreshGuard)) -> watch::Receiver<()> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = table.get(&key).filter(|done| done.has_changed().is_ok()) {
            return done.clone();
        }
        let (end, done) = watch::channel(());
        table.insert(key, done.clone());
        // A runtime that has shut down drops the task at once, and the guard locks the table when it is dropped.
        drop(table);
        start(RefreshGuard { refreshes: self.clone(), key, _end: end });
        done
    }
}

/// Owned by the task of a refresh. Dropping it ends the refresh, also after a panic.
pub(super) struct RefreshGuard {
    refreshes: Refreshes,
    key: SessionKey,
    /// Dropped after the entry is removed, which wakes all waiting requests.
    _end: watch::Sender<()>,
}

impl Drop for RefreshGuard {
    fn drop(&mut self) {
        self.refreshes.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
