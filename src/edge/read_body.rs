//! A body that must be here whole before anything is done with it.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::web::BoxError;

/// Why a body is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is longer than it may be.
    TooLarge,
    /// It broke off, or came too slowly.
    Incomplete,
}

/// Reads `body`, of at most so many bytes.
pub(super) async fn read<B>(body: B, most: usize) -> Result<Bytes, Unread>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match tokio::time::timeout(BODY_TIME, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Unread::Incomplete),
    }
}

/// The time for a form to come in whole.
const BODY_TIME: Duration = Duration::from_secs(10);
