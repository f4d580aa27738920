//! What the operator says of one provider.
//!
//! The legal pairs of response type and mode, and the parameters that are not the operator's to set.

use std::fmt;

use super::{
    client_auth::ClientAuthentication, issuer::Issuer, parameters::Parameters, redirect_query::RedirectQuery,
    userinfo::UserinfoUse,
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

/// What the provider is, where that decides who a person is. All else is read from its metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Any: a person is `sub`, unique within the issuer (OpenID Connect Core §5.7).
    #[default]
    Standard,
    /// Microsoft Entra ID: a person is `tid` and `oid`.
    Entra,
}

/// What the authorization endpoint is asked for, and how it answers. Other pairs do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// `code id_token`, `form_post`: the hybrid flow.
    #[default]
    CodeIdToken,
    /// `code`, `query`.
    CodeQuery,
    /// `code`, `form_post`.
    CodeFormPost,
    /// `id_token`, `form_post`.
    IdToken,
}

/// Why a response type and mode do not go together; the text says the mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// OAuth 2.0 Multiple Response Types §3.0: tokens do not travel in a query.
    #[error(
        "an id_token must not travel in a query string, where it would be logged: use response_mode = \"form_post\""
    )]
    QueryWithIdToken,
    /// A server never sees a fragment.
    #[error("a fragment never reaches a server: use response_mode = \"form_post\"")]
    Fragment,
    /// RFC 9700 §2.1.2: no access token through the browser.
    #[error("an access token must not travel through the browser: use response_type = \"code id_token\"")]
    Token,
    /// No such response type.
    #[error("unknown response_type: it is \"code id_token\", \"code\" or \"id_token\"")]
    UnknownType,
    /// No such response mode.
    #[error("unknown response_mode: it is \"form_post\", or \"query\" with response_type = \"code\"")]
    UnknownMode,
}

impl Flow {
    /// The flow that a response type (its words in any order) and a response mode make.
    pub fn from_pair(response_type: &str, response_mode: &str) -> Result<Self, FlowError> {
        let mut words: Vec<&str> = response_type.split_ascii_whitespace().collect();
        words.sort_unstable();
        if words.contains(&"token") {
            return Err(FlowError::Token);
        }
        match (words.as_slice(), response_mode) {
            (["code", "id_token"], "form_post") => Ok(Self::CodeIdToken),
            (["code"], "query") => Ok(Self::CodeQuery),
            (["code"], "form_post") => Ok(Self::CodeFormPost),
            (["id_token"], "form_post") => Ok(Self::IdToken),
            (["code", "id_token"] | ["id_token"], "query") => Err(FlowError::QueryWithIdToken),
            (["code", "id_token"] | ["code" | "id_token"], "fragment") => Err(FlowError::Fragment),
            (["code", "id_token"] | ["code" | "id_token"], _) => Err(FlowError::UnknownMode),
            _ => Err(FlowError::UnknownType),
        }
    }

    /// The `response_type` to ask for.
    #[must_use]
    pub const fn response_type(self) -> &'static str {
        match self {
            Self::CodeIdToken => "code id_token",
            Self::CodeQuery | Self::CodeFormPost => "code",
            Self::IdToken => "id_token",
        }
    }

    /// The `response_mode` to ask for.
    #[must_use]
    pub const fn response_mode(self) -> &'static str {
        if self.is_form_post() { "form_post" } else { "query" }
    }

    /// Whether the answer brings a code, and so the token endpoint is called.
    #[must_use]
    pub const fn has_code(self) -> bool {
        !matches!(self, Self::IdToken)
    }

    /// Whether the answer itself brings an `id_token`.
    #[must_use]
    pub const fn has_front_id_token(self) -> bool {
        matches!(self, Self::CodeIdToken | Self::IdToken)
    }

    /// Whether the answer is posted.
    #[must_use]
    pub const fn is_form_post(self) -> bool {
        !matches!(self, Self::CodeQuery)
    }
}

#[cfg(test)]
mod tests;
