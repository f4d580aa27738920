//! Sessions in this process: they end with it.
//!
//! Records are kept opened: a sealed one would have to be opened and decoded for every request.

use std::{sync::Arc, time::Duration};

use moka::{
    notification::RemovalCause,
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache,
};
use tokio::sync::watch;

use super::{
    expiring::Expiring,
    id::SessionKey,
    index::{Index, LogoutTarget},
    session::Session,
    settings::SessionSettings,
    store::{
        CompletionKey, CompletionState, Lookup, Outcome, PendingKey, PendingKind, SessionStore, StoreError, StoreFuture,
    },
};
use crate::base::Timestamp;

/// The memory store.
pub struct MemoryStore {
    sessions: Cache<SessionKey, Arc<Session>>,
    index: Arc<Index>,
    answers: Parked,
    codes: Parked,
    posts: Parked,
    claims: Expiring<CompletionKey, Settling>,
}

type Parked = Expiring<PendingKey, Arc<[u8]>>;

/// Where a claim stands: `None` while it is in flight.
type Settling = Arc<watch::Sender<Option<(Timestamp, Outcome)>>>;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(settings: &SessionSettings) -> Self {
        // moka's clock only frees memory; whether a session lives is judged by ours. LRU, because the default policy
        // of moka admits no newcomer to a full cache: nobody could sign in any more.
        let index = Arc::new(Index::default());
        let indexed = Arc::clone(&index);
        let sessions = Cache::builder()
            .max_capacity(settings.capacity)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(settings.lifetime)
            .time_to_idle(settings.idle)
            .eviction_listener(move |key, session: Arc<Session>, cause| {
                // A renewed session has the place of the one before.
                if cause != RemovalCause::Replaced {
                    indexed.forget(&key, &session);
                }
            })
            .build();
        Self {
            sessions,
            index,
            answers: Expiring::new(MOST_ANSWERS, MOST_ANSWER_BYTES),
            codes: Expiring::new(MOST_CODES, usize::MAX),
            posts: Expiring::new(MOST_POSTS, MOST_POST_BYTES),
            claims: Expiring::new(MOST_CLAIMS, usize::MAX),
        }
    }

    fn parked(&self, slot: &PendingKey) -> &Parked {
        match slot.lot() {
            PendingKind::Answers => &self.answers,
            PendingKind::Codes => &self.codes,
            PendingKind::Posts => &self.posts,
        }
    }
}

impl SessionStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>> {
        Lookup::Ready(Ok(self.sessions.get(key).filter(|session| session.is_live(now))))
    }

    fn insert<'a>(&'a self, key: &'a SessionKey, session: Session) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            // First the note: a session that is put out at once takes it along.
            self.index.note(*key, &session);
            self.sessions.insert(*key, Arc::new(session));
            Ok(())
        })
    }

    fn replace<'a>(
        &'a self,
        key: &'a SessionKey,
        seen: &'a Arc<Session>,
        session: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let result = self.sessions.entry(*key).and_compute_with(|present| match present {
                Some(present) if Arc::ptr_eq(present.value(), seen) => Op::Put(Arc::new(session)),
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
            let is_meant = |key: &SessionKey| self.sessions.get(key).is_some_and(|session| target.is_met_by(&session));
            let meant = self.index.find(target).into_iter().filter(is_meant);
            Ok(meant.filter_map(|key| self.sessions.remove(&key)).filter(|session| session.is_live(now)).count())
        })
    }

    fn park<'a>(
        &'a self,
        slot: &'a PendingKey,
        sealed: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let bytes = sealed.len();
            self.parked(slot).put_if_absent(*slot, sealed.into(), bytes, until, now).map(drop)
        })
    }

    fn is_parked<'a>(&'a self, slot: &'a PendingKey, now: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.parked(slot).read(slot, now).is_some()) })
    }

    fn take<'a>(
        &'a self,
        slot: &'a PendingKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move { Ok(self.parked(slot).take(slot, now).map(|sealed| sealed.to_vec())) })
    }

    fn claim<'a>(
        &'a self,
        key: &'a CompletionKey,
        until: Timestamp,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>> {
        Box::pin(async move {
            let fresh = Arc::new(watch::Sender::new(None));
            let earlier = self.claims.put_if_absent(*key, fresh, 0, until, now)?;
            Ok(earlier.map_or(CompletionState::Fresh, |settling| standing(&settling)))
        })
    }

    fn claimed<'a>(
        &'a self,
        key: &'a CompletionKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        Box::pin(async move { Ok(self.claims.read(key, now).map(|settling| standing(&settling))) })
    }

    fn settle<'a>(
        &'a self,
        key: &'a CompletionKey,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(settling) = self.claims.read(key, now) {
                settling.send_replace(Some((now, outcome)));
            }
            Ok(())
        })
    }

    fn settled<'a>(
        &'a self,
        key: &'a CompletionKey,
        patience: Duration,
        now: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        Box::pin(async move {
            let Some(settling) = self.claims.read(key, now) else { return Ok(None) };
            let mut standing_now = settling.subscribe();
            let waited = tokio::time::timeout(patience, standing_now.wait_for(Option::is_some)).await;
            Ok(matches!(waited, Ok(Ok(_))).then(|| standing(&settling)))
        })
    }
}

fn standing(settling: &Settling) -> CompletionState {
    settling.borrow().map_or(CompletionState::InFlight, |(at, outcome)| CompletionState::Done { at, outcome })
}

/// Each was verified first, so each stands for a sign-in within the last minute.
const MOST_ANSWERS: usize = 10_000;
const MOST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Of at most 8 KiB each. Anybody may fill this; only who brings a code of that length finds it full.
const MOST_CODES: usize = 1_000;

/// Anybody may fill this, too, for an hour; who finds it full is told that the form was not kept.
const MOST_POSTS: usize = 2_000;
const MOST_POST_BYTES: usize = 64 * 1024 * 1024;

/// A claim needs the login cookie and the answer of one sign-in, and stays for an hour at most.
const MOST_CLAIMS: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST_ANSWER_BYTES, MOST_ANSWERS, MOST_CODES, MOST_POST_BYTES, MOST_POSTS, MemoryStore};
    use crate::{
        base::{Timestamp, sha256},
        session::{PendingKey, PendingKind, SessionSettings, SessionStore, StoreError},
    };

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn slot(lot: PendingKind, number: usize) -> PendingKey {
        PendingKey::new(lot, sha256(&number.to_be_bytes()))
    }

    fn store() -> MemoryStore {
        let hour = Duration::from_secs(3600);
        MemoryStore::new(&SessionSettings { capacity: 1, idle: hour, lifetime: hour, keys: None })
    }

    #[tokio::test]
    async fn a_full_lot_refuses_the_new_keeps_those_that_wait_and_leaves_the_others_alone() {
        use PendingKind::{Answers, Codes, Posts};
        for (lot, others, most, bytes) in [
            (Answers, [Codes, Posts], MOST_ANSWERS, 1),
            (Answers, [Codes, Posts], 256, MOST_ANSWER_BYTES / 256),
            (Codes, [Answers, Posts], MOST_CODES, 1),
            (Posts, [Answers, Codes], MOST_POSTS, 1),
            (Posts, [Answers, Codes], 1024, MOST_POST_BYTES / 1024),
        ] {
            let (store, slot) = (store(), |number| slot(lot, number));
            for number in 0..most {
                store.park(&slot(number), vec![0; bytes], at(60), at(0)).await.expect("room");
            }
            let full = store.park(&slot(most), vec![0], at(60), at(0)).await;
            assert!(matches!(full, Err(StoreError::Full)), "{most} of {bytes}");
            for other in others {
                store.park(&self::slot(other, most), vec![0; 8192], at(60), at(0)).await.expect("room elsewhere");
            }
            // The same again needs no room.
            store.park(&slot(0), vec![0; bytes], at(60), at(0)).await.expect("it is there");
            assert!(store.is_parked(&slot(0), at(59)).await.expect("an answer"));
            assert!(store.take(&slot(1), at(59)).await.expect("an answer").is_some());
            store.park(&slot(most), vec![0], at(60), at(59)).await.expect("room again");
            // When its time is over nobody waits any more.
            assert!(!store.is_parked(&slot(0), at(60)).await.expect("an answer"));
            store.park(&slot(most + 1), vec![0; bytes], at(120), at(60)).await.expect("room");
        }
    }
}
