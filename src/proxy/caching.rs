//! Keeps the responses for one person out of shared caches (RFC 9111 §3).
//!
//! Rule: a shared cache in front of the gateway stores such a response only if the application says so for shared caches,
//! with `public` or `s-maxage`. A bare `max-age` is meant for browsers by most applications.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Restricts the caching of a response. `is_personal` says whether its request had an identity. Where anyone is allowed,
/// the response also depends on the session cookie: a response without a session is not one for a person who has one.
pub(super) fn restrict(headers: &mut HeaderMap, is_personal: bool, allows_anyone: bool) {
    if allows_anyone {
        vary_by_cookie(headers);
    }
    if is_personal && !directives(headers).any(|directive| directive.allows_shared_caches()) {
        remove_targeted(headers);
        if !directives(headers).any(|directive| directive.forbids_shared_caches()) {
            make_private(headers);
        }
    }
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let fields = headers.get_all(header::VARY).iter();
    let mut names = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    if !names.any(|name| name == b"*" || name.eq_ignore_ascii_case(header::COOKIE.as_str().as_bytes())) {
        headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    }
}

/// Removes the fields that some shared caches obey instead of `Cache-Control`: nginx, Varnish, and those of CDNs (RFC
/// 9213).
fn remove_targeted(headers: &mut HeaderMap) {
    let is_targeted = |name: &&HeaderName| {
        let name = name.as_str();
        name.ends_with("cdn-cache-control") || TARGETED.contains(&name)
    };
    let targeted: Vec<HeaderName> = headers.keys().filter(is_targeted).cloned().collect();
    for name in targeted {
        headers.remove(name);
    }
}

/// Puts `private` before the directives of the application. One field, as some caches read only the first.
fn make_private(headers: &mut HeaderMap) {
    let mut value = b"private".to_vec();
    for field in headers.get_all(header::CACHE_CONTROL) {
        value.extend_from_slice(b", ");
        value.extend_from_slice(field.as_bytes());
    }
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

/// A directive of `Cache-Control` (RFC 9111 §5.2).
struct Directive<'a> {
    name: &'a [u8],
    argument: Option<&'a [u8]>,
}

impl Directive<'_> {
    /// RFC 9111 §5.2.2.9, §5.2.2.10.
    fn allows_shared_caches(&self) -> bool {
        let seconds = self.argument.map(|argument| argument.strip_prefix(b"\"").unwrap_or(argument));
        let seconds = seconds.map(|argument| argument.strip_suffix(b"\"").unwrap_or(argument));
        let is_duration = seconds.is_some_and(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit));
        self.is(b"public") && self.argument.is_none() || self.is(b"s-maxage") && is_duration
    }

    /// RFC 9111 §5.2.2.5, §5.2.2.7. With an argument, `private` is about the named fields only.
    fn forbids_shared_caches(&self) -> bool {
        self.is(b"no-store") || self.is(b"private") && self.argument.is_none()
    }

    fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = Directive<'_>> {
    headers.get_all(header::CACHE_CONTROL).iter().flat_map(|field| elements(field.as_bytes())).map(|element| {
        let mut parts = element.splitn(2, |byte| *byte == b'=').map(<[u8]>::trim_ascii);
        Directive { name: parts.next().unwrap_or_default(), argument: parts.next() }
    })
}

/// The elements of a list. A comma within quotes does not end one (RFC 9110 §5.6.4).
fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    list.split(move |byte| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match byte {
            b'\\' if is_quoted && !was_escaped => is_escaped = true,
            b'"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        *byte == b',' && !is_quoted
    })
}

const TARGETED: [&str; 4] = ["edge-control", "surrogate-control", "x-accel-expires", "x-litespeed-cache-control"];
