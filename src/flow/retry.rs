//! A sign-in that led to no session begins again, towards the page that the person wanted; or it ends with a page that
//! says why.
//!
//! `oidc` decides what a provider's refusal means. The gateway retries once by itself: the login cookie marks the second
//! try, and the login loop bounds all sign-ins that follow one another.

use tracing::info;

use super::{
    error::{FlowError, Rejection},
    login_loop::LoginLoop,
    sign_in::SignIn,
};
use crate::{
    oidc::is_retryable,
    reason::ReasonCode,
    session::{LoginRequest, LoginTransaction, Try},
    web::Reply,
};

impl SignIn<'_> {
    /// Retries a refused sign-in, when this was the first try and a second can help; else ends it.
    pub(super) async fn refused(self, transaction: &LoginTransaction, error: FlowError) -> Result<Reply, Rejection> {
        let (context, request) = (self.context, transaction.request());
        let login_loop = LoginLoop::new(self.party, context);
        let is_last = request.attempt == Try::Second || login_loop.closes_now();
        if is_last || !is_retryable(error.reason()) {
            let cookies = self.cleared(&transaction.state().tag());
            return Err(Rejection::from(error)
                .towards(transaction.return_to())
                .with_cookies(cookies)
                .with_cookies([login_loop.count()]));
        }
        info!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), detail = error.detail(), "the sign-in is retried");
        let request = match error.reason() {
            // The provider reused an authentication older than `max_age`; with `prompt=login` it asks the person.
            ReasonCode::IdTokenAuthOld => request.after_old_sign_in(),
            _ => request.after_refusal(error.demanded_claims()),
        };
        self.again(transaction, request).await
    }

    /// Begins a sign-in again that was not refused: the response came too late, or was lost.
    pub(super) async fn restart(self, transaction: &LoginTransaction) -> Result<Reply, Rejection> {
        self.again(transaction, transaction.request().clone()).await
    }

    async fn again(self, transaction: &LoginTransaction, request: LoginRequest) -> Result<Reply, Rejection> {
        let (login_loop, return_to) = (LoginLoop::new(self.party, self.context), transaction.return_to());
        let cleared = self.cleared(&transaction.state().tag());
        if login_loop.closes_now() {
            return Err(Rejection::from(FlowError::Loop)
                .towards(return_to)
                .with_cookies([login_loop.forget()])
                .with_cookies(cleared));
        }
        match self.start_unchecked(return_to.clone(), request).await {
            Ok(begun) => {
                Ok(Reply::see_other(begun.location).cookies(begun.cookies).cookies(cleared).cookie(login_loop.count()))
            }
            Err(rejection) => Err(rejection.with_cookies(cleared)),
        }
    }
}
