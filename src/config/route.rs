//! `[[route]]`: the application behind a host and path, who may access it, and which headers it receives.

use std::{sync::Arc, time::Duration};

use http::HeaderName;

use super::{
    authorize,
    diagnostic::Span,
    origin,
    section::{Section, Spanned, quoted},
    source::Value,
    suggestion, trust_roots,
};
use crate::{
    access::{Requirement, Rule},
    base::fold_header_name,
    edge::RouteSettings,
    identity::HeaderSet,
    oidc::Parameters,
    proxy::{Upstream, UpstreamError, UpstreamSettings},
    web::{Origin, Target},
};

pub(super) const KEYS: &[&str] = &[
    "host",
    "path",
    "upstream",
    "ca_file",
    "connect_timeout",
    "response_timeout",
    "allow",
    "authorize",
    "headers",
    "websocket_origins",
    "cors_origins",
    "service_worker",
    "keep_fragment",
    "keep_posts",
];
pub(super) const ALLOW_KEYS: &[&str] = &["groups", "roles", "claims", "acr", "acrs", "max_age"];

/// One `[[route]]`, with the spans that checks between sections report.
pub(super) struct RouteConfig {
    pub(super) settings: RouteSettings,
    pub(super) host: Span,
    pub(super) path: Span,
    pub(super) allow: Span,
    pub(super) upstreams: Vec<Spanned<Upstream>>,
}

/// Reads one `[[route]]`. A value with an error is reported and replaced with its default.
pub(super) fn read(section: &Section<'_>) -> RouteConfig {
    section.require("upstream", "write the address of the application: upstream = \"http://127.0.0.1:8080\"");
    let upstreams = upstreams(section);
    let rule = rule(section);
    let settings = RouteSettings {
        host: host(section),
        path: path(section),
        authorize: authorize(section, &rule),
        rule,
        headers: headers(section),
        upstream: Some(upstream_settings(section, &upstreams)),
        upgrade_origins: origins(section, "websocket_origins", "https://chat.example.com"),
        cors_origins: origins(section, "cors_origins", "https://spa.example.com"),
        service_worker: section.boolean("service_worker").unwrap_or(false),
        keep_fragment: section.boolean("keep_fragment").unwrap_or(true),
        keep_posts: section.boolean("keep_posts").unwrap_or(true),
    };
    let [host, path, allow] = ["host", "path", "allow"].map(|key| section.span(key));
    RouteConfig { settings, host, path, allow, upstreams }
}

fn host(section: &Section<'_>) -> Option<String> {
    Some(section.string("host")?.value.trim_end_matches('.').to_ascii_lowercase())
}

fn path(section: &Section<'_>) -> String {
    let Some(text) = section.string("path") else { return "/".to_owned() };
    let value = quoted(text.value);
    let canonical = Target::parse(text.value).ok().filter(|target| target.query().is_none());
    let Some(canonical) = canonical.map(|target| without_trailing_slash(target.path()).to_owned()) else {
        let message = format!("{value} is not an unambiguous absolute path");
        section.reader.error(&text.span, message, "write a plain path, such as \"/\" or \"/reports\"");
        return "/".to_owned();
    };
    if canonical != text.value {
        let help = format!("write \"{canonical}\": it matches the path and everything below it");
        section.reader.error(&text.span, format!("path {value} is not in canonical form"), help);
    }
    canonical
}

fn without_trailing_slash(path: &str) -> &str {
    if path == "/" { path } else { path.trim_end_matches('/') }
}

fn upstreams(section: &Section<'_>) -> Vec<Spanned<Upstream>> {
    let parse = |text: Spanned<&str>| {
        let value = quoted(text.value);
        let (message, help) = match Upstream::parse(text.value) {
            Ok(value) => return Some(Spanned { value, span: text.span }),
            Err(_) if text.value.starts_with("unix:") => {
                (format!("socket {value} is not supported yet"), UPSTREAM_HELP)
            }
            Err(UpstreamError::NotAUrl) => {
                (format!("{value} is not an http:// or https:// URL with a host"), UPSTREAM_HELP)
            }
            Err(UpstreamError::MoreThanAddress) => (
                format!("URL {value} has more than scheme, host and port"),
                "remove the rest: the application receives the path that the browser requested",
            ),
        };
        section.reader.error(&text.span, message, help);
        None
    };
    section.non_empty_strings("upstream", UPSTREAM_HELP).into_iter().filter_map(parse).collect()
}

fn upstream_settings(section: &Section<'_>, upstreams: &[Spanned<Upstream>]) -> UpstreamSettings {
    let mut settings = UpstreamSettings::new(upstreams.iter().map(|upstream| upstream.value.clone()).collect());
    let duration = |key, max| section.duration(key, MIN_TIMEOUT..=max).map(|duration| duration.value);
    if let Some(timeout) = duration("connect_timeout", MAX_CONNECT_TIMEOUT) {
        settings.connect_timeout = timeout;
    }
    if let Some(timeout) = duration("response_timeout", MAX_RESPONSE_TIMEOUT) {
        settings.response_timeout = timeout;
    }
    let ca_file = section.path("ca_file");
    let https = upstreams.iter().find(|upstream| upstream.value.is_https());
    match (https, &ca_file) {
        (Some(upstream), _) => settings.tls = trust_roots::tls_client(section.reader, &upstream.span, ca_file.as_ref()),
        (None, Some(file)) if !upstreams.is_empty() => {
            let help = "write the upstream as https://…, or remove ca_file";
            section.reader.error(&file.span, "ca_file has no effect: no upstream of this route is https", help);
        }
        (None, _) => {}
    }
    settings
}

fn rule(section: &Section<'_>) -> Rule {
    let (message, help) = match section.node("allow").map(|node| &node.value) {
        None => return Rule::SignedIn,
        Some(Value::String(text)) if text == "signed-in" => return Rule::SignedIn,
        Some(Value::String(text)) if text == "anyone" => return Rule::Anyone,
        Some(Value::Table(_)) => return Rule::Meets(requirement(section)),
        Some(Value::String(text)) => {
            let help = suggestion::help(text, &["anyone", "signed-in"], ALLOW_HELP);
            (format!("unknown rule {}", quoted(text)), help)
        }
        Some(other) => (format!("expected a string or a table, found {}", other.kind()), ALLOW_HELP.to_owned()),
    };
    section.reader.error(&section.span("allow"), message, help);
    Rule::SignedIn
}

fn requirement(section: &Section<'_>) -> Requirement {
    let allow = section.section("allow", ALLOW_KEYS);
    let owned = |texts: Vec<Spanned<&str>>| texts.into_iter().map(|text| text.value.to_owned()).collect();
    let values = |key| owned(allow.non_empty_strings(key, "add the values that may pass, or remove the key"));
    let claims = allow.claims().into_iter().map(|(name, texts)| (name.to_owned(), owned(texts))).collect();
    if !ALLOW_KEYS.iter().any(|key| allow.has(key)) {
        allow.reader.error(&allow.span, "empty rule", ALLOW_HELP);
    }
    let (groups, roles) = (values("groups"), values("roles"));
    Requirement { groups, roles, claims, sign_in: authorize::authn_requirement(&allow) }
}

/// The parameters of sign-ins for this route. They share the login cookie with the parameters that the rule requires.
fn authorize(section: &Section<'_>, rule: &Rule) -> Parameters {
    let parameters = authorize::parameters(section, authorize::ROUTE_MAX_BYTES);
    if let Some(requirement) = rule.authn_requirement() {
        let all = parameters.requiring(requirement);
        authorize::check_length(section, &section.span("allow"), &all, authorize::ROUTE_MAX_BYTES);
    }
    parameters
}

fn headers(section: &Section<'_>) -> HeaderSet {
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
    HeaderSet::Chosen(chosen.into())
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

fn origins(section: &Section<'_>, key: &str, example: &str) -> Arc<[Origin]> {
    let help = format!("write an origin, such as \"{example}\"");
    let parse = |text| origin::parse(section, text, &help).map(|origin| origin.value);
    section.strings(key).into_iter().filter_map(parse).collect()
}

const MIN_TIMEOUT: Duration = Duration::from_millis(100);
const MAX_CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_RESPONSE_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const UPSTREAM_HELP: &str = "write scheme, host and port, such as \"http://127.0.0.1:8080\"";
const ALLOW_HELP: &str = "write \"anyone\", \"signed-in\", or a table such as { groups = [\"staff\"] }, { claims = { department = [\"sales\"] } }, { acr = [\"urn:example:mfa\"] }, { max_age = \"15m\" }";

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
