//! The request that sends a browser to the provider to sign in.
//!
//! OpenID Connect Core §3.3.2.1, OAuth 2.0 Form Post Response Mode §2, RFC 7636 §4.3, RFC 9700 §2.1.

use super::{
    metadata::Metadata, parameters::Parameters, provider_settings::ProviderSettings, request_url::request_url,
};
use crate::base::{encode_base64url, sha256};

/// What one sign-in adds to the settings.
#[derive(Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where the answer is to come, exactly as registered.
    pub redirect_uri: &'a str,
    /// Names this sign-in.
    pub state: &'a str,
    /// Ties the `id_token` to this sign-in.
    pub nonce: &'a str,
    /// The PKCE verifier; only its hash is sent. Needed whenever the flow has a code.
    pub code_verifier: Option<&'a str>,
    /// Further parameters: those of this sign-in over the configured ones.
    pub extra: &'a Parameters,
}

/// The address to send the browser to. Every parameter stands there once (RFC 6749 §3.1); none that is the protocol's is
/// among [`Parameters`].
#[must_use]
pub fn authorization_url(
    metadata: &Metadata,
    settings: &ProviderSettings,
    request: &AuthorizationRequest<'_>,
) -> String {
    let scope = scope(&settings.scopes);
    // RFC 7636 §4.2: S256 and nothing else, whatever the provider says it supports.
    let challenge = request.code_verifier.map(|verifier| encode_base64url(sha256(verifier.as_bytes())));
    let mut parameters = vec![
        ("client_id", settings.client_id.as_str()),
        ("response_type", settings.flow.response_type()),
        ("response_mode", settings.flow.response_mode()),
        ("redirect_uri", request.redirect_uri),
        ("scope", &scope),
        ("state", request.state),
        ("nonce", request.nonce),
    ];
    if let Some(challenge) = challenge.as_deref().filter(|_| settings.flow.has_code()) {
        parameters.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
    }
    parameters.extend(request.extra.pairs());
    request_url(metadata.authorization_endpoint(), parameters)
}

/// `openid` first, which makes it OpenID Connect at all (OpenID Connect Core §3.1.2.1); each scope once.
fn scope(scopes: &[String]) -> String {
    let mut words = vec!["openid"];
    for scope in scopes {
        if !words.contains(&scope.as_str()) {
            words.push(scope);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests;
