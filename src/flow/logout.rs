//! The way out: a page that asks, a POST that does it here, and the provider's own end of session.
//!
//! OpenID Connect RP-Initiated Logout §2. The session here is gone before the browser leaves, whatever happens there.

use std::time::Duration;

use super::{
    error::{FlowError, Rejection, about},
    pages,
    preserved_post::shown_name,
    relying_party::RelyingParty,
};
use crate::{
    base::{Purpose, Secret, decode_base64url, encode_base64url, random_bytes},
    oidc::EndSessionRequest,
    session::{Session, SessionCookie},
    telemetry::audit,
    web::{CookieName, Form, Reply, RequestContext, expire_cookie, set_cookie},
};

impl RelyingParty {
    /// Asks whether to sign out. A GET changes nothing: any page on the web can cause one.
    pub async fn ask_to_leave(&self, context: &RequestContext) -> Result<Reply, Rejection> {
        let Some((cookie, session)) = self.session(context).await? else {
            return Ok(Reply::page(pages::not_signed_in(context.language(), self.paths.front().as_str())));
        };
        let (token, front) = (self.form_token(context, &cookie), self.paths.front());
        Ok(Reply::page(pages::confirm_sign_out(
            context.language(),
            shown_name(&session),
            self.paths.logout(),
            token,
            front.as_str(),
        )))
    }

    /// Ends the session here, then at the provider. Only for a POST from a page of this very site.
    pub async fn leave(&self, context: &RequestContext, form: &Form) -> Result<Reply, Rejection> {
        if !context.same_origin {
            return Err(FlowError::ForeignSignOut.into());
        }
        let found = self.session(context).await?;
        let token = Secret::new(form.value("token").unwrap_or_default());
        if found.as_ref().is_some_and(|(cookie, _)| token != Secret::new(self.form_token(context, cookie))) {
            return Err(FlowError::ForeignSignOut.into());
        }
        let session_cookie = expire_cookie(context.origin.cookie(CookieName::Session), &context.origin);
        if let Err(error) = self.end_presented(context).await {
            // The cookie goes all the same; nobody is told that the session is gone when it may not be.
            return Err(Rejection::from(error).with_cookies([session_cookie]));
        }
        let Some((_, session)) = found else {
            // Nobody, or several people: whoever it was is signed out here, and no provider is told of anybody.
            return Ok(Reply::see_other(self.paths.signed_out(&context.origin)).cookie(session_cookie));
        };
        audit::signed_out(about(context), session.provider(), session.identity().subject());
        Ok(self.leave_provider(context, &session).cookie(session_cookie).cookie(self.forget_loop(context)))
    }

    /// Where the provider sends the browser back. Harmless to whoever calls it: it changes nothing but its own cookie.
    pub fn left(&self, context: &RequestContext, query: &Form) -> Reply {
        let name = context.origin.cookie(CookieName::Logout);
        let ended_there = query.value("state").is_some_and(|state| self.began_sign_out(context, name, state));
        let page = pages::signed_out(context.language(), ended_there, self.paths.front().as_str());
        Reply::page(page).cookie(expire_cookie(name, &context.origin))
    }

    fn leave_provider(&self, context: &RequestContext, session: &Session) -> Reply {
        let state = encode_base64url(random_bytes::<16>(&*self.random));
        let here = self.paths.signed_out(&context.origin);
        let provider = self.provider(session.provider());
        let there = provider.and_then(|provider| {
            provider.end_session(&EndSessionRequest {
                id_token_hint: Some(session.id_token()),
                logout_hint: session.identity().claims().text("login_hint"),
                client_id: &provider.settings().client_id,
                post_logout_redirect_uri: &here,
                state: &state,
            })
        });
        let Some(there) = there else { return Reply::see_other(here) };
        let sealed =
            self.keys.current().seal(SIGN_OUT, &[context.origin.as_str().as_bytes()], state.as_bytes(), &*self.random);
        let name = context.origin.cookie(CookieName::Logout);
        Reply::see_other(there.expose()).cookie(set_cookie(
            name,
            &encode_base64url(sealed),
            &context.origin,
            Some(AT_PROVIDER),
        ))
    }

    fn began_sign_out(&self, context: &RequestContext, name: &str, state: &str) -> bool {
        let parts = [context.origin.as_str().as_bytes()];
        context.cookies.values(name).any(|value| {
            let sealed = decode_base64url(value).unwrap_or_default();
            self.keys.open(SIGN_OUT, &parts, &sealed).is_ok_and(|begun| begun == state.as_bytes())
        })
    }

    /// What a form of ours carries: only a page of ours, shown to this very session, knows it.
    pub(super) fn form_token(&self, context: &RequestContext, cookie: &SessionCookie) -> String {
        let session = cookie.key();
        let parts = [context.origin.as_str().as_bytes(), session.bytes()];
        encode_base64url(self.keys.current().derive(FORM_TOKEN, &parts))
    }
}

const SIGN_OUT: Purpose = Purpose("sign-out");
const FORM_TOKEN: Purpose = Purpose("form token");

/// How long a person may take at the provider's sign-out page.
const AT_PROVIDER: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
