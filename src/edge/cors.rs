//! Scripts of other origins: what the gateway's own answers tell their browser (Fetch, "CORS protocol").
//!
//! Only origins that the operator lists for a route are told anything. The application's answers are its own affair.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::web::{Origin, Reply, RequestContext};

/// The origin of the script that made a request, when it is one of `listed`.
pub(super) fn listed_caller(listed: &[Origin], headers: &HeaderMap) -> Option<HeaderValue> {
    if listed.is_empty() {
        return None;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => listed.iter().any(|listed| origin == listed.as_str()).then(|| origin.clone()),
        _ => None,
    }
}

/// Whether this is a browser's question whether a script may send something. It comes without cookies.
pub(super) fn is_preflight(context: &RequestContext, headers: &HeaderMap) -> bool {
    context.method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Yes: the script may send what it asks to send. What it sends then is admitted, or not, like any other request.
pub(super) fn preflight_passed(headers: &HeaderMap) -> Reply {
    let granted = [
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
    ];
    granted.into_iter().fold(Reply::bare(StatusCode::NO_CONTENT), |reply, (asked, answer)| match headers.get(asked) {
        Some(value) => reply.field(answer, value.clone()),
        None => reply,
    })
}

/// `reply`, readable by scripts of `origin`, which bring this site's cookies.
pub(super) fn readable_by(origin: HeaderValue, reply: Reply) -> Reply {
    reply
        .field(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .field(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"))
        .field(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED)
        .field(header::VARY, VARY_BY_ORIGIN)
}

const EXPOSED: HeaderValue = HeaderValue::from_static("www-authenticate, x-request-id");
const VARY_BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");
