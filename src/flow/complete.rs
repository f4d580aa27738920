//! The answer meets the browser that asked for it: the code is redeemed once, and a session begins.

use std::{sync::Arc, time::Duration};

use tracing::error;

use super::{
    anew::cleared,
    callback::{CARRIED_MARK, PARKED},
    login::{answer_cookie, login_cookie},
    pages,
    problem::{Problem, Stopped},
    redemption::{Former, Redemption, Source},
    relying_party::{RelyingParty, relation},
};
use crate::{
    base::Timestamp,
    oidc::Parameters,
    provider::Provider,
    session::{Arrival, Attempt, Claim, ClaimKey, Lot, Outcome, Receipt, StoreError, Tag, expire_cookie, set_cookie},
    web::{CookieName, Form, Reply, ReturnTo, Visit},
};

/// What this browser brings to `continue`.
enum Brought {
    /// The receipt of an answer.
    Receipt(Receipt),
    /// The answer itself.
    Answer(Arrival),
    /// A refusal, made when the answer came.
    Refusal(Problem),
    /// Nothing.
    Nothing,
}

impl RelyingParty {
    /// Completes the sign-in that the query names by its tag. Only for top-level GET navigations.
    pub async fn complete(
        self: &Arc<Self>,
        visit: &Visit,
        provider: &Arc<Provider>,
        query: &Form,
    ) -> Result<Reply, Stopped> {
        let Some(tag) = query.value("t").and_then(Tag::parse) else { return Err(Problem::NoCookies.into()) };
        if let Some(return_to) = self.end_of_sign_in(visit, &tag).await {
            // Back button, reload, second submit: this browser has finished that sign-in.
            return Ok(Reply::see_other(return_to.as_str()));
        }
        let over =
            [login_cookie(visit, &tag), answer_cookie(visit, &tag)].map(|name| expire_cookie(&name, &visit.origin));
        match (self.attempt(visit, provider, &tag), self.brought(visit, provider, &tag)) {
            (Some(attempt), Brought::Refusal(problem)) => self.refused(visit, provider, &attempt, problem).await,
            (None, Brought::Refusal(problem)) => Err(Stopped::from(problem).with_cookies(over)),
            (Some(attempt), Brought::Receipt(receipt)) => {
                self.complete_parked(visit, provider, &attempt, receipt).await
            }
            (Some(attempt), Brought::Answer(arrival)) => {
                self.complete_with(visit, provider, &attempt, Source::AtHand(arrival)).await
            }
            (Some(attempt), Brought::Nothing) => {
                match self.store.claimed(&ClaimKey::of(attempt.state()), visit.now).await {
                    Ok(Some(claim)) => self.after(visit, provider, &attempt, claim).await,
                    Ok(None) => self.restart(visit, provider, &attempt).await,
                    Err(error) => Err(Stopped::from(error).towards(attempt.return_to())),
                }
            }
            (None, Brought::Receipt(receipt)) => {
                self.store.take(&receipt.slot(), visit.now).await.map_err(Problem::from)?;
                Err(Stopped::from(Problem::OtherBrowser).with_cookies(over))
            }
            (None, Brought::Answer(_)) => Err(Stopped::from(Problem::OtherBrowser).with_cookies(over)),
            (None, Brought::Nothing) => match (query.value("again"), query.value("late")) {
                (None, late) => Ok(self.bounce(visit, provider, &tag, late.is_some())),
                // A tab that was left open: where it was going went with its cookie.
                (Some(_), Some(_)) => self.sign_in(visit, provider, self.paths.front(), Parameters::default()).await,
                (Some(_), None) => Err(Problem::NoCookies.into()),
            },
        }
    }

    /// Claims the sign-in and completes it, or joins who does.
    pub(super) async fn complete_with(
        self: &Arc<Self>,
        visit: &Visit,
        provider: &Arc<Provider>,
        attempt: &Attempt,
        source: Source,
    ) -> Result<Reply, Stopped> {
        let state = attempt.state();
        // The mark outlives every answer to this state that may still be parked.
        let until = state.expires_at().plus(PARKED);
        let claim = self.store.claim(&ClaimKey::of(state), until, visit.now).await;
        match claim.map_err(|error| Stopped::from(error).towards(attempt.return_to()))? {
            Claim::Fresh => self.finish(visit, provider, attempt, source).await,
            earlier => self.after(visit, provider, attempt, earlier).await,
        }
    }

    /// The login cookie of the sign-in `tag`, opened.
    pub(super) fn attempt(&self, visit: &Visit, provider: &Provider, tag: &Tag) -> Option<Attempt> {
        let name = login_cookie(visit, tag);
        let relation = relation(visit, provider);
        visit
            .cookies
            .values(&name)
            .find_map(|value| Attempt::open(value, tag, &self.keys, relation, self.paths.prefix()))
    }

    /// Completes with a parked answer, or as whoever took it did.
    async fn complete_parked(
        self: &Arc<Self>,
        visit: &Visit,
        provider: &Arc<Provider>,
        attempt: &Attempt,
        receipt: Receipt,
    ) -> Result<Reply, Stopped> {
        let failed = |error: StoreError| Stopped::from(error).towards(attempt.return_to());
        // Nothing is claimed for an answer that is gone.
        if self.store.is_parked(&receipt.slot(), visit.now).await.map_err(failed)? {
            return self.complete_with(visit, provider, attempt, Source::Parked(receipt)).await;
        }
        match self.store.claimed(&ClaimKey::of(attempt.state()), visit.now).await.map_err(failed)? {
            Some(claim) => self.after(visit, provider, attempt, claim).await,
            None => self.restart(visit, provider, attempt).await,
        }
    }

    /// Redeems and begins the session in a task of its own, and waits for it.
    async fn finish(
        self: &Arc<Self>,
        visit: &Visit,
        provider: &Arc<Provider>,
        attempt: &Attempt,
        source: Source,
    ) -> Result<Reply, Stopped> {
        let redemption = Redemption {
            party: Arc::clone(self),
            visit: visit.clone(),
            provider: Arc::clone(provider),
            attempt: attempt.clone(),
            source,
        };
        let (party, key) = (Arc::clone(self), ClaimKey::of(attempt.state()));
        let supervised = self.home.spawn(async move {
            // A second task, so that a panic in it still settles the claim: nobody waits for the dead.
            let ended = party.home.spawn(redemption.run()).await.unwrap_or(Err(Problem::Lost));
            let outcome = ended.as_ref().map_or_else(|problem| Outcome::Refused(problem.code()), |_| Outcome::SignedIn);
            if let Err(lost) = party.store.settle(&key, outcome, party.clock.now()).await {
                error!(error = %lost, "a sign-in ended, but the session store did not note how");
            }
            ended
        });
        match supervised.await.unwrap_or(Err(Problem::Lost)) {
            Ok(Former::Live) => Ok(signed_in(visit, attempt)),
            Ok(Former::Gone) => {
                Ok(signed_in(visit, attempt).cookies(self.note_next_end(visit, attempt.state().issued_at())))
            }
            Err(problem) => self.refused(visit, provider, attempt, problem).await,
        }
    }

    /// What to answer when somebody else completes, or has completed, this sign-in.
    async fn after(
        &self,
        visit: &Visit,
        provider: &Provider,
        attempt: &Attempt,
        claim: Claim,
    ) -> Result<Reply, Stopped> {
        let key = ClaimKey::of(attempt.state());
        let claim = match claim {
            Claim::Fresh | Claim::InFlight => self.store.settled(&key, PATIENCE, visit.now).await,
            done @ Claim::Done { .. } => Ok(Some(done)),
        };
        match claim.map_err(|error| Stopped::from(error).towards(attempt.return_to()))? {
            Some(Claim::Done { at, outcome: Outcome::SignedIn }) if self.is_repeatable(visit, attempt, at).await => {
                Ok(signed_in(visit, attempt))
            }
            Some(Claim::Done { outcome: Outcome::Refused(code), .. }) => {
                self.refused(visit, provider, attempt, Problem::Earlier(code)).await
            }
            // Or nobody settled it: its holder died or hangs. The code may be spent, and is never sent again.
            Some(_) | None => self.restart(visit, provider, attempt).await,
        }
    }

    /// Whether the answer of a completed sign-in may be given again, for one that was lost on its way: shortly after,
    /// and while the session is there.
    async fn is_repeatable(&self, visit: &Visit, attempt: &Attempt, at: Timestamp) -> bool {
        let key = attempt.session_cookie().key();
        visit.now.since(at) <= REPEATABLE && matches!(self.store.load(&key, visit.now).await, Ok(Some(_)))
    }

    /// Old browsers drop cookies on the way from the POST: this page comes back by itself, now with them.
    fn bounce(&self, visit: &Visit, provider: &Provider, tag: &Tag, is_late: bool) -> Reply {
        let late = if is_late { "&late=1" } else { "" };
        let again = format!("{}{late}&again=1", self.paths.proceed(provider.settings().name.as_str(), tag.as_str()));
        Reply::page(pages::one_moment(visit.language(), &again))
    }

    fn brought(&self, visit: &Visit, provider: &Provider, tag: &Tag) -> Brought {
        let name = answer_cookie(visit, tag);
        let read = |value: &str| {
            if let Some(problem) = self.refusal_in(value, visit, provider, tag) {
                return Some(Brought::Refusal(problem));
            }
            if let Some(sealed) = value.strip_prefix(CARRIED_MARK) {
                let arrival = Arrival::open_carried(sealed, tag, &self.keys, relation(visit, provider))?;
                // No longer than one that is parked: the used mark of its state must outlive it.
                return (visit.now < arrival.at.plus(PARKED)).then_some(Brought::Answer(arrival));
            }
            let lot = if provider.settings().flow.has_front_id_token() { Lot::Answers } else { Lot::Codes };
            Receipt::parse(value, lot).map(Brought::Receipt)
        };
        visit.cookies.values(&name).find_map(read).unwrap_or(Brought::Nothing)
    }

    /// Where the sign-in `tag` ended, when the session of this browser came of it.
    async fn end_of_sign_in(&self, visit: &Visit, tag: &Tag) -> Option<ReturnTo> {
        let (_, session) = self.session(visit).await.ok()??;
        session.end_of_sign_in(tag).cloned()
    }
}

/// The browser goes on to the page it wanted, with the session of `attempt`.
fn signed_in(visit: &Visit, attempt: &Attempt) -> Reply {
    let name = visit.origin.cookie(CookieName::Session);
    Reply::see_other(attempt.return_to().as_str())
        .cookie(set_cookie(name, &attempt.session_cookie().text(), &visit.origin, None))
        .cookies(cleared(visit, attempt))
}

/// For so long after a sign-in a lost answer is given again.
const REPEATABLE: Duration = Duration::from_secs(60);

/// The longest redemption: metadata, token, keys and userinfo at ten seconds each, and five to spare.
const PATIENCE: Duration = Duration::from_secs(45);
