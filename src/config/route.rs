//! `[[route]]`: which application lies behind which host and path, who may pass, and what it is told.

use std::{sync::Arc, time::Duration};

use http::HeaderName;

use super::{
    authorize,
    problem::Spot,
    section::{Section, Written},
    source::Value,
    spelling, trust_roots,
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

/// One `[[route]]` and where its parts were written.
pub(super) struct Route {
    pub(super) settings: RouteSettings,
    pub(super) host: Spot,
    pub(super) path: Spot,
    pub(super) allow: Spot,
    pub(super) upstreams: Vec<Written<Upstream>>,
}

/// Reads one `[[route]]`. What could not be read has left a problem and is filled with something harmless.
pub(super) fn read(section: &Section<'_>) -> Route {
    section.require("upstream", "write the application's address: upstream = \"http://127.0.0.1:8080\"");
    let upstreams = upstreams(section);
    let rule = rule(section);
    let settings = RouteSettings {
        host: host(section),
        path: path(section),
        authorize: authorize(section, &rule),
        rule,
        headers: headers(section),
        upstream: upstream_settings(section, &upstreams),
        upgrade_origins: origins(section, "websocket_origins", "https://chat.example.com"),
        cors_origins: origins(section, "cors_origins", "https://spa.example.com"),
        service_worker: section.flag("service_worker").unwrap_or(false),
        keep_fragment: section.flag("keep_fragment").unwrap_or(true),
        keep_posts: section.flag("keep_posts").unwrap_or(true),
    };
    let [host, path, allow] = ["host", "path", "allow"].map(|key| section.spot(key));
    Route { settings, host, path, allow, upstreams }
}

fn host(section: &Section<'_>) -> Option<String> {
    Some(section.text("host")?.value.trim_end_matches('.').to_ascii_lowercase())
}

fn path(section: &Section<'_>) -> String {
    let Some(text) = section.text("path") else { return "/".to_owned() };
    let canonical = Target::parse(text.value).ok().filter(|target| target.query().is_none());
    let Some(canonical) = canonical.map(|target| short_path(target.path()).to_owned()) else {
        let wrong = "is no path that can be read in only one way";
        section.reader.wrong(&text.spot, wrong, "write a plain path, such as \"/\" or \"/reports\"");
        return "/".to_owned();
    };
    if canonical != text.value {
        let mend = format!("write \"{canonical}\": it is for the path and everything below");
        section.reader.wrong(&text.spot, "is not in its canonical form", mend);
    }
    canonical
}

/// `path` without a slash at its end, unless it is the slash.
fn short_path(path: &str) -> &str {
    if path == "/" { path } else { path.trim_end_matches('/') }
}

fn upstreams(section: &Section<'_>) -> Vec<Written<Upstream>> {
    let texts = section.filled("upstream", UPSTREAM_MEND);
    let parse = |text: Written<&str>| {
        let (wrong, mend) = match Upstream::parse(text.value) {
            Ok(value) => return Some(Written { value, spot: text.spot }),
            Err(_) if text.value.starts_with("unix:") => ("is a kind of address that is not there yet", UPSTREAM_MEND),
            Err(UpstreamError::NotAUrl) => ("is no http:// or https:// URL with a host", UPSTREAM_MEND),
            Err(UpstreamError::MoreThanAddress) => (
                "has more than scheme, host and port",
                "leave out the rest: the application sees the path that the browser asked for",
            ),
        };
        section.reader.wrong(&text.spot, wrong, mend);
        None
    };
    texts.into_iter().filter_map(parse).collect()
}

fn upstream_settings(section: &Section<'_>, upstreams: &[Written<Upstream>]) -> UpstreamSettings {
    let mut settings = UpstreamSettings::new(upstreams.iter().map(|upstream| upstream.value.clone()).collect());
    let duration = |key, most| section.duration(key, SHORTEST_TIMEOUT..=most).map(|written| written.value);
    if let Some(timeout) = duration("connect_timeout", Duration::from_secs(60)) {
        settings.connect_timeout = timeout;
    }
    if let Some(timeout) = duration("response_timeout", Duration::from_secs(24 * 60 * 60)) {
        settings.response_timeout = timeout;
    }
    let ca_file = section.path("ca_file");
    let secured = upstreams.iter().find(|upstream| upstream.value.is_https());
    match (secured, &ca_file) {
        (Some(upstream), _) => settings.tls = trust_roots::client(section.reader, &upstream.spot, ca_file.as_ref()),
        (None, Some(file)) if !upstreams.is_empty() => {
            let mend = "write the upstream as https://…, or leave ca_file out";
            section.reader.wrong(&file.spot, "vouches for nobody: no upstream of this route is https", mend);
        }
        (None, _) => {}
    }
    settings
}

fn rule(section: &Section<'_>) -> Rule {
    match section.node("allow").map(|node| &node.value) {
        None => Rule::SignedIn,
        Some(Value::Text(text)) if text == "signed-in" => Rule::SignedIn,
        Some(Value::Text(text)) if text == "anyone" => Rule::Anyone,
        Some(Value::Table(_)) => Rule::Meets(requirement(section)),
        Some(Value::Text(text)) => {
            let mend = spelling::meant(text, &["anyone", "signed-in"])
                .map_or_else(|| ALLOW_MEND.to_owned(), |meant| format!("did you mean \"{meant}\"?"));
            section.reader.wrong(&section.spot("allow"), "is no rule", mend);
            Rule::SignedIn
        }
        Some(_) => {
            section.reader.wrong(&section.spot("allow"), "is no rule", ALLOW_MEND);
            Rule::SignedIn
        }
    }
}

fn requirement(section: &Section<'_>) -> Requirement {
    let allow = section.section("allow", ALLOW_KEYS);
    let own = |texts: Vec<Written<&str>>| texts.into_iter().map(|text| text.value.to_owned()).collect();
    let values = |key| own(allow.filled(key, "name those who may pass, or leave it out"));
    let asked = allow.claims();
    let claims = asked.into_iter().map(|(name, texts)| (name.to_owned(), own(texts))).collect();
    if !ALLOW_KEYS.iter().any(|key| allow.has(key)) {
        allow.reader.wrong(&allow.spot, "asks for nothing", ALLOW_MEND);
    }
    Requirement { groups: values("groups"), roles: values("roles"), claims, sign_in: authorize::demand(&allow) }
}

/// What sign-ins that begin here ask for. With what the rule demands it travels in the login cookie.
fn authorize(section: &Section<'_>, rule: &Rule) -> Parameters {
    let asked = authorize::parameters(section, authorize::MOST_OF_ROUTE);
    if let Some(requirement) = rule.authn_requirement() {
        let whole = asked.requiring(requirement);
        authorize::check_weight(section, &section.spot("allow"), &whole, authorize::MOST_OF_ROUTE);
    }
    asked
}

fn headers(section: &Section<'_>) -> HeaderSet {
    match section.node("headers").map(|node| &node.value) {
        None => return HeaderSet::Standard,
        Some(Value::Text(text)) if text == "standard" => return HeaderSet::Standard,
        Some(Value::Table(_)) => {}
        Some(_) => {
            let mend = "write \"standard\", or a table such as { Remote-User = \"sub\" }";
            section.reader.wrong(&section.spot("headers"), "is no choice of headers", mend);
            return HeaderSet::Standard;
        }
    }
    let mut chosen: Vec<(HeaderName, String)> = Vec::new();
    for pair in section.pairs("headers").unwrap_or_default() {
        let (name, claim) = pair.value;
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let Some(header) = HeaderName::try_from(name).ok().filter(|_| plain) else {
            section.reader.wrong(&pair.spot, "is no name of a header", "use letters, digits and hyphens");
            continue;
        };
        if let Some((wrong, mend)) = misuse(&header, &chosen) {
            section.reader.wrong(&pair.spot, wrong, mend);
        }
        chosen.push((header, claim.to_owned()));
    }
    HeaderSet::Chosen(chosen.into())
}

/// Why `header` cannot tell an application who is there.
fn misuse(header: &HeaderName, chosen: &[(HeaderName, String)]) -> Option<(&'static str, &'static str)> {
    // Compared as an application might read it: `X_Forwarded_For` is `X-Forwarded-For` to many.
    let name: String = fold_header_name(header.as_str()).map(char::from).collect();
    if RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        let mend = "choose a name of its own, such as Remote-User or X-User";
        return Some(("is a header that HTTP or the gateway itself has a use for", mend));
    }
    if chosen.iter().any(|(other, _)| fold_header_name(other.as_str()).eq(name.bytes())) {
        return Some(("is the same header to an application as another one here", "leave one out"));
    }
    None
}

fn origins(section: &Section<'_>, key: &str, example: &str) -> Arc<[Origin]> {
    let parse = |text: Written<&str>| match Origin::parse(text.value) {
        Ok(origin) => Some(origin),
        Err(error) => {
            section.reader.wrong(&text.spot, error.to_string(), format!("write an origin, such as \"{example}\""));
            None
        }
    };
    section.texts(key).unwrap_or_default().into_iter().filter_map(parse).collect()
}

const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
const UPSTREAM_MEND: &str = "write scheme, host and port, such as \"http://127.0.0.1:8080\"";
const ALLOW_MEND: &str = "write \"anyone\", \"signed-in\", or a table such as { groups = [\"staff\"] }, { claims = { department = [\"sales\"] } }, { acr = [\"urn:example:mfa\"] }, { max_age = \"15m\" }";

/// Fields with a meaning for the message or the connection (RFC 9110 §7.6.1, RFC 6265), and those that say where a
/// request came from. In the spelling of [`fold_header_name`].
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
