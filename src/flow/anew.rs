//! A sign-in that led nowhere begins anew, towards the page the person wanted; or it is over, with a page that says why.
//!
//! What a provider's refusal means is decided in `oidc/refusal`. It is tried again by itself once: the login cookie
//! tells the second round from the first, and `loop_stop` bounds all that follows one another.

use http::HeaderValue;
use tracing::info;

use super::{
    login::{Terms, answer_cookie, login_cookie},
    problem::{Problem, Stopped},
    relying_party::RelyingParty,
};
use crate::{
    oidc::{Changes, helps_to_begin_anew},
    provider::Provider,
    session::{Attempt, Round, expire_cookie},
    web::{Reply, Visit},
};

impl RelyingParty {
    /// The sign-in was refused: a second round, when there was none and it can help, else the end.
    pub(super) async fn refused(
        &self,
        visit: &Visit,
        provider: &Provider,
        attempt: &Attempt,
        problem: Problem,
    ) -> Result<Reply, Stopped> {
        let is_last = attempt.round() == Round::Second || self.is_looping(visit, 1);
        if is_last || !helps_to_begin_anew(problem.code()) {
            return Err(over(visit, attempt, problem).with_cookies([self.note_end(visit)]));
        }
        info!(reason = problem.code(), request = %visit.id, origin = visit.origin.as_str(), detail = problem.detail(), "the sign-in begins anew");
        let changes = Changes::after_refusal(provider.settings(), problem.demanded_claims());
        self.begin_anew(visit, provider, attempt, Round::Second, changes).await
    }

    /// A friendly restart, for which nobody is to blame: the answer came too late, or was lost on its way.
    pub(super) async fn restart(
        &self,
        visit: &Visit,
        provider: &Provider,
        attempt: &Attempt,
    ) -> Result<Reply, Stopped> {
        let changes = match attempt.round() {
            Round::First => Changes::default(),
            Round::Second => Changes::after_refusal(provider.settings(), None),
        };
        self.begin_anew(visit, provider, attempt, attempt.round(), changes).await
    }

    async fn begin_anew(
        &self,
        visit: &Visit,
        provider: &Provider,
        attempt: &Attempt,
        round: Round,
        changes: Changes,
    ) -> Result<Reply, Stopped> {
        let terms = Terms { round, changes, is_anew: true };
        let begun = self.begin_in(terms, visit, provider, attempt.return_to().clone()).await;
        let begun = begun.map_err(|stopped| stopped.with_cookies(cleared(visit, attempt)))?;
        Ok(begun.cookies(cleared(visit, attempt)).cookie(self.note_end(visit)))
    }
}

/// The sign-in is over for this browser.
pub(super) fn over(visit: &Visit, attempt: &Attempt, problem: Problem) -> Stopped {
    Stopped::from(problem).towards(attempt.return_to()).with_cookies(cleared(visit, attempt))
}

/// Takes the cookies of a sign-in away.
pub(super) fn cleared(visit: &Visit, attempt: &Attempt) -> [HeaderValue; 2] {
    let tag = attempt.state().tag();
    [login_cookie(visit, &tag), answer_cookie(visit, &tag)].map(|name| expire_cookie(&name, &visit.origin))
}
