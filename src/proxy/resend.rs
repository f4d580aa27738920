//! Which requests are sent a second time after a connection broke that the application may just have closed.

use std::time::Duration;

use http::{Method, Request};
use http_body::Body as _;

use super::request_body::RequestBody;

/// A copy of `request`, which is sent over a connection that was idle for `idle_for`, if the request may have to be sent
/// twice and may be: an idempotent method and no body.
pub(super) fn copy(request: &Request<RequestBody>, idle_for: Duration) -> Option<Box<Request<RequestBody>>> {
    if idle_for < MAY_BE_STALE || !request.body().is_end_stream() || !is_idempotent(request.method()) {
        return None;
    }
    let mut copy = Request::new(RequestBody::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(Box::new(copy))
}

/// RFC 9110 §9.2.2.
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}

/// After this idle time the application may be closing the connection. The copy of the request costs time, so none is
/// made for a connection that was used more recently.
const MAY_BE_STALE: Duration = Duration::from_millis(500);
