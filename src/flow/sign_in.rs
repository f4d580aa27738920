//! One sign-in: the request at hand, the provider, and the dependencies.
//!
//! The steps are in files of their own, each below those that use it:
//!
//! ```text
//! callback   the provider's response is posted, or stands in the query
//! complete   the browser comes to `continue`, with its cookies
//! completion of all requests that bring one response, one redeems it
//! retry      a refused or lost sign-in begins again, once
//! login      the browser goes to the provider
//! ```

use std::sync::Arc;

use http::HeaderValue;

use super::relying_party::RelyingParty;
use crate::{
    provider::Provider,
    session::{LoginBinding, LoginCookie, LoginTransaction, Tag},
    web::{CookieName, Reply, RequestContext, expire_cookie},
};

/// A sign-in at one provider, as one request sees it.
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

    /// The cookie that makes the browser forget the sign-in `tag`.
    #[must_use]
    pub(crate) fn forget(&self, tag: &Tag) -> HeaderValue {
        expire_cookie(&login_cookie(self.context, tag), &self.context.origin)
    }

    /// The parties that signed and sealed values of this sign-in are bound to.
    pub(super) fn binding(&self) -> LoginBinding<'a> {
        binding(self.context, self.provider)
    }

    /// The transaction of `tag`, from its login cookie.
    pub(super) fn transaction(&self, tag: &Tag) -> Option<LoginTransaction> {
        let name = login_cookie(self.context, tag);
        self.context.cookies.values(&name).find_map(|value| {
            LoginTransaction::open(
                LoginCookie { tag, value },
                &self.party.keys,
                self.binding(),
                self.party.paths.prefix(),
            )
        })
    }

    /// The cookies that remove both cookies of the sign-in `tag`.
    pub(super) fn cleared(&self, tag: &Tag) -> [HeaderValue; 2] {
        [login_cookie(self.context, tag), response_cookie(self.context, tag)]
            .map(|name| expire_cookie(&name, &self.context.origin))
    }

    /// Sends the browser to `continue`, where the response of `tag` meets the browser's cookies.
    pub(super) fn proceed(&self, tag: &Tag) -> Reply {
        Reply::see_other(self.party.paths.proceed(self.provider.settings().name.as_str(), tag.as_str()))
    }
}

/// The parties of a sign-in through `provider`.
pub(super) fn binding<'a>(context: &'a RequestContext, provider: &'a Provider) -> LoginBinding<'a> {
    let settings = provider.settings();
    LoginBinding { origin: context.origin.as_str(), provider: settings.name.as_str(), client_id: &settings.client_id }
}

/// The name of the login cookie of `tag`.
pub(super) fn login_cookie(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Login), tag.as_str())
}

/// The name of the response cookie of `tag`.
pub(super) fn response_cookie(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", context.origin.cookie(CookieName::Answer), tag.as_str())
}
