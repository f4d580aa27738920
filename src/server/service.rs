//! Where the room ends: a tower service takes the request and gives the answer.

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

/// What answers the requests of one connection: any tower service that is always ready and never fails.
///
/// `poll_ready` is not asked: it would cost each request a turn for an answer that is always yes. A service that needs it,
/// such as a concurrency limit, must not be handed in.
pub trait Answering: Clone + Send + 'static {
    /// The body of the answer. An error in it ends the connection.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
    /// The answer under way.
    type Future: Future<Output = Result<Response<Self::Body>, Infallible>> + Send + 'static;

    /// Begins to answer a request.
    fn answer(&self, request: Request<Incoming>) -> Self::Future;
}

impl<S, B> Answering for S
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Body = B;
    type Future = S::Future;

    fn answer(&self, request: Request<Incoming>) -> Self::Future {
        self.clone().call(request)
    }
}

/// The service of one connection as HTTP calls it, with a note that it was asked.
pub(super) struct LoginRequest<S> {
    service: S,
    noted: Arc<AtomicBool>,
}

impl<S> LoginRequest<S> {
    pub(super) fn new(service: S) -> Self {
        Self { service, noted: Arc::default() }
    }

    /// Set at every request; whoever reads it may clear it.
    pub(super) fn note(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.noted)
    }
}

impl<S: Answering> hyper::service::Service<Request<Incoming>> for LoginRequest<S> {
    type Response = Response<S::Body>;
    type Error = Infallible;
    type Future = S::Future;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.noted.store(true, Ordering::Relaxed);
        self.service.answer(request)
    }
}

#[cfg(test)]
mod tests;
