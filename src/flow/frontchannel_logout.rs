//! Front-channel logout: the provider loads a URL in a frame of its logout page when its session has ended.
//!
//! OpenID Connect Front-Channel Logout §2. The browser sends no cookie of this gateway from a cross-site frame, so sessions
//! are found by the provider's `sid`. No token is revoked: the provider has ended its session already. A sign-in that began
//! before, and whose authorization response is presented later, creates no session.

use super::{
    error::{FlowError, Rejection, about},
    relying_party::RelyingParty,
};
use crate::{
    oidc::Profile,
    provider::Provider,
    session::LogoutTarget,
    web::{Form, Reply, RequestContext},
};

impl RelyingParty {
    /// Ends the sessions that belong to the provider's session. The reply does not depend on whether there were any, so the
    /// caller learns nothing.
    pub(crate) async fn frontchannel_logout(
        &self,
        context: &RequestContext,
        provider: &Provider,
        parameters: &Form,
    ) -> Result<Reply, Rejection> {
        if let Some(target) = target(provider, parameters) {
            let ended = self.store.remove_indexed(&target, context.now).await.map_err(FlowError::from)?;
            if ended > 0 {
                self.audit.ended_at_provider(about(context), &target.provider, ended);
            }
        }
        Ok(Reply::empty_in_frames_of(&provider.sign_out_origins()))
    }
}

/// The sessions to end. A request has both parameters or neither (OpenID Connect Front-Channel Logout §2). Without them
/// no session ends, because a page of any site can frame this URL. Entra ID sends `sid` alone; if it sends `iss`, it must
/// match.
fn target(provider: &Provider, parameters: &Form) -> Option<LogoutTarget> {
    let (issuer, session_id) = (parameters.value("iss"), parameters.value("sid")?);
    let issuer_is_optional = provider.settings().profile == Profile::Entra;
    (issuer.is_some() || issuer_is_optional).then(|| LogoutTarget {
        provider: provider.settings().name.as_str().into(),
        issuer: issuer.map(Into::into),
        session_id: session_id.into(),
    })
}
