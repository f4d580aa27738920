//! The complete configuration: all sections, each read by a file of this module.

use super::{
    limits,
    listen::{self, Listen},
    log, origin, pages, provider,
    route::{self, RouteConfig},
    section::{EMPTY_ARRAY, Reader, Section, Spanned, quoted},
    session, shutdown,
    source::{Node, Value},
    trust::{self, Trust},
};
use crate::{
    provider::ProviderConfig,
    proxy::Capacities,
    server::{Limits, ShutdownSettings},
    session::SessionSettings,
    stream::StreamLimits,
    telemetry::LogSettings,
    web::{DEFAULT_PREFIX, Origin, Target, Templates},
};

pub(super) const KEYS: &[&str] =
    &["public_url", "prefix", "listen", "limits", "log", "trust", "provider", "session", "shutdown", "route", "pages"];

/// All sections, with the spans that checks between sections report.
pub(super) struct Document {
    pub(super) origins: Vec<Spanned<Origin>>,
    pub(super) prefix: Spanned<String>,
    pub(super) listen: Listen,
    pub(super) limits: Limits,
    pub(super) log: LogSettings,
    pub(super) streams: StreamLimits,
    pub(super) trust: Trust,
    pub(super) providers: Vec<Spanned<ProviderConfig>>,
    /// The names of all providers, also of those that have an error.
    pub(super) provider_names: Vec<String>,
    pub(super) session: SessionSettings,
    pub(super) shutdown: ShutdownSettings,
    pub(super) routes: Vec<RouteConfig>,
    pub(super) templates: Templates,
}

/// Reads every section. `None` only if `root` is not a table, which [`Source::parse`](super::source::Source::parse)
/// excludes.
pub(super) fn read<'a>(reader: &'a Reader<'a>, root: &'a Node) -> Option<Document> {
    let file = reader.section(root, "", KEYS)?;
    file.require("public_url", "write the URL that browsers use: public_url = \"https://intranet.example.com\"");
    file.require("provider", "add a [[provider]] with name, issuer, client_id and client_secret");
    file.require("route", "add a [[route]] with the upstream of the application");
    for key in ["provider", "route"] {
        if matches!(file.node(key).map(|node| &node.value), Some(Value::Array(items)) if items.is_empty()) {
            reader.error(&file.span(key), EMPTY_ARRAY, format!("add a [[{key}]]"));
        }
    }
    let providers = file.sections("provider", provider::KEYS);
    let limits = file.section("limits", limits::KEYS);
    Some(Document {
        origins: origins(&file),
        prefix: prefix(&file),
        listen: listen::read(&file.section("listen", listen::KEYS)),
        log: log::read(&file.section("log", log::KEYS)),
        limits: limits::read(&limits),
        streams: limits::read_streams(&limits),
        trust: trust::read(&file.section("trust", trust::KEYS)),
        providers: providers.iter().filter_map(provider::read).collect(),
        provider_names: providers.iter().filter_map(provider_name).collect(),
        session: session::read(&file.section("session", session::KEYS)),
        shutdown: shutdown::read(&file.section("shutdown", shutdown::KEYS)),
        routes: routes(&file),
        templates: pages::read(&file.section("pages", pages::KEYS)),
    })
}

fn routes(file: &Section<'_>) -> Vec<RouteConfig> {
    let mut routes: Vec<_> = file.sections("route", route::KEYS).iter().map(route::read).collect();
    let mut capacities = Capacities::default();
    for upstream in routes.iter_mut().filter_map(|route| route.settings.upstream.as_mut()) {
        capacities.assign(upstream);
    }
    routes
}

fn origins(file: &Section<'_>) -> Vec<Spanned<Origin>> {
    let texts = file.non_empty_strings("public_url", ORIGIN_HELP);
    texts.into_iter().filter_map(|text| origin::parse(file, text, ORIGIN_HELP)).collect()
}

fn provider_name(section: &Section<'_>) -> Option<String> {
    match &section.node("name")?.value {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

fn prefix(file: &Section<'_>) -> Spanned<String> {
    let default = Spanned { value: DEFAULT_PREFIX.to_owned(), span: file.span("prefix") };
    let Some(text) = file.string("prefix") else { return default };
    let is_canonical = Target::parse(text.value).is_ok_and(|target| target.path_and_query() == text.value);
    let is_root_or_open = text.value.len() <= 1 || text.value.ends_with('/');
    if is_root_or_open || !is_canonical || text.value.contains(['?', ';', '%']) {
        let help = "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\"";
        file.reader.error(&text.span, format!("invalid path prefix {}", quoted(text.value)), help);
        return default;
    }
    text.map(str::to_owned)
}

const ORIGIN_HELP: &str = "write scheme and host, such as \"https://intranet.example.com\"";
