//! Routes requests to the endpoints, and the types of their requests and responses.

use std::sync::Arc;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::{
    authorize, control,
    dialect::{Authority, Endpoint},
    event::Event,
    login, logout, metadata,
    reply::Reply,
    token,
    world::Shared,
};
use crate::{
    body::Body,
    encoding::{first, form_pairs},
    serve::{self, ClientCertificates},
};

/// A request with its whole body.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The authority that was requested.
    pub(crate) authority: Arc<Authority>,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
    /// The client certificates of the connection.
    pub(crate) certificates: Option<ClientCertificates>,
}

impl Call {
    /// A parameter of the query.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// A field of the form.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }

    /// A cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split("; "))
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(known, value)| (known == name).then_some(value))
    }
}

/// Answers one request.
pub(crate) async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> serve::Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let path = parts.uri.path().to_owned();
    let found = metadata::endpoint(&shared, &path);
    let (authority, endpoint) =
        found.map_or_else(|| (Arc::clone(&shared.authorities[0]), None), |(its, endpoint)| (its, Some(endpoint)));
    let call = Call {
        method: parts.method,
        authority,
        path,
        query: form_pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers,
        form: form_pairs(&body),
        certificates: parts.extensions.get().cloned(),
    };
    if let Some(command) = call.path.strip_prefix("/_control/") {
        return control::answer(&shared, &call, command).send().await;
    }
    if shared.is_unavailable() {
        return Reply::error(503, "temporarily_unavailable").send().await;
    }
    match (&call.method, endpoint) {
        (&Method::GET, Some(Endpoint::Discovery)) => metadata::discovery(&shared, &call).send().await,
        (&Method::GET, Some(Endpoint::Jwks)) => metadata::jwks(&shared, &call).await.send().await,
        (&Method::GET, Some(Endpoint::Authorize)) => Ok(authorize::authorize(&shared, &call)),
        (&Method::POST, Some(Endpoint::Login)) => Ok(login::submit(&shared, &call)),
        (&Method::POST, Some(Endpoint::Token)) => token::redeem(&shared, &call).await,
        (&Method::GET | &Method::POST, Some(Endpoint::Userinfo)) => token::userinfo(&shared, &call).send().await,
        (&Method::POST, Some(Endpoint::Revoke)) => token::revoke(&shared, &call).send().await,
        (&Method::GET | &Method::POST, Some(Endpoint::EndSession)) => Ok(logout::end_session(&shared, &call)),
        _ => {
            shared.record(Event::Unexpected { target: format!("{} {}", call.method, call.path) });
            Reply::error(404, "not_found").send().await
        }
    }
}

/// A page that must not be stored.
pub(crate) fn page(status: StatusCode, html: String) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::PRAGMA, "no-cache");
    response.body(Body::from(html)).expect("a response of constant headers")
}

/// A redirect with 303.
pub(crate) fn see_other(location: &str) -> Response<Body> {
    let response = Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, location)
        .header(header::CACHE_CONTROL, "no-store");
    response.body(Body::empty()).expect("a location that may stand in a header")
}
