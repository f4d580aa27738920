//! The service that handles requests: any tower service, called by hyper.

use std::{
    convert::Infallible,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;

/// The service of one connection: a tower service that is always ready and never fails.
///
/// `poll_ready` is not called, because it would add a poll to each request and always return ready. A service that depends
/// on `poll_ready`, such as a concurrency limit, must not be used here.
pub(crate) trait HttpService: Clone + Send + 'static {
    /// The body of a response. An error of the body ends the connection.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
    /// The future of a response.
    type Future: Future<Output = Result<Response<Self::Body>, Infallible>> + Send + 'static;

    /// Starts to handle `request`.
    fn respond(&self, request: Request<Incoming>) -> Self::Future;
}

impl<S, B> HttpService for S
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Body = B;
    type Future = S::Future;

    fn respond(&self, request: Request<Incoming>) -> Self::Future {
        self.clone().call(request)
    }
}

/// Adapts an [`HttpService`] to hyper, with a flag that each request sets.
pub(super) struct FlaggedService<S> {
    service: S,
    requested: Arc<AtomicBool>,
}

impl<S> FlaggedService<S> {
    pub(super) fn new(service: S) -> Self {
        Self { service, requested: Arc::default() }
    }

    /// The flag that each request sets. The reader may clear it.
    pub(super) fn requested(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.requested)
    }
}

impl<S: HttpService> hyper::service::Service<Request<Incoming>> for FlaggedService<S> {
    type Response = Response<S::Body>;
    type Error = Infallible;
    type Future = S::Future;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.requested.store(true, Ordering::Relaxed);
        self.service.respond(request)
    }
}

#[cfg(test)]
mod tests;
