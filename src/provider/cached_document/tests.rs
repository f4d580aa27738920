//! Fetches that succeed, fail, panic and run concurrently.

use std::{
    future::{Ready, pending, poll_fn, ready},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify};

use super::{CachedDocument, DocumentName, FetchedDocument, Replacement};
use crate::{
    base::{Clock, Timestamp},
    provider::call_error::CallError,
};

/// A clock in milliseconds that only the test advances.
struct ManualClock(AtomicU64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst) * 1000)
    }
}

impl ManualClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).expect("a short duration"), Ordering::SeqCst);
    }
}

fn empty() -> (Arc<CachedDocument<u32>>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock(AtomicU64::new(1_000_000)));
    let name = DocumentName { provider: "idp".to_owned(), document: "keys" };
    (CachedDocument::new(name, Arc::clone(&clock) as Arc<dyn Clock>, Handle::current()), clock)
}

fn fetched(value: u32) -> FetchedDocument<u32> {
    FetchedDocument { value, url: "https://idp.example/keys".to_owned(), refresh_after: AN_HOUR }
}

fn succeeds(value: u32) -> Ready<Result<FetchedDocument<u32>, CallError>> {
    ready(Ok(fetched(value)))
}

fn fails(endpoint: &'static str) -> Ready<Result<FetchedDocument<u32>, CallError>> {
    ready(Err(CallError::NoEndpoint(endpoint)))
}

fn unexpected() -> impl Future<Output = Result<FetchedDocument<u32>, CallError>> + Send + 'static {
    poll_fn(|_| panic!("unexpected fetch"))
}

fn value(cached: &CachedDocument<u32>) -> Option<u32> {
    cached.current().map(|snapshot| *snapshot.value)
}

// Covers: F16.
#[tokio::test]
async fn waiters_share_one_fetch_and_cannot_cancel_it() {
    let (cached, _clock) = empty();
    let (fetches, release) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let request = || {
        let (cached, fetches, release) = (Arc::clone(&cached), Arc::clone(&fetches), Arc::clone(&release));
        tokio::spawn(async move {
            let work = async move {
                fetches.fetch_add(1, Ordering::SeqCst);
                release.notified().await;
                Ok(fetched(7))
            };
            cached.value(work).await
        })
    };
    let first = request();
    while fetches.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let others: Vec<_> = (0..25).map(|_| request()).collect();
    first.abort();
    assert!(first.await.expect_err("aborted").is_cancelled());
    tokio::task::yield_now().await;
    release.notify_one();
    for other in others {
        assert_eq!(other.await.expect("completed").map(|value| *value).expect("fetched"), 7);
    }
    assert_eq!(cached.value(unexpected()).await.map(|value| *value).expect("cached"), 7);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

// Covers: E16.
#[tokio::test]
async fn failures_back_off_and_report_the_last_error() {
    let (cached, clock) = empty();
    for pause in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000] {
        assert!(cached.value(fails("first")).await.is_err());
        clock.advance(Duration::from_millis(pause - 1));
        let error = cached.value(unexpected()).await.expect_err("within the backoff");
        assert!(matches!(error, CallError::NoEndpoint("first")), "{error}");
        cached.refresh(|_| true, unexpected()).await;
        clock.advance(Duration::from_millis(1));
    }
    assert!(cached.has_failed());
    assert!(cached.value(succeeds(1)).await.is_ok() && !cached.has_failed());
    // A success resets the backoff.
    clock.advance(AN_HOUR);
    cached.refresh(|_| false, fails("again")).await;
    clock.advance(Duration::from_millis(500));
    cached.refresh(|_| false, succeeds(2)).await;
    assert_eq!(value(&cached), Some(2));
}

// Covers: F04.
#[tokio::test]
async fn a_stale_document_is_used_for_a_week() {
    let (cached, clock) = empty();
    cached.refresh(|_| false, succeeds(1)).await;
    cached.refresh(|_| false, unexpected()).await;
    clock.advance(Duration::from_millis(3_599_999));
    cached.refresh(|_| false, unexpected()).await;
    for _ in 0..7 * 24 - 1 {
        clock.advance(AN_HOUR);
        cached.refresh(|_| false, fails("down")).await;
        assert_eq!(cached.value(unexpected()).await.map(|value| *value).expect("cached"), 1);
    }
    clock.advance(Duration::from_millis(1));
    assert_eq!((value(&cached), cached.latest().map(|snapshot| *snapshot.value)), (None, Some(1)));
    let error = cached.value(unexpected()).await.expect_err("too old, and within the backoff");
    assert!(matches!(error, CallError::NoEndpoint("down")), "{error}");
    clock.advance(Duration::from_secs(30));
    assert!(cached.value(succeeds(2)).await.is_ok());
}

// Covers: E17.
#[tokio::test]
async fn a_refresh_can_be_forced() {
    let (cached, clock) = empty();
    cached.refresh(|_| panic!("there is no document"), succeeds(1)).await;
    cached.refresh(|known| known.url != "https://idp.example/keys", unexpected()).await;
    cached.refresh(|known| known.url != "https://idp.example/moved", succeeds(2)).await;
    assert_eq!((value(&cached), cached.latest().map(|snapshot| snapshot.requested_at)), (Some(2), Some(clock.now())));
}

#[tokio::test]
async fn a_failed_fetch_does_not_block_the_next() {
    let (cached, _clock) = empty();
    let result = cached.value(async { panic!("a fetch that panics") }).await;
    assert!(matches!(result, Err(CallError::Lost)));
    assert!(cached.value(succeeds(2)).await.is_ok());
}

// Covers: A11, F16.
#[tokio::test]
async fn only_a_new_fetch_needs_a_permit() {
    let (cached, clock) = empty();
    let first = cached.value(succeeds(1)).await.expect("fetched");
    let unused = |_| panic!("no permit is needed");
    assert!(cached.replacement(&first, |_| false, unexpected(), clock.now()).await.is_none(), "not permitted");
    let fetched_here =
        cached.replacement(&first, |fetched| fetched == Some(clock.now()), succeeds(2), clock.now()).await;
    assert!(matches!(fetched_here, Some(Replacement::Fetched(value)) if *value == 2));
    // A caller that still has the first document gets the second from the cache.
    let shared = cached.replacement(&first, unused, unexpected(), clock.now()).await;
    let Some(Replacement::Shared(second)) = shared else { panic!("not the second") };
    assert_eq!(*second, 2);
    // A caller that has the second waits for the fetch in flight.
    clock.advance(AN_HOUR);
    let release = Arc::new(Notify::new());
    let released = Arc::clone(&release);
    let work = async move {
        released.notified().await;
        Ok(fetched(3))
    };
    let ((), third) = tokio::join!(cached.refresh(|_| false, work), async {
        release.notify_one();
        cached.replacement(&second, unused, unexpected(), clock.now()).await
    });
    assert!(matches!(third, Some(Replacement::Shared(value)) if *value == 3));
}

// Covers: F04.
#[tokio::test]
async fn no_permit_is_used_within_the_backoff() {
    let (cached, clock) = empty();
    let first = cached.value(succeeds(1)).await.expect("fetched");
    assert!(cached.replacement(&first, |_| true, fails("down"), clock.now()).await.is_none());
    assert!(cached.replacement(&first, |_| panic!("within the backoff"), unexpected(), clock.now()).await.is_none());
    clock.advance(Duration::from_millis(500));
    let timeout =
        tokio::time::timeout(Duration::ZERO, cached.replacement(&first, |_| true, pending(), clock.now())).await;
    assert!(timeout.is_err(), "permitted again");
}

const AN_HOUR: Duration = Duration::from_secs(3600);
