//! Reads a complete request body into memory, within limits of size and time.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::web::BoxError;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// The body is larger than the limit.
    TooLarge,
    /// The body ended early, or took longer than the time limit.
    Incomplete,
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read_body<B>(body: B, limit: usize) -> Result<Bytes, ReadError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match tokio::time::timeout(TIME_LIMIT, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge),
        Ok(Err(_)) | Err(_) => Err(ReadError::Incomplete),
    }
}

const TIME_LIMIT: Duration = Duration::from_secs(10);
