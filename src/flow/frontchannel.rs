//! A provider says, from a frame in its own page, that a session there has ended.
//!
//! OpenID Connect Front-Channel Logout §2. The browser brings no cookie of ours into that frame, so what ends is found by
//! the provider's name for its session. Nothing is revoked there: that was the provider's own to do.

use super::{
    error::{FlowError, Rejection, about},
    relying_party::RelyingParty,
};
use crate::{
    oidc::Profile,
    provider::Provider,
    session::LogoutTarget,
    telemetry::audit,
    web::{Form, Reply, RequestContext},
};

impl RelyingParty {
    /// Ends the sessions that began with the one that has ended there. Who calls learns nothing: the answer is the same
    /// whether anybody was found or not.
    pub async fn ended_at_provider(
        &self,
        context: &RequestContext,
        provider: &Provider,
        parameters: &Form,
    ) -> Result<Reply, Rejection> {
        if let Some(target) = target(provider, parameters) {
            let ended = self.store.remove_indexed(&target, context.now).await.map_err(FlowError::from)?;
            if ended > 0 {
                audit::ended_at_provider(about(context), &target.provider, ended);
            }
        }
        Ok(Reply::empty_in_frames_of(&provider.sign_out_origins()))
    }
}

/// §2: both parameters or neither. Neither would end whoever is signed in here at the word of any page that frames us.
/// Entra names the session alone; where it names an issuer too, that counts.
fn target(provider: &Provider, parameters: &Form) -> Option<LogoutTarget> {
    let (issuer, session_id) = (parameters.value("iss"), parameters.value("sid")?);
    let may_be_nameless = provider.settings().profile == Profile::Entra;
    (issuer.is_some() || may_be_nameless).then(|| LogoutTarget {
        provider: provider.settings().name.as_str().into(),
        issuer: issuer.map(Into::into),
        session_id: session_id.into(),
    })
}
