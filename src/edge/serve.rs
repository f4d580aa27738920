//! Serves a request of a route: decides about it, then renders the decision. An allowed request is forwarded; any other
//! gets a challenge or an error.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;

use super::{
    challenge::{Challenge, Need, challenge},
    client::{Client, access_watch},
    error::{FailedRequest, RequestError},
    last_response::{has_unread_body, last_response},
    read_body::read_body,
    restore::restore,
    route::Route,
    shared::Shared,
};
use crate::{
    access::{Decision, Pass},
    flow::{FlowError, Rejection, RestoreForm},
    proxy::{ClientRequest, Forwarder},
    reason::ReasonCode,
    stream::AccessWatch,
    web::{Body, RequestContext},
};

/// Serves a request of `route`.
pub(super) async fn serve(
    client: &Arc<Client>,
    route: &Route,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Response<Body>, FailedRequest> {
    // A service worker at `/` would see every request of the origin, including the authorization response.
    if !route.allows_service_worker && request.headers().contains_key("service-worker") {
        return Err(RequestError::Reason(ReasonCode::ServiceWorker).into());
    }
    let shared = &*client.worker.shared;
    let exchange = Exchange { client, shared, route, context, cors_origin: route.cors_origin(request.headers()) };
    let served = if route.keep_posts && may_be_restore_form(&request) {
        Box::pin(exchange.short_form(request)).await
    } else {
        exchange.streamed(request).await
    };
    served.map_err(|error| FailedRequest { error, cors_origin: exchange.cors_origin })
}

/// One request of a route.
struct Exchange<'a> {
    client: &'a Arc<Client>,
    shared: &'a Shared,
    route: &'a Route,
    context: &'a RequestContext,
    cors_origin: Option<HeaderValue>,
}

impl Exchange<'_> {
    /// Decides about a request, and forwards its body as it arrives.
    async fn streamed(&self, request: Request<Incoming>) -> Result<Response<Body>, RequestError> {
        let (party, context) = (&self.shared.party, self.context);
        match pass_or_need(self.route.decide(party, context).await?)? {
            Ok(pass) => {
                let watch = access_watch(party, context, &self.route.rule);
                Ok(self.upstream()?.send(request, self.request(&watch), pass).await?)
            }
            Err(need) => {
                let is_last = has_unread_body(&request);
                Ok(last_response(Box::pin(challenge(self.challenge(need), request)).await?, is_last))
            }
        }
    }

    /// Serves a form that is either a [`RestoreForm`] or an application's form of the same length.
    async fn short_form(&self, request: Request<Incoming>) -> Result<Response<Body>, RequestError> {
        let (party, context) = (&self.shared.party, self.context);
        let (head, body) = request.into_parts();
        let body = read_body(body, RestoreForm::LENGTH).await.map_err(|_| ReasonCode::RequestIncomplete)?;
        if let Some(form) = RestoreForm::parse(&body) {
            return restore(self.client, self.route, (head, form), context).await;
        }
        let request = Request::from_parts(head, body);
        match pass_or_need(self.route.decide(party, context).await?)? {
            Ok(pass) => {
                let watch = access_watch(party, context, &self.route.rule);
                Ok(self.upstream()?.send_buffered(request, self.request(&watch), pass).await?)
            }
            Err(need) => challenge(self.challenge(need), request.map(Full::new)).await,
        }
    }

    fn request<'a>(&'a self, access_watch: &'a (dyn Fn(&Pass) -> AccessWatch + Sync)) -> ClientRequest<'a> {
        ClientRequest { context: self.context, connection: &self.client.connection, access_watch }
    }

    /// The forwarder of the route. A route without an upstream cannot forward a request.
    fn upstream(&self) -> Result<&Forwarder, RequestError> {
        self.route.upstream.as_deref().ok_or(RequestError::Reason(ReasonCode::NotFound))
    }

    fn challenge(&self, need: Need) -> Challenge<'_> {
        let Self { shared, route, context, cors_origin, .. } = self;
        Challenge { shared, route, context, cors_origin: cors_origin.clone(), need }
    }
}

/// The pass of an allowed request, or what the person must do first. Forbidden requests are errors.
fn pass_or_need(decision: Decision) -> Result<Result<Pass, Need>, RequestError> {
    match decision {
        Decision::Allow(pass) => Ok(Ok(pass)),
        Decision::SignIn => Ok(Err(Need::SignIn)),
        Decision::StepUp => Ok(Err(Need::StepUp)),
        Decision::Forbid(denial) => Err(Rejection::from(FlowError::from(denial)).into()),
    }
}

/// Whether a request may be a [`RestoreForm`]. Only a form of its exact length is read to find out.
fn may_be_restore_form(request: &Request<Incoming>) -> bool {
    request.method() == Method::POST && request.body().size_hint().exact() == Some(RestoreForm::LENGTH as u64)
}
