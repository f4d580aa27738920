//! The session that a request presents by its cookie.

use std::sync::Arc;

use super::{error::FlowError, relying_party::RelyingParty};
use crate::{
    identity::Identity,
    session::{Session, SessionCookie, StoreError},
    web::{CookieName, RequestContext},
};

/// A live session, and the cookie that presented it.
pub(super) struct PresentedSession {
    pub(super) cookie: SessionCookie,
    pub(super) session: Arc<Session>,
}

impl RelyingParty {
    /// The live session of a request. Each of several session cookies is tried; if their sessions belong to different
    /// people, the request has no session.
    pub(super) async fn session(&self, context: &RequestContext) -> Result<Option<PresentedSession>, FlowError> {
        let mut found: Option<PresentedSession> = None;
        for cookie in session_cookies(context) {
            let Some(session) = self.store.load(&cookie.key(), context.now).await? else { continue };
            if session.origin() != context.origin.as_str() {
                continue;
            }
            match &found {
                Some(first) if is_same_person(first.session.identity(), session.identity()) => {}
                Some(_) => return Ok(None),
                None => found = Some(PresentedSession { cookie, session }),
            }
        }
        Ok(found)
    }

    /// Ends every session whose cookie the request presents.
    pub(super) async fn end_presented(&self, context: &RequestContext) -> Result<(), StoreError> {
        for cookie in session_cookies(context) {
            self.store.remove(&cookie.key()).await?;
        }
        Ok(())
    }
}

/// Whether both identities are of one person.
pub(super) fn is_same_person(one: &Identity, other: &Identity) -> bool {
    one.issuer() == other.issuer() && one.subject() == other.subject()
}

/// The well-formed session cookies of a request, at most [`MAX_SESSION_COOKIES`].
fn session_cookies(context: &RequestContext) -> impl Iterator<Item = SessionCookie> {
    let name = context.origin.cookie(CookieName::Session);
    context.cookies.values(name).filter_map(SessionCookie::parse).take(MAX_SESSION_COOKIES)
}

/// An attacker can make a browser send many cookies of one name, and each costs a look-up.
const MAX_SESSION_COOKIES: usize = 4;
