//! `headers` of a `[[route]]`: the headers that tell the application who is signed in.

use http::HeaderName;

use super::{
    chosen_claims::{is_identity_header, weakness},
    section::{Section, quoted},
    source::Value,
};
use crate::{base::fold_header_name, identity::HeaderSet};

/// Reads `headers`.
pub(super) fn read(section: &Section<'_>) -> HeaderSet {
    match section.node("headers").map(|node| &node.value) {
        None => return HeaderSet::Standard,
        Some(Value::String(text)) if text == "standard" => return HeaderSet::Standard,
        Some(Value::Table(_)) => {}
        Some(other) => {
            let message = match other {
                Value::String(text) => format!("unknown value {}", quoted(text)),
                _ => format!("expected a string or a table, found {}", other.kind()),
            };
            let help = "write \"standard\", or a table such as { Remote-User = \"sub\" }";
            section.reader.error(&section.span("headers"), message, help);
            return HeaderSet::Standard;
        }
    }
    let mut chosen: Vec<(HeaderName, String)> = Vec::new();
    for pair in section.pairs("headers") {
        let (name, claim) = pair.value;
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let Some(header) = HeaderName::try_from(name).ok().filter(|_| is_plain) else {
            let message = format!("invalid header name {}", quoted(name));
            section.reader.error(&pair.span, message, "use letters, digits and hyphens");
            continue;
        };
        if let Some((message, help)) = conflict(&header, &chosen) {
            section.reader.error(&pair.span, message, help);
        }
        chosen.push((header, claim.to_owned()));
    }
    warn_about_identity(section, &chosen);
    HeaderSet::Chosen(chosen.into())
}

/// Warns of a header for the identity that is no stable identifier: `Remote-User`, or any header for the identity if no other
/// header carries one.
fn warn_about_identity(section: &Section<'_>, chosen: &[(HeaderName, String)]) {
    let has_identifier = chosen.iter().any(|(_, claim)| STABLE.contains(&claim.as_str()));
    for pair in section.pairs("headers") {
        let (name, claim) = pair.value;
        let is_the_user = fold_header_name(name).map(char::from).collect::<String>().ends_with("user");
        let Some(weakness) = weakness(claim).filter(|_| is_the_user || !has_identifier) else { continue };
        if is_identity_header(name) {
            let message = format!("{} identifies the user by {}, {weakness}", quoted(name), quoted(claim));
            let help =
                "use \"sub\"; or make sure that at this provider the value never changes and is never given to another";
            section.reader.warn(&pair.span, message, help);
        }
    }
}

/// Message and help if `header` cannot carry a claim, because of its meaning or because of the other headers `chosen`.
fn conflict(header: &HeaderName, chosen: &[(HeaderName, String)]) -> Option<(&'static str, &'static str)> {
    // Compared as an application might read it: many treat `X_Forwarded_For` as `X-Forwarded-For`.
    let name = fold_header_name(header.as_str()).map(char::from).collect::<String>();
    if RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Some((
            "header is reserved for HTTP or for the gateway",
            "use another name, such as Remote-User or X-User",
        ));
    }
    if chosen.iter().any(|(other, _)| fold_header_name(other.as_str()).eq(name.bytes())) {
        return Some((
            "applications cannot distinguish this header from another one of this table",
            "remove one of them",
        ));
    }
    None
}

/// Claims that stay with one person: `sub`, and Entra ID's `oid`.
const STABLE: &[&str] = &["sub", "oid"];

/// Fields with a meaning for the message or the connection (RFC 9110 §7.6.1, RFC 6265), and fields that describe the
/// origin of a request. Normalized with [`fold_header_name`].
const RESERVED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "proxy",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-http-method-override",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
];
const RESERVED_PREFIXES: &[&str] = &["access-control-", "content-", "if-", "proxy-", "sec-", "x-original-"];
