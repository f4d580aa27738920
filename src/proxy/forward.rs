//! Forwards one request to the application, and the response to the client.
//!
//! Rule: nothing is sent without a [`Pass`], which is consumed. A request is sent a second time only if the first attempt
//! cannot have had an effect (RFC 9110 §9.2.2).
//!
//! # Which connection carries the request
//!
//! ```text
//! request ──> rewrite head ──> select candidates
//!                                │
//!                                ├── signs in the connection, or its client has such a connection
//!                                │     └──> wait for the client's bound connection ──> send
//!                                │
//!                                ├── ordinary request, and the first candidate has an idle connection
//!                                │     └──> send ──> response head ──> rewrite head ──> client
//!                                │            └── failed, may be sent again (table below) ──┐
//!                                │                                                          v
//!                                └── no idle connection, or an upgrade ─────────────────> connect
//!                                      ┌── cannot connect: eject, try the next candidate ───┤
//!                                      └────────────────────────────────────────────────────┤
//!                                                                                           v
//!                                            client <── rewrite head <── response head <── send
//! ```
//!
//! # What is sent again
//!
//! | Failure | Sent again | Error otherwise |
//! |---|---|---|
//! | cannot connect | to the next candidate, as nothing was sent | `Unreachable`, after the last candidate |
//! | idle connection closed before the first byte was sent | once, over a new connection, any method | `Protocol` |
//! | idle connection broke before the response head | once, over a new connection, if the connection was idle for `MAY_BE_STALE`, the method is idempotent and there is no body | `Protocol` |
//! | bound connection, and the request has credentials | no | `Protocol` |
//! | new connection broke before the response head | no | `Protocol` |
//! | the response is not HTTP | no | `Protocol` |
//! | no response head within the timeout, and the request body does not advance | no | `TimedOut` |
//! | the client's request body broke off | no | `RequestIncomplete` |
//!
//! # What happens to the connection
//!
//! | Exchange | Connection |
//! |---|---|
//! | request without a body, and its response, complete | released to the pool |
//! | request with a body (`reuse`) | closed after the response; the request says so |
//! | the response may be followed by a body that it must not have (`reuse`) | closed |
//! | response complete before the request body was sent completely | closed |
//! | request or response signs in the connection (`connection_auth`) | bound to the client (`client_connection`), or closed |
//! | any failure, or the client disconnected before the end of the response | closed |
//! | upgrade granted | the tunnel |
//! | upgrade not granted | closed after the response, except a bound connection |

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    client_connection::{Binding, BoundConnection, ClientRequest},
    collect::collect,
    connection_auth,
    exchange::{EarlyResponse, ForwardError, exchange},
    headers,
    pool::PooledConnection,
    request_body::RequestBody,
    resend,
    response_body::ResponseBody,
    reuse,
    settings::{ConnectionUse, RouteHeaders, UpstreamSettings},
    stream_watch::{self, Plan, StreamWatch},
    upgrade,
    upstreams::{Candidates, Upstreams},
};
use crate::{
    access::Pass,
    base::Timestamp,
    stream::{Direction, Reservation, Streams},
    web::{Body, Tunnel},
};

/// Forwards the requests of one route to its upstreams, for one worker.
#[derive(Debug)]
pub(crate) struct Forwarder {
    upstreams: Upstreams,
    response_timeout: Duration,
    idle_limit: Duration,
    max_body: u64,
    collects: bool,
    streams: Arc<Streams>,
    connection_use: ConnectionUse,
    reuse_after_body: bool,
    /// Identifies this route in what belongs to a client connection.
    id: Arc<()>,
    route: RouteHeaders,
    shutdown: CancellationToken,
}

impl Forwarder {
    /// A forwarder to the upstreams of `settings`. Cancelling `shutdown` closes open tunnels; ordinary requests
    /// continue.
    pub(crate) fn new(
        settings: &UpstreamSettings,
        route: RouteHeaders,
        streams: Arc<Streams>,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            upstreams: Upstreams::new(settings),
            response_timeout: settings.response_timeout,
            idle_limit: settings.idle_limit,
            max_body: settings.max_body.min(settings.collect_up_to.unwrap_or(u64::MAX)),
            collects: settings.collect_up_to.is_some(),
            streams,
            connection_use: settings.connection_use,
            reuse_after_body: settings.reuse_after_body,
            id: Arc::default(),
            route,
            shutdown,
        }
    }

    /// Forwards `request` and returns the response as soon as its head has arrived.
    pub(crate) async fn send(
        &self,
        request: Request<Incoming>,
        client: ClientRequest<'_>,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        if upgrade::is_upgrade(&request) {
            return Box::pin(self.send_upgrade(request, client, pass)).await;
        }
        if request.body().size_hint().lower() > self.max_body {
            return Err(ForwardError::RequestTooLarge);
        }
        let watch = |body: &Incoming| self.watch(Direction::Request, body, client, &pass);
        let mut request = request.map(|body| RequestBody::streaming(body, self.max_body, watch));
        if self.collects && !request.body().is_end_stream() {
            let owner = stream_watch::owner(client.context.client, pass.identity().map(|identity| &**identity));
            let (head, body) = request.into_parts();
            let body = Box::pin(collect(body, Reservation::new(Arc::clone(&self.streams), owner))).await?;
            request = Request::from_parts(head, body);
        }
        self.send_request(request, client, pass).await
    }

    /// Forwards a request whose body is in memory. An `Upgrade` field is dropped.
    pub(crate) async fn send_buffered(
        &self,
        request: Request<Bytes>,
        client: ClientRequest<'_>,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        self.send_request(request.map(RequestBody::buffered), client, pass).await
    }

    /// Closes idle connections whose idle timeout has passed at `now`. Each tick of the worker calls this.
    pub(crate) fn reap(&self, now: Timestamp) {
        self.upstreams.reap(now);
    }

    async fn send_request(
        &self,
        mut request: Request<RequestBody>,
        client: ClientRequest<'_>,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        let (context, is_http1) = (client.context, request.version() < Version::HTTP_2);
        if let Some(progress) = request.body().progress() {
            context.trace.set_body(progress);
        }
        let binding = Binding::new(client, &self.id, &pass, request.headers());
        let credentials = connection_auth::of_request(request.headers());
        let usage = self.connection_use.max(credentials);
        headers::rewrite_request(&mut request, context, pass.identity().map(|identity| &**identity), &self.route);
        let is_last = reuse::close_after_body(&mut request, self.reuse_after_body);
        let candidates = self.upstreams.select(context.now, &context.trace);
        let idle = || if usage == ConnectionUse::Shared { candidates.checkout() } else { None };
        let mut exchange = match binding.bound(usage) {
            Some(bound) => Box::pin(self.exchange_over_bound(&bound, request, candidates, credentials)).await?,
            None => match idle() {
                Some(connection) => self.exchange_over_idle(connection, request, candidates).await?,
                None => Box::pin(self.exchange_over_new(request, candidates)).await?,
            },
        };
        exchange.set_use(&binding, usage);
        if is_last
            || (exchange.connection.is_shared() && reuse::may_have_stray_body(&context.method, &exchange.response))
        {
            exchange.connection.set_not_reusable();
        }
        if exchange.response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ForwardError::UnexpectedUpgrade);
        }
        // The rest of the request body is not read (RFC 9112 §9.3), so the connection carries no further request.
        let is_last = is_http1 && exchange.response.extensions().get::<EarlyResponse>().is_some();
        let mut response = self.respond(exchange, client, &pass);
        if is_last {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    async fn send_upgrade(
        &self,
        mut request: Request<Incoming>,
        client: ClientRequest<'_>,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        let context = client.context;
        if !upgrade::is_origin_allowed(request.headers(), &context.origin, &self.route) {
            return Err(ForwardError::UpgradeForeignOrigin);
        }
        let protocol = request.headers().get(header::UPGRADE).cloned();
        let upgraded = hyper::upgrade::on(&mut request);
        let binding = Binding::new(client, &self.id, &pass, request.headers());
        let usage = self.connection_use.max(connection_auth::of_request(request.headers()));
        let mut request = request.map(|_| RequestBody::empty());
        headers::rewrite_request(&mut request, context, pass.identity().map(|identity| &**identity), &self.route);
        upgrade::set_upgrade_fields(request.headers_mut(), protocol);
        let candidates = self.upstreams.select(context.now, &context.trace);
        let mut connection = match binding.bound(usage) {
            Some(bound) => self.checkout_bound(&bound, candidates).await?,
            None => candidates.connect().await?,
        };
        // A server may have read more bytes after the request. Those of a bound connection are the client's own.
        if connection.is_shared() {
            connection.set_not_reusable();
        }
        let response =
            exchange(&mut connection, request, self.response_timeout).await.map_err(|failure| failure.error)?;
        let mut exchange = Exchange { response, connection };
        if exchange.response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.respond(exchange, client, &pass));
        }
        let application = hyper::upgrade::on(&mut exchange.response);
        let access_watch = (client.access_watch)(&pass);
        let counted = Arc::new(Tunnel::default());
        let ends = (upgraded, application, Arc::clone(&counted));
        tokio::spawn(upgrade::tunnel(ends, self.shutdown.clone(), access_watch));
        let protocol = exchange.response.headers().get(header::UPGRADE).cloned();
        Ok(self.respond_switching(exchange.response, protocol, &pass).map(|()| Body::Tunnel(counted)))
    }

    /// The response for the client. The connection goes back to the pool at the end of the body.
    fn respond(&self, exchange: Exchange, client: ClientRequest<'_>, pass: &Pass) -> Response<Body> {
        let Exchange { mut response, connection } = exchange;
        headers::rewrite_response(&mut response, pass.identity().is_some(), &self.route);
        response.map(|body| {
            if body.is_end_stream() {
                connection.release();
                Body::Empty
            } else {
                let watch = self.watch(Direction::Response, &body, client, pass);
                Body::Stream(UnsyncBoxBody::new(ResponseBody::new(body, connection, watch)))
            }
        })
    }

    /// The watch of `body`, and of the access if the body may be under way for long: a short one is as good as ended with its
    /// session.
    fn watch(&self, direction: Direction, body: &Incoming, client: ClientRequest<'_>, pass: &Pass) -> StreamWatch {
        let is_long = body.size_hint().upper().is_none_or(|length| length > LONG);
        StreamWatch::new(Plan {
            streams: Arc::clone(&self.streams),
            direction,
            client: client.context.client,
            identity: pass.identity().cloned(),
            idle_limit: self.idle_limit,
            access: is_long.then(|| (client.access_watch)(pass)),
        })
    }

    fn respond_switching(
        &self,
        mut response: Response<Incoming>,
        protocol: Option<HeaderValue>,
        pass: &Pass,
    ) -> Response<()> {
        headers::rewrite_response(&mut response, pass.identity().is_some(), &self.route);
        upgrade::set_upgrade_fields(response.headers_mut(), protocol);
        response.map(|_| ())
    }

    /// Sends `request` over an idle connection. The application may close that connection at the same moment; then the
    /// request is sent once more over a new connection, if that is safe.
    async fn exchange_over_idle(
        &self,
        mut connection: PooledConnection,
        request: Request<RequestBody>,
        candidates: Candidates<'_>,
    ) -> Result<Exchange, ForwardError> {
        let copy = resend::copy(&request, connection.idle_for());
        let failure = match exchange(&mut connection, request, self.response_timeout).await {
            Ok(response) => return Ok(Exchange { response, connection }),
            Err(failure) => failure,
        };
        let broke = matches!(&failure.error, ForwardError::Protocol(error) if !error.is_parse());
        match failure.unsent.or(copy.filter(|_| broke)) {
            Some(request) => Box::pin(self.exchange_over_new(*request, candidates)).await,
            None => Err(failure.error),
        }
    }

    /// Sends `request` over the bound connection. Credentials are an answer to a challenge on that connection, and are not
    /// sent over another one.
    async fn exchange_over_bound(
        &self,
        bound: &BoundConnection,
        request: Request<RequestBody>,
        candidates: Candidates<'_>,
        credentials: ConnectionUse,
    ) -> Result<Exchange, ForwardError> {
        let mut connection = self.checkout_bound(bound, candidates).await?;
        if credentials != ConnectionUse::PerClient {
            return self.exchange_over_idle(connection, request, candidates).await;
        }
        match exchange(&mut connection, request, self.response_timeout).await {
            Ok(response) => Ok(Exchange { response, connection }),
            Err(failure) => Err(failure.error),
        }
    }

    /// The bound connection, once no other request uses it; a new one if it was closed.
    async fn checkout_bound(
        &self,
        bound: &BoundConnection,
        candidates: Candidates<'_>,
    ) -> Result<PooledConnection, ForwardError> {
        let mut turn = timeout(self.response_timeout, bound.turn()).await.map_err(|_| ForwardError::TimedOut)?;
        if let Some(connection) = turn.take().filter(|connection| connection.sender.is_ready()) {
            return Ok(PooledConnection::resume(connection, turn));
        }
        let mut connection = candidates.connect().await?;
        connection.bind(turn);
        Ok(connection)
    }

    async fn exchange_over_new(
        &self,
        request: Request<RequestBody>,
        candidates: Candidates<'_>,
    ) -> Result<Exchange, ForwardError> {
        let mut connection = candidates.connect().await?;
        match exchange(&mut connection, request, self.response_timeout).await {
            Ok(response) => Ok(Exchange { response, connection }),
            Err(failure) => Err(failure.error),
        }
    }
}

/// A response whose head has arrived, and the connection that carries its body.
struct Exchange {
    response: Response<Incoming>,
    connection: PooledConnection,
}

impl Exchange {
    /// Keeps a connection out of the pool if the request, with `usage`, or the response signs it in. The client that the
    /// connection then belongs to has one such connection; a second one is closed.
    fn set_use(&mut self, binding: &Binding<'_>, usage: ConnectionUse) {
        if !self.connection.is_shared() {
            return;
        }
        let usage = usage.max(connection_auth::of_response(self.response.headers()));
        let turn = if usage == ConnectionUse::PerClient { binding.vacant_turn() } else { None };
        match turn {
            Some(turn) => self.connection.bind(turn),
            None if usage != ConnectionUse::Shared => self.connection.set_not_reusable(),
            None => {}
        }
    }
}

/// The length from which a body counts as long, in bytes.
const LONG: u64 = 64 * 1024;

#[cfg(test)]
mod tests;
