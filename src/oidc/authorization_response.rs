//! The provider's answer to an authorization request, as the browser brings it.
//!
//! OpenID Connect Core §3.3.2.5 and §3.3.2.6, RFC 6749 §4.1.2, RFC 9207 §2.4. The answer has to be exactly what was asked
//! for: never less, and no token more.

use std::fmt;

use super::{
    flow::Flow, id_token::VerifiedIdToken, issuer::Issuer, provider_error::ProviderError, redirect_query::RedirectQuery,
};
use crate::{base::Secret, web::Form};

/// What the provider answered.
pub enum AuthorizationResponse {
    /// The person signed in; each part is there exactly when the flow has it.
    Granted {
        /// The authorization code.
        code: Option<Secret>,
        /// The `id_token`, not yet verified.
        id_token: Option<Secret>,
    },
    /// The provider said no.
    Refused(Box<ProviderError>),
}

/// Why an answer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// A part that was asked for is not there.
    #[error("the provider's answer has no {0}")]
    Incomplete(&'static str),
    /// A token that was not asked for is there.
    #[error("the provider's answer has a {0} that nobody asked for")]
    Unasked(&'static str),
    /// An error and a success in one.
    #[error("the provider's answer is an error and a success at once")]
    Contradictory,
    /// The code is longer than 8 KiB or holds characters that no code has (RFC 6749 A.11).
    #[error("the provider's code is malformed")]
    Code,
    /// The answer comes from another issuer, or does not say from which although it always should.
    #[error("the provider's answer comes from another issuer")]
    Issuer,
    /// The static query of the redirect URI did not come back as it was registered.
    #[error("the query of the redirect URI came back changed")]
    RedirectQuery,
}

impl ResponseError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Incomplete(_) => "answer-incomplete",
            Self::Unasked(_) => "answer-unasked-token",
            Self::Contradictory => "answer-contradictory",
            Self::Code => "answer-code",
            Self::Issuer => "answer-issuer",
            Self::RedirectQuery => "answer-redirect-query",
        }
    }
}

/// The authorization response in the query of a callback: without the static query of the redirect URI, which must have
/// come back as it was registered (RFC 6749 §3.1.2).
pub fn without_redirect_query(query: Form, registered: Option<&RedirectQuery>) -> Result<Form, ResponseError> {
    match registered {
        Some(registered) => registered.strip_from(query).ok_or(ResponseError::RedirectQuery),
        None => Ok(query),
    }
}

/// The state in the answer, to be judged before anything else in it is.
#[must_use]
pub fn state(form: &Form) -> Option<&str> {
    form.value("state")
}

/// Compares the issuer in the answer, errors included, with ours (RFC 9207 §2.4): exactly, wherever it is there, and it
/// must be there once the provider's metadata says it always is.
///
/// Beside an `id_token` it may be missing all the same: the token names its issuer, signed, which counters a mix-up as
/// well (RFC 9207 §4), and certified providers leave the parameter out there.
pub fn check_issuer(form: &Form, issuer: &Issuer, iss_supported: bool) -> Result<(), ResponseError> {
    match form.value("iss") {
        Some(iss) if issuer.accepts(iss) => Ok(()),
        None if !iss_supported || form.value("id_token").is_some() => Ok(()),
        _ => Err(ResponseError::Issuer),
    }
}

/// Compares the issuer in the answer, if it is there, with that of the token beside it: they must be identical (RFC 9207
/// §2.4), also where several tenants are let in.
pub fn check_issuer_of_token(form: &Form, id_token: &VerifiedIdToken) -> Result<(), ResponseError> {
    let is_same = form.value("iss").is_none_or(|iss| iss == id_token.issuer());
    if is_same { Ok(()) } else { Err(ResponseError::Issuer) }
}

impl AuthorizationResponse {
    /// Reads the answer out of the form; parameters that nobody knows mean nothing.
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
            return Err(ResponseError::Unasked("access_token"));
        }
        let code = part(form, "code", flow.has_code())?;
        let id_token = part(form, "id_token", flow.has_front_id_token())?;
        if code.is_some_and(|code| !is_code(code)) {
            return Err(ResponseError::Code);
        }
        Ok(Self::Granted { code: code.map(Secret::new), id_token: id_token.map(Secret::new) })
    }
}

/// Which parts there are, not what they hold.
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

fn part<'a>(form: &'a Form, name: &'static str, asked: bool) -> Result<Option<&'a str>, ResponseError> {
    match (form.value(name).filter(|value| !value.is_empty()), asked) {
        (None, true) => Err(ResponseError::Incomplete(name)),
        (Some(_), false) => Err(ResponseError::Unasked(name)),
        (value, _) => Ok(value),
    }
}

fn is_code(code: &str) -> bool {
    code.len() <= MAX_CODE && code.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

const MAX_CODE: usize = 8 * 1024;

#[cfg(test)]
mod tests;
