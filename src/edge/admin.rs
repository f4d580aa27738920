//! The admin listener: health and readiness, for probes. It never shares an address with a public listener.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::json;
use tower::{Service, service_fn};

use crate::{
    flow::RelyingParty,
    web::{Body, Reply, Templates},
};

/// The service of the admin listener.
#[must_use]
pub(crate) fn admin_service(
    party: &Arc<RelyingParty>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + use<> {
    let (party, templates) = (Arc::clone(party), Templates::built_in());
    service_fn(move |request: Request<Incoming>| {
        let response = reply(&party, &request).into_response(&templates);
        async move { Ok(response) }
    })
}

fn reply(party: &RelyingParty, request: &Request<Incoming>) -> Reply {
    if !names_an_address(request) {
        return Reply::json(json!({ "error": "host-unknown" })).status(StatusCode::MISDIRECTED_REQUEST);
    }
    match (request.uri().path(), request.method()) {
        // Alive means that the process responds. A provider that is down is no reason to restart the process.
        ("/healthz", &Method::GET | &Method::HEAD) => Reply::json(json!({ "status": "alive" })),
        ("/readyz", &Method::GET | &Method::HEAD) => readiness(party),
        ("/healthz" | "/readyz", _) => {
            Reply::json(json!({ "error": "method-not-allowed" })).status(StatusCode::METHOD_NOT_ALLOWED)
        }
        _ => Reply::json(json!({ "error": "not-found" })).status(StatusCode::NOT_FOUND),
    }
}

fn readiness(party: &RelyingParty) -> Reply {
    let status = if party.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let providers: serde_json::Map<_, _> =
        party.readiness().map(|(provider, is_ready)| (provider.to_owned(), is_ready.into())).collect();
    Reply::json(json!({ "ready": party.is_ready(), "providers": providers })).status(status)
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
