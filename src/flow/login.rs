//! The first step of a sign-in: the browser is sent to the provider with a `state`, and stores a login cookie.

use std::{borrow::Cow, time::Duration};

use http::HeaderValue;
use zeroize::Zeroizing;

use super::{
    error::{FlowError, Rejection},
    login_loop::LoginLoop,
    pages,
    presented_session::PresentedSession,
    sign_in::{SignIn, binding, login_cookie_name},
};
use crate::{
    base::Timestamp,
    oidc::{AuthorizationRequest, Parameters},
    session::{LoginCookie, LoginRequest, LoginTransaction, State, SubjectHash, Tag, Try},
    web::{CookieName, Reply, RequestContext, ReturnTo, expire_cookie, set_cookie},
};

/// A sign-in that has started.
pub(super) struct StartedSignIn {
    /// The URL of the authorization request.
    pub(super) location: String,
    /// The tag of the sign-in.
    pub(super) tag: Tag,
    /// The login cookie, and expired cookies that it replaces.
    pub(super) cookies: Vec<HeaderValue>,
}

impl SignIn<'_> {
    /// Redirects the browser to the provider; the sign-in returns to `return_to`. `parameters` take precedence over those
    /// of the provider. Only for top-level GET navigations.
    pub(crate) async fn begin(self, return_to: ReturnTo, parameters: Parameters) -> Result<Reply, Rejection> {
        let request = self.request(parameters).await?;
        self.redirect(return_to, request).await
    }

    /// Begins a sign-in with a page whose script preserves the `#fragment` of the URL, which browsers do not send. If there
    /// is a fragment, the script begins a second sign-in, which replaces this one.
    pub(crate) async fn begin_with_fragment(
        self,
        return_to: ReturnTo,
        parameters: Parameters,
    ) -> Result<Reply, Rejection> {
        let request = self.request(parameters).await?;
        let started = self.start(return_to.clone(), request).await?;
        let login = self.party.paths.login_replacing(started.tag.as_str(), &return_to);
        Ok(Reply::page(pages::to_provider(self.context.language(), started.location, login)).cookies(started.cookies))
    }

    /// Sends the signed-in person to the provider of the session to authenticate again, or to this provider if that one is
    /// no longer configured. `parameters` request what the route requires.
    pub(crate) async fn step_up(self, return_to: ReturnTo, mut parameters: Parameters) -> Result<Reply, Rejection> {
        let Some(PresentedSession { session, .. }) = self.party.session(self.context).await? else {
            return self.redirect(return_to, LoginRequest::with(parameters)).await;
        };
        let provider = self.party.provider(session.provider()).unwrap_or(self.provider);
        let identity = session.identity();
        // Entra ID issues the claim `login_hint` for this parameter; for other providers it is the user name.
        let hint = identity.claims().text("login_hint").map(Cow::Borrowed).or_else(|| identity.preferred_username());
        if let Some(hint) = hint {
            parameters.add_hint("login_hint", &hint);
        }
        let subject = SubjectHash::of_identity(identity);
        SignIn { provider, ..self }
            .redirect(return_to, LoginRequest { subject, ..LoginRequest::with(parameters) })
            .await
    }

    /// Redirects the browser to the provider.
    pub(super) async fn redirect(self, return_to: ReturnTo, request: LoginRequest) -> Result<Reply, Rejection> {
        let started = self.start(return_to, request).await?;
        Ok(Reply::see_other(started.location).cookies(started.cookies))
    }

    /// Begins a sign-in, unless the browser is in a login loop.
    pub(super) async fn start(self, return_to: ReturnTo, request: LoginRequest) -> Result<StartedSignIn, Rejection> {
        let login_loop = LoginLoop::new(self.party, self.context);
        if login_loop.is_at_limit() {
            return Err(Rejection::from(FlowError::Loop).with_return_to(&return_to).with_cookies([login_loop.reset()]));
        }
        self.start_unchecked(return_to, request).await
    }

    /// Begins a sign-in that the caller has checked for login loops.
    pub(super) async fn start_unchecked(
        self,
        return_to: ReturnTo,
        request: LoginRequest,
    ) -> Result<StartedSignIn, Rejection> {
        let (party, context) = (self.party, self.context);
        let state = State::issue(&party.keys(), self.binding(), &*party.random, context.now);
        let transaction = LoginTransaction::begin(state, return_to, request, &*party.random);
        let verifier: Zeroizing<String> = transaction.verifier();
        let location = self
            .provider
            .authorize(&AuthorizationRequest {
                redirect_uri: &party.paths.redirect_uri(&context.origin, self.provider.settings()),
                state: transaction.state().text(),
                nonce: &transaction.state().nonce(),
                code_verifier: Some(&verifier),
                extra: &transaction.request().merged_over(&self.provider.settings().authorize),
            })
            .await
            .map_err(|error| Rejection::from(FlowError::from(error)).with_return_to(transaction.return_to()))?;
        let tag = transaction.state().tag();
        let sealed = transaction.seal(self.binding(), &*party.random);
        let name = login_cookie_name(context, &tag);
        let mut cookies = self.surplus_login_cookies(name.len() + sealed.len());
        cookies.extend(ambiguous_session_cookie(context));
        cookies.push(set_cookie(&name, &sealed, &context.origin, Some(COOKIE_LIFETIME)));
        Ok(StartedSignIn { location, tag, cookies })
    }

    /// The login request for `parameters`.
    pub(super) async fn request(self, parameters: Parameters) -> Result<LoginRequest, Rejection> {
        // With `prompt=none` the provider shows no page, so the person cannot choose an account. If a person is signed in
        // here, the response must be for that person.
        let is_silent = parameters.merged_over(&self.provider.settings().authorize).prompts_for("none");
        let presented = if is_silent { self.party.session(self.context).await? } else { None };
        let subject = presented.and_then(|presented| SubjectHash::of_identity(presented.session.identity()));
        Ok(LoginRequest { subject, attempt: Try::First, ..LoginRequest::with(parameters) })
    }

    /// Expires login cookies until at most [`MAX_LOGIN_COOKIES`] of at most [`MAX_LOGIN_COOKIE_BYTES`] in total remain,
    /// counting the new one of `size` bytes: first those that do not open, then the oldest.
    fn surplus_login_cookies(&self, size: usize) -> Vec<HeaderValue> {
        let context = self.context;
        let prefix = context.origin.cookie(CookieName::Login);
        let login_cookies = |(name, value): (_, &str)| {
            let (issued_at, name) = self.read_login_cookie(prefix, name, value)?;
            Some((issued_at, name, name.len() + value.len()))
        };
        let mut cookies: Vec<_> = context.cookies.all().filter_map(login_cookies).collect();
        cookies.sort_by_key(|(issued_at, ..)| *issued_at);
        let mut count = cookies.len() + 1;
        let mut bytes = size + cookies.iter().map(|(.., bytes)| bytes).sum::<usize>();
        let is_surplus = |(_, _, cookie_bytes): &&(Timestamp, &str, usize)| {
            let is_surplus = count > MAX_LOGIN_COOKIES || bytes > MAX_LOGIN_COOKIE_BYTES;
            (count, bytes) = (count - 1, bytes - cookie_bytes);
            is_surplus
        };
        cookies.iter().take_while(is_surplus).map(|(_, name, _)| expire_cookie(name, &context.origin)).collect()
    }

    /// When the sign-in of a login cookie began, and the cookie's name; the epoch if the cookie does not open; `None` for
    /// any other cookie.
    fn read_login_cookie<'v>(&self, prefix: &str, name: &'v str, value: &str) -> Option<(Timestamp, &'v str)> {
        let (party, context) = (self.party, self.context);
        let tag = name.strip_prefix(prefix)?;
        let open = |tag: &Tag| {
            party.providers.iter().find_map(|provider| {
                let cookie = LoginCookie { tag, value };
                LoginTransaction::open(cookie, &party.keys(), binding(context, provider), party.paths.prefix())
            })
        };
        let transaction = Tag::parse(tag).as_ref().and_then(open);
        Some((transaction.map(|transaction| transaction.state().issued_at()).unwrap_or_default(), name))
    }
}

/// Expires the session cookie if the browser sent several: none of them has a session, or they belong to different people.
///
/// A single cookie stays. The next session overwrites it, and an expiry could reach the browser after another tab has
/// signed in, and would remove the new cookie.
fn ambiguous_session_cookie(context: &RequestContext) -> Option<HeaderValue> {
    let name = context.origin.cookie(CookieName::Session);
    context.cookies.values(name).nth(1).is_some().then(|| expire_cookie(name, &context.origin))
}

/// The login cookie expires together with its `state`.
const COOKIE_LIFETIME: Duration = Duration::from_secs(3600);

/// Browsers and servers limit the size of cookies.
const MAX_LOGIN_COOKIES: usize = 10;

/// Proxies in front accept header fields of 8 KiB, which the cookies of the application also need.
const MAX_LOGIN_COOKIE_BYTES: usize = 6 * 1024;
