//! The one way in: every request of every listener passes here, and every answer leaves here.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use http::{HeaderName, HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;
use tower::{Service, service_fn};

use super::{
    access_log::{AccessLog, Line},
    endpoints,
    error_response::{self, Asker, Refusal, Refused},
    forwarded,
    route_table::RouteTable,
    settings::{RouteSettings, TrustedProxies},
};
use crate::{
    base::{Clock, Random},
    flow::RelyingParty,
    reason::ReasonCode,
    web::{Body, Language, Origin, RequestContext, RequestId, RequestIds, Templates},
};

/// What all workers share.
pub struct Shared {
    /// The relying party behind the own endpoints and the guard.
    pub party: Arc<RelyingParty>,
    /// The public origins.
    pub origins: Vec<Arc<Origin>>,
    /// Whose forwarded headers are believed.
    pub trust: TrustedProxies,
    /// What lies behind which path.
    pub routes: Vec<RouteSettings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How its pages look.
    pub templates: Templates,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// What one worker has of its own: nobody else contends for it.
pub struct Worker {
    pub(super) gateway: Arc<Shared>,
    pub(super) routes: RouteTable,
    ids: RequestIds,
    log: AccessLog,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}

impl Worker {
    /// A worker's own part of `gateway`. Cancelling `stop` closes the tunnels of upgraded connections.
    #[must_use]
    pub fn new(gateway: Arc<Shared>, log: AccessLog, stop: &CancellationToken) -> Self {
        let routes = RouteTable::new(&gateway.routes, stop);
        Self { routes, ids: RequestIds::new(&*gateway.random), log, gateway }
    }

    /// Called every half second: writes out log lines, closes connections that have waited too long.
    pub fn tick(&self) {
        self.log.flush();
        self.routes.reap(self.gateway.clock.now());
    }
}

/// The service of one connection. It is always ready and never fails.
pub fn service(
    core: &Arc<Worker>,
    peer: Peer,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + use<> {
    let core = Arc::clone(core);
    service_fn(move |request| {
        let core = Arc::clone(&core);
        async move { Ok(answer(&core, peer, request).await) }
    })
}

async fn answer(core: &Worker, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let (id, now) = (core.ids.next(), core.gateway.clock.now());
    let (line, version) = (Line::begin(&request, id, now), request.version());
    let (client, mut response) = match forwarded::context(&core.gateway, peer, &request, id, now) {
        Ok(context) => (context.client, answer_visit(core, request, &context).await),
        Err((refusal, asker)) => {
            let strict = forwarded::is_at_https_origin(&core.gateway, peer, &request);
            let mut response = last_answer(error_response::answer(&asker, &core.gateway, refusal.into()), version);
            if strict {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
            }
            (asker.client, response)
        }
    };
    response.headers_mut().insert(REQUEST_ID, id.header());
    core.log.write(&line, client, response.status(), core.gateway.clock.now());
    response
}

/// The last answer of its connection: where the end of a request is a matter of opinion, what follows is no request
/// (RFC 9112 §11.2). HTTP/2 frames its requests and has no such field (RFC 9113 §8.2.2).
fn last_answer(mut response: Response<Body>, version: Version) -> Response<Body> {
    if version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer_visit(core: &Worker, request: Request<Incoming>, context: &RequestContext) -> Response<Body> {
    let mut dispatched = pin!(dispatch(core, request, context));
    // A panic costs this one request, and its browser gets a page.
    let guarded = poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| dispatched.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Err(Refusal::Reason(ReasonCode::InternalError).into())))
    });
    let mut response =
        guarded.await.unwrap_or_else(|refused| error_response::answer(&Asker::of(context), &core.gateway, refused));
    if context.origin.is_https() {
        // RFC 6797 §7.2; an application that says it otherwise has its reasons.
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(ONE_YEAR);
    }
    response
}

/// The one decision of where a request goes.
async fn dispatch(
    core: &Worker,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Response<Body>, Refused> {
    if let Some(own) = context.target.below(core.gateway.party.paths().prefix()) {
        return Ok(Box::pin(endpoints::answer(core, own, request, context)).await?);
    }
    let site = core.routes.find(&context.origin, &context.target)?;
    site.serve(&core.gateway, request, context).await
}

/// Tells whose request it was, for the log.
impl Asker<'_> {
    fn of(context: &RequestContext) -> Asker<'_> {
        Asker {
            id: context.id,
            client: context.client,
            kind: context.kind,
            origin: context.origin.as_str(),
            language: context.language(),
            context: Some(context),
        }
    }

    /// Somebody whose request became no visit.
    pub(super) fn unplaced(id: RequestId, peer: Peer, request: &Request<Incoming>) -> Asker<'static> {
        Asker {
            id,
            client: peer.address.ip().to_canonical(),
            kind: crate::web::RequestKind::read(request.headers()),
            origin: "-",
            language: Language::preferred(request.headers().get(header::ACCEPT_LANGUAGE)),
            context: None,
        }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
