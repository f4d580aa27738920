//! Who is signed in, for scripts of the application. No token is given out.

use serde_json::json;

use super::{error::Rejection, pages::problem_details, relying_party::RelyingParty};
use crate::{
    base::Timestamp,
    reason::ReasonCode,
    web::{Reply, RequestContext, ReturnTo},
};

impl RelyingParty {
    /// Answers with JSON: `subject`, `name`, `groups` and others; `since` and `until` are RFC 3339 times. Without a session
    /// the answer is 401 with the address of a sign-in that ends at `page`.
    pub async fn me(&self, context: &RequestContext, page: &ReturnTo) -> Result<Reply, Rejection> {
        let Some((_, session)) = self.session(context).await? else { return Ok(self.sign_in_needed(context, page)) };
        let identity = session.identity();
        let (unless_used, at_the_latest) = session.ends();
        let groups: Vec<&str> = identity.groups().collect();
        Ok(Reply::json(json!({
                "subject": identity.subject(),
                "name": identity.name(),
                "preferred_username": identity.preferred_username(),
                "email": identity.email(),
                "groups": groups,
                "provider": session.provider(),
                "since": written(session.started()),
                "until": written(unless_used),
                "until_at_the_latest": written(at_the_latest),
        })))
    }

    /// Answers a script that needs a session with 401 and the address where a sign-in begins. No sign-in is begun.
    pub fn sign_in_needed(&self, context: &RequestContext, return_to: &ReturnTo) -> Reply {
        self.needed(ReasonCode::SignInRequired, context, return_to)
    }

    /// Answers a script whose session does not meet the demands of a route with 401 and the address where the next sign-in
    /// begins.
    pub fn step_up_needed(&self, context: &RequestContext, return_to: &ReturnTo) -> Reply {
        self.needed(ReasonCode::StepUpRequired, context, return_to)
    }

    fn needed(&self, reason: ReasonCode, context: &RequestContext, return_to: &ReturnTo) -> Reply {
        let login = self.paths.login(return_to);
        let problem = problem_details(reason, context.id, Some(&login));
        Reply::from(problem).sign_in_at(&context.origin, &login)
    }
}

fn written(moment: Timestamp) -> Option<String> {
    let seconds = i64::try_from(moment.seconds()).ok()?;
    jiff::Timestamp::from_second(seconds).ok().map(|moment| moment.to_string())
}
