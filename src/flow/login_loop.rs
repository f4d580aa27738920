//! Login loops: a browser that signs in again and again gets a page that says why.
//!
//! Counted are the sign-ins that succeed in a browser without a session, and all that are refused or restarted. Tabs that
//! are opened at once begin several sign-ins, but after the first success the browser has a session. A sealed cookie holds
//! the times.

use std::time::Duration;

use http::HeaderValue;

use super::relying_party::RelyingParty;
use crate::{
    base::{Purpose, Timestamp, decode_base64url, encode_base64url},
    web::{CookieName, RequestContext, expire_cookie, set_cookie},
};

/// The login loop state of a browser, read from the cookie of one request.
pub(super) struct LoginLoop<'a> {
    party: &'a RelyingParty,
    context: &'a RequestContext,
}

impl<'a> LoginLoop<'a> {
    /// The login loop state of the browser that sent the request.
    pub(super) fn new(party: &'a RelyingParty, context: &'a RequestContext) -> Self {
        Self { party, context }
    }

    /// Whether the limit is reached: no further sign-in begins.
    pub(super) fn is_at_limit(&self) -> bool {
        self.recent_ends().len() >= MAX_SIGN_INS
    }

    /// Whether the limit is reached when the sign-in that ends now is counted.
    pub(super) fn reaches_limit(&self) -> bool {
        self.recent_ends().len() + 1 >= MAX_SIGN_INS
    }

    /// The cookie that counts one more end of a sign-in.
    pub(super) fn count(&self) -> HeaderValue {
        let (party, context) = (self.party, self.context);
        let mut ends = self.recent_ends();
        ends.push(context.now);
        let surplus = ends.len().saturating_sub(MAX_SIGN_INS);
        let plain: Vec<u8> = ends[surplus..].iter().flat_map(|end| end.micros().to_be_bytes()).collect();
        let sealed = party.keys().current().seal(ENDS, &[context.origin.as_str().as_bytes()], &plain, &*party.random);
        set_cookie(self.name(), &encode_base64url(sealed), &context.origin, Some(WINDOW))
    }

    /// Counts a successful sign-in that began at `began`. Not if it began before the last counted one ended: sign-ins of
    /// several tabs at once are no loop.
    pub(super) fn count_if_later(&self, began: Timestamp) -> Option<HeaderValue> {
        let follows = self.recent_ends().last().is_none_or(|last| began > *last);
        follows.then(|| self.count())
    }

    /// The cookie that resets the count, after the page about the loop was shown or the person has signed out.
    pub(super) fn reset(&self) -> HeaderValue {
        expire_cookie(self.name(), &self.context.origin)
    }

    fn recent_ends(&self) -> Vec<Timestamp> {
        let (party, context) = (self.party, self.context);
        let opened = context.cookies.values(self.name()).next().and_then(|value| {
            let sealed = decode_base64url(value)?;
            party.keys().open(ENDS, &[context.origin.as_str().as_bytes()], &sealed).ok()
        });
        let opened = opened.unwrap_or_default();
        let (ends, _) = opened.as_chunks::<8>();
        ends.iter()
            .map(|end| Timestamp::from_micros(u64::from_be_bytes(*end)))
            .filter(|end| context.now.since(*end) < WINDOW)
            .collect()
    }

    fn name(&self) -> &'a str {
        self.context.origin.cookie(CookieName::LoginLoop)
    }
}

const ENDS: Purpose = Purpose("ended sign-ins");

/// Entra ID stops a browser after 15 sign-ins in five minutes (AADSTS50196), with a page that does not help the person.
/// This limit allows at most six in any five minutes.
const MAX_SIGN_INS: usize = 3;
const WINDOW: Duration = Duration::from_secs(150);
