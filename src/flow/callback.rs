//! The callback: verifies the provider's response before anything is stored, and sends the browser to `continue`.
//!
//! A `form_post` response is a cross-site POST without cookies (OAuth 2.0 Form Post Response Mode §2). Everything that
//! can be checked without a cookie is checked here: the `state` is authenticated by its MAC, and the nonce is derived
//! from it.

use tracing::info;

use super::{
    error::{FlowError, Rejection},
    front_channel,
    redemption::ResponseSource,
    sign_in::SignIn,
};
use crate::{
    oidc::{self, AuthorizationResponse},
    session::{PendingResponse, State, Tag},
    web::{Form, FormError, Reply, RequestKind},
};

impl SignIn<'_> {
    /// Handles a posted response. The browser is sent to `continue` with a response cookie.
    pub(crate) async fn receive(self, form: &Form) -> Result<Reply, Rejection> {
        let state = self.state(form)?;
        let tag = state.tag();
        // A refusal ends the sign-in: the login cookie is removed. No session changes.
        let refused = |error: FlowError| Rejection::from(error).with_cookies([self.forget(&tag)]);
        match self.read_response(form, &state).await {
            Ok(Some(response)) => {
                let cookie = self.store_response(&state, &response).await.map_err(refused)?;
                Ok(self.redirect_to_continue(&tag).cookie(cookie))
            }
            Ok(None) => Ok(self.redirect_late(&tag)),
            Err(error @ FlowError::Refused(_)) => Ok(self.redirect_with_refusal(&tag, &error)),
            Err(error) => Err(refused(error)),
        }
    }

    /// Handles a response in the query. The URL contains the code, so no page is shown at this URL: a refusal is sent on to
    /// `continue`, and so is every request that is not a navigation of a tab.
    pub(crate) async fn receive_query(self, query: Result<Form, FormError>) -> Reply {
        let read = query.map_err(FlowError::from).and_then(|form| {
            let form = oidc::without_redirect_query(form, self.provider.settings().redirect_query.as_ref())?;
            Ok((self.state(&form)?, form))
        });
        let (state, form) = match read {
            Ok(read) => read,
            Err(error) => return without_fragment(self.redirect_with_refusal(&Tag::of(""), &error)),
        };
        let tag = state.tag();
        if self.context.kind != RequestKind::Navigation {
            return without_fragment(self.redirect_to_continue(&tag));
        }
        let completed = match (self.read_response(&form, &state).await, self.transaction(&tag)) {
            (Ok(Some(response)), Some(transaction)) => {
                self.complete_once(&transaction, ResponseSource::InRequest(response)).await
            }
            (Ok(Some(_)), None) => Ok(self.redirect_to_continue(&tag)),
            (Ok(None), _) => Ok(self.redirect_late(&tag)),
            (Err(error), _) => Err(error.into()),
        };
        completed.unwrap_or_else(|rejection| without_fragment(self.redirect_with_refusal(&tag, &rejection.error)))
    }

    /// The verified `state`. Nothing else of the response is read before.
    fn state(&self, form: &Form) -> Result<State, FlowError> {
        let text = oidc::state(form).ok_or(FlowError::NoState)?;
        Ok(State::read(text, &self.party.keys(), self.binding())?)
    }

    /// Reads and verifies the response; `None` for a valid response that has expired.
    async fn read_response(&self, form: &Form, state: &State) -> Result<Option<PendingResponse>, FlowError> {
        let (provider, context) = (self.provider, self.context);
        // The age comes first, before any work on tokens or keys.
        if state.is_expired(context.now) {
            return Ok(None);
        }
        let settings = provider.settings();
        oidc::check_issuer(form, &settings.issuer, provider.is_iss_parameter_supported().await?)?;
        let (code, id_token) = match AuthorizationResponse::read(form, settings.flow)? {
            AuthorizationResponse::Granted { code, id_token } => (code, id_token),
            AuthorizationResponse::Refused(refusal) => return Err(FlowError::Refused(refusal)),
        };
        let response = PendingResponse { at: context.now, code, id_token };
        match front_channel::verify(provider, state, &response).await {
            Ok(front) => {
                front.iter().try_for_each(|front| oidc::check_issuer_of_token(form, front))?;
                Ok(Some(response))
            }
            Err(error) if error.is_only_time() => {
                // Not a refusal: the sign-in begins again. This line explains why a browser signs in repeatedly.
                info!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), "an authorization response came too late");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The response has expired: the sign-in begins again, even if the login cookie has expired too.
    fn redirect_late(&self, tag: &Tag) -> Reply {
        let path = self.party.paths.continue_sign_in(self.provider.settings().name.as_str(), tag.as_str());
        Reply::see_other(format!("{path}&late=1"))
    }

    fn redirect_with_refusal(&self, tag: &Tag, error: &FlowError) -> Reply {
        self.redirect_to_continue(tag).cookie(self.refusal_cookie(tag, error))
    }
}

/// Drops the fragment of the request's URL, which browsers else carry over a redirect (RFC 9110 §10.2.2). A changed
/// `response_mode` makes a provider answer in the fragment: the code would stand in the URL of the page at the end, where a
/// script of the site that opened the window can read it.
fn without_fragment(reply: Reply) -> Reply {
    Reply { location: reply.location.map(|to| format!("{to}#")), ..reply }
}
