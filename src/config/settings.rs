//! Loads the configuration: reads file and environment, checks them, and returns the settings or all errors.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    consistency,
    diagnostic::{Diagnostic, Diagnostics, Severity, Span},
    document::{self, Document},
    environment::Environment,
    section::Reader,
    source::{Location, Source},
};
use crate::{
    edge::{RouteSettings, TrustedProxies},
    provider::ProviderConfig,
    server::{Limits, ListenSettings, ShutdownSettings},
    session::SessionSettings,
    stream::StreamLimits,
    telemetry::LogSettings,
    web::{Origin, Templates},
};

/// The validated configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origins that browsers use. At least one.
    pub(crate) origins: Vec<Arc<Origin>>,
    /// The path prefix of the gateway's endpoints. `/.auth` by default.
    pub(crate) prefix: String,
    /// The listeners for browsers, or for the proxies in front of the gateway.
    pub listen: ListenSettings,
    /// The listener for operators.
    pub admin: Option<SocketAddr>,
    /// How long a worker may be silent before the process counts as not alive.
    pub(crate) liveness_timeout: Duration,
    /// The limits of the listeners and their connections.
    pub(crate) limits: Limits,
    /// The settings of the log and the access log.
    pub log: LogSettings,
    /// The limits of bodies under way.
    pub(crate) streams: StreamLimits,
    /// The proxies whose forwarded headers are trusted.
    pub(crate) trust: TrustedProxies,
    /// The OpenID Providers. At least one, with unique names.
    pub providers: Vec<ProviderConfig>,
    /// How sessions are stored, and for how long.
    pub(crate) session: SessionSettings,
    /// How the gateway stops.
    pub(crate) shutdown: ShutdownSettings,
    /// The applications. At least one.
    pub(crate) routes: Vec<RouteSettings>,
    /// The templates of the gateway's pages.
    pub(crate) templates: Templates,
}

/// Loads the file at `path`, overridden by `environment`.
///
/// Returns the settings and the warnings, or all errors. Reads the files that the configuration refers to (certificates,
/// secrets, templates); opens no connection.
pub fn load(path: &Path, environment: &Environment) -> Result<(Settings, Diagnostics), Diagnostics> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => {
            let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            from_source(&Source::new(name, text), &directory, environment)
        }
        Err(error) => {
            let file = Span { key: String::new(), location: Location::File(0, 0) };
            let message = format!("cannot read the configuration file: {error}");
            let diagnostic = Diagnostic::new(&file, message, "name the configuration with --config FILE");
            Err(Diagnostics::new(Severity::Error, &Source::new(name, ""), vec![diagnostic], &[]))
        }
    }
}

/// Loads the configuration from `source`, as [`load`] does. Relative paths are resolved against `directory`.
pub(super) fn from_source(
    source: &Source,
    directory: &Path,
    environment: &Environment,
) -> Result<(Settings, Diagnostics), Diagnostics> {
    let mut root = source.parse().map_err(|error| {
        let span = Span { key: String::new(), location: error.location };
        let diagnostic = Diagnostic::new(&span, format!("invalid TOML: {}", error.message), "see https://toml.io");
        Diagnostics::new(Severity::Error, source, vec![diagnostic], &source.secret_lines())
    })?;
    let merge_errors = environment.merge_into(&mut root);
    let reader = Reader::new(environment, directory);
    reader.errors.borrow_mut().extend(merge_errors);
    let document = document::read(&reader, &root);
    if let Some(document) = &document {
        consistency::check(&reader, document);
    }
    let hidden = reader.hidden.take();
    let errors = reader.errors.take();
    match document {
        Some(document) if errors.is_empty() => {
            let warnings = Diagnostics::new(Severity::Warning, source, reader.warnings.take(), &hidden);
            Ok((settings(document), warnings))
        }
        _ => Err(Diagnostics::new(Severity::Error, source, errors, &hidden)),
    }
}

fn settings(document: Document) -> Settings {
    let addresses = document.listen.addresses.into_iter().map(|address| address.value).collect();
    let prefix = &document.prefix.value;
    Settings {
        origins: document.origins.into_iter().map(|origin| Arc::new(origin.value.with_prefix(prefix))).collect(),
        prefix: document.prefix.value,
        listen: ListenSettings { addresses, tls: document.listen.tls },
        admin: document.listen.admin.map(|admin| admin.value),
        liveness_timeout: document.listen.liveness_timeout,
        limits: document.limits,
        log: document.log,
        streams: document.streams,
        trust: document.trust.proxies,
        providers: document.providers.into_iter().map(|provider| provider.value).collect(),
        session: document.session,
        shutdown: document.shutdown,
        routes: document.routes.into_iter().map(|route| route.settings).collect(),
        templates: document.templates,
    }
}
