//! Where sessions live: what every store can do, in memory or elsewhere.
//!
//! `now` comes in: no store has a clock of its own. No write but [`SessionStore::insert`] makes a session.

use std::{
    error::Error,
    future::{Future, IntoFuture, Ready, ready},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use super::{id::SessionKey, index::LogoutTarget, login_transaction::State, session::Session};
use crate::{
    base::{Timestamp, sha256},
    reason::ReasonCode,
};

/// A result that is on its way.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A result that is here already, or on its way: a session in memory costs its request no future.
pub enum Lookup<'a, T> {
    /// Here.
    Ready(T),
    /// On its way.
    Pending(StoreFuture<'a, T>),
}

/// What a store can do.
pub trait SessionStore: Send + Sync {
    /// The live session called `key`; one that has ended reads as `None`.
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>>;

    /// Stores a session under a name that was never used.
    fn insert<'a>(&'a self, key: &'a SessionKey, session: Session) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Puts `session` in the place of `seen`, and says whether it did: not when something else is there by now. A session
    /// that is gone stays gone.
    fn replace<'a>(
        &'a self,
        key: &'a SessionKey,
        seen: &'a Arc<Session>,
        session: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>>;

    /// Forgets a session and gives it back. It is gone when this returns.
    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Result<Option<Arc<Session>>, StoreError>>;

    /// Forgets every session that began with one that has ended at its provider; says how many were alive. They are gone
    /// when this returns.
    fn remove_indexed<'a>(
        &'a self,
        target: &'a LogoutTarget,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<usize, StoreError>>;

    /// Parks something sealed until `until`, unless it is parked there already. A full lot is [`StoreError::Full`]; it
    /// never costs a session.
    fn park<'a>(
        &'a self,
        slot: &'a PendingKey,
        sealed: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Whether something is parked there.
    fn is_parked<'a>(&'a self, slot: &'a PendingKey, now: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>>;

    /// Takes what is parked there: of all who ask, one gets it.
    fn take<'a>(&'a self, slot: &'a PendingKey, now: Timestamp)
    -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>>;

    /// Claims the completion of a sign-in: of all who ask, one gets [`CompletionState::Fresh`]. The mark stays until `until`.
    fn claim<'a>(
        &'a self,
        key: &'a CompletionKey,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>>;

    /// What became of a sign-in, if anybody claimed it.
    fn claimed<'a>(
        &'a self,
        key: &'a CompletionKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>>;

    /// Notes how a claimed sign-in ended, and wakes who waits for it.
    fn settle<'a>(
        &'a self,
        key: &'a CompletionKey,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>>;

    /// Waits until a claimed sign-in is settled; `None` when it is not after `patience`.
    fn settled<'a>(
        &'a self,
        key: &'a CompletionKey,
        patience: Duration,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>>;
}

/// Where something is parked: SHA-256 of what its browser holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PendingKey {
    lot: PendingKind,
    hash: [u8; 32],
}

/// What is parked there. Each has bounds of its own: whoever fills one takes no room from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PendingKind {
    /// Answers whose `id_token` was verified.
    Answers,
    /// Codes alone, too long for a cookie: whoever began a sign-in can make one up.
    Codes,
    /// Forms of people whose session had ended.
    Posts,
}

/// What a claim is about: SHA-256 of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompletionKey([u8; 32]);

/// Who completes a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionState {
    /// Whoever was told this, and nobody else.
    Fresh,
    /// Somebody else, at this moment.
    InFlight,
    /// It is over.
    Done {
        /// Since when.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
    },
}

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a session.
    SignedIn,
    /// With a refusal, for this reason.
    Refused(ReasonCode),
}

/// Why a store did not do what it was asked. None of these is ever a "yes".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached.
    #[error("the session store cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It has no room for anything new.
    #[error("the session store is full")]
    Full,
}

impl StoreError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
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
            Self::Pending(later) => LookupFuture::Pending(later),
        }
    }
}

/// An [`Lookup`] that is awaited.
pub enum LookupFuture<'a, T> {
    /// Here.
    Ready(Ready<T>),
    /// On its way.
    Pending(StoreFuture<'a, T>),
}

impl<T> Future for LookupFuture<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<T> {
        match self.get_mut() {
            Self::Ready(ready) => Pin::new(ready).poll(context),
            Self::Pending(later) => later.as_mut().poll(context),
        }
    }
}

impl PendingKey {
    /// The slot of this hash.
    #[must_use]
    pub fn new(lot: PendingKind, hash: [u8; 32]) -> Self {
        Self { lot, hash }
    }

    /// What is parked there.
    #[must_use]
    pub fn lot(&self) -> PendingKind {
        self.lot
    }

    /// The hash.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.hash
    }
}

impl CompletionKey {
    /// The claim on the sign-in that began with `state`.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self(sha256(state.text().as_bytes()))
    }
}
