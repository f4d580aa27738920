//! Login loops: a browser that signs in again and again is stopped, with a page that says why.
//!
//! Ends of sign-ins are counted, however they ended, in a browser without a session. Eight tabs opened at once begin eight
//! sign-ins, but the browser has a session when the first ends. The count is in a sealed cookie.

use std::time::Duration;

use http::HeaderValue;

use super::relying_party::RelyingParty;
use crate::{
    base::{Purpose, Timestamp, decode_base64url, encode_base64url},
    web::{CookieName, RequestContext, expire_cookie, set_cookie},
};

/// The ended sign-ins of a request's browser.
pub(super) struct LoginLoop<'a> {
    party: &'a RelyingParty,
    context: &'a RequestContext,
}

impl<'a> LoginLoop<'a> {
    /// The ended sign-ins of the browser that sent the request.
    pub(super) fn new(party: &'a RelyingParty, context: &'a RequestContext) -> Self {
        Self { party, context }
    }

    /// Whether the browser has ended too many sign-ins to begin another.
    pub(super) fn is_closed(&self) -> bool {
        self.recent_ends().len() >= MOST_ENDS
    }

    /// Whether the browser has ended too many sign-ins to begin another, counting one that ends now.
    pub(super) fn closes_now(&self) -> bool {
        self.recent_ends().len() + 1 >= MOST_ENDS
    }

    /// The cookie that counts one more end of a sign-in.
    pub(super) fn count(&self) -> HeaderValue {
        let (party, context) = (self.party, self.context);
        let mut ends = self.recent_ends();
        ends.push(context.now);
        let surplus = ends.len().saturating_sub(MOST_ENDS);
        let plain: Vec<u8> = ends[surplus..].iter().flat_map(|end| end.micros().to_be_bytes()).collect();
        let sealed = party.keys.current().seal(ENDS, &[context.origin.as_str().as_bytes()], &plain, &*party.random);
        set_cookie(self.name(), &encode_base64url(sealed), &context.origin, Some(SPAN))
    }

    /// Counts the end of a sign-in that began at `began` and led to a session, unless it began before the last counted one
    /// ended: tabs that began together do not follow one another.
    pub(super) fn count_if_later(&self, began: Timestamp) -> Option<HeaderValue> {
        let follows = self.recent_ends().last().is_none_or(|last| began > *last);
        follows.then(|| self.count())
    }

    /// The cookie that resets the count: the person has seen the page about the loop, or has signed out.
    pub(super) fn forget(&self) -> HeaderValue {
        expire_cookie(self.name(), &self.context.origin)
    }

    fn recent_ends(&self) -> Vec<Timestamp> {
        let (party, context) = (self.party, self.context);
        let opened = context.cookies.values(self.name()).next().and_then(|value| {
            let sealed = decode_base64url(value)?;
            party.keys.open(ENDS, &[context.origin.as_str().as_bytes()], &sealed).ok()
        });
        let opened = opened.unwrap_or_default();
        let (ends, _) = opened.as_chunks::<8>();
        ends.iter()
            .map(|end| Timestamp::from_micros(u64::from_be_bytes(*end)))
            .filter(|end| context.now.since(*end) < SPAN)
            .collect()
    }

    fn name(&self) -> &'a str {
        self.context.origin.cookie(CookieName::Loop)
    }
}

const ENDS: Purpose = Purpose("ended sign-ins");

/// Entra ID stops a browser after 15 sign-ins in five minutes (AADSTS50196), with a page that does not help the person.
/// Three in half that time are at most six in any five minutes.
const MOST_ENDS: usize = 3;
const SPAN: Duration = Duration::from_secs(150);
