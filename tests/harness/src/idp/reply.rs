//! A JSON response that a fault may still change.

use std::io;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::Frame;
use serde_json::Value;

use crate::{body::Body, serve::Answer};

/// A JSON response that is not sent yet.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The document; sent unless `raw` is set.
    pub(crate) json: Value,
    /// Bytes that are sent instead of the document.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) ending: Ending,
}

/// How much of the response is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All of it.
    Whole,
    /// The connection closes before the first byte.
    ClosedBefore,
    /// The connection closes in the middle of the body.
    ClosedInside,
    /// Blanks follow the document, without end.
    Endless,
    /// Nothing is ever sent.
    Never,
}

impl Reply {
    /// 200 with a document that must not be stored (RFC 6749, section 5.1).
    pub(crate) fn ok(json: Value) -> Self {
        Self::new(200, json)
    }

    /// A response with a document.
    pub(crate) fn new(status: u16, json: Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned()), ("cache-control", "no-store".to_owned())];
        Self { status, headers, json, raw: None, ending: Ending::Whole }
    }

    /// An OAuth error (RFC 6749, section 5.2).
    pub(crate) fn error(status: u16, error: &str) -> Self {
        Self::new(
            status,
            serde_json::json!({"error": error, "error_description": format!("the test provider says {error}")}),
        )
    }

    /// Sets a header to one value.
    pub(crate) fn header(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
    }

    /// Sets a member of the document.
    pub(crate) fn set(&mut self, member: &str, value: Value) {
        self.json[member] = value;
    }

    /// Removes a member of the document.
    pub(crate) fn remove(&mut self, member: &str) {
        if let Some(object) = self.json.as_object_mut() {
            object.remove(member);
        }
    }

    /// Sends it.
    pub(crate) async fn send(self) -> Answer {
        let bytes = self.raw.unwrap_or_else(|| self.json.to_string().into_bytes());
        let body = match self.ending {
            Ending::Whole => Body::from(bytes),
            Ending::ClosedBefore => return Err(io::Error::other("closed before the answer, as asked")),
            Ending::ClosedInside => cut(bytes).await,
            Ending::Endless => endless(bytes),
            Ending::Never => std::future::pending().await,
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status of three digits");
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).expect("a value that may stand in a header");
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
        if self.ending == Ending::ClosedInside {
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        Ok(response)
    }
}

/// The first half, then an error that closes the connection.
async fn cut(mut bytes: Vec<u8>) -> Body {
    bytes.truncate(bytes.len() / 2);
    let (sender, body) = Body::arriving();
    // The channel has space for both pieces, so sending does not wait for the reader.
    let _ = sender.send(Ok(Frame::data(Bytes::from(bytes)))).await;
    let _ = sender.send(Err(io::Error::other("closed inside the answer, as asked"))).await;
    body
}

/// The document, then blanks as long as the client reads.
fn endless(bytes: Vec<u8>) -> Body {
    let (sender, body) = Body::arriving();
    tokio::spawn(async move {
        let mut piece = Bytes::from(bytes);
        while sender.send(Ok(Frame::data(piece))).await.is_ok() {
            piece = Bytes::from_static(&[b' '; 16 * 1024]);
        }
    });
    body
}
