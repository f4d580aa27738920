//! Why a request fails.

use http::HeaderValue;

use crate::{
    flow::Rejection,
    proxy::ForwardError,
    reason::ReasonCode,
    web::{FormError, ReturnTo},
};

/// Why a request fails.
#[derive(Debug)]
pub(super) enum RequestError {
    /// A flow failed.
    Flow(Rejection),
    /// The application gave no response.
    Forward(ForwardError),
    /// A preserved request was not sent. It can be sent from this page.
    NotSent(ForwardError, ReturnTo),
    /// Any other error with this reason code.
    Reason(ReasonCode),
    /// Any other error with this reason code, and a detail for the log.
    Detailed(ReasonCode, String),
    /// The method is not one of these, which the path allows.
    Method(&'static str),
    /// The request must be sent to this URL instead (308).
    Moved(String),
}

/// A failed request, and the origin of the script that may read the response.
#[derive(Debug)]
pub(super) struct FailedRequest {
    pub(super) error: RequestError,
    pub(super) cors_origin: Option<HeaderValue>,
}

impl From<RequestError> for FailedRequest {
    fn from(error: RequestError) -> Self {
        Self { error, cors_origin: None }
    }
}

impl From<Rejection> for RequestError {
    fn from(rejection: Rejection) -> Self {
        Self::Flow(rejection)
    }
}

impl From<FormError> for RequestError {
    fn from(error: FormError) -> Self {
        Self::Flow(error.into())
    }
}

impl From<ForwardError> for RequestError {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error)
    }
}

impl From<ReasonCode> for RequestError {
    fn from(reason: ReasonCode) -> Self {
        Self::Reason(reason)
    }
}
