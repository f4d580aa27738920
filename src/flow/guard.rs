//! The authenticated request: cookie, session, rule. The hot path.

use std::{sync::Arc, time::Duration};

use super::{
    error::{FlowError, Rejection},
    relying_party::RelyingParty,
};
use crate::{
    access::{Decision, Denial, Pass, Rule},
    identity::Identity,
    session::{Session, SessionCookie, StoreError},
    web::{CookieName, RequestContext},
};

/// What the guard says of one request.
#[derive(Debug)]
#[must_use]
pub enum Admission {
    /// It may pass.
    Pass(Pass),
    /// Nobody is signed in, and somebody must be.
    SignIn,
    /// Somebody is, and has to sign in once more, lately or more strongly.
    StepUp,
}

impl RelyingParty {
    /// Decides whether this visit may pass `rule`. An error is never a yes.
    pub async fn admit(&self, context: &RequestContext, rule: &Rule) -> Result<Admission, Rejection> {
        let session = match (self.session(context).await, rule) {
            // Where everybody may pass, a session that cannot be read counts as none.
            (Err(_), Rule::Anyone) => None,
            (session, _) => session?,
        };
        let session = match session {
            Some((cookie, session)) => match session.renewal_due(context.now) {
                None => Some(session),
                Some(urgency) => Box::pin(self.renewed(context, &cookie, session, urgency)).await?,
            },
            None => None,
        };
        let identity = session.map(|session| {
            session.touch(context.now);
            Arc::clone(session.identity())
        });
        match rule.decide(identity, context.now) {
            Decision::Allow(pass) => Ok(Admission::Pass(pass)),
            Decision::SignIn => Ok(Admission::SignIn),
            Decision::StepUp => Ok(Admission::StepUp),
            Decision::Forbid(Denial::GroupsUnknown) => Err(FlowError::GroupsUnknown.into()),
            Decision::Forbid(Denial::NotAllowed) => Err(FlowError::Forbidden.into()),
        }
    }

    /// Resolves when a visit that was admitted would not be any more: what outlives its request asks again and again.
    /// It is no use of the session, which may run out meanwhile.
    pub async fn over(self: Arc<Self>, mut context: RequestContext, rule: Rule, who: Option<Arc<Identity>>) {
        loop {
            tokio::time::sleep(ASK_AGAIN).await;
            context.now = self.clock.now();
            // What cannot be read is no.
            let Ok(session) = self.session(&context).await else { return };
            let identity = session.map(|(_, session)| Arc::clone(session.identity()));
            // Where everybody may pass, the application was told all the same who it was.
            let has_left =
                who.as_ref().is_some_and(|who| !identity.as_ref().is_some_and(|now| is_same_person(who, now)));
            if has_left || !matches!(rule.decide(identity, context.now), Decision::Allow(_)) {
                return;
            }
        }
    }

    /// Ends every session whose cookie came with this visit.
    pub(super) async fn end_presented(&self, context: &RequestContext) -> Result<(), StoreError> {
        for cookie in presented_cookies(context) {
            self.store.remove(&cookie.key()).await?;
        }
        Ok(())
    }

    /// The live session of this visit, with its cookie. Of several cookies each is tried; when they speak of different
    /// people, nobody is signed in.
    pub(super) async fn session(
        &self,
        context: &RequestContext,
    ) -> Result<Option<(SessionCookie, Arc<Session>)>, FlowError> {
        let mut found: Option<(SessionCookie, Arc<Session>)> = None;
        for cookie in presented_cookies(context) {
            let Some(session) = self.store.load(&cookie.key(), context.now).await? else { continue };
            if session.origin() != context.origin.as_str() {
                continue;
            }
            match &found {
                Some((_, first)) if is_same_person(first.identity(), session.identity()) => {}
                Some(_) => return Ok(None),
                None => found = Some((cookie, session)),
            }
        }
        Ok(found)
    }
}

/// The session cookies that came with a visit, as far as they can be ours.
fn presented_cookies(context: &RequestContext) -> impl Iterator<Item = SessionCookie> {
    let name = context.origin.cookie(CookieName::Session);
    context.cookies.values(name).filter_map(SessionCookie::parse).take(MOST_SESSION_COOKIES)
}

fn is_same_person(one: &Identity, other: &Identity) -> bool {
    one.issuer() == other.issuer() && one.subject() == other.subject()
}

/// How long somebody who has signed out may still be talked to.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// So many cookies of one name are tried.
const MOST_SESSION_COOKIES: usize = 4;
