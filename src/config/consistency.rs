//! Checks between sections: settings that are valid alone but not together, and settings that are probably unintended.
//!
//! Errors are combinations that can never work, or that work only by weakening security.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    believed_claims,
    document::Document,
    route::RouteConfig,
    section::{Reader, Spanned, quoted},
};
use crate::{
    provider,
    proxy::Upstream,
    web::{Origin, Target},
};

/// Reports every error and warning about combinations of settings.
pub(super) fn check(reader: &Reader<'_>, document: &Document) {
    repeated_origins(reader, &document.origins);
    for origin in &document.origins {
        unknown_scheme(reader, document, origin);
        http_beyond_loopback(reader, document, origin);
    }
    repeated_provider_names(reader, &document.providers);
    for (at, route) in document.routes.iter().enumerate() {
        unknown_host(reader, document, route);
        repeated_route(reader, &document.routes[..at], route);
        route_below_prefix(reader, document, route);
        for upstream in &route.upstreams {
            upstream_is_gateway(reader, document, upstream);
        }
        public_around_protected(reader, &document.routes, route);
        believed_claims::check(reader, document, route);
    }
}

fn repeated_origins(reader: &Reader<'_>, origins: &[Spanned<Origin>]) {
    for (at, origin) in origins.iter().enumerate() {
        let before = &origins[..at];
        let is_same_host = |other: &Spanned<Origin>| other.value.host() == origin.value.host();
        if before.iter().any(|other| other.value != origin.value && is_same_host(other)) {
            let message = format!(
                "another port of the host {}: browsers send cookies to every port of a host",
                origin.value.host()
            );
            reader.error(&origin.span, message, "use a separate host name for each origin");
        }
        if before.iter().any(|other| other.value == origin.value) {
            let message = format!("duplicate origin {}", origin.value.as_str());
            reader.error(&origin.span, message, "remove one of them");
        }
    }
}

/// The scheme is taken from the connection or from a trusted proxy. Without either, every request would appear as http.
fn unknown_scheme(reader: &Reader<'_>, document: &Document, origin: &Spanned<Origin>) {
    if origin.value.is_https() && !document.listen.has_tls && !document.trust.has_proxies {
        reader.error(
            &origin.span,
            "the URL is https, but neither TLS nor a trusted proxy is configured",
            "set listen.tls = { certificate = \"…\", key = \"…\" }, or list the proxies that end TLS: trust.proxies = [\"…\"]",
        );
    }
    if !origin.value.is_https() && document.listen.has_tls {
        let message = "the URL is http, but listen.tls serves https only";
        reader.error(&origin.span, message, "write https://…, or remove listen.tls");
    }
}

fn http_beyond_loopback(reader: &Reader<'_>, document: &Document, origin: &Spanned<Origin>) {
    if origin.value.is_https() {
        return;
    }
    let is_loopback = |address: &&Spanned<SocketAddr>| address.value.ip().to_canonical().is_loopback();
    for address in document.listen.addresses.iter().filter(|address| !is_loopback(address)) {
        let message = format!("{} can be reached from the network, but public_url is plain http", address.value);
        reader.error(&address.span, message, "listen on 127.0.0.1 or [::1], or write public_url as https://…");
    }
}

fn repeated_provider_names(reader: &Reader<'_>, providers: &[Spanned<provider::ProviderConfig>]) {
    for (at, provider) in providers.iter().enumerate() {
        let name = &provider.value.client.name;
        if providers[..at].iter().any(|other| other.value.client.name == *name) {
            let message = format!("duplicate provider name \"{name}\"");
            reader.error(&provider.span, message, "give each provider a unique name");
        }
    }
}

fn unknown_host(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let Some(host) = &route.settings.host else { return };
    if !document.origins.is_empty() && !document.origins.iter().any(|origin| origin.value.host() == host) {
        let hosts: Vec<_> = document.origins.iter().map(|origin| origin.value.host()).collect();
        let help = format!("write one of {}, without port, or add the host to public_url", hosts.join(", "));
        reader.error(&route.host, format!("host {} is not in public_url", quoted(host)), help);
    }
}

fn repeated_route(reader: &Reader<'_>, before: &[RouteConfig], route: &RouteConfig) {
    let is_same =
        |other: &RouteConfig| other.settings.host == route.settings.host && other.settings.path == route.settings.path;
    if before.iter().any(is_same) {
        let message = format!("another route has the same host and the path \"{}\"", route.settings.path);
        reader.error(&route.path, message, "remove one of them, or change its host or path");
    }
}

fn route_below_prefix(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let prefix = &document.prefix.value;
    if Target::parse(&route.settings.path).is_ok_and(|path| path.below(prefix).is_some()) {
        let message = format!("path \"{}\" belongs to the gateway's own paths below \"{prefix}\"", route.settings.path);
        reader.error(&route.path, message, "move the application, or set another prefix");
    }
}

fn upstream_is_gateway(reader: &Reader<'_>, document: &Document, upstream: &Spanned<Upstream>) {
    let listeners = document.listen.addresses.iter().chain(&document.listen.admin);
    let is_listener = listeners.into_iter().any(|listener| reaches_listener(&upstream.value, listener.value));
    let is_public = document.origins.iter().any(|origin| origin.value.serves(upstream.value.authority()));
    if is_listener || is_public {
        let message = "the upstream is the gateway itself: every request would loop";
        reader.error(&upstream.span, message, "write the address of the application behind the gateway");
    }
}

/// Whether a connection to `upstream` reaches `listener` on this machine.
fn reaches_listener(upstream: &Upstream, listener: SocketAddr) -> bool {
    let listener_ip = listener.ip().to_canonical();
    let reaches = |ip: IpAddr| {
        // A connection to the unspecified address reaches this machine.
        let is_local = ip.is_loopback() || ip.is_unspecified();
        ip == listener_ip
            || (is_local && listener_ip.is_unspecified())
            || (ip.is_unspecified() && listener_ip.is_loopback())
    };
    let addresses: Vec<IpAddr> = match upstream.host().parse::<IpAddr>() {
        Ok(address) => vec![address.to_canonical()],
        Err(_) if is_localhost(upstream.host()) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Err(_) => Vec::new(),
    };
    upstream.port() == listener.port() && addresses.into_iter().any(reaches)
}

/// Whether `host` is `localhost` or a name below it (RFC 6761 §6.3).
fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

fn public_around_protected(reader: &Reader<'_>, routes: &[RouteConfig], route: &RouteConfig) {
    if !route.settings.rule.allows_anyone() {
        return;
    }
    let shares_host = |other: &RouteConfig| match (&route.settings.host, &other.settings.host) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let is_protected_below = |other: &&RouteConfig| {
        !other.settings.rule.allows_anyone()
            && shares_host(other)
            && Target::parse(&other.settings.path).is_ok_and(|path| path.below(&route.settings.path).is_some())
    };
    if let Some(other) = routes.iter().find(is_protected_below) {
        let message = format!("the public route contains \"{}\", which is protected", other.settings.path);
        let help = "check that the application serves the protected path under no other name";
        reader.warn(&route.allow, message, help);
    }
}
