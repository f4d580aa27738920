//! The settings of one provider.

use std::fmt;

use super::{
    client_authentication::ClientAuthentication, flow::Flow, issuer::Issuer, parameters::Parameters, profile::Profile,
    redirect_query::RedirectQuery, userinfo::UserinfoUse,
};

/// One configured provider. Secrets are not part of the settings.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The provider's name in this gateway; a segment of the callback path.
    pub(crate) name: ProviderName,
    /// The issuer identifier.
    pub issuer: Issuer,
    /// The URL of the metadata, if not the issuer's default.
    pub(crate) discovery_url: Option<String>,
    /// The kind of the provider.
    pub profile: Profile,
    /// The client identifier.
    pub(crate) client_id: String,
    /// The client authentication method at the token endpoint.
    pub(crate) client_authentication: ClientAuthentication,
    /// The requested scopes; `openid` is always sent.
    pub(crate) scopes: Vec<String>,
    /// The response type and response mode.
    pub(crate) flow: Flow,
    /// Additional parameters of the authorization request.
    pub(crate) authorize: Parameters,
    /// The authorization request parameters that a link to the sign-in may set.
    pub(crate) pass_through: Vec<String>,
    /// The static query of the redirect URI.
    pub(crate) redirect_query: Option<RedirectQuery>,
    /// Whether the userinfo endpoint is called.
    pub(crate) userinfo: UserinfoUse,
}

impl ProviderSettings {
    /// The URL of the metadata.
    #[must_use]
    pub(crate) fn metadata_url(&self) -> &str {
        self.discovery_url.as_deref().unwrap_or_else(|| self.issuer.discovery_url())
    }
}

/// The name of a provider: 1 to 32 of `a`-`z`, `0`-`9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProviderName(Box<str>);

/// The text is not a provider name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a provider name is 1 to 32 lower-case letters, digits and hyphens")]
pub(crate) struct ProviderNameError;

impl ProviderName {
    /// Reads a provider name.
    pub(crate) fn parse(text: &str) -> Result<Self, ProviderNameError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.into())) } else { Err(ProviderNameError) }
    }

    /// The name as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
