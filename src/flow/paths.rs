//! The paths of the gateway's endpoints, below one prefix.

use crate::{
    oidc::ProviderSettings,
    web::{Origin, RESUME, ReturnTo, encode_form},
};

/// The path prefix of the gateway's endpoints, and the paths below it.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    prefix: Box<str>,
}

impl Paths {
    /// The paths below `prefix`: clean segments such as `/.auth`.
    #[must_use]
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The prefix itself.
    #[must_use]
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The front page of the application.
    #[must_use]
    pub(crate) fn front(&self) -> ReturnTo {
        ReturnTo::front(&self.prefix)
    }

    /// The path at which a sign-in begins that ends at `return_to`.
    #[must_use]
    pub(crate) fn login(&self, return_to: &ReturnTo) -> String {
        format!("{}/login?return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// The path at which a sign-in begins with a choice of accounts, and ends at `return_to`.
    #[must_use]
    pub(crate) fn login_with_account_choice(&self, return_to: &ReturnTo) -> String {
        format!("{}&account=choose", self.login(return_to))
    }

    /// The path at which a sign-in begins that replaces the sign-in `tag` and ends at `return_to`. The script of a page
    /// appends the page's fragment, escaped.
    #[must_use]
    pub(super) fn login_instead(&self, tag: &str, return_to: &ReturnTo) -> String {
        format!("{}/login?instead={tag}&return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// The redirect URI of `provider` on `origin`, exactly as it is registered there.
    #[must_use]
    pub(crate) fn redirect_uri(&self, origin: &Origin, provider: &ProviderSettings) -> String {
        let address = format!("{origin}{}/login/{}/callback", self.prefix, provider.name);
        match &provider.redirect_query {
            Some(query) => format!("{address}?{}", query.as_str()),
            None => address,
        }
    }

    /// The path at which a response meets the browser that began the sign-in `tag`.
    #[must_use]
    pub(crate) fn proceed(&self, provider: &str, tag: &str) -> String {
        format!("{}/login/{provider}/continue?t={tag}", self.prefix)
    }

    /// The path of the page that offers to send the preserved request `tag`.
    #[must_use]
    pub(crate) fn restore(&self, tag: &str) -> String {
        format!("{}{RESUME}?t={tag}", self.prefix)
    }

    /// The path of the sign-out page.
    #[must_use]
    pub(crate) fn logout(&self) -> String {
        format!("{}/logout", self.prefix)
    }

    /// The URL to which a provider sends the browser after a sign-out on `origin`, exactly as it is registered there.
    #[must_use]
    pub(crate) fn signed_out(&self, origin: &Origin) -> String {
        format!("{origin}{}/logout/done", self.prefix)
    }
}
