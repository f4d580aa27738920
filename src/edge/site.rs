//! One site: its rule, and the application behind it.

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::{failure::Refusal, settings::RouteSettings};
use crate::{
    access::Rule,
    base::Timestamp,
    flow::{Admission, RelyingParty, Stopped},
    proxy::{Forward, Over, SiteHeaders, StripList},
    web::{Body, Manner, Page, Reply, ReturnTo, Visit},
};

/// One route, ready to serve.
pub(super) struct Site {
    rule: Rule,
    service_worker: bool,
    forward: Forward,
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
            forward: Forward::new(&route.upstream, headers, stop),
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
        match party.admit(visit, &self.rule).await? {
            Admission::Pass(pass) => {
                let over = || Box::pin(Arc::clone(party).over(visit.clone(), self.rule.clone())) as Over;
                Ok(self.forward.send(request, visit, pass, over).await?)
            }
            Admission::SignIn => Ok(Box::pin(ask_to_sign_in(party, visit)).await?.into_response()),
        }
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        self.forward.reap(now);
    }
}

/// What somebody gets who is not signed in and must be.
async fn ask_to_sign_in(party: &RelyingParty, visit: &Visit) -> Result<Reply, Stopped> {
    let return_to = ReturnTo::of(&visit.target, party.paths().prefix());
    let login = party.paths().login(&return_to);
    match (visit.manner, &visit.method) {
        (Manner::Navigation, &Method::GET) => match party.default_provider() {
            Some(provider) => party.begin(visit, provider, return_to).await,
            None => Ok(party.sign_in_needed(&return_to)),
        },
        (Manner::Navigation, &Method::HEAD) => Ok(Reply::bare(StatusCode::UNAUTHORIZED)),
        (Manner::Navigation, _) => {
            Ok(Reply::page(not_kept(visit).link(login, "Sign in")).status(StatusCode::UNAUTHORIZED))
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

fn not_kept(visit: &Visit) -> Page {
    Page::new("Your session has ended")
        .paragraph("You are not signed in any more, so what you sent was not delivered and was not kept.")
        .paragraph("To keep what you typed, go back with your browser's back button and copy it first. Then sign in and send it again.")
        .facts("sign-in-required", visit.id.to_string())
}
