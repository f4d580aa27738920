//! A session store in memory. Its sessions end with the process.
//!
//! Sessions are held unsealed: a sealed one would have to be opened and decoded for every request.

use std::{sync::Arc, time::Duration};

use moka::{
    notification::RemovalCause,
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache,
};
use tokio::sync::watch;

use super::{
    completion::{CompletionKey, CompletionState, Outcome},
    expiring::{Entry, Expiring},
    id::SessionKey,
    index::{Index, LogoutTarget},
    logout_marks::LogoutMarks,
    pending::{PendingKey, PendingKind},
    session::Session,
    settings::SessionSettings,
    store::{Lookup, SessionStore, StoreError, StoreFuture},
};
use crate::base::Timestamp;

/// The memory store.
pub(crate) struct MemoryStore {
    sessions: Cache<SessionKey, Arc<Session>>,
    index: Arc<Index>,
    logouts: LogoutMarks,
    responses: Pending,
    codes: Pending,
    posts: Pending,
    completions: Expiring<CompletionKey, Completion>,
}

type Pending = Expiring<PendingKey, Arc<[u8]>>;

/// When a sign-in was completed, and how; `None` while it is in flight.
type Completion = Arc<watch::Sender<Option<(Timestamp, Outcome)>>>;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub(crate) fn new(settings: &SessionSettings) -> Self {
        // moka's clock only frees memory; `Session::is_live` decides by the gateway's clock. LRU, because moka's default
        // policy may refuse a new entry when the cache is full: sign-ins would fail.
        let index = Arc::new(Index::default());
        let indexed = Arc::clone(&index);
        let sessions = Cache::builder()
            .max_capacity(settings.capacity)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(settings.lifetime)
            .time_to_idle(settings.idle)
            .eviction_listener(move |key, session: Arc<Session>, cause| {
                // A refreshed session keeps the key of the session that it replaces.
                if cause != RemovalCause::Replaced {
                    indexed.remove(&key, &session);
                }
            })
            .build();
        Self {
            sessions,
            index,
            logouts: LogoutMarks::default(),
            responses: Expiring::new(MAX_RESPONSES, MAX_RESPONSE_BYTES),
            codes: Expiring::new(MAX_CODES, usize::MAX),
            posts: Expiring::new(MAX_POSTS, MAX_POST_BYTES),
            completions: Expiring::new(MAX_COMPLETIONS, usize::MAX),
        }
    }

    fn pending(&self, key: &PendingKey) -> &Pending {
        match key.kind() {
            PendingKind::Responses => &self.responses,
            PendingKind::Codes => &self.codes,
            PendingKind::Posts => &self.posts,
        }
    }
}

impl SessionStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>> {
        Lookup::Ready(Ok(self.sessions.get(key).filter(|session| session.is_live(now))))
    }

    fn insert<'a>(
        &'a self,
        key: &'a SessionKey,
        session: Session,
        began: Timestamp,
    ) -> StoreFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let session = Arc::new(session);
            // The index first: if the session is evicted at once, the eviction listener removes its entry.
            self.index.add(*key, &session);
            self.sessions.insert(*key, Arc::clone(&session));
            // The marks last: a logout marks first and then removes, so one of the two sees the other.
            let is_ended = self.logouts.cover(&session, began);
            if is_ended {
                self.sessions.remove(key);
            }
            Ok(!is_ended)
        })
    }

    fn replace<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: &'a Arc<Session>,
        session: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let result = self.sessions.entry(*key).and_compute_with(|present| match present {
                Some(present) if Arc::ptr_eq(present.value(), expected) => Op::Put(Arc::new(session)),
                _ => Op::Nop,
            });
            Ok(matches!(result, CompResult::ReplacedWith(_)))
        })
    }

    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Result<Option<Arc<Session>>, StoreError>> {
        Box::pin(async move { Ok(self.sessions.remove(key)) })
    }

    fn remove_indexed<'a>(
        &'a self,
        target: &'a LogoutTarget,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<usize, StoreError>> {
        Box::pin(async move {
            self.logouts.add_target(target, now);
            let matches_issuer =
                |key: &SessionKey| self.sessions.get(key).is_some_and(|session| target.matches(&session));
            let keys = self.index.find(target).into_iter().filter(matches_issuer);
            Ok(keys.filter_map(|key| self.sessions.remove(&key)).filter(|session| session.is_live(now)).count())
        })
    }

    fn mark_signed_out<'a>(&'a self, session: &'a Session, now: Timestamp) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.logouts.add_session(session, now);
            Ok(())
        })
    }

    fn put_pending<'a>(
        &'a self,
        key: &'a PendingKey,
        sealed: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let bytes = sealed.len();
            self.pending(key).put_if_absent(*key, Entry { value: sealed.into(), bytes, until }, now).map(drop)
        })
    }

    fn has_pending<'a>(&'a self, key: &'a PendingKey, now: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.pending(key).read(key, now).is_some()) })
    }

    fn take_pending<'a>(
        &'a self,
        key: &'a PendingKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move { Ok(self.pending(key).take(key, now).map(|sealed| sealed.to_vec())) })
    }

    fn acquire_completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>> {
        Box::pin(async move {
            let acquired = Arc::new(watch::Sender::new(None));
            let earlier = self.completions.put_if_absent(*key, Entry { value: acquired, bytes: 0, until }, now)?;
            Ok(earlier.map_or(CompletionState::Acquired, |completion| state(&completion)))
        })
    }

    fn completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        Box::pin(async move { Ok(self.completions.read(key, now).map(|completion| state(&completion))) })
    }

    fn complete<'a>(
        &'a self,
        key: &'a CompletionKey,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(completion) = self.completions.read(key, now) {
                completion.send_replace(Some((now, outcome)));
            }
            Ok(())
        })
    }

    fn wait_for_completion<'a>(
        &'a self,
        key: &'a CompletionKey,
        timeout: Duration,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        Box::pin(async move {
            let Some(completion) = self.completions.read(key, now) else { return Ok(None) };
            let mut completed = completion.subscribe();
            let waited = tokio::time::timeout(timeout, completed.wait_for(Option::is_some)).await;
            Ok(matches!(waited, Ok(Ok(_))).then(|| state(&completion)))
        })
    }
}

fn state(completion: &Completion) -> CompletionState {
    let completed = completion.borrow().clone();
    completed.map_or(CompletionState::InFlight, |(at, outcome)| CompletionState::Done { at, outcome })
}

/// Only verified responses are stored, so each belongs to a sign-in within the last minute.
const MAX_RESPONSES: usize = 10_000;
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// At most 8 KiB each. Anyone can fill this table; then only sign-ins with a code too long for a cookie are refused.
const MAX_CODES: usize = 1_000;

/// Anyone can fill this table for an hour; then further requests are not preserved, and the page says so.
const MAX_POSTS: usize = 2_000;
const MAX_POST_BYTES: usize = 64 * 1024 * 1024;

/// A lock needs the login cookie of a sign-in and a response to it, and stays for an hour and a minute at most.
const MAX_COMPLETIONS: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_CODES, MAX_POST_BYTES, MAX_POSTS, MAX_RESPONSE_BYTES, MAX_RESPONSES, MemoryStore};
    use crate::{
        base::{Timestamp, sha256},
        session::{PendingKey, PendingKind, SessionSettings, SessionStore, StoreError},
    };

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn key(kind: PendingKind, number: usize) -> PendingKey {
        PendingKey::new(kind, sha256(&number.to_be_bytes()))
    }

    fn store() -> MemoryStore {
        let hour = Duration::from_secs(3600);
        MemoryStore::new(&SessionSettings { capacity: 1, idle: hour, lifetime: hour, ..SessionSettings::default() })
    }

    #[tokio::test]
    async fn a_full_kind_refuses_new_entries_and_no_other_kind() {
        use PendingKind::{Codes, Posts, Responses};
        for (kind, others, most, bytes) in [
            (Responses, [Codes, Posts], MAX_RESPONSES, 1),
            (Responses, [Codes, Posts], 256, MAX_RESPONSE_BYTES / 256),
            (Codes, [Responses, Posts], MAX_CODES, 1),
            (Posts, [Responses, Codes], MAX_POSTS, 1),
            (Posts, [Responses, Codes], 1024, MAX_POST_BYTES / 1024),
        ] {
            let (store, key) = (store(), |number| key(kind, number));
            for number in 0..most {
                store.put_pending(&key(number), vec![0; bytes], at(60), at(0)).await.expect("room");
            }
            let full = store.put_pending(&key(most), vec![0], at(60), at(0)).await;
            assert!(matches!(full, Err(StoreError::Full)), "{most} of {bytes}");
            for other in others {
                store.put_pending(&self::key(other, most), vec![0; 8192], at(60), at(0)).await.expect("room elsewhere");
            }
            // An entry that is there already needs no room.
            store.put_pending(&key(0), vec![0; bytes], at(60), at(0)).await.expect("no room needed");
            assert!(store.has_pending(&key(0), at(59)).await.expect("a store that answers"));
            assert!(store.take_pending(&key(1), at(59)).await.expect("a store that answers").is_some());
            store.put_pending(&key(most), vec![0], at(60), at(59)).await.expect("room again");
            // Expired entries make room.
            assert!(!store.has_pending(&key(0), at(60)).await.expect("a store that answers"));
            store.put_pending(&key(most + 1), vec![0; bytes], at(120), at(60)).await.expect("room");
        }
    }
}
