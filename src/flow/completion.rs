//! The completion of a sign-in: of all requests that present its response, one redeems the code; the others wait for it.
//!
//! The states of the completion lock, one lock for each `state`:
//!
//! ```text
//!            acquire                    redemption ends
//!    free ─────────────► in flight ─────────────────────► done: signed in, with the session cookie, sealed
//!                            │                            done: refused, with the reason code
//!                            │ process dies, or the store fails
//!                            ▼
//!                    stays in flight: waiting requests time out and restart the sign-in
//! ```
//!
//! A lock is never released: it expires after every response to its `state` has expired. So no code is redeemed twice, even
//! when the outcome is unknown.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::sync::OwnedSemaphorePermit;
use tracing::error;

use super::{
    error::{FlowError, Rejection, about},
    login_loop::LoginLoop,
    redemption::{Completed, Redemption, ResponseSource},
    relying_party::RelyingParty,
    response_cookie::RESPONSE_LIFETIME,
    sign_in::SignIn,
};
use crate::{
    base::Timestamp,
    reason::ReasonCode,
    session::{
        CompletionKey, CompletionState, LoginTransaction, Outcome, ResponseTicket, SealedCookie, SessionCookie,
        StoreError,
    },
    web::{CookieName, Reply, set_cookie},
};

impl SignIn<'_> {
    /// Acquires the completion lock and redeems the response, or replies with the outcome of the request that did.
    pub(super) async fn complete_once(
        self,
        transaction: &LoginTransaction,
        source: ResponseSource,
    ) -> Result<Reply, Rejection> {
        let failed = |error: StoreError| Rejection::from(error).with_return_to(transaction.return_to());
        let ticket = match &source {
            ResponseSource::Stored(ticket) => ticket.clone(),
            ResponseSource::InRequest(response) => response.ticket(transaction.state(), self.binding()),
        };
        // Before the lock, which is never released.
        let admission = self
            .admit_redemption()
            .await
            .map_err(|error| Rejection::from(error).with_return_to(transaction.return_to()))?;
        match self.acquire(transaction, &source).await.map_err(failed)? {
            Some(CompletionState::Acquired) => self.redeem(transaction, source, admission).await,
            Some(CompletionState::InFlight) => {
                let key = CompletionKey::of(transaction.state());
                // A slow redemption: metadata, token, keys and userinfo. A request that waits longer restarts the sign-in.
                let timeout = self.provider.timeout() * 4 + COMPLETION_MARGIN;
                let done = self.party.store.wait_for_completion(&key, timeout, self.context.now).await;
                self.outcome(transaction, &ticket, done.map_err(failed)?).await
            }
            done => self.outcome(transaction, &ticket, done).await,
        }
    }

    /// Acquires the completion lock if it is free, and returns its state. Without the stored response of `source` the
    /// lock is only read.
    async fn acquire(
        &self,
        transaction: &LoginTransaction,
        source: &ResponseSource,
    ) -> Result<Option<CompletionState>, StoreError> {
        let (store, now) = (&self.party.store, self.context.now);
        let key = CompletionKey::of(transaction.state());
        if let ResponseSource::Stored(ticket) = source
            && !store.has_pending(&ticket.pending_key(), now).await?
        {
            return store.completion(&key, now).await;
        }
        // The lock outlives every response to this state that may still be stored.
        let until = transaction.state().expires_at().plus(RESPONSE_LIFETIME);
        store.acquire_completion(&key, until, now).await.map(Some)
    }

    /// Redeems the response and begins the session in a separate task, and waits for it.
    async fn redeem(
        self,
        transaction: &LoginTransaction,
        source: ResponseSource,
        admission: Admission,
    ) -> Result<Reply, Rejection> {
        let redemption = Redemption {
            party: Arc::clone(self.party),
            context: self.context.clone(),
            provider: Arc::clone(self.provider),
            transaction: transaction.clone(),
            source,
        };
        let (party, key) = (Arc::clone(self.party), CompletionKey::of(transaction.state()));
        let redeeming = self.party.spawn_tracked(async move {
            // In a second task, so that a panic still completes the lock and no other request waits for nothing.
            let result = party.spawn_tracked(redemption.run()).await.unwrap_or(Err(FlowError::Lost));
            admission.end(result.as_ref().err());
            let outcome = match &result {
                Ok(completed) => Outcome::SignedIn(completed.sealed.clone()),
                Err(error) => Outcome::Refused(error.reason()),
            };
            if let Err(error) = party.store.complete(&key, outcome, party.clock.now()).await {
                error!(%error, "the session store did not record the outcome of a sign-in");
            }
            result
        });
        match redeeming.await.unwrap_or(Err(FlowError::Lost)) {
            Ok(Completed { cookie, had_session, .. }) => {
                let began = transaction.state().issued_at();
                let counted =
                    (!had_session).then(|| LoginLoop::new(self.party, self.context).count_if_later(began)).flatten();
                Ok(self.signed_in(transaction, &cookie).cookies(counted))
            }
            Err(error) => self.refused(transaction, error).await,
        }
    }

    /// Waits until a code may be redeemed. Each redemption is a request with the gateway's credentials, which anyone can cause
    /// with an invented code: providers limit the rate of these, or lock the client. In the hybrid flow the signature of the
    /// provider covers the code (`c_hash`), so it is not invented, and the client needs no budget for it.
    async fn admit_redemption(&self) -> Result<Admission, FlowError> {
        let (party, context) = (Arc::clone(self.party), self.context);
        let client = context.client;
        let may_be_invented = !self.provider.settings().flow.has_front_id_token();
        if may_be_invented && !party.refused_codes.try_take(client, 1, context.now) {
            return Err(FlowError::TooManyRequests);
        }
        let permit = tokio::time::timeout(ADMISSION_TIMEOUT, Arc::clone(&party.redemptions).acquire_owned()).await;
        let admission =
            Admission { party, client, gives_back: may_be_invented, permit: permit.ok().and_then(Result::ok) };
        admission.permit.is_some().then_some(admission).ok_or(FlowError::TooManyRequests)
    }

    /// The reply to a request whose sign-in another request has completed.
    async fn outcome(
        self,
        transaction: &LoginTransaction,
        ticket: &ResponseTicket,
        done: Option<CompletionState>,
    ) -> Result<Reply, Rejection> {
        match done {
            Some(CompletionState::Done { at, outcome: Outcome::SignedIn(sealed) }) => {
                match self.repeated_cookie(transaction, ticket, (at, &sealed)).await {
                    Some(cookie) => Ok(self.signed_in(transaction, &cookie)),
                    None => self.restart(transaction).await,
                }
            }
            Some(CompletionState::Done { outcome: Outcome::Refused(reason), .. }) => {
                self.refused(transaction, FlowError::RefusedBefore(reason)).await
            }
            // Never acquired, or no outcome in time. The code may have been redeemed, so it is not sent again.
            Some(CompletionState::Acquired | CompletionState::InFlight) | None => self.restart(transaction).await,
        }
    }

    /// The session cookie of a completed sign-in, for a browser that did not receive it: only shortly after the completion,
    /// only for the ticket of the redeemed response, and only while the session is live.
    async fn repeated_cookie(
        &self,
        transaction: &LoginTransaction,
        ticket: &ResponseTicket,
        (at, sealed): (Timestamp, &SealedCookie),
    ) -> Option<SessionCookie> {
        let (context, binding) = (self.context, self.binding());
        if context.now.since(at) > COOKIE_REPEAT_WINDOW {
            return None;
        }
        let cookie = sealed.open(ticket, transaction.state(), binding)?;
        let session = self.party.store.load(&cookie.key(), context.now).await.ok()??;
        self.party.audit.session_cookie_repeated(about(context), session.provider(), session.identity().subject());
        Some(cookie)
    }

    /// Sends the browser to the return page with the session cookie.
    fn signed_in(&self, transaction: &LoginTransaction, cookie: &SessionCookie) -> Reply {
        let origin = &self.context.origin;
        Reply::see_other(transaction.return_to().as_str())
            .cookie(set_cookie(origin.cookie(CookieName::Session), &cookie.text(), origin, None))
            .cookies(self.expired_cookies(&transaction.state().tag()))
    }
}

/// The permission to redeem a code. It gives the client's budget back, unless the provider refused the code.
struct Admission {
    party: Arc<RelyingParty>,
    client: IpAddr,
    gives_back: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// Ends the redemption with its error, if there is one.
    fn end(mut self, error: Option<&FlowError>) {
        self.gives_back &= error.is_none_or(|error| error.reason() != ReasonCode::TokenGrantRefused);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if self.gives_back {
            self.party.refused_codes.give_back(self.client, 1);
        }
    }
}

/// How long a redemption waits for others to end.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(5);

/// How long after a completion the session cookie can be sent again.
const COOKIE_REPEAT_WINDOW: Duration = Duration::from_secs(60);

/// For the work between the requests of a redemption.
const COMPLETION_MARGIN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
