//! Reads a request body completely before the application is asked, on routes that say so.
//!
//! The threads of the application do not wait for the client, and the application learns the length of the body: servers
//! that know no transfer coding read a chunked body as an empty one.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::{
    exchange::ForwardError,
    request_body::{BodyError, RequestBody},
};
use crate::stream::{Reservation, StreamEnd};

/// Reads `body`, whose bytes count against `reservation`.
pub(super) async fn collect(mut body: RequestBody, mut reservation: Reservation) -> Result<RequestBody, ForwardError> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(failure)?.into_data().unwrap_or_else(|_| Bytes::new());
        if !reservation.grow(data.len()) {
            return Err(ForwardError::RequestEnded(StreamEnd::Shed));
        }
        collected.extend_from_slice(&data);
    }
    Ok(RequestBody::collected(collected.freeze(), reservation))
}

fn failure(error: BodyError) -> ForwardError {
    match error {
        BodyError::Broken(error) => ForwardError::RequestIncomplete(error),
        BodyError::Ended(end) => ForwardError::RequestEnded(end),
        BodyError::TooLarge => ForwardError::RequestTooLarge,
    }
}
