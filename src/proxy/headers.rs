//! The head of a request as the application gets it, and of its answer as the browser gets it. Both are edited in place.
//!
//! Order of the request: what is meant for one hop goes first, then every name that is ours, then our cookies; ours are
//! set last, so nothing the browser sends can remove them. `Via` (RFC 9110 §7.6.3) is left out in both directions: it
//! switches compression off in some servers, and the gateway is the application's front door, not a public proxy.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, request, response};
use http_body::Body;

use super::{cookies, settings::RouteHeaders};
use crate::{
    identity::Identity,
    web::{Origin, RequestContext},
};

/// Makes the head of a browser's request the one that the application gets.
pub(super) fn towards_application(
    head: &mut request::Parts,
    body: &impl Body,
    context: &RequestContext,
    who: Option<&Identity>,
    site: &RouteHeaders,
) {
    head.uri = Uri::from(context.target.path_and_query().clone());
    head.version = Version::HTTP_11;
    head.extensions.clear();
    let headers = &mut head.headers;
    remove_listed(headers);
    remove_ours(headers, site);
    frame_request(headers, body);
    cookies::remove_own(headers);
    set_ours(headers, context);
    if let Some(identity) = who {
        site.identity.write(identity, headers);
    }
}

/// Makes the head of an application's answer the one that the browser gets. `carried_identity`: the request named a person.
pub(super) fn towards_browser(
    head: &mut response::Parts,
    body: &impl Body,
    carried_identity: bool,
    site: &RouteHeaders,
) {
    head.version = Version::HTTP_11;
    let headers = &mut head.headers;
    remove_listed(headers);
    for name in &NOT_FOR_BROWSERS {
        headers.remove(name);
    }
    // A length is written anew when the body is framed. Where there is no body it tells of another answer (RFC 9110 §8.6).
    if !body.is_end_stream() || head.status == StatusCode::NO_CONTENT || head.status.is_informational() {
        headers.remove(header::CONTENT_LENGTH);
    }
    cookies::refuse_own(headers);
    if carried_identity {
        keep_private(headers, site.open);
    }
}

/// Removes `Connection` and each field it lists (RFC 9110 §7.6.1). End-to-end fields that a decision may rest on stay
/// although they are listed: whoever lists them means to hide from one reader what another has read.
fn remove_listed(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONNECTION) {
        return;
    }
    let fields = headers.get_all(header::CONNECTION);
    let options = fields.iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    let listed: Vec<HeaderName> = options
        .map(<[u8]>::trim_ascii)
        .filter(|option| !PLAIN_OPTIONS.iter().any(|plain| plain.eq_ignore_ascii_case(option)))
        .filter_map(|option| HeaderName::from_bytes(option).ok())
        .filter(|name| !END_TO_END.contains(name))
        .collect();
    headers.remove(header::CONNECTION);
    for name in listed {
        headers.remove(name);
    }
}

/// Removes every name that only the gateway may set, and what is meant for one hop.
fn remove_ours(headers: &mut HeaderMap, site: &RouteHeaders) {
    let ours: Vec<HeaderName> = headers.keys().filter(|name| site.strip.holds(name)).cloned().collect();
    for name in ours {
        headers.remove(name);
    }
}

/// Says how long the body is as it will be sent, never as it was said to be: a length that is wrong for the application is
/// where one request becomes two.
fn frame_request(headers: &mut HeaderMap, body: &impl Body) {
    if body.is_end_stream() {
        if headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0") {
            headers.remove(header::CONTENT_LENGTH);
        }
        return;
    }
    headers.remove(header::CONTENT_LENGTH);
    if body.size_hint().exact().is_none() {
        // Said outright, because a GET with a body of unknown length would be sent without it.
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

fn set_ours(headers: &mut HeaderMap, context: &RequestContext) {
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

/// The public authority: applications make links of it. What the browser sent is used again when it is the same.
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

/// An answer to one person stays out of shared caches unless the application says otherwise (RFC 9111 §3, §5.2.2.7).
fn keep_private(headers: &mut HeaderMap, open: bool) {
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    }
    let varies = |field: &HeaderValue| {
        field
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|name| name == b"*" || name.eq_ignore_ascii_case(header::COOKIE.as_str().as_bytes()))
    };
    if open && !headers.get_all(header::VARY).iter().any(varies) {
        headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    }
}

/// Whether a request of `method` may be sent twice (RFC 9110 §9.2.2).
pub(super) fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}

/// Options of `Connection` that are no field, or one that goes anyway.
const PLAIN_OPTIONS: [&[u8]; 3] = [b"keep-alive", b"close", b"upgrade"];

/// Fields that stay although `Connection` lists them.
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

/// Meant for the next hop alone; and `Alt-Svc`, which would lead browsers past the gateway (RFC 7838).
const NOT_FOR_BROWSERS: [HeaderName; 8] = [
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
