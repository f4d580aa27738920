//! One exchange over one connection: sends a request and waits for the head of the response.

use std::{error::Error, pin::pin, time::Duration};

use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};
use tokio::time::timeout;

use super::{
    connect::ConnectError,
    pool::PooledConnection,
    request_body::{BodyError, RequestBody},
};
use crate::{reason::ReasonCode, stream::StreamEnd};

/// Why there is no response from the application.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    /// No upstream could be connected to. Nothing was sent.
    #[error("the application cannot be reached")]
    Unreachable(#[from] ConnectError),
    /// The head of the response did not arrive within the response timeout.
    #[error("the application did not respond in time")]
    TimedOut,
    /// The connection to the application broke, or the response is not valid HTTP.
    #[error("the application sent no valid response")]
    Protocol(#[source] hyper::Error),
    /// The application responded to an ordinary request with 101 (Switching Protocols).
    #[error("the application switched protocols although no upgrade was requested")]
    UnexpectedUpgrade,
    /// The client's request body broke off.
    #[error("the request ended too early")]
    RequestIncomplete(#[source] hyper::Error),
    /// The gateway ended the client's request body.
    #[error("the request body was ended")]
    RequestEnded(#[source] StreamEnd),
    /// The request body is larger than the route allows.
    #[error("the request body is larger than max_body")]
    RequestTooLarge,
    /// The `Origin` of an upgrade request is missing, repeated or not allowed.
    #[error("the origin of the upgrade request is not allowed")]
    UpgradeForeignOrigin,
}

impl ForwardError {
    /// The reason code, which appears on the page, in the log and in the audit event.
    pub(crate) fn reason(&self) -> ReasonCode {
        match self {
            Self::Unreachable(ConnectError::Busy) => ReasonCode::UpstreamBusy,
            Self::Unreachable(_) => ReasonCode::UpstreamUnreachable,
            Self::TimedOut => ReasonCode::UpstreamTimeout,
            Self::Protocol(_) | Self::UnexpectedUpgrade => ReasonCode::UpstreamProtocol,
            Self::RequestIncomplete(_) => ReasonCode::RequestIncomplete,
            Self::RequestEnded(StreamEnd::Revoked) => ReasonCode::SignInRequired,
            Self::RequestEnded(StreamEnd::Shed) => ReasonCode::BodyMemory,
            Self::RequestEnded(_) => ReasonCode::RequestTimeout,
            Self::RequestTooLarge => ReasonCode::RequestTooLarge,
            Self::UpgradeForeignOrigin => ReasonCode::UpgradeForeignOrigin,
        }
    }
}

/// Marks a response whose head arrived before the request body was sent completely.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyResponse;

/// Why an exchange failed, and the request if no byte of the request was sent.
pub(super) struct Failure {
    pub(super) error: ForwardError,
    pub(super) unsent: Option<Box<Request<RequestBody>>>,
}

/// Sends `request` and waits for the head of the response. `response_timeout` restarts whenever the request body advanced,
/// and does not pass while the client has to send more of it.
pub(super) async fn exchange(
    connection: &mut PooledConnection,
    request: Request<RequestBody>,
    response_timeout: Duration,
) -> Result<Response<Incoming>, Failure> {
    let progress = request.body().progress();
    let mut response = pin!(connection.sender().try_send_request(request));
    let mut response = loop {
        match timeout(response_timeout, &mut response).await {
            Ok(result) => break result.map_err(Failure::from)?,
            Err(_) if progress.as_ref().is_some_and(|progress| progress.is_under_way()) => {}
            Err(_) => return Err(Failure { error: ForwardError::TimedOut, unsent: None }),
        }
    };
    // The rest of the request body may still be sent, and would be read as the start of the next request.
    if progress.is_some_and(|progress| !progress.is_complete()) {
        connection.set_not_reusable();
        response.extensions_mut().insert(EarlyResponse);
    }
    Ok(response)
}

impl From<TrySendError<Request<RequestBody>>> for Failure {
    fn from(mut failure: TrySendError<Request<RequestBody>>) -> Self {
        let unsent = failure.take_message().map(Box::new);
        let error = failure.into_error();
        // For hyper an error of the request body is a user error. Here the body comes from the client.
        let error = match error.source().and_then(|source| source.downcast_ref()) {
            Some(BodyError::Ended(end)) => ForwardError::RequestEnded(*end),
            Some(BodyError::TooLarge) => ForwardError::RequestTooLarge,
            Some(BodyError::Broken(_)) => ForwardError::RequestIncomplete(error),
            None if error.is_user() => ForwardError::RequestIncomplete(error),
            None => ForwardError::Protocol(error),
        };
        Self { error, unsent }
    }
}
