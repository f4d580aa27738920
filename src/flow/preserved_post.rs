//! A POST request that comes after its session has ended is preserved while the person signs in again, then sent when the
//! person says so.
//!
//! Only a request that a page of this very site made is preserved. A cross-site POST comes without the session cookie for a
//! reason; sending it later would give it the session that `SameSite=Lax` withheld. Nothing is sent by itself: the person
//! who signs in may be another than the one who typed, and the page says who would send the request.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method};

use super::{
    error::{FlowError, Rejection},
    form_token::form_token,
    pages::{self, PreservedForm, shown_name},
    presented_session::PresentedSession,
    relying_party::RelyingParty,
    sign_in::SignIn,
};
use crate::{
    access::{Decision, Pass, Rule},
    base::{Secret, Timestamp},
    oidc::Parameters,
    provider::Provider,
    session::{PostTicket, PreservedPost, StoreError, Tag},
    web::{CookieName, Form, Reply, RequestContext, RequestKind, ReturnTo, expire_cookie, set_cookie},
};

/// The preserved requests of one browser, as one request sees them.
#[derive(Clone, Copy)]
pub(crate) struct PreservedPosts<'a> {
    party: &'a Arc<RelyingParty>,
    context: &'a RequestContext,
}

/// The form that asks for a preserved request to be sent: one field, posted to the address of the preserved request, so
/// that the application's response has the right address.
#[derive(Debug)]
pub(crate) struct RestoreForm {
    tag: Tag,
    token: Secret,
}

/// The result of a [`RestoreForm`].
#[must_use]
pub(crate) enum Restore {
    /// The preserved request may be sent.
    Send(PostTicket, Pass),
    /// The browser gets this reply first.
    First(Reply),
}

impl<'a> PreservedPosts<'a> {
    /// The preserved requests of the browser that sent the request.
    #[must_use]
    pub(crate) fn new(party: &'a Arc<RelyingParty>, context: &'a RequestContext) -> Self {
        Self { party, context }
    }

    /// Whether the request at hand can be preserved, if the store has room.
    #[must_use]
    pub(crate) fn accepts(&self) -> bool {
        let context = self.context;
        let is_own_form =
            context.method == Method::POST && context.kind == RequestKind::Navigation && context.same_origin;
        let target = context.target.path_and_query();
        is_own_form
            && ReturnTo::of(&context.target, self.party.paths.prefix()).as_str() == target
            && context.cookies.all().filter(|(name, _)| name.starts_with(cookie_prefix(context))).count() < MOST_TICKETS
    }

    /// Preserves `post` and begins a sign-in at `provider` that ends at the page that offers to send it; `None` when the
    /// store has no room.
    pub(crate) async fn preserve(
        &self,
        provider: &Arc<Provider>,
        post: &PreservedPost,
        parameters: Parameters,
    ) -> Result<Option<Reply>, Rejection> {
        let (party, context) = (self.party, self.context);
        let sign_in = SignIn::new(party, provider, context);
        let request = sign_in.request(parameters).await?;
        let ticket = PostTicket::issue(context.target.path_and_query().as_str(), &*party.random);
        match self.put(&ticket, post, context.now).await {
            Err(StoreError::Full) => return Ok(None),
            stored => stored?,
        }
        let (tag, origin) = (ticket.tag(), context.origin.as_str());
        let value = ticket.seal(&party.keys, origin, &*party.random);
        let cookie = set_cookie(&cookie_name(context, &tag), &value, &context.origin, Some(LIFETIME));
        match sign_in.start(self.offer_page(&tag), request).await {
            Ok(begun) => {
                let page = pages::form_preserved(context.language(), begun.location);
                Ok(Some(Reply::page(page).cookies(begun.cookies).cookie(cookie)))
            }
            Err(rejection) => Err(rejection.with_cookies([cookie])),
        }
    }

    /// The page that says which request is preserved and who would send it, with the form. A GET sends nothing.
    pub(crate) async fn offer(&self, provider: &Arc<Provider>, query: &Form) -> Result<Reply, Rejection> {
        let (party, context) = (self.party, self.context);
        let Some(ticket) = query.value("t").and_then(Tag::parse).and_then(|tag| self.ticket(&tag)) else {
            return Err(FlowError::PreservedPostGone.into());
        };
        if !party.store.has_pending(&ticket.pending_key(), context.now).await.map_err(FlowError::from)? {
            return Err(self.gone(&ticket));
        }
        let Some(PresentedSession { cookie, session }) = party.session(context).await? else {
            let sign_in = SignIn::new(party, provider, context);
            return sign_in.begin(self.offer_page(&ticket.tag()), Parameters::default()).await;
        };
        let value = format!("{}.{}", ticket.tag().as_str(), form_token(party, context, &cookie));
        let offer =
            PreservedForm { who: shown_name(&session), origin: context.origin.as_str(), target: ticket.target() };
        Ok(Reply::page(pages::confirm_send(context.language(), &offer, FIELD, value)))
    }

    /// Takes the form. It counts only from a page of this site, for the person whom that page named, and when `rule` lets
    /// this person send to the address now. A sign-in that is needed first asks for `parameters`.
    pub(crate) async fn restore(
        &self,
        form: &RestoreForm,
        rule: &Rule,
        parameters: &Parameters,
    ) -> Result<Restore, Rejection> {
        let (party, context) = (self.party, self.context);
        if !context.same_origin {
            return Err(FlowError::ForeignRestore.into());
        }
        let Some(ticket) = self.ticket(&form.tag).filter(|ticket| is_for(ticket, context)) else {
            let page = ReturnTo::of(&context.target, party.paths.prefix());
            return Err(Rejection::from(FlowError::PreservedPostGone).towards(&page));
        };
        let offer = self.offer_page(&ticket.tag());
        let sign_in = Restore::First(Reply::see_other(party.paths.login(&offer)));
        let Some(PresentedSession { cookie, .. }) = party.session(context).await? else {
            // Signed out meanwhile: the offer comes again after the sign-in.
            return Ok(sign_in);
        };
        if form.token != Secret::new(form_token(party, context, &cookie)) {
            // Another session meanwhile, perhaps of another person: the offer says whose.
            return Ok(Restore::First(Reply::see_other(offer.as_str())));
        }
        match (party.decide(context, rule).await?, party.default_provider()) {
            (Decision::Allow(pass), _) => Ok(Restore::Send(ticket, pass)),
            (Decision::Forbid(denial), _) => Err(FlowError::from(denial).into()),
            (Decision::StepUp, Some(provider)) => {
                let step_up = SignIn::new(party, provider, context).step_up(offer, parameters.clone());
                Ok(Restore::First(step_up.await?))
            }
            (Decision::SignIn | Decision::StepUp, _) => Ok(sign_in),
        }
    }

    /// Takes the preserved request: of all callers, one gets it.
    pub(crate) async fn take(&self, ticket: &PostTicket) -> Result<PreservedPost, Rejection> {
        let store = &self.party.store;
        let sealed = store.take_pending(&ticket.pending_key(), self.context.now).await.map_err(FlowError::from)?;
        let post = sealed.and_then(|sealed| PreservedPost::open(&sealed, ticket, self.context.origin.as_str()));
        post.ok_or_else(|| self.gone(ticket))
    }

    /// Puts a request back of which nothing was sent. Gives the page that offers to send it.
    pub(crate) async fn put_back(&self, ticket: &PostTicket, post: &PreservedPost) -> Result<ReturnTo, Rejection> {
        self.put(ticket, post, self.party.clock.now()).await?;
        Ok(self.offer_page(&ticket.tag()))
    }

    /// The cookie that makes the browser forget the ticket of a request that was sent.
    #[must_use]
    pub(crate) fn forget(&self, ticket: &PostTicket) -> HeaderValue {
        expire_cookie(&cookie_name(self.context, &ticket.tag()), &self.context.origin)
    }

    async fn put(&self, ticket: &PostTicket, post: &PreservedPost, now: Timestamp) -> Result<(), StoreError> {
        let sealed = post.seal(ticket, self.context.origin.as_str(), &*self.party.random);
        self.party.store.put_pending(&ticket.pending_key(), sealed, now.plus(LIFETIME), now).await
    }

    fn ticket(&self, tag: &Tag) -> Option<PostTicket> {
        let (name, origin) = (cookie_name(self.context, tag), self.context.origin.as_str());
        self.context.cookies.values(&name).find_map(|value| PostTicket::open(value, tag, &self.party.keys, origin))
    }

    /// The ticket stays until it expires: a request that another tab has taken may come back, unsent.
    fn gone(&self, ticket: &PostTicket) -> Rejection {
        let page = ReturnTo::parse(ticket.target(), self.party.paths.prefix());
        Rejection::from(FlowError::PreservedPostGone).towards(&page)
    }

    fn offer_page(&self, tag: &Tag) -> ReturnTo {
        ReturnTo::parse(&self.party.paths.restore(tag.as_str()), self.party.paths.prefix())
    }
}

impl RestoreForm {
    /// The length of the form in bytes, always the same: no body of another length has to be read to recognize it.
    pub(crate) const LENGTH: usize = FIELD.len() + 1 + 16 + 1 + 43;

    /// Reads the form; `None` for an application's form of the same length.
    #[must_use]
    pub(crate) fn parse(form: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(form).ok()?.strip_prefix(FIELD)?.strip_prefix('=')?;
        let (tag, token) = value.split_once('.')?;
        Some(Self { tag: Tag::parse(tag)?, token: Secret::new(token) })
    }
}

/// A permission is for the address of the request at hand, so a preserved request is sent only there.
fn is_for(ticket: &PostTicket, context: &RequestContext) -> bool {
    context.target.path_and_query() == ticket.target()
}

fn cookie_name(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", cookie_prefix(context), tag.as_str())
}

fn cookie_prefix(context: &RequestContext) -> &str {
    context.origin.cookie(CookieName::PreservedPost)
}

const FIELD: &str = "vestibule-resume";

/// The lifetime of a sign-in.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Servers limit the size of cookies.
const MOST_TICKETS: usize = 5;
