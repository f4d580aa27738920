//! A sign-in begins: the browser goes to the provider with a state that proves itself, and keeps the rest in a cookie.

use std::time::Duration;

use http::HeaderValue;
use zeroize::Zeroizing;

use super::{
    error::{FlowError, Rejection},
    pages,
    relying_party::{RelyingParty, relation},
};
use crate::{
    base::Timestamp,
    oidc::{AuthorizationRequest, Parameters},
    provider::Provider,
    session::{LoginRequest, LoginTransaction, SubjectHash, Tag},
    web::{CookieName, Reply, RequestContext, ReturnTo, expire_cookie, set_cookie},
};

/// A sign-in that has begun, on its way to the provider.
pub(super) struct Begun {
    pub(super) to: String,
    pub(super) tag: Tag,
    pub(super) cookies: Vec<HeaderValue>,
}

impl RelyingParty {
    /// Lets somebody sign in at `provider`, with these parameters over its own; afterwards they go to `return_to`. Only
    /// for top-level GET navigations.
    pub async fn sign_in(
        &self,
        context: &RequestContext,
        provider: &Provider,
        return_to: ReturnTo,
        parameters: Parameters,
    ) -> Result<Reply, Rejection> {
        let asked = self.asked(context, provider, parameters).await?;
        self.begin(context, provider, return_to, asked, false).await
    }

    /// The same by way of a page that takes along the `#fragment` of its address: browsers tell it to nobody else. It
    /// goes to another sign-in then, which takes the place of this one.
    pub async fn sign_in_with_fragment(
        &self,
        context: &RequestContext,
        provider: &Provider,
        return_to: ReturnTo,
        parameters: Parameters,
    ) -> Result<Reply, Rejection> {
        let asked = self.asked(context, provider, parameters).await?;
        let begun = self.attempt_in(context, provider, return_to.clone(), asked, false).await?;
        let login = self.paths.login_instead(begun.tag.as_str(), &return_to);
        Ok(Reply::page(pages::to_provider(context.language(), begun.to, login)).cookies(begun.cookies))
    }

    /// Makes this browser forget the sign-in `tag`, which another one takes the place of.
    #[must_use]
    pub fn give_up(&self, context: &RequestContext, tag: &Tag) -> HeaderValue {
        expire_cookie(&login_cookie(context, tag), &context.origin)
    }

    /// Lets the person who is signed in sign in once more, where they did before; at `provider` if that is not known any
    /// more. `parameters` ask for what is demanded.
    pub async fn step_up(
        &self,
        context: &RequestContext,
        provider: &Provider,
        return_to: ReturnTo,
        mut parameters: Parameters,
    ) -> Result<Reply, Rejection> {
        let Some((_, session)) = self.session(context).await? else {
            return self.begin(context, provider, return_to, LoginRequest::with(parameters), false).await;
        };
        let provider = self.provider(session.provider()).map_or(provider, |provider| provider);
        let identity = session.identity();
        // Entra ID's claim of that name is made for this; a user name does as well where there is none.
        let hint = identity.claims().text("login_hint").or(identity.preferred_username());
        if let Some(hint) = hint {
            parameters.add_hint("login_hint", hint);
        }
        let person = SubjectHash::of_identity(identity);
        self.begin(context, provider, return_to, LoginRequest { person, ..LoginRequest::with(parameters) }, false).await
    }

    /// Sends this browser to `provider`; `is_anew` when a sign-in ended just now, and this one follows it.
    pub(super) async fn begin(
        &self,
        context: &RequestContext,
        provider: &Provider,
        return_to: ReturnTo,
        asked: LoginRequest,
        is_anew: bool,
    ) -> Result<Reply, Rejection> {
        let begun = self.attempt_in(context, provider, return_to, asked, is_anew).await?;
        Ok(Reply::see_other(begun.to).cookies(begun.cookies))
    }

    pub(super) async fn attempt_in(
        &self,
        context: &RequestContext,
        provider: &Provider,
        return_to: ReturnTo,
        asked: LoginRequest,
        is_anew: bool,
    ) -> Result<Begun, Rejection> {
        if self.is_looping(context, usize::from(is_anew)) {
            return Err(Rejection::from(FlowError::Loop).towards(&return_to).with_cookies([self.forget_loop(context)]));
        }
        let relation = relation(context, provider);
        let attempt = LoginTransaction::begin(&self.keys, relation, return_to, asked, &*self.random, context.now);
        let verifier: Zeroizing<String> = attempt.verifier();
        let to = provider
            .authorize(&AuthorizationRequest {
                redirect_uri: &self.paths.redirect_uri(&context.origin, provider.settings()),
                state: attempt.state().text(),
                nonce: &attempt.state().nonce(),
                code_verifier: Some(&verifier),
                extra: &attempt.asked().over(&provider.settings().authorize),
            })
            .await
            .map_err(|error| Rejection::from(FlowError::from(error)).towards(attempt.return_to()))?;
        let tag = attempt.state().tag();
        let sealed = attempt.seal(relation, &*self.random);
        let name = login_cookie(context, &tag);
        let mut cookies = self.surplus_login_cookies(context, name.len() + sealed.len());
        cookies.extend(ambiguous_session_cookie(context));
        cookies.push(set_cookie(&name, &sealed, &context.origin, Some(COOKIE_LIFETIME)));
        Ok(Begun { to, tag, cookies })
    }

    /// What a sign-in with these parameters is held to.
    pub(super) async fn asked(
        &self,
        context: &RequestContext,
        provider: &Provider,
        parameters: Parameters,
    ) -> Result<LoginRequest, Rejection> {
        // Without a page at the provider nobody chooses who comes back: it must be who is signed in here, if anybody is.
        let is_silent = parameters.merged_over(&provider.settings().authorize).prompts_for("none");
        let running = if is_silent { self.session(context).await? } else { None };
        let person = running.and_then(|(_, session)| SubjectHash::of_identity(session.identity()));
        Ok(LoginRequest { person, ..LoginRequest::with(parameters) })
    }

    /// Expires login cookies so that with the one to come at most ten stay, and no more of them than a request can carry
    /// past any server in front: those that do not open, then the oldest.
    fn surplus_login_cookies(&self, context: &RequestContext, coming: usize) -> Vec<HeaderValue> {
        let prefix = context.origin.cookie(CookieName::Login);
        let of_ours = |(name, value): (_, &str)| {
            let (begun, name) = self.age_of_login_cookie(context, prefix, name, value)?;
            Some((begun, name, name.len() + value.len()))
        };
        let mut cookies: Vec<_> = context.cookies.all().filter_map(of_ours).collect();
        cookies.sort_by_key(|(begun, ..)| *begun);
        let (mut count, mut weight) = (cookies.len() + 1, coming + cookies.iter().map(|(.., its)| its).sum::<usize>());
        let is_surplus = |(_, _, its): &&(Timestamp, &str, usize)| {
            let is_surplus = count > MOST_LOGIN_COOKIES || weight > HEAVIEST_LOGIN_COOKIES;
            (count, weight) = (count - 1, weight - its);
            is_surplus
        };
        cookies.iter().take_while(is_surplus).map(|(_, name, _)| expire_cookie(name, &context.origin)).collect()
    }

    /// When the sign-in of a login cookie began, and the name of that cookie; the epoch for one that does not open.
    fn age_of_login_cookie<'v>(
        &self,
        context: &RequestContext,
        prefix: &str,
        name: &'v str,
        value: &str,
    ) -> Option<(Timestamp, &'v str)> {
        let tag = name.strip_prefix(prefix)?;
        let open = |tag: &Tag| {
            self.providers.iter().find_map(|provider| {
                LoginTransaction::open(value, tag, &self.keys, relation(context, provider), self.paths.prefix())
            })
        };
        let attempt = Tag::parse(tag).as_ref().and_then(open);
        Some((attempt.map(|attempt| attempt.state().issued_at()).unwrap_or_default(), name))
    }
}

/// The name of the cookie of the sign-in `tag`.
pub(super) fn login_cookie(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Login), tag.as_str())
}

/// The name of the cookie with the receipt for the sign-in `tag`.
pub(super) fn answer_cookie(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Answer), tag.as_str())
}

/// Expires the session cookie of a browser that brought several: none of them led to a session, or to different people.
///
/// A single one stays. Its session has ended, and the next one overwrites it; but this request may have left the browser
/// before another tab signed in, and what it says of that name then would take away the new session.
fn ambiguous_session_cookie(context: &RequestContext) -> Option<HeaderValue> {
    let name = context.origin.cookie(CookieName::Session);
    context.cookies.values(name).nth(1).is_some().then(|| expire_cookie(name, &context.origin))
}

/// As long as the state lives.
const COOKIE_LIFETIME: Duration = Duration::from_secs(3600);

/// Browsers and servers limit what cookies may weigh; somebody with ten open sign-ins has forgotten the first.
const MOST_LOGIN_COOKIES: usize = 10;

/// Servers that stand in front take header fields of 8 KiB, and the application has cookies of its own.
const HEAVIEST_LOGIN_COOKIES: usize = 6 * 1024;
