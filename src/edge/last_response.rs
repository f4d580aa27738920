//! Responses after which an HTTP/1.1 connection is closed.
//!
//! A response that comes before the request body has been read is the last one: the rest of the body would have to be read
//! before the next request (RFC 9112 §9.3), and the client may take that long to notice the response. HTTP/2 frames its
//! requests and has no `Connection` field (RFC 9113 §8.2.2).

use http::{HeaderValue, Request, Response, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::web::Body;

/// Whether `request` has a body that a response of the gateway would come before.
pub(super) fn has_unread_body(request: &Request<Incoming>) -> bool {
    request.version() < Version::HTTP_2 && !request.body().is_end_stream()
}

/// Makes `response` the last one of its connection, if `is_last`.
pub(super) fn last_response(mut response: Response<Body>, is_last: bool) -> Response<Body> {
    if is_last {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
