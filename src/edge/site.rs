//! One site: its rule, and the application behind it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Body as HttpBody;
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::sync::watch;

use super::{failure::Refusal, resume, settings::RouteSettings, whole};
use crate::{
    access::Rule,
    base::Timestamp,
    flow::{Admission, RelyingParty, SendButton},
    proxy::{Forward, Over, SiteHeaders, StripList},
    web::{Body, BoxError, Manner, Page, Reply, ReturnTo, Visit},
};

/// One route, ready to serve.
pub(super) struct Site {
    rule: Rule,
    service_worker: bool,
    keep_fragment: bool,
    keep_posts: bool,
    forward: Arc<Forward>,
}

impl Site {
    /// The site of `route`.
    pub(super) fn new(route: &RouteSettings, strip: Arc<StripList>, stop: watch::Receiver<bool>) -> Self {
        let headers = SiteHeaders {
            strip,
            identity: route.headers.clone(),
            open: matches!(route.rule, Rule::Anyone),
            upgrade_origins: Arc::clone(&route.upgrade_origins),
        };
        Self {
            rule: route.rule.clone(),
            service_worker: route.service_worker,
            keep_fragment: route.keep_fragment,
            keep_posts: route.keep_posts,
            forward: Arc::new(Forward::new(&route.upstream, headers, stop)),
        }
    }

    /// Who may pass.
    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Serves a request: the guard first, then the application.
    pub(super) async fn serve(
        &self,
        party: &Arc<RelyingParty>,
        request: Request<Incoming>,
        visit: &Visit,
    ) -> Result<Response<Body>, Refusal> {
        // A worker at `/` would see every page of the origin, the provider's answer included.
        if !self.service_worker && request.headers().contains_key("service-worker") {
            return Err(Refusal::Reason("service-worker"));
        }
        if self.keep_posts && may_be_send_button(&request) {
            return Box::pin(self.serve_short_form(party, request, visit)).await;
        }
        match party.admit(visit, &self.rule).await? {
            Admission::Pass(pass) => {
                let over = || Box::pin(Arc::clone(party).over(visit.clone(), self.rule.clone())) as Over;
                Ok(self.forward.send(request, visit, pass, over).await?)
            }
            Admission::SignIn => Ok(Box::pin(self.ask_to_sign_in(party, request, visit)).await?.into_response()),
        }
    }

    /// Serves a form that is either the button that sends what was kept, or one of the application's as long by chance.
    async fn serve_short_form(
        &self,
        party: &Arc<RelyingParty>,
        request: Request<Incoming>,
        visit: &Visit,
    ) -> Result<Response<Body>, Refusal> {
        let (head, body) = request.into_parts();
        let form = whole::read(body, SendButton::LENGTH).await.map_err(|_| Refusal::Reason("request-incomplete"))?;
        if let Some(button) = SendButton::parse(&form) {
            return resume::press((party, &self.rule, &self.forward), head, visit, &button).await;
        }
        let request = Request::from_parts(head, form);
        match party.admit(visit, &self.rule).await? {
            Admission::Pass(pass) => Ok(self.forward.send_whole(request, visit, pass).await?),
            Admission::SignIn => Ok(self.ask_to_sign_in(party, request.map(Full::new), visit).await?.into_response()),
        }
    }

    /// What somebody gets who is not signed in and must be.
    async fn ask_to_sign_in<B>(
        &self,
        party: &RelyingParty,
        request: Request<B>,
        visit: &Visit,
    ) -> Result<Reply, Refusal>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let return_to = ReturnTo::of(&visit.target, party.paths().prefix());
        let login = party.paths().login(&return_to);
        match (visit.manner, &visit.method) {
            (Manner::Navigation, &Method::GET) => match party.default_provider() {
                Some(provider) if self.keep_fragment && is_document(request.headers()) => {
                    Ok(party.begin_with_fragment(visit, provider, return_to).await?)
                }
                Some(provider) => Ok(party.begin(visit, provider, return_to, None).await?),
                None => Ok(party.sign_in_needed(&return_to)),
            },
            (Manner::Navigation, &Method::HEAD) => Ok(Reply::bare(StatusCode::UNAUTHORIZED)),
            (Manner::Navigation, _) => {
                let kept = if self.keep_posts { resume::keep(party, request, visit).await? } else { None };
                let reply = kept.unwrap_or_else(|| Reply::page(not_kept(visit).link(login, "Sign in")));
                Ok(reply.status(StatusCode::UNAUTHORIZED))
            }
            (Manner::Framed, _) => {
                let page = Page::new("Please sign in")
                    .paragraph("This part of the page needs you to be signed in. Signing in opens in the whole tab.")
                    .link_out_of_frame(login, "Sign in")
                    .facts("sign-in-required", visit.id.to_string());
                Ok(Reply::page(page).status(StatusCode::UNAUTHORIZED))
            }
            // No page of ours would be seen, and a sign-in that a script began would end nowhere.
            (Manner::Call, _) => Ok(party.sign_in_needed(&ReturnTo::root())),
        }
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        self.forward.reap(now);
    }
}

/// Whether this may be the button that sends what was kept; only a form of that very length is read to find out.
fn may_be_send_button(request: &Request<Incoming>) -> bool {
    request.method() == Method::POST && request.body().size_hint().exact() == Some(SendButton::LENGTH as u64)
}

/// Whether a browser says of itself that it shows a page in a tab (Fetch Metadata §2): such a one runs a page's script.
/// Old ones and programs get the plain redirect.
fn is_document(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document")
}

fn not_kept(visit: &Visit) -> Page {
    Page::new("Your session has ended")
        .paragraph("You are not signed in any more, so what you sent was not delivered and was not kept.")
        .paragraph("To keep what you typed, go back with your browser's back button and copy it first. Then sign in and send it again.")
        .facts("sign-in-required", visit.id.to_string())
}
