//! One site: its rule, and the application behind it.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;

use super::{
    ask::{Survives, ask_to_sign_in},
    cors,
    error_response::{Refusal, Refused},
    handler::Shared,
    read_body, resume,
    settings::RouteSettings,
    step_up,
};
use crate::{
    access::Rule,
    base::Timestamp,
    flow::{Admission, SendButton},
    oidc::Parameters,
    proxy::{AccessWatch, Forward, RouteHeaders, StripList},
    reason::ReasonCode,
    web::{Body, Origin, RequestContext},
};

/// One route, ready to serve.
pub(super) struct Route {
    rule: Rule,
    authorize: Parameters,
    service_worker: bool,
    cors_origins: Arc<[Origin]>,
    survives: Survives,
    forwarder: Arc<Forwarder>,
}

impl Route {
    /// The site of `route`.
    pub(super) fn new(route: &RouteSettings, strip: Arc<StripList>, stop: CancellationToken) -> Self {
        let headers = RouteHeaders {
            strip,
            identity: route.headers.clone(),
            allows_anyone: matches!(route.rule, Rule::Anyone),
            upgrade_origins: Arc::clone(&route.upgrade_origins),
        };
        Self {
            rule: route.rule.clone(),
            authorize: route
                .rule
                .authn_requirement()
                .map_or_else(|| route.authorize.clone(), |requirement| route.authorize.requiring(requirement)),
            service_worker: route.service_worker,
            cors_origins: Arc::clone(&route.cors_origins),
            survives: Survives { fragment: route.keep_fragment, post: route.keep_posts },
            forwarder: Arc::new(Forwarder::new(&route.upstream, headers, stop)),
        }
    }

    /// Who may pass.
    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What a sign-in that begins here asks for: at least what the rule demands of it.
    pub(super) fn authorize(&self) -> &Parameters {
        &self.authorize
    }

    /// Serves a request: the guard first, then the application.
    pub(super) async fn serve(
        &self,
        gateway: &Shared,
        request: Request<Incoming>,
        context: &RequestContext,
    ) -> Result<Response<Body>, Refused> {
        // A worker at `/` would see every page of the origin, the provider's answer included.
        if !self.service_worker && request.headers().contains_key("service-worker") {
            return Err(Refusal::Reason(ReasonCode::ServiceWorker).into());
        }
        let caller = cors::listed_caller(&self.cors_origins, request.headers());
        let answer = if self.survives.post && may_be_send_button(&request) {
            Box::pin(self.serve_short_form(gateway, request, context, caller.clone())).await
        } else {
            self.serve_plainly(gateway, request, context, caller.clone()).await
        };
        answer.map_err(|why| Refused { why, caller })
    }

    async fn serve_plainly(
        &self,
        gateway: &Shared,
        request: Request<Incoming>,
        context: &RequestContext,
        caller: Option<HeaderValue>,
    ) -> Result<Response<Body>, Refusal> {
        let party = &gateway.party;
        match party.admit(context, &self.rule).await? {
            Admission::Pass(pass) => {
                let who = pass.identity().cloned();
                let over = || Box::pin(Arc::clone(party).over(context.clone(), self.rule.clone(), who)) as AccessWatch;
                Ok(self.forwarder.send(request, context, pass, over).await?)
            }
            Admission::SignIn => {
                Box::pin(ask_to_sign_in(gateway, request, context, (&self.authorize, self.survives), caller)).await
            }
            Admission::StepUp => {
                Ok(Box::pin(step_up::ask(gateway, request.headers(), context, &self.authorize, caller)).await?)
            }
        }
    }

    /// Serves a form that is either the button that sends what was kept, or one of the application's as long by chance.
    async fn serve_short_form(
        &self,
        gateway: &Shared,
        request: Request<Incoming>,
        context: &RequestContext,
        caller: Option<HeaderValue>,
    ) -> Result<Response<Body>, Refusal> {
        let (head, body) = request.into_parts();
        let form = read_body::read(body, SendButton::LENGTH)
            .await
            .map_err(|_| Refusal::Reason(ReasonCode::RequestIncomplete))?;
        if let Some(button) = SendButton::parse(&form) {
            return resume::press(gateway, (&self.rule, &self.authorize, &self.forwarder), head, context, &button)
                .await;
        }
        let request = Request::from_parts(head, form);
        match gateway.party.admit(context, &self.rule).await? {
            Admission::Pass(pass) => Ok(self.forwarder.send_buffered(request, context, pass).await?),
            Admission::SignIn => {
                let request = request.map(Full::new);
                ask_to_sign_in(gateway, request, context, (&self.authorize, self.survives), caller).await
            }
            Admission::StepUp => Ok(step_up::ask(gateway, request.headers(), context, &self.authorize, caller).await?),
        }
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        self.forwarder.reap(now);
    }
}

/// Whether this may be the button that sends what was kept; only a form of that very length is read to find out.
fn may_be_send_button(request: &Request<Incoming>) -> bool {
    request.method() == Method::POST && request.body().size_hint().exact() == Some(SendButton::LENGTH as u64)
}
