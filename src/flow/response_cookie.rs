//! The response cookie, which carries the provider's response from the callback to `continue` in one browser.
//!
//! It holds the ticket of a stored response, or the response itself if that is a short code, or a refusal.

use std::time::Duration;

use http::HeaderValue;
use tracing::warn;

use super::{
    error::FlowError,
    sign_in::{SignIn, response_cookie_name},
};
use crate::{
    base::{Purpose, decode_base64url, encode_base64url},
    reason::ReasonCode,
    session::{PendingKind, PendingResponse, ResponseTicket, State, Tag},
    web::set_cookie,
};

/// The content of a response cookie.
pub(super) enum ResponseCookie {
    /// The ticket of a stored response.
    Ticket(ResponseTicket),
    /// The response itself.
    Response(PendingResponse),
    /// The refusal of a response.
    Refusal(FlowError),
}

impl SignIn<'_> {
    /// Stores a response, or seals it into the cookie if it is a short code. Returns the cookie.
    pub(super) async fn store_response(
        &self,
        state: &State,
        response: &PendingResponse,
    ) -> Result<HeaderValue, FlowError> {
        let (party, binding, now) = (self.party, self.binding(), self.context.now);
        let value = if let Some(sealed) = response.seal_in_cookie(state, binding, &*party.random) {
            format!("{RESPONSE_MARK}{sealed}")
        } else {
            let ticket = response.ticket(state, binding);
            // A code alone is not verified, and there is less room for codes.
            let units = if response.id_token.is_some() { 1 } else { 4 };
            if !party.stored_responses.try_take(self.context.client, units, now) {
                return Err(FlowError::TooManyRequests);
            }
            let sealed = response.seal(&ticket, state, binding, &*party.random);
            party.store.put_pending(&ticket.pending_key(), sealed, now.plus(RESPONSE_LIFETIME), now).await?;
            ticket.text()
        };
        Ok(self.cookie(&state.tag(), &value))
    }

    /// The cookie that holds a refusal. The refusal is shown and audited once, at `continue`. The log line here remains if
    /// the browser does not get there.
    pub(super) fn refusal_cookie(&self, tag: &Tag, error: &FlowError) -> HeaderValue {
        let context = self.context;
        let (reason, detail) = (error.reason(), error.detail());
        warn!(%reason, request = %context.id, origin = context.origin.as_str(), detail, "an authorization response was refused");
        let detail: String = detail.chars().take(MAX_DETAIL).collect();
        let binding = self.binding();
        let plain = format!("{reason} {detail}");
        let party = self.party;
        let associated_data = binding.bind(tag.as_str().as_bytes());
        let sealed = party.keys().current().seal(REFUSAL, &associated_data, plain.as_bytes(), &*party.random);
        self.cookie(tag, &format!("{REFUSAL_MARK}{}", encode_base64url(sealed)))
    }

    /// The content of the response cookie of `tag` in the request.
    pub(super) fn read_response_cookie(&self, tag: &Tag) -> Option<ResponseCookie> {
        let name = response_cookie_name(self.context, tag);
        self.context.cookies.values(&name).find_map(|value| self.open_response_cookie(tag, value))
    }

    fn open_response_cookie(&self, tag: &Tag, value: &str) -> Option<ResponseCookie> {
        if let Some(error) = self.refusal(tag, value) {
            return Some(ResponseCookie::Refusal(error));
        }
        if let Some(sealed) = value.strip_prefix(RESPONSE_MARK) {
            let response = PendingResponse::open_from_cookie(sealed, tag, &self.party.keys(), self.binding())?;
            // The lifetime of a stored response applies here too: the completion lock of the state must outlive both.
            let is_fresh = self.context.now < response.at.plus(RESPONSE_LIFETIME);
            return is_fresh.then_some(ResponseCookie::Response(response));
        }
        let has_id_token = self.provider.settings().flow.has_front_id_token();
        let kind = if has_id_token { PendingKind::Responses } else { PendingKind::Codes };
        ResponseTicket::parse(value, kind).map(ResponseCookie::Ticket)
    }

    fn refusal(&self, tag: &Tag, value: &str) -> Option<FlowError> {
        let sealed = decode_base64url(value.strip_prefix(REFUSAL_MARK)?)?;
        let plain = self.party.keys().open(REFUSAL, &self.binding().bind(tag.as_str().as_bytes()), &sealed).ok()?;
        let (code, detail) = std::str::from_utf8(&plain).ok()?.split_once(' ')?;
        // Another version of the gateway may have sealed a code that this one does not have.
        let reason = ReasonCode::parse(code).unwrap_or(ReasonCode::InternalError);
        Some(FlowError::RefusedAtCallback { reason, detail: detail.into() })
    }

    fn cookie(&self, tag: &Tag, value: &str) -> HeaderValue {
        set_cookie(&response_cookie_name(self.context, tag), value, &self.context.origin, Some(RESPONSE_LIFETIME))
    }
}

/// How long a response is valid after the callback. The redirect to `continue` follows at once.
pub(super) const RESPONSE_LIFETIME: Duration = Duration::from_secs(60);

/// The start of a cookie that holds a refusal. A ticket is base64url and has no dot.
const REFUSAL_MARK: &str = "refused.";

/// The start of a cookie that holds the response itself.
const RESPONSE_MARK: &str = "code.";

const REFUSAL: Purpose = Purpose("refusal");

/// The longest detail in the cookie of a refusal, in characters.
const MAX_DETAIL: usize = 600;
