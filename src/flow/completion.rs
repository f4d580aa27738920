//! The completion of a sign-in: of all requests that bring its response, one redeems the code; the others get the outcome.

use std::{sync::Arc, time::Duration};

use tracing::error;

use super::{
    error::{FlowError, Rejection, about},
    login_loop::LoginLoop,
    redemption::{Completed, Redemption, ResponseSource},
    response_cookie::RESPONSE_LIFETIME,
    sign_in::SignIn,
};
use crate::{
    base::Timestamp,
    session::{
        CompletionKey, CompletionState, LoginTransaction, Outcome, ResponseTicket, SealedCookie, SessionCookie,
        StoreError,
    },
    web::{CookieName, Reply, set_cookie},
};

impl SignIn<'_> {
    /// Acquires the completion lock and redeems the response, or gives the outcome of the request that did.
    pub(super) async fn complete_once(
        self,
        transaction: &LoginTransaction,
        source: ResponseSource,
    ) -> Result<Reply, Rejection> {
        let failed = |error: StoreError| Rejection::from(error).towards(transaction.return_to());
        let ticket = match &source {
            ResponseSource::Stored(ticket) => ticket.clone(),
            ResponseSource::AtHand(response) => response.ticket(transaction.state(), self.binding()),
        };
        match self.acquire(transaction, &source).await.map_err(failed)? {
            Some(CompletionState::Acquired) => self.redeem(transaction, source).await,
            Some(CompletionState::InFlight) => {
                let key = CompletionKey::of(transaction.state());
                let done = self.party.store.wait_for_completion(&key, PATIENCE, self.context.now).await;
                self.outcome(transaction, &ticket, done.map_err(failed)?).await
            }
            done => self.outcome(transaction, &ticket, done).await,
        }
    }

    /// The state of the completion lock, acquired if it is free. A stored response that is gone acquires nothing.
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

    /// Redeems the response and begins the session in a task of its own, and waits for it.
    async fn redeem(self, transaction: &LoginTransaction, source: ResponseSource) -> Result<Reply, Rejection> {
        let redemption = Redemption {
            party: Arc::clone(self.party),
            context: self.context.clone(),
            provider: Arc::clone(self.provider),
            transaction: transaction.clone(),
            source,
        };
        let (party, key) = (Arc::clone(self.party), CompletionKey::of(transaction.state()));
        let supervised = self.party.spawn_tracked(async move {
            // A second task, so that a panic in it still completes the lock: a dead holder would keep others waiting.
            let ended = party.spawn_tracked(redemption.run()).await.unwrap_or(Err(FlowError::Lost));
            let outcome = match &ended {
                Ok(completed) => Outcome::SignedIn(completed.sealed.clone()),
                Err(error) => Outcome::Refused(error.reason()),
            };
            if let Err(lost) = party.store.complete(&key, outcome, party.clock.now()).await {
                error!(error = %lost, "the session store did not record the outcome of a sign-in");
            }
            ended
        });
        match supervised.await.unwrap_or(Err(FlowError::Lost)) {
            Ok(Completed { cookie, had_session, .. }) => {
                let began = transaction.state().issued_at();
                let counted =
                    (!had_session).then(|| LoginLoop::new(self.party, self.context).count_if_later(began)).flatten();
                Ok(self.signed_in(transaction, &cookie).cookies(counted))
            }
            Err(error) => self.refused(transaction, error).await,
        }
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
                match self.cookie_again(transaction, ticket, (at, &sealed)).await {
                    Some(cookie) => Ok(self.signed_in(transaction, &cookie)),
                    None => self.restart(transaction).await,
                }
            }
            Some(CompletionState::Done { outcome: Outcome::Refused(reason), .. }) => {
                self.refused(transaction, FlowError::RefusedBefore(reason)).await
            }
            // Never acquired, or its holder died or hangs. The code may be spent, and is never sent again.
            Some(CompletionState::Acquired | CompletionState::InFlight) | None => self.restart(transaction).await,
        }
    }

    /// The session cookie of a completed sign-in, for a browser that lost it on the way: shortly after the completion, only
    /// for the ticket of the response that was redeemed, and while the session lives.
    async fn cookie_again(
        &self,
        transaction: &LoginTransaction,
        ticket: &ResponseTicket,
        (at, sealed): (Timestamp, &SealedCookie),
    ) -> Option<SessionCookie> {
        let (context, binding) = (self.context, self.binding());
        if context.now.since(at) > REPEATABLE {
            return None;
        }
        let cookie = sealed.open(ticket, transaction.state(), binding)?;
        let session = self.party.store.load(&cookie.key(), context.now).await.ok()??;
        self.party.audit.session_cookie_repeated(about(context), session.provider(), session.identity().subject());
        Some(cookie)
    }

    /// Sends the browser to the page that it wanted, with its session.
    fn signed_in(&self, transaction: &LoginTransaction, cookie: &SessionCookie) -> Reply {
        let origin = &self.context.origin;
        Reply::see_other(transaction.return_to().as_str())
            .cookie(set_cookie(origin.cookie(CookieName::Session), &cookie.text(), origin, None))
            .cookies(self.cleared(&transaction.state().tag()))
    }
}

/// How long after a completion the session cookie is sent again.
const REPEATABLE: Duration = Duration::from_secs(60);

/// The longest redemption: metadata, token, keys and userinfo at ten seconds each, and five to spare.
const PATIENCE: Duration = Duration::from_secs(45);

#[cfg(test)]
mod tests;
