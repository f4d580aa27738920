//! One sign-in: the request, the provider, and the dependencies.
//!
//! The steps are in separate files. A file uses only files that are listed below it:
//!
//! ```text
//! callback    the provider's response, in a POST or in the query
//! complete    `continue`: the browser presents its cookies
//! completion  of all requests that present one response, one redeems it
//! retry       a refused or interrupted sign-in begins again
//! login       the redirect to the provider
//! ```

use std::sync::Arc;

use http::HeaderValue;

use super::relying_party::RelyingParty;
use crate::{
    provider::Provider,
    session::{LoginBinding, LoginCookie, LoginTransaction, Tag},
    web::{CookieName, Reply, RequestContext, expire_cookie},
};

/// A sign-in at one provider, in the context of one request.
#[derive(Clone, Copy)]
pub(crate) struct SignIn<'a> {
    pub(super) party: &'a Arc<RelyingParty>,
    pub(super) provider: &'a Arc<Provider>,
    pub(super) context: &'a RequestContext,
}

impl<'a> SignIn<'a> {
    /// A sign-in at `provider`.
    #[must_use]
    pub(crate) fn new(party: &'a Arc<RelyingParty>, provider: &'a Arc<Provider>, context: &'a RequestContext) -> Self {
        Self { party, provider, context }
    }

    /// The cookie that removes the login cookie of `tag`.
    #[must_use]
    pub(crate) fn forget(&self, tag: &Tag) -> HeaderValue {
        expire_cookie(&login_cookie_name(self.context, tag), &self.context.origin)
    }

    /// The parties to which the authenticated and sealed values of this sign-in are bound.
    pub(super) fn binding(&self) -> LoginBinding<'a> {
        binding(self.context, self.provider)
    }

    /// The transaction of `tag`, from its login cookie.
    pub(super) fn transaction(&self, tag: &Tag) -> Option<LoginTransaction> {
        let name = login_cookie_name(self.context, tag);
        self.context.cookies.values(&name).find_map(|value| {
            LoginTransaction::open(
                LoginCookie { tag, value },
                &self.party.keys(),
                self.binding(),
                self.party.paths.prefix(),
            )
        })
    }

    /// The cookies that remove the login cookie and the response cookie of `tag`.
    pub(super) fn expired_cookies(&self, tag: &Tag) -> [HeaderValue; 2] {
        [login_cookie_name(self.context, tag), response_cookie_name(self.context, tag)]
            .map(|name| expire_cookie(&name, &self.context.origin))
    }

    /// Redirects the browser to `continue`, to which it sends the cookies of the sign-in `tag`.
    pub(super) fn redirect_to_continue(&self, tag: &Tag) -> Reply {
        Reply::see_other(self.party.paths.continue_sign_in(self.provider.settings().name.as_str(), tag.as_str()))
    }
}

/// The parties of a sign-in through `provider`.
pub(super) fn binding<'a>(context: &'a RequestContext, provider: &'a Provider) -> LoginBinding<'a> {
    let settings = provider.settings();
    LoginBinding { origin: context.origin.as_str(), provider: settings.name.as_str(), client_id: &settings.client_id }
}

/// The name of the login cookie of `tag`.
pub(super) fn login_cookie_name(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Login), tag.as_str())
}

/// The name of the response cookie of `tag`.
pub(super) fn response_cookie_name(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Response), tag.as_str())
}
