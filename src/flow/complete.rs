//! `continue`: the browser presents the login cookie and the response cookie of one sign-in.
//!
//! The callback sends the browser here. The session cookie is random and not derived from either cookie. A browser that
//! lost it receives it again only if it presents the response that was redeemed.
//!
//! A response cookie holds a ticket of a stored response, a short code, or a refusal. "Response" below means a ticket or a
//! code. The first row that matches applies:
//!
//! | session cookie | login cookie | response cookie | completion lock | result |
//! |---|---|---|---|---|
//! | session of this sign-in | any | any | any | 303 to the return page |
//! | any | yes | response | free | acquire the lock, redeem the code, 303 with a new session cookie |
//! | any | yes | response | in flight | wait for the outcome, then one of the next three rows |
//! | any | yes | the redeemed response | done ≤ 60 s ago, session live | 303 with that session cookie again, audited |
//! | any | yes | response | done, refused | as for a refusal |
//! | any | yes | response | any other: done, timed out, or the stored response is gone | restart the sign-in |
//! | any | yes | refusal | not read | retry the sign-in, if this was the first try and the reason allows it; else refuse |
//! | any | yes | none | not read | restart the sign-in |
//! | any | no | response | not read | delete the response if it is stored, refuse with `other-browser` |
//! | any | no | refusal | not read | refuse |
//! | any | no | none | not read | a page that reloads once; then: expired response, a new sign-in; else refuse with `no-cookies` |
//!
//! Retry and restart both begin a new sign-in to the same return page, and both count towards the login loop limit. Only a
//! retry is marked as the second try. A request without a tag in the query is refused with `no-cookies`.

use super::{
    error::{FlowError, Rejection},
    pages,
    presented_session::PresentedSession,
    redemption::ResponseSource,
    response_cookie::ResponseCookie,
    sign_in::SignIn,
};
use crate::{
    oidc::Parameters,
    session::{ResponseTicket, Tag},
    web::{Form, Reply, ReturnTo},
};

impl SignIn<'_> {
    /// Completes the sign-in whose tag is in the query. Only for top-level GET navigations.
    pub(crate) async fn complete(self, query: &Form) -> Result<Reply, Rejection> {
        let Some(tag) = query.value("t").and_then(Tag::parse) else { return Err(FlowError::NoCookies.into()) };
        if let Some(return_to) = self.completed_return_to(&tag).await {
            // Back button, reload or second submit: this browser has completed the sign-in.
            return Ok(Reply::see_other(return_to.as_str()));
        }
        match (self.transaction(&tag), self.read_response_cookie(&tag)) {
            (Some(transaction), Some(ResponseCookie::Ticket(ticket))) => {
                self.complete_once(&transaction, ResponseSource::Stored(ticket)).await
            }
            (Some(transaction), Some(ResponseCookie::Response(response))) => {
                self.complete_once(&transaction, ResponseSource::InRequest(response)).await
            }
            (Some(transaction), Some(ResponseCookie::Refusal(error))) => self.refused(&transaction, error).await,
            (Some(transaction), None) => self.restart(&transaction).await,
            (None, Some(ResponseCookie::Ticket(ticket))) => Err(self.other_browser(&tag, Some(&ticket)).await),
            (None, Some(ResponseCookie::Response(_))) => Err(self.other_browser(&tag, None).await),
            (None, Some(ResponseCookie::Refusal(error))) => {
                Err(Rejection::from(error).with_cookies(self.expired_cookies(&tag)))
            }
            (None, None) => self.without_cookies(&tag, query).await,
        }
    }

    /// The return page of the sign-in `tag`, if that sign-in created the session of this browser or an earlier one.
    async fn completed_return_to(&self, tag: &Tag) -> Option<ReturnTo> {
        let PresentedSession { session, .. } = self.party.session(self.context).await.ok()??;
        session.return_to_of(tag).cloned()
    }

    /// Refuses a response without its login cookie: another browser began the sign-in. The response is deleted.
    async fn other_browser(&self, tag: &Tag, ticket: Option<&ResponseTicket>) -> Rejection {
        if let Some(ticket) = ticket
            && let Err(error) = self.party.store.take_pending(&ticket.pending_key(), self.context.now).await
        {
            return error.into();
        }
        Rejection::from(FlowError::OtherBrowser).with_cookies(self.expired_cookies(tag))
    }

    /// Handles a request with neither cookie. Old browsers omit cookies on a redirect after a cross-site POST. A page that
    /// reloads itself makes them send the cookies.
    async fn without_cookies(self, tag: &Tag, query: &Form) -> Result<Reply, Rejection> {
        let is_late = query.value("late").is_some();
        match (query.value("again").is_some(), is_late) {
            (false, _) => {
                let late = if is_late { "&late=1" } else { "" };
                let path = self.party.paths.continue_sign_in(self.provider.settings().name.as_str(), tag.as_str());
                Ok(Reply::page(pages::reload(self.context.language(), &format!("{path}{late}&again=1"))))
            }
            // A tab that was left open. The return page was in the login cookie, which has expired.
            (true, true) => self.begin(self.party.paths.front(), Parameters::default()).await,
            (true, false) => Err(FlowError::NoCookies.into()),
        }
    }
}
