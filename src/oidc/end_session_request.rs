//! The end-session request, which sends a browser to the provider to sign out.
//!
//! OpenID Connect RP-Initiated Logout §2, Front-Channel Logout §2.

use url::Url;

use super::{issuer::Issuer, metadata::Metadata, request_url::request_url};
use crate::base::Secret;

/// The parameters of one end-session request.
#[derive(Clone, Copy)]
pub(crate) struct EndSessionRequest<'a> {
    /// The `id_token` of the session that ends; it may have expired.
    pub(crate) id_token_hint: Option<&'a Secret>,
    /// `logout_hint`: identifies the session where the `id_token` is too long for a URL (Entra ID: claim
    /// `login_hint`).
    pub(crate) logout_hint: Option<&'a str>,
    /// The client identifier.
    pub(crate) client_id: &'a str,
    /// Where the provider sends the browser afterwards, exactly as registered.
    pub(crate) post_logout_redirect_uri: &'a str,
    /// Returned to the gateway with the browser.
    pub(crate) state: &'a str,
}

/// The URL of the end-session request. It may contain the `id_token`, so it is a secret until it is sent. `None`
/// when the provider has no end-session endpoint.
#[must_use]
pub(crate) fn end_session_url(metadata: &Metadata, request: &EndSessionRequest<'_>) -> Option<Secret> {
    let endpoint = metadata.end_session_endpoint()?;
    let hint = request.id_token_hint.map(|token| ("id_token_hint", token.expose()));
    let with_hint = Secret::new(url(endpoint, hint, request));
    // Servers and proxies limit the length of a URL. Without the hint, `client_id` identifies the client.
    let fits = with_hint.expose().len() <= MAX_URL;
    Some(if fits { with_hint } else { Secret::new(url(endpoint, None, request)) })
}

/// The origins of the pages that may frame the front-channel logout endpoint: those of the issuer and of the
/// end-session endpoint.
#[must_use]
pub(crate) fn sign_out_origins(issuer: &Issuer, metadata: Option<&Metadata>) -> Vec<String> {
    let endpoint = metadata.and_then(Metadata::end_session_endpoint).and_then(|text| Url::parse(text).ok());
    let mut origins: Vec<String> = [Some(issuer.url()), endpoint.as_ref()]
        .into_iter()
        .flatten()
        .map(|url| url.origin().ascii_serialization())
        .collect();
    origins.dedup();
    origins
}

fn url(endpoint: &str, hint: Option<(&str, &str)>, request: &EndSessionRequest<'_>) -> String {
    let required = [
        ("client_id", request.client_id),
        ("post_logout_redirect_uri", request.post_logout_redirect_uri),
        ("state", request.state),
    ];
    let logout_hint = request.logout_hint.map(|hint| ("logout_hint", hint));
    request_url(endpoint, hint.into_iter().chain(required).chain(logout_hint))
}

const MAX_URL: usize = 6 * 1024;

#[cfg(test)]
mod tests;
