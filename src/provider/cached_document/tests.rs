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

/// Milliseconds, moved by the test alone.
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst) * 1000)
    }
}

impl HandClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).expect("a test's span"), Ordering::SeqCst);
    }
}

fn nothing_yet() -> (Arc<CachedDocument<u32>>, Arc<HandClock>) {
    let clock = Arc::new(HandClock(AtomicU64::new(1_000_000)));
    let name = DocumentName { provider: "idp".to_owned(), document: "keys" };
    (CachedDocument::new(name, Arc::clone(&clock) as Arc<dyn Clock>, Handle::current()), clock)
}

fn fetched(value: u32) -> FetchedDocument<u32> {
    FetchedDocument { value, url: "https://idp.example/keys".to_owned(), refresh_after: AN_HOUR }
}

fn brings(value: u32) -> Ready<Result<FetchedDocument<u32>, CallError>> {
    ready(Ok(fetched(value)))
}

fn fails(endpoint: &'static str) -> Ready<Result<FetchedDocument<u32>, CallError>> {
    ready(Err(CallError::NoEndpoint(endpoint)))
}

fn never() -> impl Future<Output = Result<FetchedDocument<u32>, CallError>> + Send + 'static {
    poll_fn(|_| panic!("nothing may be fetched now"))
}

fn value(cached: &CachedDocument<u32>) -> Option<u32> {
    cached.current().map(|snapshot| *snapshot.value)
}

// Covers: F16.
#[tokio::test]
async fn waiters_share_one_fetch_and_cannot_cancel_it() {
    let (cached, _clock) = nothing_yet();
    let (fetches, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let ask = || {
        let (cached, fetches, gate) = (Arc::clone(&cached), Arc::clone(&fetches), Arc::clone(&gate));
        tokio::spawn(async move {
            let work = async move {
                fetches.fetch_add(1, Ordering::SeqCst);
                gate.notified().await;
                Ok(fetched(7))
            };
            cached.value(work).await
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
        assert_eq!(other.await.expect("asked").map(|value| *value).expect("fetched"), 7);
    }
    assert_eq!(cached.value(never()).await.map(|value| *value).expect("at hand"), 7);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

// Covers: E16.
#[tokio::test]
async fn failures_back_off_and_report_the_last_error() {
    let (cached, clock) = nothing_yet();
    for pause in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000] {
        assert!(cached.value(fails("first")).await.is_err());
        clock.advance(Duration::from_millis(pause - 1));
        let told = cached.value(never()).await.expect_err("too soon");
        assert!(matches!(told, CallError::NoEndpoint("first")), "{told}");
        cached.refresh(|_| true, never()).await;
        clock.advance(Duration::from_millis(1));
    }
    assert!(cached.has_failed());
    assert!(cached.value(brings(1)).await.is_ok() && !cached.has_failed());
    // A success ends the run.
    clock.advance(AN_HOUR);
    cached.refresh(|_| false, fails("again")).await;
    clock.advance(Duration::from_millis(500));
    cached.refresh(|_| false, brings(2)).await;
    assert_eq!(value(&cached), Some(2));
}

// Covers: F04.
#[tokio::test]
async fn a_stale_document_is_used_for_a_week() {
    let (cached, clock) = nothing_yet();
    cached.refresh(|_| false, brings(1)).await;
    cached.refresh(|_| false, never()).await;
    clock.advance(Duration::from_millis(3_599_999));
    cached.refresh(|_| false, never()).await;
    for _ in 0..7 * 24 - 1 {
        clock.advance(AN_HOUR);
        cached.refresh(|_| false, fails("down")).await;
        assert_eq!(cached.value(never()).await.map(|value| *value).expect("at hand"), 1);
    }
    clock.advance(Duration::from_millis(1));
    assert_eq!((value(&cached), cached.latest().map(|snapshot| *snapshot.value)), (None, Some(1)));
    let told = cached.value(never()).await.expect_err("too old, and too soon to ask");
    assert!(matches!(told, CallError::NoEndpoint("down")), "{told}");
    clock.advance(Duration::from_secs(30));
    assert!(cached.value(brings(2)).await.is_ok());
}

// Covers: E17.
#[tokio::test]
async fn what_is_wanted_is_fetched_before_its_time() {
    let (cached, clock) = nothing_yet();
    cached.refresh(|_| panic!("there is nothing to judge"), brings(1)).await;
    cached.refresh(|known| known.url != "https://idp.example/keys", never()).await;
    cached.refresh(|known| known.url != "https://idp.example/moved", brings(2)).await;
    assert_eq!((value(&cached), cached.latest().map(|snapshot| snapshot.requested_at)), (Some(2), Some(clock.now())));
}

#[tokio::test]
async fn a_failed_fetch_does_not_block_the_next() {
    let (cached, _clock) = nothing_yet();
    let lost = cached.value(async { panic!("a fetch that dies") }).await;
    assert!(matches!(lost, Err(CallError::Lost)));
    assert!(cached.value(brings(2)).await.is_ok());
}

// Covers: A11, F16.
#[tokio::test]
async fn only_a_fetch_of_ones_own_needs_a_permit() {
    let (cached, clock) = nothing_yet();
    let first = cached.value(brings(1)).await.expect("fetched");
    let unused = |_| panic!("no permit is needed");
    assert!(cached.replacement(&first, |_| false, never(), clock.now()).await.is_none(), "not permitted");
    let own = cached.replacement(&first, |fetched| fetched == Some(clock.now()), brings(2), clock.now()).await;
    assert!(matches!(own, Some(Replacement::Fetched(value)) if *value == 2));
    // A caller that still has the first document gets the second from the cache.
    let theirs = cached.replacement(&first, unused, never(), clock.now()).await;
    let Some(Replacement::Shared(second)) = theirs else { panic!("not the second") };
    assert_eq!(*second, 2);
    // A caller that has the second waits for the fetch in flight.
    clock.advance(AN_HOUR);
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let work = async move {
        opened.notified().await;
        Ok(fetched(3))
    };
    let ((), third) = tokio::join!(cached.refresh(|_| false, work), async {
        gate.notify_one();
        cached.replacement(&second, unused, never(), clock.now()).await
    });
    assert!(matches!(third, Some(Replacement::Shared(value)) if *value == 3));
}

// Covers: F04.
#[tokio::test]
async fn after_a_failure_no_permit_is_spent() {
    let (cached, clock) = nothing_yet();
    let first = cached.value(brings(1)).await.expect("fetched");
    assert!(cached.replacement(&first, |_| true, fails("down"), clock.now()).await.is_none());
    assert!(cached.replacement(&first, |_| panic!("too soon"), never(), clock.now()).await.is_none());
    clock.advance(Duration::from_millis(500));
    let hung = tokio::time::timeout(Duration::ZERO, cached.replacement(&first, |_| true, pending(), clock.now())).await;
    assert!(hung.is_err(), "permitted again");
}

const AN_HOUR: Duration = Duration::from_secs(3600);
