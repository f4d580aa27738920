//! The authorization request, which sends a browser to the provider to sign in.
//!
//! OpenID Connect Core §3.3.2.1, OAuth 2.0 Form Post Response Mode §2, RFC 7636 §4.3, RFC 9700 §2.1.

use super::{
    metadata::Metadata, parameters::Parameters, provider_settings::ProviderSettings, request_url::request_url,
};
use crate::base::{encode_base64url, sha256};

/// The parameters of one authorization request that are not in [`ProviderSettings`].
#[derive(Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// The redirect URI, exactly as registered at the provider.
    pub redirect_uri: &'a str,
    /// The `state`, which identifies this sign-in.
    pub state: &'a str,
    /// The `nonce`, which binds the `id_token` to this sign-in.
    pub nonce: &'a str,
    /// The PKCE verifier, of which only the hash is sent. Required when the flow has a code.
    pub code_verifier: Option<&'a str>,
    /// Additional parameters: those of this sign-in merged over the configured ones.
    pub extra: &'a Parameters,
}

/// The URL of the authorization request. Each parameter occurs once (RFC 6749 §3.1), because [`Parameters`] refuses
/// the names that the protocol itself uses.
#[must_use]
pub fn authorization_url(
    metadata: &Metadata,
    settings: &ProviderSettings,
    request: &AuthorizationRequest<'_>,
) -> String {
    let scope = scope(&settings.scopes);
    // RFC 7636 §4.2: always S256, regardless of the methods that the metadata lists.
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

/// The `scope` value: `openid` first, which OpenID Connect Core §3.1.2.1 requires, then each configured scope once.
fn scope(scopes: &[String]) -> String {
    let mut values = vec!["openid"];
    for scope in scopes {
        if !values.contains(&scope.as_str()) {
            values.push(scope);
        }
    }
    values.join(" ")
}

#[cfg(test)]
mod tests;
