//! A sign-out when the store cannot remove the session.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, header};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::Logout;
use crate::{
    base::{KeyRing, SystemClock, SystemRandom, Timestamp},
    flow::{Paths, RelyingParty, RelyingPartyParts},
    reason::ReasonCode,
    session::{
        CompletionKey, CompletionState, LogoutTarget, Lookup, Outcome, PendingKey, Session, SessionCookie, SessionKey,
        SessionSettings, SessionStore, StoreError, StoreFuture,
    },
    telemetry::audit::AuditLog,
    web::{Cookies, Form, Origin, RequestContext, RequestIds, RequestKind, Target, Trace},
};

// Covers: I13.
#[tokio::test]
async fn a_failed_removal_is_not_reported_as_signed_out() {
    let party = Arc::new(RelyingParty::new(RelyingPartyParts {
        providers: Vec::new(),
        store: Arc::new(ReadOnlyStore),
        keys: KeyRing::generate(&SystemRandom),
        sessions: SessionSettings { capacity: 1, idle: HOUR, lifetime: HOUR, ..SessionSettings::default() },
        paths: Paths::new("/.auth"),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        audit: AuditLog::new(Arc::default()),
        tasks: TaskTracker::new(),
        runtime: Handle::current(),
    }));
    let context = sign_out();
    let rejection =
        Logout::new(&party, &context).perform(&Form::default()).await.expect_err("the session has not ended");
    assert_eq!(rejection.error.reason(), ReasonCode::StoreUnreachable);
    // The cookie is removed all the same.
    let expected = "__Host-vestibule=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
    assert_eq!(rejection.cookies, [HeaderValue::from_static(expected)]);
}

/// A sign-out with a session cookie, from a page of this site.
fn sign_out() -> RequestContext {
    let mut headers = HeaderMap::new();
    let cookie = format!("__Host-vestibule={}", SessionCookie::generate(&SystemRandom).text());
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
        trace: Trace::default(),
    }
}

const HOUR: Duration = Duration::from_secs(3600);

/// A store without sessions that refuses every write.
struct ReadOnlyStore;

fn unreachable<'a, T: 'a>() -> StoreFuture<'a, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unreachable("no response".into())) })
}

impl SessionStore for ReadOnlyStore {
    fn load<'a>(&'a self, _: &'a SessionKey, _: Timestamp) -> Lookup<'a, Result<Option<Arc<Session>>, StoreError>> {
        Lookup::Ready(Ok(None))
    }

    fn insert<'a>(&'a self, _: &'a SessionKey, _: Session, _: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>> {
        unreachable()
    }

    fn replace<'a>(
        &'a self,
        _: &'a SessionKey,
        _: &'a Arc<Session>,
        _: Session,
    ) -> StoreFuture<'a, Result<bool, StoreError>> {
        unreachable()
    }

    fn remove<'a>(&'a self, _: &'a SessionKey) -> StoreFuture<'a, Result<Option<Arc<Session>>, StoreError>> {
        unreachable()
    }

    fn remove_indexed<'a>(&'a self, _: &'a LogoutTarget, _: Timestamp) -> StoreFuture<'a, Result<usize, StoreError>> {
        unreachable()
    }

    fn mark_signed_out<'a>(&'a self, _: &'a Session, _: Timestamp) -> StoreFuture<'a, Result<(), StoreError>> {
        unreachable()
    }

    fn put_pending<'a>(
        &'a self,
        _: &'a PendingKey,
        _: Vec<u8>,
        _: Timestamp,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        unreachable()
    }

    fn has_pending<'a>(&'a self, _: &'a PendingKey, _: Timestamp) -> StoreFuture<'a, Result<bool, StoreError>> {
        unreachable()
    }

    fn take_pending<'a>(
        &'a self,
        _: &'a PendingKey,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        unreachable()
    }

    fn acquire_completion<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Timestamp,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<CompletionState, StoreError>> {
        unreachable()
    }

    fn completion<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        unreachable()
    }

    fn complete<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Outcome,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<(), StoreError>> {
        unreachable()
    }

    fn wait_for_completion<'a>(
        &'a self,
        _: &'a CompletionKey,
        _: Duration,
        _: Timestamp,
    ) -> StoreFuture<'a, Result<Option<CompletionState>, StoreError>> {
        unreachable()
    }
}
