//! The settings of one provider. They hold no secret.

use std::fmt;

use super::{
    client_authentication::ClientAuthentication, flow::Flow, issuer::Issuer, parameters::Parameters, profile::Profile,
    redirect_query::RedirectQuery, userinfo::UserinfoUse,
};

/// One provider, as configured. There is no secret in it.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Its name here; part of the callback path.
    pub name: ProviderName,
    /// Who it says it is.
    pub issuer: Issuer,
    /// Where its metadata are, when not where the issuer has them.
    pub discovery_url: Option<String>,
    /// What it is.
    pub profile: Profile,
    /// Who we are to it.
    pub client_id: String,
    /// How we prove that; what it is proved with is not among the settings.
    pub client_authentication: ClientAuthentication,
    /// What is asked for; `openid` is sent whether it is here or not.
    pub scopes: Vec<String>,
    /// What it answers, and how the answer comes.
    pub flow: Flow,
    /// Further parameters of the authorization request.
    pub authorize: Parameters,
    /// Which parameters of the authorization request a link to the sign-in may set.
    pub pass_through: Vec<String>,
    /// The static query of the redirect URI.
    pub redirect_query: Option<RedirectQuery>,
    /// Whether its userinfo endpoint is asked as well.
    pub userinfo: UserinfoUse,
}

impl ProviderSettings {
    /// Where its metadata are.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        self.discovery_url.as_deref().unwrap_or_else(|| self.issuer.discovery_url())
    }
}

/// The name of a provider: 1 to 32 of `a`-`z`, `0`-`9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(Box<str>);

/// The text is no provider name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a provider name is 1 to 32 lower-case letters, digits and hyphens")]
pub struct ProviderNameError;

impl ProviderName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, ProviderNameError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.into())) } else { Err(ProviderNameError) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
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
