//! The request that sends a browser to the provider to sign out.
//!
//! OpenID Connect RP-Initiated Logout §2, Front-Channel Logout §2.

use url::Url;

use super::{issuer::Issuer, metadata::Metadata, request_url::request_url};
use crate::base::Secret;

/// What one sign-out tells the provider.
#[derive(Clone, Copy)]
pub struct EndSessionRequest<'a> {
    /// The `id_token` of the session that ends; an expired one is as good.
    pub id_token_hint: Option<&'a Secret>,
    /// Whose session: the provider's own hint, for when the token is too long (Entra: claim `login_hint`).
    pub logout_hint: Option<&'a str>,
    /// Who we are.
    pub client_id: &'a str,
    /// Where the browser comes back, exactly as registered.
    pub post_logout_redirect_uri: &'a str,
    /// Comes back with it.
    pub state: &'a str,
}

/// The address to send the browser to; it may hold the `id_token`, so it is a secret until it is sent. `None` when the
/// provider has no such endpoint.
#[must_use]
pub fn end_session_url(metadata: &Metadata, request: &EndSessionRequest<'_>) -> Option<Secret> {
    let endpoint = metadata.end_session_endpoint()?;
    let hint = request.id_token_hint.map(|token| ("id_token_hint", token.expose()));
    let whole = Secret::new(address(endpoint, hint, request));
    // A longer address is cut or refused on its way; `client_id` then says enough.
    let fits = whole.expose().len() <= MAX_ADDRESS;
    Some(if fits { whole } else { Secret::new(address(endpoint, None, request)) })
}

/// The origins of the pages in whose frames a provider tells relying parties that a session has ended: its own, and that
/// of its end-session endpoint.
#[must_use]
pub fn sign_out_origins(issuer: &Issuer, metadata: Option<&Metadata>) -> Vec<String> {
    let endpoint = metadata.and_then(Metadata::end_session_endpoint).and_then(|text| Url::parse(text).ok());
    let mut origins: Vec<String> = [Some(issuer.url()), endpoint.as_ref()]
        .into_iter()
        .flatten()
        .map(|url| url.origin().ascii_serialization())
        .collect();
    origins.dedup();
    origins
}

fn address(endpoint: &str, hint: Option<(&str, &str)>, request: &EndSessionRequest<'_>) -> String {
    let rest = [
        ("client_id", request.client_id),
        ("post_logout_redirect_uri", request.post_logout_redirect_uri),
        ("state", request.state),
    ];
    let logout_hint = request.logout_hint.map(|hint| ("logout_hint", hint));
    request_url(endpoint, hint.into_iter().chain(rest).chain(logout_hint))
}

const MAX_ADDRESS: usize = 6 * 1024;

#[cfg(test)]
mod tests;
