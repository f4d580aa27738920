//! HTTP requests to a provider: limited in time and size, over verified TLS, without following redirects.
//!
//! A redirect is returned like any other response (RFC 9700 §4.12): following it could send a secret to another host.

use std::{error::Error, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{
    ClientConfig,
    client::Resumption,
    sign::{CertifiedKey, SingleCertAndKey},
};

use crate::base::Secret;

/// A boxed future, so that [`Fetch`] is object-safe.
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An HTTP client for requests to a provider.
pub(crate) trait Fetch: Send + Sync {
    /// Sends `request` once and reads the whole response.
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>>;
}

/// A request to a provider: POST with a form, GET without.
#[derive(Debug)]
pub(crate) struct FetchRequest {
    /// The absolute URL.
    pub(crate) url: String,
    /// The value of the `Authorization` field.
    pub(crate) authorization: Option<Secret>,
    /// The body, as `application/x-www-form-urlencoded`.
    pub(crate) form: Option<Secret>,
    /// The client certificate of the connection, with its key.
    pub(crate) certificate: Option<Arc<CertifiedKey>>,
}

/// The response of a provider.
pub(crate) struct FetchResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The value of the `Content-Type` field.
    pub(crate) content_type: Option<String>,
    /// The value of the `Cache-Control` field; several field lines are joined by commas.
    pub(crate) cache_control: Option<String>,
    /// The body, at most 1 MiB.
    pub(crate) body: Bytes,
}

/// Why there is no complete response to a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The URL or the value of the `Authorization` field is invalid.
    #[error("the URL or the Authorization field of the request is invalid")]
    Request(#[source] http::Error),
    /// The connection could not be established, or was closed before the response head.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn Error + Send + Sync>),
    /// The response was not complete within the time limit.
    #[error("no response within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// The body ended early or exceeds the size limit.
    #[error("the response body ended early or is longer than {} bytes", MAX_BODY)]
    Body(#[source] Box<dyn Error + Send + Sync>),
}

/// [`Fetch`] over hyper and rustls.
pub(crate) struct HttpsFetch {
    tls: Arc<ClientConfig>,
    client: HttpsClient,
    /// The time for one request, from name resolution to the last byte of the response.
    timeout: Duration,
}

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl HttpsFetch {
    /// A client that verifies servers with the root certificates of `tls`, and waits `timeout` for a complete response.
    #[must_use]
    pub(crate) fn new(tls: &Arc<ClientConfig>, timeout: Duration) -> Self {
        Self { tls: Arc::clone(tls), client: client((**tls).clone()), timeout }
    }

    /// A client that also presents `certificate`. TLS sessions are not resumed: a resumed session would authenticate
    /// with the certificate of the earlier connection, which may have been replaced since.
    fn with_certificate(&self, certificate: Arc<CertifiedKey>) -> HttpsClient {
        let mut tls = (*self.tls).clone();
        tls.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certificate));
        tls.resumption = Resumption::disabled();
        client(tls)
    }

    async fn exchange(&self, mut request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let client = request.certificate.take().map_or_else(|| self.client.clone(), |key| self.with_certificate(key));
        let request = http_request(request).map_err(FetchError::Request)?;
        let response = client.request(request).await.map_err(|error| FetchError::Connection(Box::new(error)))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(FetchError::Body)?.to_bytes();
        let field = |name: HeaderName| {
            let lines: Vec<&str> = head.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!lines.is_empty()).then(|| lines.join(", "))
        };
        Ok(FetchResponse {
            status: head.status.as_u16(),
            content_type: field(header::CONTENT_TYPE),
            cache_control: field(header::CACHE_CONTROL),
            body,
        })
    }
}

impl Fetch for HttpsFetch {
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        Box::pin(async move {
            let timed_out = Err(FetchError::TimedOut(self.timeout));
            tokio::time::timeout(self.timeout, self.exchange(request)).await.unwrap_or(timed_out)
        })
    }
}

fn client(tls: ClientConfig) -> HttpsClient {
    // Plain http is only used for loopback providers: metadata with other plain http URLs is refused.
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    // Requests are rare and a code must never be sent twice: no connection is reused, no request is retried.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).retry_canceled_requests(false).build(connector)
}

fn http_request(request: FetchRequest) -> Result<Request<Full<Bytes>>, http::Error> {
    let method = if request.form.is_some() { Method::POST } else { Method::GET };
    let mut builder = Request::builder()
        .method(method)
        .uri(request.url)
        .header(header::ACCEPT, "application/json")
        // Bodies are never decompressed, so that the size limit holds (RFC 9110 §12.5.3).
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, concat!("vestibule/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = request.authorization {
        let mut value = HeaderValue::try_from(authorization.expose())?;
        value.set_sensitive(true);
        builder = builder.header(header::AUTHORIZATION, value);
    }
    let Some(form) = request.form else { return builder.body(Full::default()) };
    builder
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::from(Bytes::copy_from_slice(form.expose().as_bytes())))
}

/// Far more than any document or token response of a provider.
const MAX_BODY: usize = 1024 * 1024;
