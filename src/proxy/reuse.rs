//! Which exchanges are the last of their upstream connection, although both sides completed them.
//!
//! Rule: a message that the application may end at another place than the gateway is followed by no other message.
//! Otherwise the bytes of one message are read as the next one: a body as a request (RFC 9112 §11.2), or as the response
//! to the next person's request (RFC 9112 §11.1).

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;

/// Whether `request` is the last of its connection, which it then says (RFC 9112 §9.6): a server that conforms reads
/// nothing more. Many servers ignore a body that their handler does not ask for, and read its bytes as a request; that
/// request would have the header fields that the client wrote into the body. `reuse_after_body` is the operator's word that
/// the application reads the bodies of methods that define one; for other methods no application can be relied on
/// (RFC 9110 §9.3.1).
pub(super) fn close_after_body(request: &mut Request<impl Body>, reuse_after_body: bool) -> bool {
    let is_safe = request.body().is_end_stream() || (reuse_after_body && defines_content(request.method()));
    if !is_safe {
        request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    !is_safe
}

/// Whether `response`, which has no body by the method of its request or by its status, may be followed by one all the
/// same (RFC 9112 §6.3). The bytes may arrive only when the next request is under way, so they cannot be waited for.
pub(super) fn may_have_stray_body(method: &Method, response: &Response<impl Body>) -> bool {
    *method == Method::HEAD
        || (matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            && announces_body(response.headers()))
}

fn announces_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Methods whose content has a meaning (RFC 9110 §9.3, RFC 5789).
fn defines_content(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

#[cfg(test)]
mod tests;
