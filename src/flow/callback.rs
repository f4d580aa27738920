//! The callback: the provider's response is verified whole before anything is stored, then meets its browser at `continue`.
//!
//! A `form_post` response is a cross-site POST and brings no cookie (OAuth 2.0 Form Post Response Mode §2). All that can be
//! checked without a cookie is checked here: the `state` proves itself, and the nonce follows from it.

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
    /// Takes a response that was posted. The browser goes to `continue`, with a response cookie.
    pub(crate) async fn receive(self, form: &Form) -> Result<Reply, Rejection> {
        let state = self.state(form)?;
        let tag = state.tag();
        // The sign-in is over for a browser whose POST is refused. No session changes.
        let refused = |error: FlowError| Rejection::from(error).with_cookies([self.forget(&tag)]);
        match self.read_response(form, &state).await {
            Ok(Some(response)) => {
                let cookie = self.hold(&state, &response).await.map_err(refused)?;
                Ok(self.proceed(&tag).cookie(cookie))
            }
            Ok(None) => Ok(self.proceed_late(&tag)),
            Err(error @ FlowError::Refused(_)) => Ok(self.proceed_to_refusal(&tag, &error)),
            Err(error) => Err(refused(error)),
        }
    }

    /// Takes a response that stands in the query. The URL holds the code, so no page is ever shown there: refusals, too,
    /// go on to `continue`, and so does every request that is no navigation of a tab.
    pub(crate) async fn receive_query(self, query: Result<Form, FormError>) -> Reply {
        let read = query.map_err(FlowError::from).and_then(|form| {
            let form = oidc::without_redirect_query(form, self.provider.settings().redirect_query.as_ref())?;
            Ok((self.state(&form)?, form))
        });
        let (state, form) = match read {
            Ok(read) => read,
            Err(error) => return without_fragment(self.proceed_to_refusal(&Tag::of(""), &error)),
        };
        let tag = state.tag();
        if self.context.kind != RequestKind::Navigation {
            return without_fragment(self.proceed(&tag));
        }
        let completed = match (self.read_response(&form, &state).await, self.transaction(&tag)) {
            (Ok(Some(response)), Some(transaction)) => {
                self.complete_once(&transaction, ResponseSource::AtHand(response)).await
            }
            (Ok(Some(_)), None) => Ok(self.proceed(&tag)),
            (Ok(None), _) => Ok(self.proceed_late(&tag)),
            (Err(error), _) => Err(error.into()),
        };
        completed.unwrap_or_else(|rejection| without_fragment(self.proceed_to_refusal(&tag, &rejection.error)))
    }

    /// The `state`, before anything else of the response is read.
    fn state(&self, form: &Form) -> Result<State, FlowError> {
        let text = oidc::state(form).ok_or(FlowError::NoState)?;
        Ok(State::read(text, &self.party.keys, self.binding())?)
    }

    /// Reads and verifies the response; `None` for a valid response that came too late.
    async fn read_response(&self, form: &Form, state: &State) -> Result<Option<PendingResponse>, FlowError> {
        let (provider, context) = (self.provider, self.context);
        // The age first: before any work on tokens or keys.
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
                // Not a refusal: the sign-in begins again. This line explains a series of them.
                info!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), "an authorization response came too late");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The response came too late: its sign-in begins again, also when the login cookie has expired.
    fn proceed_late(&self, tag: &Tag) -> Reply {
        let path = self.party.paths.proceed(self.provider.settings().name.as_str(), tag.as_str());
        Reply::see_other(format!("{path}&late=1"))
    }

    fn proceed_to_refusal(&self, tag: &Tag, error: &FlowError) -> Reply {
        self.proceed(tag).cookie(self.hold_refusal(tag, error))
    }
}

/// Drops the fragment of the request's URL, which browsers else carry over a redirect (RFC 9110 §10.2.2). A changed
/// `response_mode` makes a provider answer in the fragment: the code would stand in the URL of the page at the end, where a
/// script of the site that opened the window can read it.
fn without_fragment(reply: Reply) -> Reply {
    Reply { location: reply.location.map(|to| format!("{to}#")), ..reply }
}
