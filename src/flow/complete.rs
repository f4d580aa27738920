//! The answer meets the browser that asked for it: the code is redeemed once, and a session begins.

use std::{sync::Arc, time::Duration};

use tracing::error;

use super::{
    callback::{CARRIED_MARK, PARKED},
    error::{FlowError, Rejection},
    login::{answer_cookie, login_cookie},
    pages,
    redemption::{Former, Redemption, Source},
    relying_party::{RelyingParty, relation},
    retry::cleared,
};
use crate::{
    base::Timestamp,
    oidc::Parameters,
    provider::Provider,
    session::{
        CompletionKey, CompletionState, LoginTransaction, Outcome, PendingKind, PendingResponse, ResponseTicket,
        StoreError, Tag,
    },
    web::{CookieName, Form, Reply, RequestContext, ReturnTo, expire_cookie, set_cookie},
};

/// What this browser brings to `continue`.
enum Brought {
    /// The receipt of an answer.
    ResponseTicket(ResponseTicket),
    /// The answer itself.
    AuthorizationResponse(PendingResponse),
    /// A refusal, made when the answer came.
    Refusal(FlowError),
    /// Nothing.
    Nothing,
}

impl RelyingParty {
    /// Completes the sign-in that the query names by its tag. Only for top-level GET navigations.
    pub async fn complete(
        self: &Arc<Self>,
        context: &RequestContext,
        provider: &Arc<Provider>,
        query: &Form,
    ) -> Result<Reply, Rejection> {
        let Some(tag) = query.value("t").and_then(Tag::parse) else { return Err(FlowError::NoCookies.into()) };
        if let Some(return_to) = self.end_of_sign_in(context, &tag).await {
            // Back button, reload, second submit: this browser has finished that sign-in.
            return Ok(Reply::see_other(return_to.as_str()));
        }
        let over = [login_cookie(context, &tag), answer_cookie(context, &tag)]
            .map(|name| expire_cookie(&name, &context.origin));
        match (self.attempt(context, provider, &tag), self.brought(context, provider, &tag)) {
            (Some(attempt), Brought::Refusal(problem)) => self.refused(context, provider, &attempt, problem).await,
            (None, Brought::Refusal(problem)) => Err(Rejection::from(problem).with_cookies(over)),
            (Some(attempt), Brought::ResponseTicket(receipt)) => {
                self.complete_parked(context, provider, &attempt, receipt).await
            }
            (Some(attempt), Brought::AuthorizationResponse(arrival)) => {
                self.complete_with(context, provider, &attempt, Source::AtHand(arrival)).await
            }
            (Some(attempt), Brought::Nothing) => {
                match self.store.claimed(&CompletionKey::of(attempt.state()), context.now).await {
                    Ok(Some(claim)) => self.after(context, provider, &attempt, claim).await,
                    Ok(None) => self.restart(context, provider, &attempt).await,
                    Err(error) => Err(Rejection::from(error).towards(attempt.return_to())),
                }
            }
            (None, Brought::ResponseTicket(receipt)) => {
                self.store.take(&receipt.slot(), context.now).await.map_err(FlowError::from)?;
                Err(Rejection::from(FlowError::OtherBrowser).with_cookies(over))
            }
            (None, Brought::AuthorizationResponse(_)) => {
                Err(Rejection::from(FlowError::OtherBrowser).with_cookies(over))
            }
            (None, Brought::Nothing) => match (query.value("again"), query.value("late")) {
                (None, late) => Ok(self.bounce(context, provider, &tag, late.is_some())),
                // A tab that was left open: where it was going went with its cookie.
                (Some(_), Some(_)) => self.sign_in(context, provider, self.paths.front(), Parameters::default()).await,
                (Some(_), None) => Err(FlowError::NoCookies.into()),
            },
        }
    }

    /// Claims the sign-in and completes it, or joins who does.
    pub(super) async fn complete_with(
        self: &Arc<Self>,
        context: &RequestContext,
        provider: &Arc<Provider>,
        attempt: &LoginTransaction,
        source: Source,
    ) -> Result<Reply, Rejection> {
        let state = attempt.state();
        // The mark outlives every answer to this state that may still be parked.
        let until = state.expires_at().plus(PARKED);
        let claim = self.store.claim(&CompletionKey::of(state), until, context.now).await;
        match claim.map_err(|error| Rejection::from(error).towards(attempt.return_to()))? {
            CompletionState::Fresh => self.finish(context, provider, attempt, source).await,
            earlier => self.after(context, provider, attempt, earlier).await,
        }
    }

    /// The login cookie of the sign-in `tag`, opened.
    pub(super) fn attempt(&self, context: &RequestContext, provider: &Provider, tag: &Tag) -> Option<LoginTransaction> {
        let name = login_cookie(context, tag);
        let relation = relation(context, provider);
        context
            .cookies
            .values(&name)
            .find_map(|value| LoginTransaction::open(value, tag, &self.keys, relation, self.paths.prefix()))
    }

    /// Completes with a parked answer, or as whoever took it did.
    async fn complete_parked(
        self: &Arc<Self>,
        context: &RequestContext,
        provider: &Arc<Provider>,
        attempt: &LoginTransaction,
        receipt: ResponseTicket,
    ) -> Result<Reply, Rejection> {
        let failed = |error: StoreError| Rejection::from(error).towards(attempt.return_to());
        // Nothing is claimed for an answer that is gone.
        if self.store.is_parked(&receipt.slot(), context.now).await.map_err(failed)? {
            return self.complete_with(context, provider, attempt, Source::Parked(receipt)).await;
        }
        match self.store.claimed(&CompletionKey::of(attempt.state()), context.now).await.map_err(failed)? {
            Some(claim) => self.after(context, provider, attempt, claim).await,
            None => self.restart(context, provider, attempt).await,
        }
    }

    /// Redeems and begins the session in a task of its own, and waits for it.
    async fn finish(
        self: &Arc<Self>,
        context: &RequestContext,
        provider: &Arc<Provider>,
        attempt: &LoginTransaction,
        source: Source,
    ) -> Result<Reply, Rejection> {
        let redemption = Redemption {
            party: Arc::clone(self),
            context: context.clone(),
            provider: Arc::clone(provider),
            attempt: attempt.clone(),
            source,
        };
        let (party, key) = (Arc::clone(self), CompletionKey::of(attempt.state()));
        let supervised = self.home.spawn(async move {
            // A second task, so that a panic in it still settles the claim: nobody waits for the dead.
            let ended = party.home.spawn(redemption.run()).await.unwrap_or(Err(FlowError::Lost));
            let outcome =
                ended.as_ref().map_or_else(|problem| Outcome::Refused(problem.reason()), |_| Outcome::SignedIn);
            if let Err(lost) = party.store.settle(&key, outcome, party.clock.now()).await {
                error!(error = %lost, "a sign-in ended, but the session store did not note how");
            }
            ended
        });
        match supervised.await.unwrap_or(Err(FlowError::Lost)) {
            Ok(Former::Live) => Ok(signed_in(context, attempt)),
            Ok(Former::Gone) => {
                Ok(signed_in(context, attempt).cookies(self.note_next_end(context, attempt.state().issued_at())))
            }
            Err(problem) => self.refused(context, provider, attempt, problem).await,
        }
    }

    /// What to answer when somebody else completes, or has completed, this sign-in.
    async fn after(
        &self,
        context: &RequestContext,
        provider: &Provider,
        attempt: &LoginTransaction,
        claim: CompletionState,
    ) -> Result<Reply, Rejection> {
        let key = CompletionKey::of(attempt.state());
        let claim = match claim {
            CompletionState::Fresh | CompletionState::InFlight => self.store.settled(&key, PATIENCE, context.now).await,
            done @ CompletionState::Done { .. } => Ok(Some(done)),
        };
        match claim.map_err(|error| Rejection::from(error).towards(attempt.return_to()))? {
            Some(CompletionState::Done { at, outcome: Outcome::SignedIn })
                if self.is_repeatable(context, attempt, at).await =>
            {
                Ok(signed_in(context, attempt))
            }
            Some(CompletionState::Done { outcome: Outcome::Refused(reason), .. }) => {
                self.refused(context, provider, attempt, FlowError::Earlier(reason)).await
            }
            // Or nobody settled it: its holder died or hangs. The code may be spent, and is never sent again.
            Some(_) | None => self.restart(context, provider, attempt).await,
        }
    }

    /// Whether the answer of a completed sign-in may be given again, for one that was lost on its way: shortly after,
    /// and while the session is there.
    async fn is_repeatable(&self, context: &RequestContext, attempt: &LoginTransaction, at: Timestamp) -> bool {
        let key = attempt.session_cookie().key();
        context.now.since(at) <= REPEATABLE && matches!(self.store.load(&key, context.now).await, Ok(Some(_)))
    }

    /// Old browsers drop cookies on the way from the POST: this page comes back by itself, now with them.
    fn bounce(&self, context: &RequestContext, provider: &Provider, tag: &Tag, is_late: bool) -> Reply {
        let late = if is_late { "&late=1" } else { "" };
        let again = format!("{}{late}&again=1", self.paths.proceed(provider.settings().name.as_str(), tag.as_str()));
        Reply::page(pages::reload(context.language(), &again))
    }

    fn brought(&self, context: &RequestContext, provider: &Provider, tag: &Tag) -> Brought {
        let name = answer_cookie(context, tag);
        let read = |value: &str| {
            if let Some(problem) = self.refusal_in(value, context, provider, tag) {
                return Some(Brought::Refusal(problem));
            }
            if let Some(sealed) = value.strip_prefix(CARRIED_MARK) {
                let arrival = PendingResponse::open_carried(sealed, tag, &self.keys, relation(context, provider))?;
                // No longer than one that is parked: the used mark of its state must outlive it.
                return (context.now < arrival.at.plus(PARKED)).then_some(Brought::AuthorizationResponse(arrival));
            }
            let lot =
                if provider.settings().flow.has_front_id_token() { PendingKind::Answers } else { PendingKind::Codes };
            ResponseTicket::parse(value, lot).map(Brought::ResponseTicket)
        };
        context.cookies.values(&name).find_map(read).unwrap_or(Brought::Nothing)
    }

    /// Where the sign-in `tag` ended, when the session of this browser came of it.
    async fn end_of_sign_in(&self, context: &RequestContext, tag: &Tag) -> Option<ReturnTo> {
        let (_, session) = self.session(context).await.ok()??;
        session.end_of_sign_in(tag).cloned()
    }
}

/// The browser goes on to the page it wanted, with the session of `attempt`.
fn signed_in(context: &RequestContext, attempt: &LoginTransaction) -> Reply {
    let name = context.origin.cookie(CookieName::Session);
    Reply::see_other(attempt.return_to().as_str())
        .cookie(set_cookie(name, &attempt.session_cookie().text(), &context.origin, None))
        .cookies(cleared(context, attempt))
}

/// For so long after a sign-in a lost answer is given again.
const REPEATABLE: Duration = Duration::from_secs(60);

/// The longest redemption: metadata, token, keys and userinfo at ten seconds each, and five to spare.
const PATIENCE: Duration = Duration::from_secs(45);
