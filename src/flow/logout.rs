//! The way out: a page that asks, a POST that does it here, and the provider's own end of session.
//!
//! OpenID Connect RP-Initiated Logout §2. The session here is gone before the browser leaves, whatever happens there.

use std::time::Duration;

use super::{
    kept::shown_name,
    pages,
    problem::{Problem, Stopped, about},
    relying_party::RelyingParty,
};
use crate::{
    base::{Purpose, Secret, decode_base64url, encode_base64url, random_bytes},
    oidc::EndSessionRequest,
    session::{Session, SessionCookie, expire_cookie, set_cookie},
    telemetry::audit,
    web::{CookieName, Form, Reply, Visit},
};

impl RelyingParty {
    /// Asks whether to sign out. A GET changes nothing: any page on the web can cause one.
    pub async fn ask_to_leave(&self, visit: &Visit) -> Result<Reply, Stopped> {
        let Some((cookie, session)) = self.session(visit).await? else {
            return Ok(Reply::page(pages::not_signed_in(visit.language(), self.paths.front().as_str())));
        };
        let (token, front) = (self.form_token(visit, &cookie), self.paths.front());
        Ok(Reply::page(pages::sign_out(
            visit.language(),
            shown_name(&session),
            self.paths.logout(),
            token,
            front.as_str(),
        )))
    }

    /// Ends the session here, then at the provider. Only for a POST from a page of this very site.
    pub async fn leave(&self, visit: &Visit, form: &Form) -> Result<Reply, Stopped> {
        if !visit.same_origin {
            return Err(Problem::ForeignSignOut.into());
        }
        let found = self.session(visit).await?;
        let token = Secret::new(form.value("token").unwrap_or_default());
        if found.as_ref().is_some_and(|(cookie, _)| token != Secret::new(self.form_token(visit, cookie))) {
            return Err(Problem::ForeignSignOut.into());
        }
        let session_cookie = expire_cookie(visit.origin.cookie(CookieName::Session), &visit.origin);
        if let Err(error) = self.end_presented(visit).await {
            // The cookie goes all the same; nobody is told that the session is gone when it may not be.
            return Err(Stopped::from(error).with_cookies([session_cookie]));
        }
        let Some((_, session)) = found else {
            // Nobody, or several people: whoever it was is signed out here, and no provider is told of anybody.
            return Ok(Reply::see_other(self.paths.signed_out(&visit.origin)).cookie(session_cookie));
        };
        audit::signed_out(about(visit), session.provider(), session.identity().subject());
        Ok(self.leave_provider(visit, &session).cookie(session_cookie).cookie(self.forget_loop(visit)))
    }

    /// Where the provider sends the browser back. Harmless to whoever calls it: it changes nothing but its own cookie.
    pub fn left(&self, visit: &Visit, query: &Form) -> Reply {
        let name = visit.origin.cookie(CookieName::Logout);
        let ended_there = query.value("state").is_some_and(|state| self.began_sign_out(visit, name, state));
        let page = pages::signed_out(visit.language(), ended_there, self.paths.front().as_str());
        Reply::page(page).cookie(expire_cookie(name, &visit.origin))
    }

    fn leave_provider(&self, visit: &Visit, session: &Session) -> Reply {
        let state = encode_base64url(random_bytes::<16>(&*self.random));
        let here = self.paths.signed_out(&visit.origin);
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
            self.keys.current().seal(SIGN_OUT, &[visit.origin.as_str().as_bytes()], state.as_bytes(), &*self.random);
        let name = visit.origin.cookie(CookieName::Logout);
        Reply::see_other(there.expose()).cookie(set_cookie(
            name,
            &encode_base64url(sealed),
            &visit.origin,
            Some(AT_PROVIDER),
        ))
    }

    fn began_sign_out(&self, visit: &Visit, name: &str, state: &str) -> bool {
        let parts = [visit.origin.as_str().as_bytes()];
        visit.cookies.values(name).any(|value| {
            let sealed = decode_base64url(value).unwrap_or_default();
            self.keys.open(SIGN_OUT, &parts, &sealed).is_ok_and(|begun| begun == state.as_bytes())
        })
    }

    /// What a form of ours carries: only a page of ours, shown to this very session, knows it.
    pub(super) fn form_token(&self, visit: &Visit, cookie: &SessionCookie) -> String {
        let session = cookie.key();
        let parts = [visit.origin.as_str().as_bytes(), session.bytes()];
        encode_base64url(self.keys.current().derive(FORM_TOKEN, &parts))
    }
}

const SIGN_OUT: Purpose = Purpose("sign-out");
const FORM_TOKEN: Purpose = Purpose("form token");

/// How long a person may take at the provider's sign-out page.
const AT_PROVIDER: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
