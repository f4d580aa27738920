//! Where the gateway's own endpoints are, below one prefix.

use crate::{
    oidc::ProviderSettings,
    web::{Origin, RESUME, ReturnTo, encode_form},
};

/// The prefix, and what lies below it.
#[derive(Clone, Debug)]
pub struct Paths {
    prefix: Box<str>,
}

impl Paths {
    /// The paths below `prefix`: clean segments such as `/.auth`.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The prefix itself.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The front page of what stands beside them.
    #[must_use]
    pub fn front(&self) -> ReturnTo {
        ReturnTo::front(&self.prefix)
    }

    /// Where a sign-in begins that shall end at `return_to`.
    #[must_use]
    pub fn login(&self, return_to: &ReturnTo) -> String {
        format!("{}/login?return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// The same, where the person shall choose an account first.
    #[must_use]
    pub fn login_with_a_choice(&self, return_to: &ReturnTo) -> String {
        format!("{}&account=choose", self.login(return_to))
    }

    /// The same in place of the sign-in `tag`, for a page whose address may have a fragment: that follows, escaped.
    #[must_use]
    pub fn login_instead(&self, tag: &str, return_to: &ReturnTo) -> String {
        format!("{}/login?instead={tag}&return_to={}", self.prefix, encode_form(return_to.as_str()))
    }

    /// Where `provider` sends its answers on `origin`: the redirect URI, exactly as it is registered there.
    #[must_use]
    pub fn redirect_uri(&self, origin: &Origin, provider: &ProviderSettings) -> String {
        let address = format!("{origin}{}/login/{}/callback", self.prefix, provider.name);
        match &provider.redirect_query {
            Some(query) => format!("{address}?{}", query.as_str()),
            None => address,
        }
    }

    /// Where an answer meets the browser that asked for it.
    #[must_use]
    pub fn proceed(&self, provider: &str, tag: &str) -> String {
        format!("{}/login/{provider}/continue?t={tag}", self.prefix)
    }

    /// Where what was kept under `tag` is offered to be sent.
    #[must_use]
    pub fn resume(&self, tag: &str) -> String {
        format!("{}{RESUME}?t={tag}", self.prefix)
    }

    /// Where a person signs out.
    #[must_use]
    pub fn logout(&self) -> String {
        format!("{}/logout", self.prefix)
    }

    /// Where a provider sends the browser after a sign-out on `origin`, exactly as it is registered there.
    #[must_use]
    pub fn signed_out(&self, origin: &Origin) -> String {
        format!("{origin}{}/logout/done", self.prefix)
    }
}
