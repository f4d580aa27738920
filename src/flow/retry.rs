//! A sign-in that led nowhere begins anew, towards the page the person wanted; or it is over, with a page that says why.
//!
//! What a provider's refusal means is decided in `oidc/error_code`. It is tried again by itself once: the login cookie
//! tells the second round from the first, and `loop_stop` bounds all that follows one another.

use http::HeaderValue;
use tracing::info;

use super::{
    error::{FlowError, Rejection},
    login::{answer_cookie, login_cookie},
    relying_party::RelyingParty,
};
use crate::{
    oidc::{TOO_OLD, is_retryable},
    provider::Provider,
    reason::ReasonCode,
    session::{LoginRequest, LoginTransaction, Try, expire_cookie},
    web::{Reply, RequestContext},
};

impl RelyingParty {
    /// The sign-in was refused: a second round, when there was none and it can help, else the end.
    pub(super) async fn refused(
        &self,
        context: &RequestContext,
        provider: &Provider,
        attempt: &LoginTransaction,
        problem: FlowError,
    ) -> Result<Reply, Rejection> {
        let is_last = attempt.asked().round == Try::Second || self.is_looping(context, 1);
        if is_last || !is_retryable(problem.code()) {
            return Err(over(context, attempt, problem).with_cookies([self.note_end(context)]));
        }
        info!(reason = %problem.reason(), request = %context.id, origin = context.origin.as_str(), detail = problem.detail(), "the sign-in begins anew");
        let asked = match problem.reason() {
            // The provider reused a sign-in older than `max_age`; with `prompt=login` it must ask the person.
            ReasonCode::IdTokenAuthOld => attempt.asked().after_old_sign_in(),
            _ => attempt.asked().after_refusal(problem.demanded_claims()),
        };
        self.begin_anew(context, provider, attempt, asked).await
    }

    /// A friendly restart, for which nobody is to blame: the answer came too late, or was lost on its way.
    pub(super) async fn restart(
        &self,
        context: &RequestContext,
        provider: &Provider,
        attempt: &LoginTransaction,
    ) -> Result<Reply, Rejection> {
        self.begin_anew(context, provider, attempt, attempt.asked().clone()).await
    }

    async fn begin_anew(
        &self,
        context: &RequestContext,
        provider: &Provider,
        attempt: &LoginTransaction,
        asked: LoginRequest,
    ) -> Result<Reply, Rejection> {
        let begun = self.begin(context, provider, attempt.return_to().clone(), asked, true).await;
        let begun = begun.map_err(|stopped| stopped.with_cookies(cleared(context, attempt)))?;
        Ok(begun.cookies(cleared(context, attempt)).cookie(self.note_end(context)))
    }
}

/// The sign-in is over for this browser.
pub(super) fn over(context: &RequestContext, attempt: &LoginTransaction, problem: FlowError) -> Rejection {
    Rejection::from(problem).towards(attempt.return_to()).with_cookies(cleared(context, attempt))
}

/// Takes the cookies of a sign-in away.
pub(super) fn cleared(context: &RequestContext, attempt: &LoginTransaction) -> [HeaderValue; 2] {
    let tag = attempt.state().tag();
    [login_cookie(context, &tag), answer_cookie(context, &tag)].map(|name| expire_cookie(&name, &context.origin))
}
