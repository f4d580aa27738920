//! The decision about a request, from its session cookie and the rule of its route. This is the hot path.

use std::{sync::Arc, time::Duration};

use super::{error::Rejection, presented_session::is_same_person, relying_party::RelyingParty};
use crate::{
    access::{Decision, Rule},
    identity::Identity,
    web::RequestContext,
};

impl RelyingParty {
    /// Decides whether a request may pass `rule`. An error never lets a request pass.
    pub(crate) async fn decide(&self, context: &RequestContext, rule: &Rule) -> Result<Decision, Rejection> {
        let presented = match (self.session(context).await, rule.allows_anyone()) {
            // On a route for anyone, a session that cannot be read counts as none.
            (Err(_), true) => None,
            (presented, _) => presented?,
        };
        let session = match presented {
            Some(presented) => match presented.session.refresh_due(context.now) {
                None => Some(presented.session),
                Some(urgency) => Box::pin(self.refreshed(context, presented, urgency)).await?,
            },
            None => None,
        };
        let identity = session.map(|session| {
            session.touch(context.now);
            Arc::clone(session.identity())
        });
        Ok(rule.decide(identity, context.now))
    }

    /// Resolves when a request that was allowed would no longer be allowed. For tunnels, which outlive their request. The
    /// check does not count as use of the session, so the idle limit applies.
    pub(crate) async fn revoked(
        self: Arc<Self>,
        mut context: RequestContext,
        rule: Rule,
        identity: Option<Arc<Identity>>,
    ) {
        loop {
            tokio::time::sleep(RECHECK_INTERVAL).await;
            context.now = self.clock.now();
            // A session that cannot be read counts as ended.
            let Ok(presented) = self.session(&context).await else { return };
            let current = presented.map(|presented| Arc::clone(presented.session.identity()));
            // Also on a route for anyone: an identity that was forwarded to the application must still be signed in.
            let is_other_person = identity
                .as_ref()
                .is_some_and(|identity| !current.as_ref().is_some_and(|current| is_same_person(identity, current)));
            if is_other_person || !matches!(rule.decide(current, context.now), Decision::Allow(_)) {
                return;
            }
        }
    }
}

/// How often a tunnel's session is checked: a tunnel outlives its session by this time at most.
const RECHECK_INTERVAL: Duration = Duration::from_secs(5);
