//! Sign-out: a confirmation page, a POST that ends the session here, and the redirect to the provider's end of session.
//!
//! OpenID Connect RP-Initiated Logout §2. The session here is removed before the browser is sent to the provider.

use std::{sync::Arc, time::Duration};

use super::{
    error::{FlowError, Rejection, about},
    form_token::form_token,
    login_loop::LoginLoop,
    pages::{self, display_name},
    presented_session::PresentedSession,
    relying_party::RelyingParty,
};
use crate::{
    base::{Purpose, Secret, decode_base64url, encode_base64url, random_bytes},
    oidc::EndSessionRequest,
    session::{Session, StoreError},
    web::{CookieName, Form, Reply, RequestContext, expire_cookie, set_cookie},
};

/// The sign-out of one request's browser.
#[derive(Clone, Copy)]
pub(crate) struct Logout<'a> {
    party: &'a Arc<RelyingParty>,
    context: &'a RequestContext,
}

impl<'a> Logout<'a> {
    /// The sign-out of the browser that sent the request.
    #[must_use]
    pub(crate) fn new(party: &'a Arc<RelyingParty>, context: &'a RequestContext) -> Self {
        Self { party, context }
    }

    /// The page that asks whether to sign out. A GET changes nothing: a page of any site can cause one.
    pub(crate) async fn confirm(&self) -> Result<Reply, Rejection> {
        let (party, context) = (self.party, self.context);
        let front = party.paths.front();
        let Some(PresentedSession { cookie, session }) = party.session(context).await? else {
            return Ok(Reply::page(pages::not_signed_in(context.language(), front.as_str())));
        };
        let form = (party.paths.logout(), form_token(party, context, &cookie));
        Ok(Reply::page(pages::confirm_sign_out(context.language(), &display_name(&session), form, front.as_str())))
    }

    /// Ends the session here, then at the provider. Only for a POST from a page of this origin.
    pub(crate) async fn perform(&self, form: &Form) -> Result<Reply, Rejection> {
        let (party, context) = (self.party, self.context);
        if !context.same_origin {
            return Err(FlowError::ForeignSignOut.into());
        }
        let presented = party.session(context).await?;
        let token = Secret::new(form.value("token").unwrap_or_default());
        let is_foreign =
            |presented: &PresentedSession| token != Secret::new(form_token(party, context, &presented.cookie));
        if presented.as_ref().is_some_and(is_foreign) {
            return Err(FlowError::ForeignSignOut.into());
        }
        let session_cookie = expire_cookie(context.origin.cookie(CookieName::Session), &context.origin);
        if let Err(error) = self.end(presented.as_ref()).await {
            // The cookie is removed, but the page does not say that the session has ended: it may still be in the store.
            return Err(Rejection::from(error).with_cookies([session_cookie]));
        }
        let Some(PresentedSession { session, .. }) = presented else {
            // No session, or sessions of several people: all have ended here, and there is no one provider to go to.
            return Ok(Reply::see_other(party.paths.signed_out(&context.origin)).cookie(session_cookie));
        };
        party.audit.signed_out(about(context), session.provider(), session.identity().subject());
        let reset_loop = LoginLoop::new(party, context).reset();
        Ok(self.end_at_provider(&session).cookie(session_cookie).cookie(reset_loop))
    }

    /// Ends every session that the request presents. A sign-in of the person that is under way creates none afterwards.
    async fn end(&self, presented: Option<&PresentedSession>) -> Result<(), StoreError> {
        let (party, context) = (self.party, self.context);
        if let Some(PresentedSession { session, .. }) = presented {
            party.store.mark_signed_out(session, context.now).await?;
        }
        party.end_presented(context).await
    }

    /// The page after a sign-out, to which the provider redirects the browser. It changes nothing but its own cookie.
    pub(crate) fn done(&self, query: &Form) -> Reply {
        let context = self.context;
        let name = context.origin.cookie(CookieName::Logout);
        let ended_at_provider = query.value("state").is_some_and(|state| self.is_state_of_sign_out(name, state));
        let page = pages::signed_out(context.language(), ended_at_provider, self.party.paths.front().as_str());
        Reply::page(page).cookie(expire_cookie(name, &context.origin))
    }

    fn end_at_provider(&self, session: &Session) -> Reply {
        let (party, context) = (self.party, self.context);
        let state = encode_base64url(random_bytes::<16>(&*party.random));
        let done = party.paths.signed_out(&context.origin);
        let end_session = party.provider(session.provider()).and_then(|provider| {
            provider.end_session(&EndSessionRequest {
                id_token_hint: Some(session.id_token()),
                logout_hint: session.identity().claims().text("login_hint"),
                client_id: &provider.settings().client_id,
                post_logout_redirect_uri: &done,
                state: &state,
            })
        });
        let Some(location) = end_session else { return Reply::see_other(done) };
        let associated_data = [context.origin.as_str().as_bytes()];
        let sealed =
            encode_base64url(party.keys().current().seal(SIGN_OUT, &associated_data, state.as_bytes(), &*party.random));
        let name = context.origin.cookie(CookieName::Logout);
        Reply::see_other(location.expose()).cookie(set_cookie(name, &sealed, &context.origin, Some(COOKIE_LIFETIME)))
    }

    /// Whether the cookie `name` holds `state`: this gateway sent it to the provider in a sign-out of this browser.
    fn is_state_of_sign_out(&self, name: &str, state: &str) -> bool {
        let associated_data = [self.context.origin.as_str().as_bytes()];
        self.context.cookies.values(name).any(|value| {
            let sealed = decode_base64url(value).unwrap_or_default();
            self.party.keys().open(SIGN_OUT, &associated_data, &sealed).is_ok_and(|sent| sent == state.as_bytes())
        })
    }
}

const SIGN_OUT: Purpose = Purpose("sign-out");

/// How long a person may take at the provider's sign-out page.
const COOKIE_LIFETIME: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
