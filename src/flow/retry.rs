//! A sign-in that created no session begins again with the return page unchanged, or ends with a page that says why.
//!
//! The reason code decides whether a refusal can be retried. The gateway retries once: the login cookie marks the second
//! try. The login loop limits all repeated sign-ins.

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
    /// Retries a refused sign-in if this was the first try and a second can help; otherwise ends it.
    pub(super) async fn refused(self, transaction: &LoginTransaction, error: FlowError) -> Result<Reply, Rejection> {
        let (context, request) = (self.context, transaction.request());
        let login_loop = LoginLoop::new(self.party, context);
        let is_last = request.attempt == Try::Second || login_loop.reaches_limit();
        let can_help = is_retryable(error.reason()) || error.reason() == ReasonCode::SignedOutMeanwhile;
        if is_last || !can_help {
            let cookies = self.expired_cookies(&transaction.state().tag());
            return Err(Rejection::from(error)
                .with_return_to(transaction.return_to())
                .with_cookies(cookies)
                .with_cookies([login_loop.count()]));
        }
        info!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), detail = error.detail(), "the sign-in is retried");
        let request = match error.reason() {
            // The provider reused an authentication older than `max_age`; with `prompt=login` it asks the person.
            ReasonCode::IdTokenAuthOld => request.after_old_sign_in(),
            _ => request.after_refusal(error.demanded_claims()),
        };
        self.begin_again(transaction, request).await
    }

    /// Restarts a sign-in that was not refused: the response has expired, or its outcome is unknown.
    pub(super) async fn restart(self, transaction: &LoginTransaction) -> Result<Reply, Rejection> {
        self.begin_again(transaction, transaction.request().clone()).await
    }

    async fn begin_again(self, transaction: &LoginTransaction, request: LoginRequest) -> Result<Reply, Rejection> {
        let (login_loop, return_to) = (LoginLoop::new(self.party, self.context), transaction.return_to());
        let expired = self.expired_cookies(&transaction.state().tag());
        if login_loop.reaches_limit() {
            return Err(Rejection::from(FlowError::Loop)
                .with_return_to(return_to)
                .with_cookies([login_loop.reset()])
                .with_cookies(expired));
        }
        match self.start_unchecked(return_to.clone(), request).await {
            Ok(started) => Ok(Reply::see_other(started.location)
                .cookies(started.cookies)
                .cookies(expired)
                .cookie(login_loop.count())),
            Err(rejection) => Err(rejection.with_cookies(expired)),
        }
    }
}
