//! The provider's answer: verified whole before anything is kept, parked, and sent to meet the browser that asked.
//!
//! A `form_post` answer is a cross-site POST and brings no cookie (OAuth 2.0 Form Post Response Mode §2). All that can be
//! checked without one is checked here: the state proves itself, and the nonce follows from it.

use std::{sync::Arc, time::Duration};

use tracing::{info, warn};

use super::{
    error::{FlowError, Rejection},
    login::{answer_cookie, login_cookie},
    redemption::{Source, verify_front},
    relying_party::{RelyingParty, relation},
};
use crate::{
    base::{Purpose, decode_base64url, encode_base64url},
    oidc::{self, AuthorizationResponse},
    provider::Provider,
    reason::ReasonCode,
    session::{PendingResponse, State, Tag, expire_cookie, set_cookie},
    web::{Form, FormError, Reply, RequestContext, RequestKind},
};

impl RelyingParty {
    /// Takes an answer that was posted. On success the browser goes on to `continue`, with a receipt.
    pub async fn receive(
        &self,
        context: &RequestContext,
        provider: &Provider,
        form: &Form,
    ) -> Result<Reply, Rejection> {
        let state = self.state_of(context, provider, form)?;
        match self.read_answer(context, provider, form, &state).await {
            Ok(Some(arrival)) => {
                let parked = self.park(context, provider, &state, &arrival).await;
                parked.map_err(|problem| refuse_post(context, &state, problem))
            }
            Ok(None) => Ok(self.proceed_late(provider, &state.tag())),
            Err(problem @ FlowError::Refused(_)) => {
                Ok(self.proceed_to_refusal(context, provider, &state.tag(), &problem))
            }
            Err(problem) => Err(refuse_post(context, &state, problem)),
        }
    }

    /// Takes an answer that stands in the query. Its address holds the code, so no page is ever shown there: refusals,
    /// too, move on to `continue`, and so does whatever is no navigation of a whole tab.
    pub async fn receive_query(
        self: &Arc<Self>,
        context: &RequestContext,
        provider: &Arc<Provider>,
        query: Result<Form, FormError>,
    ) -> Reply {
        let read = query.map_err(FlowError::from).and_then(|form| {
            let form = oidc::without_redirect_query(form, provider.settings().redirect_query.as_ref())?;
            Ok((self.state_of(context, provider, &form)?, form))
        });
        let (state, form) = match read {
            Ok(read) => read,
            Err(problem) => return self.proceed_to_refusal(context, provider, &Tag::of(""), &problem),
        };
        let tag = state.tag();
        if context.kind != RequestKind::Navigation {
            return self.proceed(provider, &tag);
        }
        let answer = self.read_answer(context, provider, &form, &state).await;
        let completed = match (answer, self.attempt(context, provider, &tag)) {
            (Ok(Some(arrival)), Some(attempt)) => {
                self.complete_with(context, provider, &attempt, Source::AtHand(arrival)).await
            }
            (Ok(Some(_)), None) => Ok(self.proceed(provider, &tag)),
            (Ok(None), _) => Ok(self.proceed_late(provider, &tag)),
            (Err(problem), _) => Err(problem.into()),
        };
        completed.unwrap_or_else(|stopped| self.proceed_to_refusal(context, provider, &tag, &stopped.problem))
    }

    /// The state, before anything else in the answer is looked at.
    fn state_of(&self, context: &RequestContext, provider: &Provider, form: &Form) -> Result<State, FlowError> {
        let text = oidc::state(form).ok_or(FlowError::NoState)?;
        Ok(State::read(text, &self.keys, relation(context, provider))?)
    }

    /// Reads and verifies the answer; `None` when it is right in everything and only came too late.
    async fn read_answer(
        &self,
        context: &RequestContext,
        provider: &Provider,
        form: &Form,
        state: &State,
    ) -> Result<Option<PendingResponse>, FlowError> {
        // Age before any token or key work.
        if state.is_expired(context.now) {
            return Ok(None);
        }
        let settings = provider.settings();
        oidc::check_issuer(form, &settings.issuer, provider.is_iss_parameter_supported().await?)?;
        let (code, id_token) = match AuthorizationResponse::read(form, settings.flow)? {
            AuthorizationResponse::Granted { code, id_token } => (code, id_token),
            AuthorizationResponse::Refused(refusal) => return Err(FlowError::Refused(refusal)),
        };
        let arrival = PendingResponse { at: context.now, code, id_token };
        match verify_front(provider, state, &arrival).await {
            Ok(front) => {
                front.iter().try_for_each(|front| oidc::check_issuer_of_token(form, front))?;
                Ok(Some(arrival))
            }
            Err(error) if error.is_only_time() => {
                // No refusal yet; when it goes on like this, here stands why.
                info!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), "an answer came too late");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the answer wait for its browser: in the browser itself when it is a short code, else here.
    async fn park(
        &self,
        context: &RequestContext,
        provider: &Provider,
        state: &State,
        arrival: &PendingResponse,
    ) -> Result<Reply, FlowError> {
        let relation = relation(context, provider);
        let value = if let Some(carried) = arrival.carried(state, relation, &*self.random) {
            format!("{CARRIED_MARK}{carried}")
        } else {
            let receipt = arrival.receipt(state, relation);
            let sealed = arrival.seal(&receipt, state, relation, &*self.random);
            self.store.park(&receipt.slot(), sealed, context.now.plus(PARKED), context.now).await?;
            receipt.text()
        };
        let cookie = set_cookie(&answer_cookie(context, &state.tag()), &value, &context.origin, Some(PARKED));
        Ok(self.proceed(provider, &state.tag()).cookie(cookie))
    }

    fn proceed(&self, provider: &Provider, tag: &Tag) -> Reply {
        Reply::see_other(self.paths.proceed(provider.settings().name.as_str(), tag.as_str()))
    }

    /// The answer came too late: its sign-in begins anew, also when its cookie has ended with it.
    fn proceed_late(&self, provider: &Provider, tag: &Tag) -> Reply {
        Reply::see_other(format!("{}&late=1", self.paths.proceed(provider.settings().name.as_str(), tag.as_str())))
    }

    /// Sends the browser to `continue` with a sealed refusal; nothing is stored. There it is told and audited, once: what
    /// is written here says why a browser was sent on that never came.
    fn proceed_to_refusal(
        &self,
        context: &RequestContext,
        provider: &Provider,
        tag: &Tag,
        problem: &FlowError,
    ) -> Reply {
        let (reason, detail) = (problem.reason(), problem.detail());
        warn!(%reason, request = %context.id, origin = context.origin.as_str(), detail, "an answer was refused");
        let detail: String = detail.chars().take(MAX_DETAIL).collect();
        let parts = relation(context, provider);
        let parts = parts.bind(tag.as_str().as_bytes());
        let plain = format!("{reason} {detail}");
        let sealed = self.keys.current().seal(REFUSAL, &parts, plain.as_bytes(), &*self.random);
        let value = format!("{REFUSAL_MARK}{}", encode_base64url(sealed));
        let cookie = set_cookie(&answer_cookie(context, tag), &value, &context.origin, Some(PARKED));
        self.proceed(provider, tag).cookie(cookie)
    }

    /// Reads the refusal that an answer cookie holds, if it holds one of this sign-in.
    pub(super) fn refusal_in(
        &self,
        value: &str,
        context: &RequestContext,
        provider: &Provider,
        tag: &Tag,
    ) -> Option<FlowError> {
        let sealed = decode_base64url(value.strip_prefix(REFUSAL_MARK)?)?;
        let plain =
            self.keys.open(REFUSAL, &relation(context, provider).bind(tag.as_str().as_bytes()), &sealed).ok()?;
        let (code, detail) = std::str::from_utf8(&plain).ok()?.split_once(' ')?;
        // Another version of the gateway may have sealed a code that this one does not have.
        let reason = ReasonCode::parse(code).unwrap_or(ReasonCode::InternalError);
        Some(FlowError::AtArrival { reason, detail: detail.into() })
    }
}

/// Stops at the POST itself. The sign-in is over for this browser; no session is touched.
fn refuse_post(context: &RequestContext, state: &State, problem: FlowError) -> Rejection {
    Rejection::from(problem).with_cookies([expire_cookie(&login_cookie(context, &state.tag()), &context.origin)])
}

/// What an answer cookie with a refusal begins with; a receipt is base64url and holds no dot.
const REFUSAL_MARK: &str = "refused.";

/// What an answer cookie with the answer itself begins with.
pub(super) const CARRIED_MARK: &str = "code.";

/// The purpose of a sealed refusal.
const REFUSAL: Purpose = Purpose("refusal");

/// In characters: with the longest of them still a small cookie.
const MAX_DETAIL: usize = 600;

/// How long an answer waits for the browser that comes right behind it.
pub(super) const PARKED: Duration = Duration::from_secs(60);
