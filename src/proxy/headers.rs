//! The head of a request for the application, and the head of a response for the client. Both are edited in place.
//!
//! Order for a request: hop-by-hop fields are removed first, then every name on the strip list, then the gateway's
//! cookies. The gateway's own fields are set last: no field of the client can remove them. `Via` (RFC 9110 §7.6.3) is not
//! added in either direction: some servers turn compression off because of it.

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use http_body::Body;

use super::{caching, cookies, settings::RouteHeaders, strip::StripList};
use crate::{
    identity::Identity,
    web::{Origin, RequestContext},
};

/// Rewrites the head of a client's request for the application.
pub(super) fn rewrite_request(
    request: &mut Request<impl Body>,
    context: &RequestContext,
    identity: Option<&Identity>,
    route: &RouteHeaders,
) {
    *request.uri_mut() = Uri::from(context.target.path_and_query().clone());
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().clear();
    let length = BodyLength::of(request.body());
    let headers = request.headers_mut();
    remove_connection_fields(headers);
    remove_stripped(headers, &route.strip);
    set_framing(headers, length);
    cookies::strip_request(headers);
    set_forwarded(headers, context);
    if let Some(identity) = identity {
        route.identity.write(identity, headers);
    }
}

/// Rewrites the head of an application's response for the client. `carried_identity` says whether the request carried
/// identity headers.
pub(super) fn rewrite_response(response: &mut Response<impl Body>, carried_identity: bool, route: &RouteHeaders) {
    *response.version_mut() = Version::HTTP_11;
    let (status, has_body) = (response.status(), !response.body().is_end_stream());
    let headers = response.headers_mut();
    remove_connection_fields(headers);
    for name in &NOT_FOR_CLIENTS {
        headers.remove(name);
    }
    // hyper writes the length of a body. Without a body, the length is that of the response to a GET (RFC 9110 §8.6).
    if has_body || status == StatusCode::NO_CONTENT || status.is_informational() {
        headers.remove(header::CONTENT_LENGTH);
    }
    cookies::strip_response(headers);
    caching::restrict(headers, carried_identity, route.allows_anyone);
}

/// Removes `Connection` and each field it lists (RFC 9110 §7.6.1). End-to-end fields that a decision may depend on are
/// not removed: the gateway has read them, and without them the application would see a different request.
fn remove_connection_fields(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONNECTION) {
        return;
    }
    let fields = headers.get_all(header::CONNECTION);
    let options = fields.iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    let listed: Vec<HeaderName> = options
        .map(<[u8]>::trim_ascii)
        .filter(|option| !NOT_FIELD_NAMES.iter().any(|name| name.eq_ignore_ascii_case(option)))
        .filter_map(|option| HeaderName::from_bytes(option).ok())
        .filter(|name| !END_TO_END.contains(name))
        .collect();
    headers.remove(header::CONNECTION);
    for name in listed {
        headers.remove(name);
    }
}

/// Removes every name that only the gateway may set, and the hop-by-hop fields.
fn remove_stripped(headers: &mut HeaderMap, strip: &StripList) {
    let stripped: Vec<HeaderName> = headers.keys().filter(|name| strip.contains(name)).cloned().collect();
    for name in stripped {
        headers.remove(name);
    }
}

/// Sets the framing fields for the body that will be sent. The client's fields are not used: a length that does not match
/// the body lets one request be read as two (request smuggling, RFC 9112 §11.2).
fn set_framing(headers: &mut HeaderMap, length: BodyLength) {
    match length {
        BodyLength::Empty => {
            if headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0") {
                headers.remove(header::CONTENT_LENGTH);
            }
        }
        // hyper writes a length that is known.
        BodyLength::Known => drop(headers.remove(header::CONTENT_LENGTH)),
        BodyLength::Unknown => {
            headers.remove(header::CONTENT_LENGTH);
            // hyper would send a GET with a body of unknown length without the body.
            headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }
}

/// What is known of the length of a request body.
#[derive(Clone, Copy)]
enum BodyLength {
    Empty,
    Known,
    Unknown,
}

impl BodyLength {
    fn of(body: &impl Body) -> Self {
        if body.is_end_stream() {
            Self::Empty
        } else if body.size_hint().exact().is_some() {
            Self::Known
        } else {
            Self::Unknown
        }
    }
}

fn set_forwarded(headers: &mut HeaderMap, context: &RequestContext) {
    let host = host(headers, &context.origin);
    if let Some(host) = host {
        headers.insert("x-forwarded-host", host.clone());
        headers.insert(header::HOST, host);
    }
    let scheme = if context.origin.is_https() { "https" } else { "http" };
    headers.insert("x-forwarded-proto", HeaderValue::from_static(scheme));
    headers.insert("x-forwarded-port", port(&context.origin));
    if let Ok(client) = HeaderValue::try_from(context.client.to_string()) {
        headers.insert("x-forwarded-for", client);
    }
    headers.insert("x-request-id", context.id.header());
}

/// The public authority, from which applications build links. The client's value is reused if it is equal, to save an
/// allocation.
fn host(headers: &HeaderMap, origin: &Origin) -> Option<HeaderValue> {
    let public = origin.authority();
    match headers.get(header::HOST) {
        Some(sent) if sent == public => Some(sent.clone()),
        _ => HeaderValue::from_str(public).ok(),
    }
}

fn port(origin: &Origin) -> HeaderValue {
    match origin.authority().rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => HeaderValue::from_str(port).ok(),
        _ => None,
    }
    .unwrap_or(HeaderValue::from_static(if origin.is_https() { "443" } else { "80" }))
}

/// Options of `Connection` that name no field, or a field that is removed in any case.
const NOT_FIELD_NAMES: [&[u8]; 3] = [b"keep-alive", b"close", b"upgrade"];

/// Fields that are not removed when `Connection` lists them.
const END_TO_END: [HeaderName; 15] = [
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::HOST,
    header::LOCATION,
    header::ORIGIN,
    header::RANGE,
    header::REFERER,
    header::SET_COOKIE,
    header::VARY,
    header::X_FRAME_OPTIONS,
];

/// Hop-by-hop fields of a response; and `Alt-Svc`, which would make browsers bypass the gateway (RFC 7838).
const NOT_FOR_CLIENTS: [HeaderName; 8] = [
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::ALT_SVC,
];

#[cfg(test)]
mod tests;
