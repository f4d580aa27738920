//! Who is signed in, for scripts of the application. Tokens are not disclosed.

use serde_json::json;

use super::{
    error::Rejection, pages::problem_details, presented_session::PresentedSession, relying_party::RelyingParty,
};
use crate::{
    base::Timestamp,
    reason::ReasonCode,
    web::{Reply, RequestContext},
};

impl RelyingParty {
    /// Replies with JSON: `subject`, `name`, `groups` and others; `since` and `until` are RFC 3339 times. Without a session
    /// the reply is 401 with `login`, the path of a sign-in.
    pub(crate) async fn me(&self, context: &RequestContext, login: &str) -> Result<Reply, Rejection> {
        let Some(PresentedSession { session, .. }) = self.session(context).await? else {
            return Ok(sign_in_required(context, login));
        };
        let identity = session.identity();
        let (unless_used, at_the_latest) = session.ends();
        let groups: Vec<_> = identity.groups().collect();
        Ok(Reply::json(json!({
                "subject": identity.subject(),
                "name": identity.name(),
                "preferred_username": identity.preferred_username(),
                "email": identity.email(),
                "groups": groups,
                "provider": session.provider(),
                "since": rfc3339(session.started()),
                "until": rfc3339(unless_used),
                "until_at_the_latest": rfc3339(at_the_latest),
        })))
    }
}

/// The reply to a script that needs a session: 401 with `login`, the path of a sign-in. It begins no sign-in itself.
pub(crate) fn sign_in_required(context: &RequestContext, login: &str) -> Reply {
    unauthorized(ReasonCode::SignInRequired, context, login)
}

/// The reply to a script whose session does not meet the authentication requirement of a route: 401 with `login`, the path
/// of a sign-in.
pub(crate) fn step_up_required(context: &RequestContext, login: &str) -> Reply {
    unauthorized(ReasonCode::StepUpRequired, context, login)
}

fn unauthorized(reason: ReasonCode, context: &RequestContext, login: &str) -> Reply {
    Reply::from(problem_details(reason, context.id, Some(login))).sign_in_at(&context.origin, login)
}

fn rfc3339(moment: Timestamp) -> Option<String> {
    let seconds = i64::try_from(moment.seconds()).ok()?;
    jiff::Timestamp::from_second(seconds).ok().map(|moment| moment.to_string())
}
