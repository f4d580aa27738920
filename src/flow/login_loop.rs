//! A browser that signs in again and again is stopped, with a page that says why, before the provider stops it.
//!
//! What is counted are ends of sign-ins, however they ended, in a browser that had no session: who opens eight tabs at
//! once begins eight, but has a session when the first ends. The count is a sealed cookie, so the server remembers nothing.

use std::time::Duration;

use http::HeaderValue;

use super::relying_party::RelyingParty;
use crate::{
    base::{Purpose, Timestamp, decode_base64url, encode_base64url},
    web::{CookieName, RequestContext, expire_cookie, set_cookie},
};

impl RelyingParty {
    /// Whether this browser has ended too many sign-ins lately to begin another without a word; `now` of them are not
    /// noted yet.
    pub(super) fn is_looping(&self, context: &RequestContext, now: usize) -> bool {
        self.ends_of_late(context).len() + now >= MOST
    }

    /// Notes one more end of a sign-in.
    pub(super) fn note_end(&self, context: &RequestContext) -> HeaderValue {
        let mut ends = self.ends_of_late(context);
        ends.push(context.now);
        let kept = ends.len().saturating_sub(MOST);
        let plain: Vec<u8> = ends[kept..].iter().flat_map(|end| end.micros().to_be_bytes()).collect();
        let sealed = self.keys.current().seal(ENDS, &[context.origin.as_str().as_bytes()], &plain, &*self.random);
        set_cookie(name(context), &encode_base64url(sealed), &context.origin, Some(SPAN))
    }

    /// Notes the end of a sign-in that left a session where none was, if it began after the one that ended last. Tabs that
    /// were all sent away together come back together: they do not follow one another.
    pub(super) fn note_next_end(&self, context: &RequestContext, began: Timestamp) -> Option<HeaderValue> {
        let follows = self.ends_of_late(context).last().is_none_or(|last| began > *last);
        follows.then(|| self.note_end(context))
    }

    /// Begins the count anew: a person has seen the page, or has signed out.
    #[expect(clippy::unused_self, reason = "the counterpart of `note_end`, for the same callers")]
    pub(super) fn forget_loop(&self, context: &RequestContext) -> HeaderValue {
        expire_cookie(name(context), &context.origin)
    }

    fn ends_of_late(&self, context: &RequestContext) -> Vec<Timestamp> {
        let opened = context.cookies.values(name(context)).next().and_then(|value| {
            let sealed = decode_base64url(value)?;
            self.keys.open(ENDS, &[context.origin.as_str().as_bytes()], &sealed).ok()
        });
        let opened = opened.unwrap_or_default();
        let (ends, _) = opened.as_chunks::<8>();
        ends.iter()
            .map(|end| Timestamp::from_micros(u64::from_be_bytes(*end)))
            .filter(|end| context.now.since(*end) < SPAN)
            .collect()
    }
}

fn name(context: &RequestContext) -> &str {
    context.origin.cookie(CookieName::Loop)
}

const ENDS: Purpose = Purpose("ended sign-ins");

/// Entra ID stops a browser after 15 in five minutes (AADSTS50196), with a page that helps nobody. Three in half of that
/// time are six in any five minutes.
const MOST: usize = 3;
const SPAN: Duration = Duration::from_secs(150);
