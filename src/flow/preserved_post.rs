//! A POST request without a live session is preserved while the person signs in, and sent after the person confirms.
//!
//! Only a same-origin request is preserved. `SameSite=Lax` withholds the session cookie from a cross-site POST; sending
//! such a request later would defeat that protection. No request is sent without confirmation: the person who signs in
//! may not be the person who filled in the form, and the confirmation page says who would send it.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method};

use super::{
    error::{FlowError, Rejection},
    form_token::form_token,
    pages::{self, PreservedForm, display_name},
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

/// The preserved requests of the browser that sent one request.
#[derive(Clone, Copy)]
pub(crate) struct PreservedPosts<'a> {
    party: &'a Arc<RelyingParty>,
    context: &'a RequestContext,
}

/// The form of the confirmation page: one field, posted to the URL of the preserved request, so that the response of the
/// application has that URL.
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
    /// The request may not be sent now; the browser gets this reply.
    Reply(Reply),
}

impl<'a> PreservedPosts<'a> {
    /// The preserved requests of the browser that sent the request.
    #[must_use]
    pub(crate) fn new(party: &'a Arc<RelyingParty>, context: &'a RequestContext) -> Self {
        Self { party, context }
    }

    /// Whether this request can be preserved, provided that the store has room.
    #[must_use]
    pub(crate) fn accepts(&self) -> bool {
        let context = self.context;
        let is_same_origin_form =
            context.method == Method::POST && context.kind == RequestKind::Navigation && context.same_origin;
        let target = context.target.path_and_query();
        is_same_origin_form
            && ReturnTo::of(&context.target, self.party.paths.prefix()).as_str() == target
            && context.cookies.all().filter(|(name, _)| name.starts_with(cookie_prefix(context))).count() < MAX_TICKETS
    }

    /// Preserves `post` and begins a sign-in at `provider` that returns to the confirmation page; `None` when the store has
    /// no room, or the client has used up its budget.
    pub(crate) async fn preserve(
        &self,
        provider: &Arc<Provider>,
        post: &PreservedPost,
        parameters: Parameters,
    ) -> Result<Option<Reply>, Rejection> {
        let (party, context) = (self.party, self.context);
        if !party.kept_forms.try_take(context.client, units(post), context.now) {
            return Ok(None);
        }
        let sign_in = SignIn::new(party, provider, context);
        let request = sign_in.request(parameters).await?;
        let ticket = PostTicket::issue(context.target.path_and_query().as_str(), &*party.random);
        match self.put(&ticket, post, context.now).await {
            Err(StoreError::Full) => return Ok(None),
            stored => stored?,
        }
        let (tag, origin) = (ticket.tag(), context.origin.as_str());
        let value = ticket.seal(&party.keys(), origin, &*party.random);
        let cookie = set_cookie(&cookie_name(context, &tag), &value, &context.origin, Some(LIFETIME));
        match sign_in.start(self.confirmation_page(&tag), request).await {
            Ok(started) => {
                let page = pages::form_preserved(context.language(), started.location);
                Ok(Some(Reply::page(page).cookies(started.cookies).cookie(cookie)))
            }
            Err(rejection) => Err(rejection.with_cookies([cookie])),
        }
    }

    /// The ticket of the preserved request that `query`, the query of a confirmation page, names.
    #[must_use]
    pub(crate) fn ticket_of(&self, query: &Form) -> Option<PostTicket> {
        query.value("t").and_then(Tag::parse).and_then(|tag| self.ticket(&tag))
    }

    /// The confirmation page: which request is preserved, who would send it, and the form. A GET sends nothing. A sign-in
    /// that is needed first is at `provider`.
    pub(crate) async fn confirm(&self, provider: &Arc<Provider>, ticket: &PostTicket) -> Result<Reply, Rejection> {
        let (party, context) = (self.party, self.context);
        if !party.store.has_pending(&ticket.pending_key(), context.now).await.map_err(FlowError::from)? {
            return Err(self.gone(ticket));
        }
        let Some(PresentedSession { cookie, session }) = party.session(context).await? else {
            let sign_in = SignIn::new(party, provider, context);
            return sign_in.begin(self.confirmation_page(&ticket.tag()), Parameters::default()).await;
        };
        let value = format!("{}.{}", ticket.tag().as_str(), form_token(party, context, &cookie));
        let form =
            PreservedForm { who: &display_name(&session), origin: context.origin.as_str(), target: ticket.target() };
        Ok(Reply::page(pages::confirm_send(context.language(), &form, FIELD, value)))
    }

    /// Handles the form of the confirmation page. It must come from a page of this origin and from the session that the
    /// page was rendered for, and `rule` must allow the request now. A sign-in that is needed first requests
    /// `parameters`.
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
            return Err(Rejection::from(FlowError::PreservedPostGone).with_return_to(&page));
        };
        let confirmation = self.confirmation_page(&ticket.tag());
        let sign_in = Restore::Reply(Reply::see_other(party.paths.login(rule.provider.as_deref(), &confirmation)));
        let Some(PresentedSession { cookie, .. }) = party.session(context).await? else {
            // Signed out meanwhile: the confirmation page is shown again after the sign-in.
            return Ok(sign_in);
        };
        if form.token != Secret::new(form_token(party, context, &cookie)) {
            // Another session meanwhile, perhaps of another person: the confirmation page says whose.
            return Ok(Restore::Reply(Reply::see_other(confirmation.as_str())));
        }
        match (party.decide(context, rule).await?, party.provider_for(rule)) {
            (Decision::Allow(pass), _) => Ok(Restore::Send(ticket, pass)),
            (Decision::Forbid(denial), _) => {
                Err(Rejection::from(FlowError::from(denial)).with_return_to(&confirmation))
            }
            (Decision::StepUp, Some(provider)) => {
                let step_up = SignIn::new(party, provider, context).step_up(confirmation, parameters.clone());
                Ok(Restore::Reply(step_up.await?))
            }
            (Decision::SignIn | Decision::StepUp, _) => Ok(sign_in),
        }
    }

    /// Removes and returns the preserved request. Only one caller gets it.
    pub(crate) async fn take(&self, ticket: &PostTicket) -> Result<PreservedPost, Rejection> {
        let store = &self.party.store;
        let sealed = store.take_pending(&ticket.pending_key(), self.context.now).await.map_err(FlowError::from)?;
        let post = sealed.and_then(|sealed| PreservedPost::open(&sealed, ticket, self.context.origin.as_str()));
        let post = post.ok_or_else(|| self.gone(ticket))?;
        self.party.kept_forms.give_back(self.context.client, units(&post));
        Ok(post)
    }

    /// Puts back a request of which nothing was sent, and returns its confirmation page.
    pub(crate) async fn put_back(&self, ticket: &PostTicket, post: &PreservedPost) -> Result<ReturnTo, Rejection> {
        self.put(ticket, post, self.party.clock.now()).await?;
        Ok(self.confirmation_page(&ticket.tag()))
    }

    /// The cookie that removes the ticket of a request that was sent.
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
        self.context.cookies.values(&name).find_map(|value| PostTicket::open(value, tag, &self.party.keys(), origin))
    }

    /// The error for a request that is not in the store. The ticket stays until it expires: another tab may have taken the
    /// request, and puts it back if it cannot be sent.
    fn gone(&self, ticket: &PostTicket) -> Rejection {
        let page = ReturnTo::parse(ticket.target(), self.party.paths.prefix());
        Rejection::from(FlowError::PreservedPostGone).with_return_to(&page)
    }

    fn confirmation_page(&self, tag: &Tag) -> ReturnTo {
        ReturnTo::parse(&self.party.paths.restore(tag.as_str()), self.party.paths.prefix())
    }
}

impl RestoreForm {
    /// The length of the form in bytes. It is fixed, so a body of any other length need not be read to recognize the form.
    pub(crate) const LENGTH: usize = FIELD.len() + 1 + 16 + 1 + 43;

    /// Reads the form; `None` for an application's form of the same length.
    #[must_use]
    pub(crate) fn parse(form: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(form).ok()?.strip_prefix(FIELD)?.strip_prefix('=')?;
        let (tag, token) = value.split_once('.')?;
        Some(Self { tag: Tag::parse(tag)?, token: Secret::new(token) })
    }
}

/// Whether the preserved request has the URL of this request. The decision is about this URL, so a preserved request for
/// another must not be sent.
fn is_for(ticket: &PostTicket, context: &RequestContext) -> bool {
    context.target.path_and_query() == ticket.target()
}

fn cookie_name(context: &RequestContext, tag: &Tag) -> String {
    format!("{}{}", cookie_prefix(context), tag.as_str())
}

fn cookie_prefix(context: &RequestContext) -> &str {
    context.origin.cookie(CookieName::PreservedPost)
}

/// The store has room for 2,000 requests and 64 MiB: a request of up to 32 KiB is one unit, a longer one is two.
fn units(post: &PreservedPost) -> u32 {
    if post.body.len() > 32 * 1024 { 2 } else { 1 }
}

const FIELD: &str = "vestibule-resume";

/// As long as a sign-in may take.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Servers limit the size of cookies.
const MAX_TICKETS: usize = 5;
