//! The pairs of `response_type` and `response_mode` that the gateway supports.
//!
//! OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode, RFC 9700 §2.1.2.

/// A supported pair of `response_type` and `response_mode`.
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

/// Why a response type and a response mode cannot be combined. The message names the fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResponseTypeError {
    /// OAuth 2.0 Multiple Response Types §3.0: a query must not carry tokens.
    #[error(
        "an id_token must not be sent in a query string, because servers and proxies log it: use response_mode = \"form_post\""
    )]
    QueryWithIdToken,
    /// Browsers do not send fragments to servers.
    #[error("browsers do not send a fragment to the server: use response_mode = \"form_post\"")]
    Fragment,
    /// RFC 9700 §2.1.2: no access token in an authorization response.
    #[error("an access token must not be sent through the browser: use response_type = \"code id_token\"")]
    Token,
    /// The response type is unknown.
    #[error("unknown response_type: use \"code id_token\", \"code\" or \"id_token\"")]
    UnknownType,
    /// The response mode is unknown.
    #[error("unknown response_mode: use \"form_post\", or \"query\" with response_type = \"code\"")]
    UnknownMode,
}

impl Flow {
    /// The flow of a response type, whose values may be in any order, and a response mode.
    pub(crate) fn from_pair(response_type: &str, response_mode: &str) -> Result<Self, ResponseTypeError> {
        let mut values: Vec<&str> = response_type.split_ascii_whitespace().collect();
        values.sort_unstable();
        if values.contains(&"token") {
            return Err(ResponseTypeError::Token);
        }
        match (values.as_slice(), response_mode) {
            (["code", "id_token"], "form_post") => Ok(Self::CodeIdToken),
            (["code"], "query") => Ok(Self::CodeQuery),
            (["code"], "form_post") => Ok(Self::CodeFormPost),
            (["id_token"], "form_post") => Ok(Self::IdToken),
            (["code", "id_token"] | ["id_token"], "query") => Err(ResponseTypeError::QueryWithIdToken),
            (["code", "id_token"] | ["code" | "id_token"], "fragment") => Err(ResponseTypeError::Fragment),
            (["code", "id_token"] | ["code" | "id_token"], _) => Err(ResponseTypeError::UnknownMode),
            _ => Err(ResponseTypeError::UnknownType),
        }
    }

    /// The `response_type` parameter.
    #[must_use]
    pub(crate) const fn response_type(self) -> &'static str {
        match self {
            Self::CodeIdToken => "code id_token",
            Self::CodeQuery | Self::CodeFormPost => "code",
            Self::IdToken => "id_token",
        }
    }

    /// The `response_mode` parameter.
    #[must_use]
    pub(crate) const fn response_mode(self) -> &'static str {
        if self.is_form_post() { "form_post" } else { "query" }
    }

    /// Whether the authorization response has a code, which is redeemed at the token endpoint.
    #[must_use]
    pub const fn has_code(self) -> bool {
        !matches!(self, Self::IdToken)
    }

    /// Whether the authorization response has an `id_token`.
    #[must_use]
    pub const fn has_front_id_token(self) -> bool {
        matches!(self, Self::CodeIdToken | Self::IdToken)
    }

    /// Whether the authorization response is posted by the browser.
    #[must_use]
    pub(crate) const fn is_form_post(self) -> bool {
        !matches!(self, Self::CodeQuery)
    }
}

#[cfg(test)]
mod tests;
