//! `[[route]]`: the application behind a host and path, who may access it, and which headers it receives.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use http::HeaderName;

use super::{
    allow, authorize,
    diagnostic::Span,
    identity_headers, origin,
    section::{Section, Spanned, quoted},
    suggestion, trust_roots,
};
use crate::{
    access::Rule,
    edge::RouteSettings,
    oidc::Parameters,
    proxy::{CapacityLimits, ConnectionUse, KeepAlive, Upstream, UpstreamError, UpstreamSettings},
    web::{Origin, Target},
};

pub(super) const KEYS: &[&str] = &[
    "host",
    "path",
    "provider",
    "upstream",
    "ca_file",
    "connect_timeout",
    "response_timeout",
    "keepalive_timeout",
    "keepalive_connections",
    "max_connections",
    "queue",
    "queue_timeout",
    "upstream_connections",
    "response_idle_timeout",
    "max_body",
    "request_body",
    "request_body_buffer",
    "reuse_after_body",
    "allow",
    "authorize",
    "headers",
    "strip_headers",
    "websocket_origins",
    "cors_origins",
    "service_worker",
    "keep_fragment",
    "keep_posts",
];

/// One `[[route]]`, with the spans that checks between sections report.
pub(super) struct RouteConfig {
    pub(super) settings: RouteSettings,
    pub(super) host: Span,
    pub(super) path: Span,
    pub(super) allow: Span,
    pub(super) provider: Span,
    pub(super) headers: Span,
    pub(super) upstreams: Vec<Spanned<Upstream>>,
}

/// Reads one `[[route]]`. A value with an error is reported and replaced with its default.
pub(super) fn read(section: &Section<'_>) -> RouteConfig {
    section.require("upstream", "write the address of the application: upstream = \"http://127.0.0.1:8080\"");
    let upstreams = upstreams(section);
    let provider = section.string("provider").map(|name| name.value.into());
    let rule = Rule { allow: allow::read(section), provider };
    let settings = RouteSettings {
        host: host(section),
        path: path(section),
        authorize: authorize(section, &rule),
        rule,
        headers: identity_headers::read(section),
        strip_headers: strip_headers(section),
        upstream: Some(upstream_settings(section, &upstreams)),
        upgrade_origins: origins(section, "websocket_origins", "https://chat.example.com"),
        cors_origins: origins(section, "cors_origins", "https://spa.example.com"),
        service_worker: section.boolean("service_worker").unwrap_or(false),
        keep_fragment: section.boolean("keep_fragment").unwrap_or(true),
        keep_posts: section.boolean("keep_posts").unwrap_or(true),
    };
    let [host, path, allow, provider, headers] =
        ["host", "path", "allow", "provider", "headers"].map(|key| section.span(key));
    RouteConfig { settings, host, path, allow, provider, headers, upstreams }
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
    settings.keep_alive = keep_alive(section);
    settings.collect_up_to = request_body(section);
    settings.capacity = capacity(section);
    settings.connection_use = connection_use(section);
    settings.reuse_after_body = section.boolean("reuse_after_body").unwrap_or(false);
    if let Some(limit) = section.duration("response_idle_timeout", MIN_IDLE_TIMEOUT..=MAX_RESPONSE_TIMEOUT) {
        settings.idle_limit = limit.value;
    }
    settings.max_body = section.integer("max_body", MAX_BODY).unwrap_or(settings.max_body);
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

fn strip_headers(section: &Section<'_>) -> Vec<HeaderName> {
    let parse = |text: Spanned<&str>| {
        let name = HeaderName::try_from(text.value).ok();
        if name.is_none() {
            let message = format!("invalid header name {}", quoted(text.value));
            section.reader.error(&text.span, message, "use letters, digits and hyphens");
        }
        name
    };
    section.strings("strip_headers").into_iter().filter_map(parse).collect()
}

fn connection_use(section: &Section<'_>) -> ConnectionUse {
    let Some(text) = section.string("upstream_connections") else { return ConnectionUse::Shared };
    match text.value {
        "shared" => ConnectionUse::Shared,
        "per-client" => ConnectionUse::PerClient,
        "per-request" => ConnectionUse::PerRequest,
        value => {
            let help = suggestion::help(value, &["shared", "per-client", "per-request"], CONNECTIONS_HELP);
            section.reader.error(&text.span, format!("unknown value {}", quoted(value)), help);
            ConnectionUse::Shared
        }
    }
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

/// Up to which length request bodies are collected; `None` without `request_body = "buffer"`.
fn request_body(section: &Section<'_>) -> Option<u64> {
    let length = section.integer("request_body_buffer", BODY_BUFFER);
    let mode = section.string("request_body");
    match mode.as_ref().map(|mode| mode.value) {
        Some("buffer") => return Some(length.unwrap_or(DEFAULT_BODY_BUFFER)),
        None | Some("stream") if section.has("request_body_buffer") => {
            let help = "write request_body = \"buffer\", or remove request_body_buffer";
            section.reader.error(&section.span("request_body_buffer"), "request_body_buffer has no effect", help);
        }
        None | Some("stream") => {}
        Some(other) => {
            let message = format!("unknown value {}", quoted(other));
            let help = suggestion::help(other, &["stream", "buffer"], "write \"stream\" or \"buffer\"");
            section.reader.error(&section.span("request_body"), message, help);
        }
    }
    None
}

fn keep_alive(section: &Section<'_>) -> KeepAlive {
    let default = KeepAlive::default();
    let connections = section.integer("keepalive_connections", 0..=MAX_COUNT);
    KeepAlive {
        timeout: section
            .duration("keepalive_timeout", MIN_TIMEOUT..=MAX_KEEPALIVE_TIMEOUT)
            .map_or(default.timeout, |timeout| timeout.value),
        connections: connections.and_then(|count| usize::try_from(count).ok()).unwrap_or(default.connections),
    }
}

fn capacity(section: &Section<'_>) -> CapacityLimits {
    let default = CapacityLimits::default();
    let count = |key, min, default| {
        section.integer(key, min..=MAX_COUNT).and_then(|count| usize::try_from(count).ok()).unwrap_or(default)
    };
    CapacityLimits {
        max_connections: count("max_connections", 1, default.max_connections),
        queue: count("queue", 0, default.queue),
        queue_timeout: section
            .duration("queue_timeout", MIN_TIMEOUT..=MAX_CONNECT_TIMEOUT)
            .map_or(default.queue_timeout, |timeout| timeout.value),
    }
}

fn origins(section: &Section<'_>, key: &str, example: &str) -> Arc<[Origin]> {
    let help = format!("write an origin, such as \"{example}\"");
    let parse = |text| origin::parse(section, text, &help).map(|origin| origin.value);
    section.strings(key).into_iter().filter_map(parse).collect()
}

const MIN_TIMEOUT: Duration = Duration::from_millis(100);
const MIN_IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// TOML integers are at most 2^63 − 1.
const MAX_BODY: RangeInclusive<u64> = 0..=i64::MAX.unsigned_abs();
const BODY_BUFFER: RangeInclusive<u64> = 1..=1024 * 1024 * 1024;
const DEFAULT_BODY_BUFFER: u64 = 1024 * 1024;
const MAX_KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
const MAX_COUNT: u64 = 1_000_000;
const MAX_CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_RESPONSE_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const CONNECTIONS_HELP: &str = "write \"shared\", \"per-client\" or \"per-request\"";
const UPSTREAM_HELP: &str = "write scheme, host and port, such as \"http://127.0.0.1:8080\"";
