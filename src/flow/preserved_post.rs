//! A form that is sent after its session has ended: kept while the person signs in again, then sent on their word.
//!
//! Rule 1 of the sign-in: only what a page of this very site sent. A cross-site POST comes without our cookies for a
//! reason; sending it later would give it the session that `SameSite=Lax` withheld. Nothing is sent by itself: whoever
//! signs in may be somebody else than who typed, and sees that before pressing the button.

use std::time::Duration;

use http::{HeaderValue, Method};

use super::{
    error::{FlowError, Rejection},
    guard::Admission,
    pages::{self, PreservedForm},
    relying_party::RelyingParty,
};
use crate::{
    access::{Pass, Rule},
    base::{Secret, Timestamp},
    oidc::Parameters,
    provider::Provider,
    session::{PostTicket, PreservedPost, Session, StoreError, Tag},
    web::{CookieName, Form, Reply, RequestContext, RequestKind, ReturnTo, expire_cookie, set_cookie},
};

/// The button that sends what was kept, as it comes: a form of one field, posted to the very address that the kept form
/// was sent to, so that the application's answer stands where it belongs.
#[derive(Debug)]
pub struct SendButton {
    tag: Tag,
    token: Secret,
}

/// What becomes of a press of the button.
#[must_use]
pub enum Pressed {
    /// The form may be sent.
    Send(PostTicket, Pass),
    /// This first.
    First(Reply),
}

impl RelyingParty {
    /// Whether what this visit sends is to be kept, if there is room.
    #[must_use]
    pub fn may_keep(&self, context: &RequestContext) -> bool {
        let is_form_of_ours =
            context.method == Method::POST && context.kind == RequestKind::Navigation && context.same_origin;
        let target = context.target.path_and_query();
        is_form_of_ours
            && ReturnTo::of(&context.target, self.paths.prefix()).as_str() == target
            && context.cookies.all().filter(|(name, _)| name.starts_with(cookie_prefix(context))).count() < MOST_TICKETS
    }

    /// Keeps `post` and begins a sign-in that ends where it is offered to be sent; `None` when there is no room for it.
    pub async fn keep(
        &self,
        context: &RequestContext,
        provider: &Provider,
        post: &PreservedPost,
        parameters: Parameters,
    ) -> Result<Option<Reply>, Rejection> {
        let asked = self.asked(context, provider, parameters).await?;
        let ticket = PostTicket::issue(context.target.path_and_query().as_str(), &*self.random);
        match self.park_post(context, &ticket, post, context.now).await {
            Err(StoreError::Full) => return Ok(None),
            parked => parked?,
        }
        let (tag, origin) = (ticket.tag(), context.origin.as_str());
        let value = ticket.seal(&self.keys, origin, &*self.random);
        let cookie = set_cookie(&cookie_name(context, &tag), &value, &context.origin, Some(KEPT));
        match self.attempt_in(context, provider, self.offer_of(&tag), asked, false).await {
            Ok(begun) => {
                let page = pages::form_preserved(context.language(), begun.to);
                Ok(Some(Reply::page(page).cookies(begun.cookies).cookie(cookie)))
            }
            Err(stopped) => Err(stopped.with_cookies([cookie])),
        }
    }

    /// The page that says what was kept and by whom it would be sent, with the button. A GET sends nothing.
    pub async fn offer(&self, context: &RequestContext, provider: &Provider, query: &Form) -> Result<Reply, Rejection> {
        let Some(ticket) = query.value("t").and_then(Tag::parse).and_then(|tag| self.ticket(context, &tag)) else {
            return Err(FlowError::KeptGone.into());
        };
        if !self.store.is_parked(&ticket.slot(), context.now).await.map_err(FlowError::from)? {
            return Err(self.gone(&ticket));
        }
        let Some((cookie, session)) = self.session(context).await? else {
            return self.sign_in(context, provider, self.offer_of(&ticket.tag()), Parameters::default()).await;
        };
        let button = format!("{}.{}", ticket.tag().as_str(), self.form_token(context, &cookie));
        let form =
            PreservedForm { who: shown_name(&session), origin: context.origin.as_str(), target: ticket.target() };
        Ok(Reply::page(pages::confirm_send(context.language(), &form, FIELD, button)))
    }

    /// Takes a press of the button. It counts only from a page of this site, for the person whom that page named, and when
    /// `rule` lets them send to this address now.
    pub async fn press(
        &self,
        context: &RequestContext,
        rule: &Rule,
        asked: &Parameters,
        button: &SendButton,
    ) -> Result<Pressed, Rejection> {
        if !context.same_origin {
            return Err(FlowError::ForeignSend.into());
        }
        let Some(ticket) = self.ticket(context, &button.tag).filter(|ticket| is_for(ticket, context)) else {
            return Err(
                Rejection::from(FlowError::KeptGone).towards(&ReturnTo::of(&context.target, self.paths.prefix()))
            );
        };
        let offer = self.offer_of(&ticket.tag());
        let Some((cookie, _)) = self.session(context).await? else {
            // Signed out meanwhile: the page comes back after the sign-in.
            return Ok(Pressed::First(Reply::see_other(self.paths.login(&offer))));
        };
        if button.token != Secret::new(self.form_token(context, &cookie)) {
            // Signed in anew meanwhile, perhaps as somebody else: the page says who.
            return Ok(Pressed::First(Reply::see_other(offer.as_str())));
        }
        match self.admit(context, rule).await? {
            Admission::Pass(pass) => Ok(Pressed::Send(ticket, pass)),
            Admission::SignIn => Ok(Pressed::First(Reply::see_other(self.paths.login(&offer)))),
            Admission::StepUp => Ok(Pressed::First(match self.default_provider() {
                Some(provider) => self.step_up(context, provider, offer, asked.clone()).await?,
                None => Reply::see_other(self.paths.login(&offer)),
            })),
        }
    }

    /// Takes what was kept: of all presses, one gets it.
    pub async fn take_kept(&self, context: &RequestContext, ticket: &PostTicket) -> Result<PreservedPost, Rejection> {
        let sealed = self.store.take(&ticket.slot(), context.now).await.map_err(FlowError::from)?;
        let post = sealed.and_then(|sealed| PreservedPost::open(&sealed, ticket, context.origin.as_str()));
        post.ok_or_else(|| self.gone(ticket))
    }

    /// Keeps it on, because nothing of it was sent; it is offered again there.
    pub async fn keep_on(
        &self,
        context: &RequestContext,
        ticket: &PostTicket,
        post: &PreservedPost,
    ) -> Result<ReturnTo, Rejection> {
        self.park_post(context, ticket, post, self.clock.now()).await?;
        Ok(self.offer_of(&ticket.tag()))
    }

    /// Makes the browser forget the ticket of what was sent.
    #[must_use]
    pub fn forget_ticket(&self, context: &RequestContext, ticket: &PostTicket) -> HeaderValue {
        expire_cookie(&cookie_name(context, &ticket.tag()), &context.origin)
    }

    async fn park_post(
        &self,
        context: &RequestContext,
        ticket: &PostTicket,
        post: &PreservedPost,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sealed = post.seal(ticket, context.origin.as_str(), &*self.random);
        self.store.park(&ticket.slot(), sealed, now.plus(KEPT), now).await
    }

    fn ticket(&self, context: &RequestContext, tag: &Tag) -> Option<PostTicket> {
        let name = cookie_name(context, tag);
        context
            .cookies
            .values(&name)
            .find_map(|value| PostTicket::open(value, tag, &self.keys, context.origin.as_str()))
    }

    /// The ticket stays until its own end: what another press has taken may come back, unsent.
    fn gone(&self, ticket: &PostTicket) -> Rejection {
        let page = ReturnTo::parse(ticket.target(), self.paths.prefix());
        Rejection::from(FlowError::KeptGone).towards(&page)
    }

    fn offer_of(&self, tag: &Tag) -> ReturnTo {
        ReturnTo::parse(&self.paths.resume(tag.as_str()), self.paths.prefix())
    }
}

impl SendButton {
    /// How long the form of the button is, always: nothing else needs to be read to tell what it is.
    pub const LENGTH: usize = FIELD.len() + 1 + 16 + 1 + 43;

    /// Reads the form of the button; `None` for a form of the application's that is as long by chance.
    #[must_use]
    pub fn parse(form: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(form).ok()?.strip_prefix(FIELD)?.strip_prefix('=')?;
        let (tag, token) = value.split_once('.')?;
        Some(Self { tag: Tag::parse(tag)?, token: Secret::new(token) })
    }
}

/// Whom a page names.
pub(super) fn shown_name(session: &Session) -> &str {
    let identity = session.identity();
    identity.name().or(identity.preferred_username()).unwrap_or(identity.subject())
}

/// The permission was given for the present address, and only there the form is sent.
fn is_for(ticket: &PostTicket, context: &RequestContext) -> bool {
    context.target.path_and_query() == ticket.target()
}

fn cookie_name(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", cookie_prefix(context), tag.as_str())
}

fn cookie_prefix(context: &RequestContext) -> &str {
    context.origin.cookie(CookieName::Kept)
}

const FIELD: &str = "vestibule-resume";

/// As long as a sign-in may take.
const KEPT: Duration = Duration::from_secs(3600);

/// Servers limit what cookies may weigh.
const MOST_TICKETS: usize = 5;
