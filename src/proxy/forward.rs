//! One request to the application, and its answer back.
//!
//! Rule: nothing is sent without a [`Pass`], which is used up. A request is sent a second time only when the first time
//! cannot have had an effect (RFC 9110 §9.2.2).

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::{body::Incoming, client::conn::TrySendError};
use tokio::{sync::watch, time::timeout};

use super::{
    connect::{ConnectError, Dialer},
    headers,
    pool::{Lease, Pool},
    request_body::RequestBody,
    response_body::ResponseBody,
    settings::{RouteHeaders, UpstreamSettings},
    upgrade::{self, AccessWatch},
};
use crate::{
    access::Pass,
    base::Timestamp,
    web::{Body, RequestContext},
};

/// The way to the application of one site, for one worker.
#[derive(Debug)]
pub(crate) struct Forward {
    pools: Box<[Arc<Pool>]>,
    turn: AtomicUsize,
    response_timeout: Duration,
    site: RouteHeaders,
    stop: watch::Receiver<bool>,
}

/// Why the application's answer is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    /// No connection could be made; nothing was sent.
    #[error("the application cannot be reached")]
    Unreachable(#[from] ConnectError),
    /// The head of the answer did not come in time.
    #[error("the application did not answer in time")]
    TimedOut,
    /// The application broke off, or what it said is no HTTP.
    #[error("the application gave no proper answer")]
    Protocol(#[source] hyper::Error),
    /// The application changed to another protocol, and nobody had asked.
    #[error("the application changed protocols unasked")]
    SwitchedUnasked,
    /// The browser broke off in the middle of its request.
    #[error("the request ended too early")]
    RequestIncomplete(#[source] hyper::Error),
    /// A page of another origin asked for an upgrade, or it is not said which.
    #[error("an upgrade is only for the site's own pages")]
    UpgradeForeignOrigin,
}

impl ForwardError {
    /// The stable reason code, for page, log, audit and metric.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "upstream-unreachable",
            Self::TimedOut => "upstream-timeout",
            Self::Protocol(_) | Self::SwitchedUnasked => "upstream-protocol",
            Self::RequestIncomplete(_) => "request-incomplete",
            Self::UpgradeForeignOrigin => "upgrade-foreign-origin",
        }
    }
}

impl Forward {
    /// The way to the application at `upstream`, for `site`. When `stop` says `true`, or its sender is gone, open tunnels
    /// end; ordinary requests go on.
    pub(crate) fn new(upstream: &UpstreamSettings, site: RouteHeaders, stop: watch::Receiver<bool>) -> Self {
        let dialer = |to| Dialer::new(to, upstream.tls.as_ref(), upstream.connect_timeout);
        Self {
            pools: upstream.upstreams.iter().cloned().map(dialer).map(Pool::new).map(Arc::new).collect(),
            turn: AtomicUsize::new(0),
            response_timeout: upstream.response_timeout,
            site,
            stop,
        }
    }

    /// Sends `request`, as decided in `visit`, and gives back the answer as soon as its head is there. Where it leaves
    /// HTTP, the tunnel ends with what `over` makes: the decision that was good for a request is not good for ever.
    pub(crate) async fn send(
        &self,
        request: Request<Incoming>,
        context: &RequestContext,
        pass: Pass,
        over: impl FnOnce() -> AccessWatch,
    ) -> Result<Response<Body>, ForwardError> {
        if upgrade::is_upgrade(&request) {
            return Box::pin(self.upgrade(request, context, pass, over())).await;
        }
        self.send_upload(request.map(RequestBody::streaming), context, pass).await
    }

    /// The same for a request whose body is all here.
    pub(crate) async fn send_whole(
        &self,
        request: Request<Bytes>,
        context: &RequestContext,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        self.send_upload(request.map(RequestBody::buffered), context, pass).await
    }

    async fn send_upload(
        &self,
        request: Request<RequestBody>,
        context: &RequestContext,
        pass: Pass,
    ) -> Result<Response<Body>, ForwardError> {
        let request = self.prepare(request, context, &pass);
        let turn = self.next_turn();
        let (response, lease) = match self.waiting(turn, context.now) {
            Some(lease) => self.exchange(lease, request, turn, context.now).await?,
            None => Box::pin(self.exchange_anew(request, turn, context.now)).await?,
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ForwardError::SwitchedUnasked);
        }
        Ok(self.answer(response, lease, &pass))
    }

    /// Closes connections that have waited too long; called on each tick of the worker.
    pub(crate) fn reap(&self, now: Timestamp) {
        for pool in &self.pools {
            pool.reap(now);
        }
    }

    async fn upgrade(
        &self,
        mut request: Request<Incoming>,
        context: &RequestContext,
        pass: Pass,
        over: AccessWatch,
    ) -> Result<Response<Body>, ForwardError> {
        if !upgrade::is_origin_allowed(request.headers(), &context.origin, &self.site) {
            return Err(ForwardError::UpgradeForeignOrigin);
        }
        let protocol = request.headers().get(header::UPGRADE).cloned();
        let browser = hyper::upgrade::on(&mut request);
        let mut request = self.prepare(request.map(RequestBody::streaming), context, &pass);
        upgrade::set_upgrade_fields(request.headers_mut(), protocol);
        let mut lease = self.open(self.next_turn(), context.now).await?;
        lease.reusable = false;
        let mut response = self.attempt(&mut lease, request).await.map_err(|failure| failure.error)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.answer(response, lease, &pass));
        }
        let protocol = response.headers().get(header::UPGRADE).cloned();
        let application = hyper::upgrade::on(&mut response);
        tokio::spawn(upgrade::tunnel(browser, application, self.stop.clone(), over));
        headers::rewrite_response(&mut response, pass.identity().is_some(), &self.site);
        upgrade::set_upgrade_fields(response.headers_mut(), protocol);
        Ok(response.map(|_| Body::Empty))
    }

    fn prepare(
        &self,
        mut request: Request<RequestBody>,
        context: &RequestContext,
        pass: &Pass,
    ) -> Request<RequestBody> {
        headers::rewrite_request(&mut request, context, pass.identity().map(|identity| &**identity), &self.site);
        request
    }

    fn answer(&self, mut response: Response<Incoming>, lease: Lease, pass: &Pass) -> Response<Body> {
        headers::rewrite_response(&mut response, pass.identity().is_some(), &self.site);
        response.map(|body| {
            if body.is_end_stream() {
                lease.give_back();
                Body::Empty
            } else {
                Body::Stream(UnsyncBoxBody::new(ResponseBody::new(body, lease)))
            }
        })
    }

    /// Sends `request` over a connection that waited. The application may have closed it in the same moment: then the
    /// request is sent once more, over a new one, when that is harmless.
    async fn exchange(
        &self,
        mut lease: Lease,
        request: Request<RequestBody>,
        turn: usize,
        now: Timestamp,
    ) -> Result<Exchanged, ForwardError> {
        let spare = if lease.rested >= MAY_BE_STALE { repeatable(&request) } else { None };
        let failure = match self.attempt(&mut lease, request).await {
            Ok(response) => return Ok((response, lease)),
            Err(failure) => failure,
        };
        let broke_off = matches!(&failure.error, ForwardError::Protocol(error) if !error.is_parse());
        match failure.unsent.or(spare.filter(|_| broke_off)) {
            Some(request) => Box::pin(self.exchange_anew(*request, turn, now)).await,
            None => Err(failure.error),
        }
    }

    async fn exchange_anew(
        &self,
        request: Request<RequestBody>,
        turn: usize,
        now: Timestamp,
    ) -> Result<Exchanged, ForwardError> {
        let mut lease = self.open(turn, now).await?;
        match self.attempt(&mut lease, request).await {
            Ok(response) => Ok((response, lease)),
            Err(failure) => Err(failure.error),
        }
    }

    /// Sends `request` and waits for the head of the answer. Time runs out only while nothing of the request moves: an
    /// upload may take as long as it takes.
    async fn attempt(&self, lease: &mut Lease, request: Request<RequestBody>) -> Result<Response<Incoming>, Failure> {
        let progress = request.body().progress();
        let mut answer = pin!(lease.connection.sender.try_send_request(request));
        let response = loop {
            match timeout(self.response_timeout, &mut answer).await {
                Ok(answer) => break answer.map_err(Failure::from)?,
                Err(_) if progress.as_ref().is_some_and(|progress| progress.has_advanced()) => {}
                Err(_) => return Err(Failure { error: ForwardError::TimedOut, unsent: None }),
            }
        };
        // The rest of the request may still be on its way: the next answer would not be the next request's.
        if progress.is_some_and(|progress| !progress.is_complete()) {
            lease.reusable = false;
        }
        Ok(response)
    }

    /// A connection that waits, to the upstream whose turn it is.
    fn waiting(&self, turn: usize, now: Timestamp) -> Option<Lease> {
        let pool = self.from(turn).find(|pool| !pool.is_aside(now)).or_else(|| self.from(turn).next());
        pool.and_then(|pool| pool.take(now))
    }

    /// A new connection, to the upstream whose turn it is; when it cannot be reached, to the next.
    async fn open(&self, turn: usize, now: Timestamp) -> Result<Lease, ConnectError> {
        let mut failure = ConnectError::NoUpstream;
        let mut order: Vec<&Arc<Pool>> = self.from(turn).collect();
        order.sort_by_key(|pool| pool.is_aside(now));
        for pool in order {
            match pool.open(now).await {
                Ok(lease) => return Ok(lease),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn next_turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// All upstreams, beginning with the one whose turn it is.
    fn from(&self, turn: usize) -> impl Iterator<Item = &Arc<Pool>> {
        let (later, first) = self.pools.split_at(turn.checked_rem(self.pools.len()).unwrap_or(0));
        first.iter().chain(later)
    }
}

/// The head of an answer, and the connection over which its body comes.
type Exchanged = (Response<Incoming>, Lease);

/// How one attempt ended, and the request when none of it was sent.
struct Failure {
    error: ForwardError,
    unsent: Option<Box<Request<RequestBody>>>,
}

impl From<TrySendError<Request<RequestBody>>> for Failure {
    fn from(mut failure: TrySendError<Request<RequestBody>>) -> Self {
        let unsent = failure.take_message().map(Box::new);
        let error = failure.into_error();
        // What a body says that we pass on counts as our own mistake there.
        let error =
            if error.is_user() { ForwardError::RequestIncomplete(error) } else { ForwardError::Protocol(error) };
        Self { error, unsent }
    }
}

/// A copy of `request`, when it has no body and sending it twice is as good as once.
fn repeatable(request: &Request<RequestBody>) -> Option<Box<Request<RequestBody>>> {
    if !request.body().is_end_stream() || !is_idempotent(request.method()) {
        return None;
    }
    let mut copy = Request::new(RequestBody::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(Box::new(copy))
}

/// RFC 9110 §9.2.2.
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}

/// A connection used a moment ago is still there; one that has rested longer may be closed just now, so a copy of the
/// request is kept, which costs.
const MAY_BE_STALE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
