//! `continue`: the provider's response meets the browser that began the sign-in.
//!
//! What the browser brings decides. The session cookie follows from nothing that the browser held before: it is random, and
//! a browser that lost it gets it again only for the ticket of the response that was redeemed.
//!
//! | login cookie | response cookie | completion lock | then |
//! |---|---|---|---|
//! | any, with the session of this sign-in | any | any | 303 to the page of this sign-in |
//! | yes | response | free | acquire the lock, redeem, 303 with a new session cookie |
//! | yes | response | held | wait for the outcome, then as below |
//! | yes | the redeemed response | done ≤ 60 s ago, session lives | 303 with the session cookie again, audited |
//! | yes | any response | done, refused | the refusal again |
//! | yes | any response | done otherwise; or its holder died; or the stored response is gone | restart |
//! | yes | refusal | any | retry once, else refused |
//! | yes | none | any | restart; never a session |
//! | no | response | any | the stored response is deleted; refused: `other-browser` |
//! | no | refusal | any | refused |
//! | no | none | any | a page that comes back by itself; then, late: a new sign-in; else refused: `no-cookies` |

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
    /// Completes the sign-in whose tag stands in the query. Only for top-level GET navigations.
    pub(crate) async fn complete(self, query: &Form) -> Result<Reply, Rejection> {
        let Some(tag) = query.value("t").and_then(Tag::parse) else { return Err(FlowError::NoCookies.into()) };
        if let Some(return_to) = self.end_of_sign_in(&tag).await {
            // Back button, reload or second submit: this browser has completed the sign-in.
            return Ok(Reply::see_other(return_to.as_str()));
        }
        match (self.transaction(&tag), self.held(&tag)) {
            (Some(transaction), Some(ResponseCookie::Ticket(ticket))) => {
                self.complete_once(&transaction, ResponseSource::Stored(ticket)).await
            }
            (Some(transaction), Some(ResponseCookie::Response(response))) => {
                self.complete_once(&transaction, ResponseSource::AtHand(response)).await
            }
            (Some(transaction), Some(ResponseCookie::Refusal(error))) => self.refused(&transaction, error).await,
            (Some(transaction), None) => self.restart(&transaction).await,
            (None, Some(ResponseCookie::Ticket(ticket))) => Err(self.other_browser(&tag, Some(&ticket)).await),
            (None, Some(ResponseCookie::Response(_))) => Err(self.other_browser(&tag, None).await),
            (None, Some(ResponseCookie::Refusal(error))) => {
                Err(Rejection::from(error).with_cookies(self.cleared(&tag)))
            }
            (None, None) => self.without_cookies(&tag, query).await,
        }
    }

    /// The page of the sign-in `tag`, when the session of this browser came of it.
    async fn end_of_sign_in(&self, tag: &Tag) -> Option<ReturnTo> {
        let PresentedSession { session, .. } = self.party.session(self.context).await.ok()??;
        session.end_of_sign_in(tag).cloned()
    }

    /// Refuses a response without its login cookie: another browser began the sign-in. The response is deleted.
    async fn other_browser(&self, tag: &Tag, ticket: Option<&ResponseTicket>) -> Rejection {
        if let Some(ticket) = ticket
            && let Err(error) = self.party.store.take_pending(&ticket.pending_key(), self.context.now).await
        {
            return error.into();
        }
        Rejection::from(FlowError::OtherBrowser).with_cookies(self.cleared(tag))
    }

    /// Neither cookie came. Old browsers drop cookies on the way from the POST; a page comes back by itself, with them.
    async fn without_cookies(self, tag: &Tag, query: &Form) -> Result<Reply, Rejection> {
        let is_late = query.value("late").is_some();
        match (query.value("again").is_some(), is_late) {
            (false, _) => {
                let late = if is_late { "&late=1" } else { "" };
                let path = self.party.paths.proceed(self.provider.settings().name.as_str(), tag.as_str());
                Ok(Reply::page(pages::reload(self.context.language(), &format!("{path}{late}&again=1"))))
            }
            // A tab that was left open. The page that it wanted was in the login cookie, which has expired.
            (true, true) => self.begin(self.party.paths.front(), Parameters::default()).await,
            (true, false) => Err(FlowError::NoCookies.into()),
        }
    }
}
