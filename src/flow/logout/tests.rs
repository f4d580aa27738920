//! A store that fails in the middle of a sign-out.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, header};
use tokio::runtime::Handle;

use crate::{
    base::{KeyRing, SystemClock, SystemRandom, Timestamp},
    flow::{Home, Parts, Paths, RelyingParty},
    reason::ReasonCode,
    session::{
        CompletionKey, CompletionState, LogoutTarget, Lookup, Outcome, PendingKey, Session, SessionCookie, SessionKey,
        SessionSettings, SessionStore, StoreError, StoreFuture,
    },
    web::{Cookies, Form, Origin, RequestContext, RequestIds, RequestKind, Target},
};

#[tokio::test]
async fn i13_a_session_that_cannot_be_removed_is_not_said_to_have_ended() {
    let party = RelyingParty::new(Parts {
        providers: Vec::new(),
        store: Arc::new(Forgetful),
        keys: KeyRing::generate(&SystemRandom),
        sessions: SessionSettings { capacity: 1, idle: HOUR, lifetime: HOUR, keys: None },
        paths: Paths::new("/.auth"),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        home: Home::new(Handle::current()),
    });
    let stopped = party.leave(&leaving(), &Form::default()).await.expect_err("it has not ended");
    assert_eq!(stopped.problem.reason(), ReasonCode::StoreUnreachable);
    // The browser forgets it all the same.
    let expected = "__Host-vestibule=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
    assert_eq!(stopped.cookies, [HeaderValue::from_static(expected)]);
}

/// Somebody with a session cookie, on our own page.
fn leaving() -> RequestContext {
    let mut headers = HeaderMap::new();
    let cookie = format!("__Host-vestibule={}", SessionCookie::from_bytes([7; 32]).text());
    headers.insert(header::COOKIE, HeaderValue::try_from(cookie).expect("a field"));
    RequestContext {
        id: RequestIds::new(&SystemRandom).next(),
        now: Timestamp::from_seconds(1_800_000_000),
        method: Method::POST,
        origin: Arc::new(Origin::parse("https://a.example").expect("an origin")),
        target: Target::parse("/.auth/logout").expect("a target"),
        client: Ipv4Addr::LOCALHOST.into(),
        cookies: Cookies::read(&headers),
        accepted_languages: None,
        kind: RequestKind::Navigation,
        same_origin: true,
    }
}

const HOUR: Duration = Duration::from_secs(3600);

/// A store that reads and cannot write.
struct Forgetful;

fn no<'a, T: 'a>() -> StoreFuture<'a, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unreachable("nobody answers".into())) })
}

impl SessionStore for Forgetful {
    fn load<'a>(&'a self, _: &'a SessionKey, _: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>> {
        Lookup::Ready(Ok(None))
    }

    fn insert<'a>(&'a self, _: &'a SessionKey, _: Session) -> StoreFuture<'a, Result<(), StoreError>> {
        no()
    }

    fn replace<'a>(
        &'a self,
        _: &'a SessionKey,
        _: &'a Arc<Session>,
        _: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>> {
        no()
    }

    fn remove<'a>(&'a self, _: &'a SessionKey) -> StoreFuture<'a, Result<Option<Arc<Session>>, StoreError>> {
        no()
    }

    fn remove_indexed<'a>(&'a self, _: &'a LogoutTarget, _: Timestamp) -> StoreFuture<'a, Result<usize, StoreError>> {
        no()
    }

    fn park<'a>(
        &'a self,
        _: &'a PendingKey,
        _: Vec<u8>,
        _: Timestamp,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        no()
    }

    fn is_parked<'a>(&'a self, _: &'a PendingKey, _: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>> {
        no()
    }

    fn take<'a>(&'a self, _: &'a PendingKey, _: Timestamp) -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        no()
    }

    fn claim<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Timestamp,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>> {
        no()
    }

    fn claimed<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        no()
    }

    fn settle<'a>(&'a self, _: &'a CompletionKey, _: Outcome, _: Timestamp) -> StoreFuture<'a, Result<(), StoreError>> {
        no()
    }

    fn settled<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Duration,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        no()
    }
}
