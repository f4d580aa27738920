//! The admin listener: health, readiness and metrics, for probes and scrapers. It never shares an address with a public
//! listener.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tower::{Service, service_fn};
use tracing::error;

use crate::{
    flow::RelyingParty,
    telemetry::{Exposition, FamilyKind, Heartbeats, Metrics},
    web::{Body, Reply, Templates},
};

/// What the admin listener reports about.
pub(crate) struct Admin {
    /// The relying party, whose providers are ready or not.
    pub(crate) party: Arc<RelyingParty>,
    /// The metrics of the process.
    pub(crate) metrics: Arc<Metrics>,
    /// The heartbeats of the workers.
    pub(crate) heartbeats: Arc<Heartbeats>,
    /// How long a worker may be silent.
    pub(crate) liveness_timeout: Duration,
    /// Cancelled when the gateway begins to stop, which makes it unready.
    pub(crate) stopping: CancellationToken,
    /// The version of the program.
    pub(crate) version: &'static str,
    /// The commit that the program was built from.
    pub(crate) commit: &'static str,
}

/// The service of the admin listener.
#[must_use]
pub(crate) fn admin_service(
    admin: Admin,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + use<> {
    let (admin, templates) = (Arc::new(admin), Templates::built_in());
    service_fn(move |request: Request<Incoming>| {
        let response = admin.reply(&request).into_response(&templates);
        async move { Ok(response) }
    })
}

impl Admin {
    fn reply(&self, request: &Request<Incoming>) -> Reply {
        if !names_an_address(request) {
            return Reply::json(json!({ "error": "host-unknown" })).status(StatusCode::MISDIRECTED_REQUEST);
        }
        match (request.uri().path(), request.method()) {
            ("/healthz", &Method::GET | &Method::HEAD) => self.liveness(),
            ("/readyz", &Method::GET | &Method::HEAD) => self.readiness(),
            ("/metrics", &Method::GET | &Method::HEAD) => self.metrics(),
            ("/healthz" | "/readyz" | "/metrics", _) => {
                Reply::json(json!({ "error": "method-not-allowed" })).status(StatusCode::METHOD_NOT_ALLOWED)
            }
            _ => Reply::json(json!({ "error": "not-found" })).status(StatusCode::NOT_FOUND),
        }
    }

    /// Alive means that this listener, which has no worker's thread, and every worker respond. A provider that is down is no
    /// reason to restart the process.
    fn liveness(&self) -> Reply {
        let silent: Vec<_> = self.heartbeats.silent(self.liveness_timeout).map(|at| format!("worker-{at}")).collect();
        if silent.is_empty() {
            return Reply::json(json!({ "status": "alive" }));
        }
        let limit = self.liveness_timeout.as_secs_f64();
        error!(workers = silent.join(", "), limit, "workers do not respond");
        Reply::json(json!({ "status": "blocked", "workers": silent })).status(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn is_ready(&self) -> bool {
        self.party.is_ready() && !self.stopping.is_cancelled()
    }

    fn readiness(&self) -> Reply {
        let (is_ready, is_stopping) = (self.is_ready(), self.stopping.is_cancelled());
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let providers: serde_json::Map<_, _> =
            self.party.readiness().map(|(provider, is_ready)| (provider.to_owned(), is_ready.into())).collect();
        Reply::json(json!({ "ready": is_ready, "stopping": is_stopping, "providers": providers })).status(status)
    }

    fn metrics(&self) -> Reply {
        let mut text = Exposition::default();
        let name = "vestibule_build_info";
        text.begin(name, FamilyKind::Gauge, "The version of the program and the commit that it was built from.");
        text.sample(name, &[("version", self.version), ("commit", self.commit)], 1);
        let name = "vestibule_provider_ready";
        text.begin(name, FamilyKind::Gauge, "Whether the metadata and the keys of the provider are loaded.");
        for (provider, is_ready) in self.party.readiness() {
            text.sample(name, &[("provider", provider)], is_ready.into());
        }
        let name = "vestibule_ready";
        text.begin(name, FamilyKind::Gauge, "Whether /readyz answers 200.");
        text.sample(name, &[], self.is_ready().into());
        self.metrics.write(&mut text);
        Reply::text(Exposition::CONTENT_TYPE, text.into_text())
    }
}

/// Whether the request is for an IP address or `localhost`, as probes send it. A web page can make a browser send requests
/// to this listener under a host name of its own (DNS rebinding).
fn names_an_address(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(http::uri::Authority::as_str).or(host).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}
