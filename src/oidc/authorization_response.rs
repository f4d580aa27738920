//! The authorization response: the provider's reply to an authorization request, delivered by the browser.
//!
//! OpenID Connect Core §3.3.2.5 and §3.3.2.6, RFC 6749 §4.1.2, RFC 9207 §2.4. A response must have exactly the parts
//! that the flow requests; a missing part and an additional token are both refused.

use std::fmt;

use super::{
    flow::Flow, id_token::VerifiedIdToken, issuer::Issuer, provider_error::ProviderError, redirect_query::RedirectQuery,
};
use crate::{base::Secret, reason::ReasonCode, web::Form};

/// A well-formed authorization response.
pub enum AuthorizationResponse {
    /// The person signed in. Each part is present if and only if the flow requests it.
    Granted {
        /// The authorization code.
        code: Option<Secret>,
        /// The `id_token`, not yet verified.
        id_token: Option<Secret>,
    },
    /// An error response (RFC 6749 §4.1.2.1).
    Refused(Box<ProviderError>),
}

/// Why an authorization response was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// A requested part is missing.
    #[error("the authorization response has no {0}")]
    Incomplete(&'static str),
    /// A token is present that was not requested.
    #[error("the authorization response has a {0} that was not requested")]
    NotRequested(&'static str),
    /// An error and a code or token are both present.
    #[error("the authorization response has both an error and a code or token")]
    Contradictory,
    /// The code is longer than 8 KiB or has characters outside of the code's grammar (RFC 6749 A.11).
    #[error("the authorization code is malformed")]
    Code,
    /// The issuer is not the expected one, or is missing although the metadata announces the parameter (RFC 9207
    /// §2.4).
    #[error("the authorization response is from another issuer")]
    Issuer,
    /// The static query of the redirect URI was not returned as registered.
    #[error("the query of the redirect URI was not returned as registered")]
    RedirectQuery,
}

impl ResponseError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::Incomplete(_) => ReasonCode::AnswerIncomplete,
            Self::NotRequested(_) => ReasonCode::AnswerUnaskedToken,
            Self::Contradictory => ReasonCode::AnswerContradictory,
            Self::Code => ReasonCode::AnswerCode,
            Self::Issuer => ReasonCode::AnswerIssuer,
            Self::RedirectQuery => ReasonCode::AnswerRedirectQuery,
        }
    }
}

/// Removes the `registered` static query of the redirect URI from the query of a callback, and returns the
/// authorization response. The static query must be returned as it was registered (RFC 6749 §3.1.2).
pub(crate) fn without_redirect_query(query: Form, registered: Option<&RedirectQuery>) -> Result<Form, ResponseError> {
    match registered {
        Some(registered) => registered.strip_from(query).ok_or(ResponseError::RedirectQuery),
        None => Ok(query),
    }
}

/// The `state` of an authorization response. Verify the state before reading any other parameter.
#[must_use]
pub fn state(form: &Form) -> Option<&str> {
    form.value("state")
}

/// Checks the `iss` parameter of an authorization response, error responses included (RFC 9207 §2.4): a present `iss`
/// must match `issuer`, and with `iss_supported` the parameter must be present.
///
/// In a response with an `id_token` the parameter may be missing even then: the signed token names the issuer, which
/// prevents a mix-up as well (RFC 9207 §4), and certified providers omit the parameter in this case.
pub fn check_issuer(form: &Form, issuer: &Issuer, iss_supported: bool) -> Result<(), ResponseError> {
    match form.value("iss") {
        Some(iss) if issuer.accepts(iss) => Ok(()),
        None if !iss_supported || form.value("id_token").is_some() => Ok(()),
        _ => Err(ResponseError::Issuer),
    }
}

/// Checks that the `iss` parameter of an authorization response, if present, is identical to the issuer of the
/// `id_token` in the response (RFC 9207 §2.4), also if several tenants are configured.
pub(crate) fn check_issuer_of_token(form: &Form, id_token: &VerifiedIdToken) -> Result<(), ResponseError> {
    let is_same = form.value("iss").is_none_or(|iss| iss == id_token.issuer());
    if is_same { Ok(()) } else { Err(ResponseError::Issuer) }
}

impl AuthorizationResponse {
    /// Reads an authorization response of the given flow. Unknown parameters are ignored (RFC 6749 §4.1.2).
    pub fn read(form: &Form, flow: Flow) -> Result<Self, ResponseError> {
        if let Some(error) = form.value("error") {
            let is_success = ["code", "id_token", "access_token"].iter().any(|name| form.value(name).is_some());
            return if is_success {
                Err(ResponseError::Contradictory)
            } else {
                Ok(Self::Refused(Box::new(ProviderError::from_authorization_response(error, form))))
            };
        }
        if form.value("access_token").is_some() {
            return Err(ResponseError::NotRequested("access_token"));
        }
        let code = part(form, "code", flow.has_code())?;
        let id_token = part(form, "id_token", flow.has_front_id_token())?;
        if code.is_some_and(|code| !is_valid_code(code)) {
            return Err(ResponseError::Code);
        }
        Ok(Self::Granted { code: code.map(Secret::new), id_token: id_token.map(Secret::new) })
    }
}

/// Shows which parts are present, not their values.
impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted { code, id_token } => {
                f.debug_struct("Granted").field("code", &code.is_some()).field("id_token", &id_token.is_some()).finish()
            }
            Self::Refused(error) => f.debug_tuple("Refused").field(error).finish(),
        }
    }
}

fn part<'a>(form: &'a Form, name: &'static str, is_requested: bool) -> Result<Option<&'a str>, ResponseError> {
    match (form.value(name).filter(|value| !value.is_empty()), is_requested) {
        (None, true) => Err(ResponseError::Incomplete(name)),
        (Some(_), false) => Err(ResponseError::NotRequested(name)),
        (value, _) => Ok(value),
    }
}

fn is_valid_code(code: &str) -> bool {
    code.len() <= MAX_CODE && code.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

const MAX_CODE: usize = 8 * 1024;

#[cfg(test)]
mod tests;
