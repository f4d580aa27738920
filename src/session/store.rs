//! The contract of a session store.
//!
//! `now` is always a parameter: no store has a clock of its own. No write except [`SessionStore::insert`] creates a
//! session.

use std::{
    error::Error,
    future::{Future, IntoFuture, Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    completion::{CompletionKey, CompletionState, Outcome},
    id::SessionKey,
    index::LogoutTarget,
    pending::PendingKey,
    session::Session,
};
use crate::{base::Timestamp, reason::ReasonCode};

/// The future of one store operation.
pub(crate) type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The result of a look-up, or a future of it. A store in memory needs no future, which saves an allocation per request.
pub(crate) enum Lookup<'a, T> {
    /// The result.
    Ready(T),
    /// A future of the result.
    #[expect(dead_code, reason = "for stores outside the process; the only store so far is in memory")]
    Pending(StoreFuture<'a, T>),
}

/// The operations of a session store.
pub(crate) trait SessionStore: Send + Sync {
    /// Returns the live session stored under `key`; `None` when there is none or it has ended.
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>>;

    /// Stores a session under a key that was never used. A store with a limit evicts the least recently used session and
    /// accepts the new one: a full store must not stop sign-ins.
    ///
    /// Returns `false`, and the session is gone, when a logout ended its provider session or its person's sessions since
    /// `began`, the start of the sign-in.
    fn insert<'a>(
        &'a self,
        key: &'a SessionKey,
        session: Session,
        began: Timestamp,
    ) -> StoreFuture<'a, Result<bool, StoreError>>;

    /// Replaces `expected` with `session`, as compare-and-swap; `false` when the store no longer holds `expected`. A
    /// removed session stays removed.
    fn replace<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: &'a Arc<Session>,
        session: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>>;

    /// Removes a session and returns it. The session is gone when the future resolves.
    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Result<Option<Arc<Session>>, StoreError>>;

    /// Removes every session that belongs to a session of the provider, and returns how many of them were live. The
    /// sessions are gone when the future resolves. A sign-in that began before `now` creates no further session of it.
    fn remove_indexed<'a>(
        &'a self,
        target: &'a LogoutTarget,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<usize, StoreError>>;

    /// Records that the person of `session` signed out. A sign-in that began before `now` creates no further session of the
    /// same provider session or, if the provider does not name it, of the person.
    fn mark_signed_out<'a>(&'a self, session: &'a Session, now: Timestamp) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Stores a sealed value until `until`, unless the key has one already. Returns [`StoreError::Full`] when the kind has
    /// reached its limits; a pending value never evicts a session.
    fn put_pending<'a>(
        &'a self,
        key: &'a PendingKey,
        sealed: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Whether the key has a pending value.
    fn has_pending<'a>(&'a self, key: &'a PendingKey, now: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>>;

    /// Removes and returns a pending value. Only one caller gets it.
    fn take_pending<'a>(
        &'a self,
        key: &'a PendingKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>>;

    /// Acquires the completion lock of a sign-in. Only one caller gets [`CompletionState::Acquired`]. The lock stays until
    /// `until`, even after the completion.
    fn acquire_completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>>;

    /// Returns the state of a completion lock; `None` when the lock was never acquired or has expired.
    fn completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>>;

    /// Records the outcome of a sign-in whose lock was acquired, and wakes all waiting callers.
    fn complete<'a>(
        &'a self,
        key: &'a CompletionKey,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Waits until a sign-in is completed; `None` after `timeout`, or at once when its lock is not held.
    fn wait_for_completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        timeout: Duration,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>>;
}

/// Why a store operation failed. A request whose session cannot be loaded is never let through as signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The store cannot be reached.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for stores outside the process; the only store so far is in memory")
    )]
    #[error("the session store cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The store has reached its limits for entries of this kind.
    #[error("the session store is full")]
    Full,
}

impl StoreError {
    /// The stable reason code.
    #[must_use]
    pub(crate) const fn reason(&self) -> ReasonCode {
        match self {
            Self::Unreachable(_) => ReasonCode::StoreUnreachable,
            Self::Full => ReasonCode::StoreFull,
        }
    }
}

impl<'a, T: Send + 'a> IntoFuture for Lookup<'a, T> {
    type Output = T;
    type IntoFuture = LookupFuture<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        match self {
            Self::Ready(value) => LookupFuture::Ready(ready(value)),
            Self::Pending(future) => LookupFuture::Pending(future),
        }
    }
}

/// A [`Lookup`] that is awaited.
pub(crate) enum LookupFuture<'a, T> {
    /// The result.
    Ready(Ready<T>),
    /// A future of the result.
    Pending(StoreFuture<'a, T>),
}

impl<T> Future for LookupFuture<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            Self::Ready(ready) => Pin::new(ready).poll(task),
            Self::Pending(future) => future.as_mut().poll(task),
        }
    }
}
