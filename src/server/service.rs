//! The service that handles requests: any tower service, called by hyper.

use std::{
    convert::Infallible,
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;

use super::{
    open_connection::{OpenConnection, RequestInProgress},
    settings::Limits,
};
use crate::reason::ReasonCode;

/// The service of one connection: a tower service that is always ready and never fails.
///
/// `poll_ready` is not called, because it would add a poll to each request and always return ready. A service that depends
/// on `poll_ready`, such as a concurrency limit, must not be used here.
pub(crate) trait HttpService: Clone + Send + 'static {
    /// The body of a response. An error of the body ends the connection.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static;
    /// The future of a response.
    type Future: Future<Output = Result<Response<Self::Body>, Infallible>> + Send + 'static;

    /// Starts to handle `request`.
    fn respond(&self, request: Request<Incoming>) -> Self::Future;

    /// Notes that hyper has refused a request of the connection, whose head it cannot read, and closes the connection.
    fn refused(&self, _reason: ReasonCode, _detail: &str) {}
}

impl<S, B> HttpService for S
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    type Body = B;
    type Future = S::Future;

    fn respond(&self, request: Request<Incoming>) -> Self::Future {
        self.clone().call(request)
    }
}

/// Adapts an [`HttpService`] to hyper, and counts its requests in progress. A request beyond a limit has a [`ReasonCode`] as
/// an extension, with which the service must refuse it.
pub(super) struct CountedService<S> {
    service: S,
    connection: Arc<OpenConnection>,
    limits: Limits,
}

impl<S> CountedService<S> {
    pub(super) fn new(service: S, connection: Arc<OpenConnection>, limits: Limits) -> Self {
        Self { service, connection, limits }
    }

    /// Why a request that was just counted must be refused.
    fn refusal(&self, request: &Request<Incoming>) -> Option<ReasonCode> {
        if self.connection.requests_of_client() > self.limits.requests_per_client {
            return Some(ReasonCode::TooManyRequests);
        }
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        (target.len() > self.limits.target_bytes).then_some(ReasonCode::TargetTooLong)
    }
}

impl<S: HttpService> hyper::service::Service<Request<Incoming>> for CountedService<S> {
    type Response = Response<CountedBody<S::Body>>;
    type Error = Infallible;
    type Future = CountedFuture<S::Future>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let in_progress = Some(self.connection.begin_request());
        if let Some(reason) = self.refusal(&request) {
            // The service makes the response.
            request.extensions_mut().insert(reason);
        }
        CountedFuture { future: self.service.respond(request), in_progress }
    }
}

pin_project! {
    /// The response of a request that is in progress.
    pub(super) struct CountedFuture<F> {
        #[pin]
        future: F,
        in_progress: Option<RequestInProgress>,
    }
}

/// The body of a response. Its request is in progress until the body is written or dropped.
pub(super) struct CountedBody<B> {
    body: B,
    _in_progress: Option<RequestInProgress>,
}

impl<F, B> Future for CountedFuture<F>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
{
    type Output = Result<Response<CountedBody<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Ok(mut response) = ready!(this.future.poll(cx));
        let mut in_progress = this.in_progress.take();
        if let Some(request) = &mut in_progress {
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                request.becomes_tunnel();
            } else if request.is_last() {
                // RFC 9112 §9.6.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
        }
        Poll::Ready(Ok(response.map(|body| CountedBody { body, _in_progress: in_progress })))
    }
}

impl<B: Body + Unpin> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
