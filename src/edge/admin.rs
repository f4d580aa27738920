//! The admin listener: health and readiness, for probes. Never the public address.

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
        let answer = answer(&party, &request).into_response(&templates);
        async move { Ok(answer) }
    })
}

fn answer(party: &RelyingParty, request: &Request<Incoming>) -> Reply {
    if !names_an_address(request) {
        return Reply::json(json!({ "error": "host-unknown" })).status(StatusCode::MISDIRECTED_REQUEST);
    }
    match (request.uri().path(), request.method()) {
        // Alive: the process answers. A provider that is down is no reason to restart it.
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

/// A page on the web can make a browser call any address under a name of its own; probes use addresses.
fn names_an_address(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(http::uri::Authority::as_str).or(host).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}
