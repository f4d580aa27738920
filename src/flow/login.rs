//! A sign-in begins: the browser goes to the provider with a state that proves itself, and keeps the rest in a cookie.

use std::time::Duration;

use http::HeaderValue;
use zeroize::Zeroizing;

use super::{
    problem::{Problem, Stopped},
    relying_party::{RelyingParty, relation},
};
use crate::{
    base::Timestamp,
    oidc::{AuthorizationRequest, Changes},
    provider::Provider,
    session::{Attempt, Round, Tag, expire_cookie, set_cookie},
    web::{CookieName, Reply, ReturnTo, Visit},
};

/// How a sign-in differs from the plain one.
#[derive(Default)]
pub(super) struct Terms {
    pub(super) round: Round,
    pub(super) changes: Changes,
    /// It follows one that ended just now.
    pub(super) is_anew: bool,
}

impl RelyingParty {
    /// Sends this browser to `provider`; afterwards it goes to `return_to`. Only for top-level GET navigations.
    pub async fn begin(&self, visit: &Visit, provider: &Provider, return_to: ReturnTo) -> Result<Reply, Stopped> {
        self.begin_in(Terms::default(), visit, provider, return_to).await
    }

    /// The same, where the person shall choose an account first.
    pub async fn begin_with_a_choice(
        &self,
        visit: &Visit,
        provider: &Provider,
        return_to: ReturnTo,
    ) -> Result<Reply, Stopped> {
        let terms = Terms { changes: Changes::for_another_account(), ..Terms::default() };
        self.begin_in(terms, visit, provider, return_to).await
    }

    pub(super) async fn begin_in(
        &self,
        terms: Terms,
        visit: &Visit,
        provider: &Provider,
        return_to: ReturnTo,
    ) -> Result<Reply, Stopped> {
        let Terms { round, changes, is_anew } = terms;
        if self.is_looping(visit, usize::from(is_anew)) {
            return Err(Stopped::from(Problem::Loop).towards(&return_to).with_cookies([self.forget_loop(visit)]));
        }
        let relation = relation(visit, provider);
        let attempt = Attempt::begin(&self.keys, relation, return_to, round, &*self.random, visit.now);
        let verifier: Zeroizing<String> = attempt.verifier();
        let to = provider
            .authorize(&AuthorizationRequest {
                redirect_uri: &self.paths.redirect_uri(&visit.origin, relation.provider),
                state: attempt.state().text(),
                nonce: &attempt.state().nonce(),
                code_verifier: Some(&verifier),
                extra: &changes.extra,
                without: &changes.without,
            })
            .await
            .map_err(|error| Stopped::from(Problem::from(error)).towards(attempt.return_to()))?;
        let name = login_cookie(visit, &attempt.state().tag());
        let cookie = set_cookie(&name, &attempt.seal(relation, &*self.random), &visit.origin, Some(COOKIE_LIFETIME));
        Ok(Reply::see_other(to)
            .cookies(self.surplus_login_cookies(visit))
            .cookies(ambiguous_session_cookie(visit))
            .cookie(cookie))
    }

    /// Expires login cookies so that at most ten stay with the one to come: those that do not open, then the oldest.
    fn surplus_login_cookies(&self, visit: &Visit) -> Vec<HeaderValue> {
        let prefix = CookieName::Login.text(visit.origin.is_https());
        let of_ours = |(name, value)| self.age_of_login_cookie(visit, prefix, name, value);
        let mut cookies: Vec<_> = visit.cookies.all().filter_map(of_ours).collect();
        let surplus = (cookies.len() + 1).saturating_sub(MOST_LOGIN_COOKIES);
        cookies.sort_by_key(|(issued_at, _)| *issued_at);
        cookies.iter().take(surplus).map(|(_, name)| expire_cookie(name, &visit.origin)).collect()
    }

    /// When the sign-in of a login cookie began, and the name of that cookie; the epoch for one that does not open.
    fn age_of_login_cookie<'v>(
        &self,
        visit: &Visit,
        prefix: &str,
        name: &'v str,
        value: &str,
    ) -> Option<(Timestamp, &'v str)> {
        let tag = name.strip_prefix(prefix)?;
        let open = |tag: &Tag| {
            self.providers.iter().find_map(|provider| {
                Attempt::open(value, tag, &self.keys, relation(visit, provider), self.paths.prefix())
            })
        };
        let attempt = Tag::parse(tag).as_ref().and_then(open);
        Some((attempt.map(|attempt| attempt.state().issued_at()).unwrap_or_default(), name))
    }
}

/// The name of the cookie of the sign-in `tag`.
pub(super) fn login_cookie(visit: &Visit, tag: &Tag) -> String {
    format!("{}{}", CookieName::Login.text(visit.origin.is_https()), tag.as_str())
}

/// The name of the cookie with the receipt for the sign-in `tag`.
pub(super) fn answer_cookie(visit: &Visit, tag: &Tag) -> String {
    format!("{}{}", CookieName::Answer.text(visit.origin.is_https()), tag.as_str())
}

/// Expires the session cookie of a browser that brought several: none of them led to a session, or to different people.
///
/// A single one stays. Its session has ended, and the next one overwrites it; but this request may have left the browser
/// before another tab signed in, and what it says of that name then would take away the new session.
fn ambiguous_session_cookie(visit: &Visit) -> Option<HeaderValue> {
    let name = CookieName::Session.text(visit.origin.is_https());
    visit.cookies.values(name).nth(1).is_some().then(|| expire_cookie(name, &visit.origin))
}

/// As long as the state lives.
const COOKIE_LIFETIME: Duration = Duration::from_secs(3600);

/// Browsers and servers limit what cookies may weigh; somebody with ten open sign-ins has forgotten the first.
const MOST_LOGIN_COOKIES: usize = 10;
