//! The paths of the gateway's endpoints, below one prefix.

use crate::{
    oidc::ProviderSettings,
    web::{Origin, RESTORE, ReturnTo, encode_form},
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

    /// The path that begins a sign-in that returns to `return_to`: at `provider`, or at the provider of that page.
    #[must_use]
    pub(crate) fn login(&self, provider: Option<&str>, return_to: &ReturnTo) -> String {
        let (slash, provider) = provider.map_or(("", ""), |name| ("/", name));
        format!("{}/login{slash}{provider}?return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// The path that begins a sign-in with account selection that returns to `return_to`.
    #[must_use]
    pub(crate) fn login_with_account_choice(&self, return_to: &ReturnTo) -> String {
        format!("{}&account=choose", self.login(None, return_to))
    }

    /// The path that begins a sign-in that replaces the sign-in `tag` and returns to `return_to`. The script of a page
    /// appends the page's fragment, percent-encoded.
    #[must_use]
    pub(crate) fn login_replacing(&self, tag: &str, return_to: &ReturnTo) -> String {
        format!("{}/login?instead={tag}&return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// The redirect URI of `provider` on `origin`, exactly as it is registered at the provider.
    #[must_use]
    pub(crate) fn redirect_uri(&self, origin: &Origin, provider: &ProviderSettings) -> String {
        let address = format!("{origin}{}/login/{}/callback", self.prefix, provider.name);
        match &provider.redirect_query {
            Some(query) => format!("{address}?{}", query.as_str()),
            None => address,
        }
    }

    /// The path of the endpoint `continue`, which completes the sign-in `tag`.
    #[must_use]
    pub(crate) fn continue_sign_in(&self, provider: &str, tag: &str) -> String {
        format!("{}/login/{provider}/continue?t={tag}", self.prefix)
    }

    /// The path of the page that asks whether to send the preserved request `tag`.
    #[must_use]
    pub(crate) fn restore(&self, tag: &str) -> String {
        format!("{}{RESTORE}?t={tag}", self.prefix)
    }

    /// The path of the sign-out page.
    #[must_use]
    pub(crate) fn logout(&self) -> String {
        format!("{}/logout", self.prefix)
    }

    /// The URL to which a provider sends the browser after a sign-out on `origin`, exactly as it is registered at the
    /// provider.
    #[must_use]
    pub(crate) fn signed_out(&self, origin: &Origin) -> String {
        format!("{origin}{}/logout/done", self.prefix)
    }
}
