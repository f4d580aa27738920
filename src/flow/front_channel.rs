//! The `id_token` of the front channel: the values that it must have, and its verification.

use crate::{
    base::Secret,
    oidc::{Channel, Expected, VerifiedIdToken},
    provider::{CallError, Provider},
    session::{PendingResponse, State},
};

/// Verifies the `id_token` that came through the browser, if there is one, as of the time at which it was received.
pub(super) async fn verify(
    provider: &Provider,
    state: &State,
    response: &PendingResponse,
) -> Result<Option<VerifiedIdToken>, CallError> {
    let Some(id_token) = &response.id_token else { return Ok(None) };
    let nonce = state.nonce();
    provider.verify_id_token(id_token, &expected(provider, state, &nonce, response), response.at).await.map(Some)
}

/// The values that an `id_token` of the front channel must have in the response to `state`.
pub(super) fn expected<'a>(
    provider: &'a Provider,
    state: &'a State,
    nonce: &'a str,
    response: &'a PendingResponse,
) -> Expected<'a> {
    let settings = provider.settings();
    Expected {
        issuer: &settings.issuer,
        profile: settings.profile,
        client_id: &settings.client_id,
        nonce: Some(nonce),
        code: response.code.as_ref().map(Secret::expose),
        access_token: None,
        state: Some(state.text()),
        channel: Channel::Front,
    }
}
