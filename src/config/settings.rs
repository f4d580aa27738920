//! The whole configuration: from file and environment to settings, or to all that is wrong with them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    contradictions,
    environment::Environment,
    listen::{self, Listen},
    pages,
    problem::{ConfigProblem, Problems, Spot, Weight},
    provider,
    route::{self, Route},
    section::{Reader, Section, Written},
    session,
    source::{Node, Place, Source, Value},
    trust::{self, Trust},
};
use crate::{
    edge::{RouteSettings, TrustedProxies},
    provider::ProviderConfig,
    server::ListenSettings,
    session::SessionSettings,
    web::{DEFAULT_PREFIX, Origin, OriginError, Target, Templates},
};

/// Everything an operator says, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What browsers type. At least one.
    pub origins: Vec<Arc<Origin>>,
    /// The path below which the gateway's own endpoints are: `/.auth` by default.
    pub prefix: String,
    /// Where browsers, or the proxies before them, connect.
    pub listen: ListenSettings,
    /// Where operators connect.
    pub admin: Option<SocketAddr>,
    /// Whose forwarded headers are believed.
    pub trust: TrustedProxies,
    /// Who vouches for people. At least one, with names of their own.
    pub providers: Vec<ProviderConfig>,
    /// How long sessions live.
    pub session: SessionSettings,
    /// The applications. At least one.
    pub routes: Vec<RouteSettings>,
    /// How our own pages look.
    pub templates: Templates,
}

/// Reads the file at `path` with `environment` over it. With the settings come warnings: what is allowed, but probably
/// not meant.
pub fn load(path: &Path, environment: &Environment) -> Result<(Settings, Problems), Problems> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => {
            let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            from_text(&Source::new(name, text), &directory, environment)
        }
        Err(error) => {
            let whole = Spot { key: String::new(), place: Place::File(0, 0) };
            let mend = "name the configuration with --config FILE";
            let problem = ConfigProblem::new(&whole, format!("cannot be read: {error}"), mend);
            Err(Problems::new(Weight::Mistake, &Source::new(name, ""), vec![problem], &[]))
        }
    }
}

/// All sections as they were read, with the places that a contradiction between them is shown at.
pub(super) struct Whole {
    pub(super) origins: Vec<Written<Origin>>,
    pub(super) prefix: Written<String>,
    pub(super) listen: Listen,
    pub(super) trust: Trust,
    pub(super) providers: Vec<Written<ProviderConfig>>,
    pub(super) session: SessionSettings,
    pub(super) routes: Vec<Route>,
    pub(super) templates: Templates,
}

/// The same from a text; paths in it begin at `directory`.
pub(super) fn from_text(
    source: &Source,
    directory: &Path,
    environment: &Environment,
) -> Result<(Settings, Problems), Problems> {
    let mut root = source.parse().map_err(|error| {
        let spot = Spot { key: String::new(), place: error.place.clone() };
        let problem = ConfigProblem::new(&spot, format!("is no TOML: {}", error.message), "see https://toml.io");
        Problems::new(Weight::Mistake, source, vec![problem], &source.secret_lines())
    })?;
    let misplaced = environment.overlay(&mut root);
    let reader = Reader::new(environment, directory);
    reader.problems.borrow_mut().extend(misplaced);
    let whole = read(&reader, &root);
    if let Some(whole) = &whole {
        contradictions::find(&reader, whole);
    }
    let hidden = reader.hidden.take();
    let problems = reader.problems.take();
    match whole {
        Some(whole) if problems.is_empty() => {
            Ok((settings(whole), Problems::new(Weight::Warning, source, reader.warnings.take(), &hidden)))
        }
        _ => Err(Problems::new(Weight::Mistake, source, problems, &hidden)),
    }
}

/// Reads every section. The root of a file is always a table, so there is always a result.
fn read<'a>(reader: &'a Reader<'a>, root: &'a Node) -> Option<Whole> {
    let file = reader.section(root, "", KEYS)?;
    file.require("public_url", "write what browsers type: public_url = \"https://intranet.example.com\"");
    file.require("provider", "add a [[provider]] with name, issuer, client_id and client_secret");
    file.require("route", "add a [[route]] with the upstream it leads to");
    for key in ["provider", "route"] {
        if matches!(file.node(key).map(|node| &node.value), Some(Value::List(items)) if items.is_empty()) {
            reader.wrong(&file.spot(key), "is empty", format!("add a [[{key}]]"));
        }
    }
    Some(Whole {
        origins: origins(&file),
        prefix: prefix(&file),
        listen: listen::read(&file.section("listen", listen::KEYS)),
        trust: trust::read(&file.section("trust", trust::KEYS)),
        providers: file.sections("provider", provider::KEYS).iter().filter_map(provider::read).collect(),
        session: session::read(&file.section("session", session::KEYS)),
        routes: file.sections("route", route::KEYS).iter().map(route::read).collect(),
        templates: pages::read(&file.section("pages", pages::KEYS)),
    })
}

fn origins(file: &Section<'_>) -> Vec<Written<Origin>> {
    let mend = "write scheme and host, such as \"https://intranet.example.com\"";
    let parse = |text: Written<&str>| {
        let error = match Origin::parse(text.value) {
            Ok(value) => return Some(Written { value, spot: text.spot }),
            Err(error) => error,
        };
        let mend = if error == OriginError::PlainHttp { "write https://…" } else { mend };
        file.reader.wrong(&text.spot, error.to_string(), mend);
        None
    };
    file.filled("public_url", mend).into_iter().filter_map(parse).collect()
}

fn prefix(file: &Section<'_>) -> Written<String> {
    let default = Written { value: DEFAULT_PREFIX.to_owned(), spot: file.spot("prefix") };
    let Some(text) = file.text("prefix") else { return default };
    let is_canonical = Target::parse(text.value).is_ok_and(|target| target.path_and_query() == text.value);
    let has_end = text.value.len() > 1 && !text.value.ends_with('/');
    if !has_end || !is_canonical || text.value.contains(['?', ';', '%']) {
        let mend = "write one without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\"";
        file.reader.wrong(&text.spot, "is no plain path", mend);
        return default;
    }
    text.map(str::to_owned)
}

fn settings(whole: Whole) -> Settings {
    let addresses = whole.listen.addresses.into_iter().map(|address| address.value).collect();
    let prefix = &whole.prefix.value;
    Settings {
        origins: whole.origins.into_iter().map(|origin| Arc::new(origin.value.with_prefix(prefix))).collect(),
        prefix: whole.prefix.value,
        listen: ListenSettings { addresses, tls: whole.listen.tls },
        admin: whole.listen.admin.map(|admin| admin.value),
        trust: whole.trust.proxies,
        providers: whole.providers.into_iter().map(|provider| provider.value).collect(),
        session: whole.session,
        routes: whole.routes.into_iter().map(|route| route.settings).collect(),
        templates: whole.templates,
    }
}

pub(super) const KEYS: &[&str] = &["public_url", "prefix", "listen", "trust", "provider", "session", "route", "pages"];
