//! One site: its rule, and the application behind it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::{
    cors,
    failure::{Refusal, Refused},
    gate::Gateway,
    settings::RouteSettings,
};
use crate::{
    access::Rule,
    base::Timestamp,
    flow::{Admission, RelyingParty, Stopped, not_kept, sign_in_for_part},
    proxy::{Forward, Over, SiteHeaders, StripList},
    web::{Body, Manner, Origin, Reply, ReturnTo, Visit},
};

/// One route, ready to serve.
pub(super) struct Site {
    rule: Rule,
    service_worker: bool,
    cors_origins: Arc<[Origin]>,
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
            cors_origins: Arc::clone(&route.cors_origins),
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
        gateway: &Gateway,
        request: Request<Incoming>,
        visit: &Visit,
    ) -> Result<Response<Body>, Refused> {
        // A worker at `/` would see every page of the origin, the provider's answer included.
        if !self.service_worker && request.headers().contains_key("service-worker") {
            return Err(Refusal::Reason("service-worker").into());
        }
        let caller = cors::listed_caller(&self.cors_origins, request.headers());
        let party = &gateway.party;
        let answer = match party.admit(visit, &self.rule).await {
            Ok(Admission::Pass(pass)) => {
                let over = || Box::pin(Arc::clone(party).over(visit.clone(), self.rule.clone())) as Over;
                self.forward.send(request, visit, pass, over).await.map_err(Refusal::from)
            }
            Ok(Admission::SignIn) => {
                Box::pin(ask_to_sign_in(gateway, request.headers(), visit, caller.clone())).await.map_err(Refusal::from)
            }
            Err(stopped) => Err(stopped.into()),
        };
        answer.map_err(|why| Refused { why, caller })
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        self.forward.reap(now);
    }
}

/// What somebody gets who is not signed in and must be.
async fn ask_to_sign_in(
    gateway: &Gateway,
    headers: &HeaderMap,
    visit: &Visit,
    caller: Option<HeaderValue>,
) -> Result<Response<Body>, Stopped> {
    let party = &gateway.party;
    let return_to = ReturnTo::of(&visit.target, party.paths().prefix());
    let login = party.paths().login(&return_to);
    let (language, request) = (visit.language(), visit.id.to_string());
    let reply = match (visit.manner, &visit.method) {
        (Manner::Navigation, &Method::GET) => match party.default_provider() {
            Some(provider) => party.begin(visit, provider, return_to).await?,
            None => party.sign_in_needed(visit, &return_to),
        },
        (Manner::Navigation, &Method::HEAD) => Reply::bare(StatusCode::UNAUTHORIZED).sign_in_at(&visit.origin, &login),
        (Manner::Navigation, _) => {
            Reply::page(not_kept(language, login.clone(), request)).sign_in_at(&visit.origin, &login)
        }
        (Manner::Framed, _) => {
            Reply::page(sign_in_for_part(language, login.clone(), request)).sign_in_at(&visit.origin, &login)
        }
        (Manner::Call, _) if caller.is_some() && cors::is_preflight(visit, headers) => cors::preflight_passed(headers),
        // No page of ours would be seen, and a sign-in that a script began would end nowhere.
        (Manner::Call, _) => party.sign_in_needed(visit, &calling_page(party, visit, headers)),
    };
    let reply = match caller {
        Some(origin) => cors::readable_by(origin, reply),
        None => reply,
    };
    Ok(reply.into_response(&gateway.templates))
}

/// The page whose script made a call: after a sign-in the person goes back there, not to what the script asked for.
/// A page of another site is not named.
pub(super) fn calling_page(party: &RelyingParty, visit: &Visit, headers: &HeaderMap) -> ReturnTo {
    let referrer = headers.get(header::REFERER).and_then(|referrer| referrer.to_str().ok());
    let path = referrer.and_then(|referrer| referrer.strip_prefix(visit.origin.as_str()));
    path.map_or_else(ReturnTo::root, |path| ReturnTo::parse(path, party.paths().prefix()))
}
