//! CORS for the gateway's own responses (Fetch, "CORS protocol").
//!
//! Only the origins that the operator lists for a route get CORS fields. The application's responses are not changed.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::web::{Origin, Reply, RequestContext};

/// The origin of the script that sent a request, when it is one of `listed`.
pub(super) fn listed_origin(listed: &[Origin], headers: &HeaderMap) -> Option<HeaderValue> {
    if listed.is_empty() {
        return None;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => listed.iter().any(|listed| origin == listed.as_str()).then(|| origin.clone()),
        _ => None,
    }
}

/// Whether the request is a CORS preflight. Preflights have no cookies.
pub(super) fn is_preflight(context: &RequestContext, headers: &HeaderMap) -> bool {
    context.method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The reply to a preflight that allows the requested method and headers. The request that follows is decided like any
/// other.
pub(super) fn preflight_passed(headers: &HeaderMap) -> Reply {
    let granted = [
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
    ];
    granted.into_iter().fold(Reply::bare(StatusCode::NO_CONTENT), |reply, (requested, allowed)| {
        match headers.get(requested) {
            Some(value) => reply.field(allowed, value.clone()),
            None => reply,
        }
    })
}

/// Makes `reply` readable by scripts of `origin` that send credentials.
pub(super) fn readable_by(origin: Option<HeaderValue>, reply: Reply) -> Reply {
    let Some(origin) = origin else { return reply };
    reply
        .field(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .field(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"))
        .field(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED)
        .field(header::VARY, VARY_BY_ORIGIN)
}

const EXPOSED: HeaderValue = HeaderValue::from_static("www-authenticate, x-request-id");
const VARY_BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");
