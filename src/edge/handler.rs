//! The request handler: all requests of the public listeners enter here, and their responses leave here.

use std::{
    convert::Infallible,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use http::{HeaderName, HeaderValue, Method, Request, Response, Version, header};
use hyper::body::Incoming;
use tower::{Service, service_fn};

use super::{
    access_record::{LoggedBody, PendingRequest},
    client::Client,
    endpoints::Endpoints,
    error::{FailedRequest, RequestError},
    error_response::{Requester, error_response},
    forwarded::{self, Peer, Received},
    last_response::{has_unread_body, last_response},
    serve::serve,
    worker::Worker,
};
use crate::{
    reason::ReasonCode,
    web::{Body, RequestContext},
};

/// The service of one connection. It is always ready and never fails.
pub(crate) fn service(
    worker: &Arc<Worker>,
    peer: Peer,
) -> impl Service<Request<Incoming>, Response = Response<LoggedBody>, Error = Infallible, Future: Send> + Clone + use<>
{
    let client = Arc::new(Client::new(Arc::clone(worker), peer));
    service_fn(move |request| {
        let client = Arc::clone(&client);
        async move { Ok(handle(&client, request).await) }
    })
}

async fn handle(client: &Arc<Client>, mut request: Request<Incoming>) -> Response<LoggedBody> {
    let (worker, peer) = (&*client.worker, client.peer);
    let shared = &*worker.shared;
    let received = Received { peer, id: worker.ids.next(), now: shared.clock.now() };
    let (mut pending, version) = (PendingRequest::begin(client, &request, received), request.version());
    let mut response = match forwarded::context(shared, received, &request) {
        Ok(context) => {
            if client.is_proxy
                && let Err(reason) = pending.begin_proxied(context.client)
            {
                request.extensions_mut().insert(reason);
            }
            respond(client, request, pending.set_context(context)).await
        }
        Err(error) => {
            let requester = Requester::without_context(received, &request);
            let is_at_https_origin = forwarded::is_at_https_origin(shared, peer, &request);
            // If the end of a request is ambiguous, the bytes that follow must not be read as a request (RFC 9112 §11.2).
            let mut response =
                last_response(error_response(&requester, shared, error.into()), version < Version::HTTP_2);
            if is_at_https_origin {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
            }
            response
        }
    };
    response.headers_mut().insert(REQUEST_ID, received.id.header());
    pending.respond(response, shared.clock.now())
}

async fn respond(client: &Arc<Client>, request: Request<Incoming>, context: &RequestContext) -> Response<Body> {
    let has_unread_body = has_unread_body(&request);
    let mut dispatched = pin!(dispatch(client, request, context));
    // A panic fails this request only, and the client gets an error response.
    let caught = poll_fn(|task| {
        catch_unwind(AssertUnwindSafe(|| dispatched.as_mut().poll(task)))
            .unwrap_or(Poll::Ready(Err(RequestError::Reason(ReasonCode::InternalError).into())))
    });
    let mut response = caught.await.unwrap_or_else(|failed| {
        last_response(error_response(&Requester::of(context), &client.worker.shared, failed), has_unread_body)
    });
    if context.origin.is_https() {
        // RFC 6797 §7.2. An application that sets the field itself takes precedence.
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(ONE_YEAR);
    }
    response
}

/// Sends a request to an endpoint of the gateway, or to its route.
async fn dispatch(
    client: &Arc<Client>,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Response<Body>, FailedRequest> {
    let worker = &*client.worker;
    let shared = &*worker.shared;
    // The request exceeds a limit of the listener, or of a client behind a proxy.
    if let Some(reason) = request.extensions().get::<ReasonCode>() {
        return Err(RequestError::Reason(*reason).into());
    }
    if let Some(path) = context.target.below(shared.party.paths().prefix()) {
        let endpoints = Endpoints { party: &shared.party, routes: &worker.routes, context };
        // An endpoint that answers a POST has read it.
        let is_last = has_unread_body(&request) && request.method() != Method::POST;
        let reply = Box::pin(endpoints.reply(path, request)).await?;
        return Ok(last_response(reply.into_response(&shared.templates), is_last));
    }
    let route = worker.routes.find(&context.origin, &context.target)?;
    serve(client, route, request, context).await
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
