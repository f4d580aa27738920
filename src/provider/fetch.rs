//! One call to a provider: bounded in time and size, over verified TLS, never redirected.
//!
//! A redirect is an answer like any other (RFC 9700 §4.12): following one could carry a secret to another host.

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

/// A result that is on its way.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Calls a provider.
pub trait Fetch: Send + Sync {
    /// Makes one call and reads its answer whole.
    fn fetch(&self, call: Call) -> Later<'_, Result<Fetched, FetchError>>;
}

/// What is asked: a GET, or with a form a POST.
#[derive(Debug)]
pub struct Call {
    /// Where.
    pub url: String,
    /// The `Authorization` field.
    pub authorization: Option<Secret>,
    /// The form, encoded.
    pub form: Option<Secret>,
    /// The certificate that this one connection shows, with its key.
    pub certificate: Option<Arc<CertifiedKey>>,
}

/// What was answered.
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The `Content-Type` field.
    pub content_type: Option<String>,
    /// The `Cache-Control` field.
    pub cache_control: Option<String>,
    /// The body: at most 1 MiB.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be called.
    #[error("the address cannot be called")]
    Address(#[source] http::Error),
    /// No connection, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn Error + Send + Sync>),
    /// It took too long.
    #[error("no answer came within {} seconds", TIME_LIMIT.as_secs())]
    TimedOut,
    /// The answer broke off, or is too long.
    #[error("the answer broke off or is longer than {} bytes", MAX_BODY)]
    Body(#[source] Box<dyn Error + Send + Sync>),
}

/// The hyper client behind [`Fetch`].
pub struct HttpsFetch {
    tls: Arc<ClientConfig>,
    client: HttpsClient,
}

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl HttpsFetch {
    /// A client that trusts what `tls` trusts.
    #[must_use]
    pub fn new(tls: &Arc<ClientConfig>) -> Self {
        Self { tls: Arc::clone(tls), client: client((**tls).clone()) }
    }

    /// A client that shows `certificate` besides. What a connection has proved is not kept for the next: by then another
    /// certificate may be the right one.
    fn with_certificate(&self, certificate: Arc<CertifiedKey>) -> HttpsClient {
        let mut tls = (*self.tls).clone();
        tls.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certificate));
        tls.resumption = Resumption::disabled();
        client(tls)
    }

    async fn exchange(&self, mut call: Call) -> Result<Fetched, FetchError> {
        let client = call.certificate.take().map_or_else(|| self.client.clone(), |own| self.with_certificate(own));
        let request = request(call).map_err(FetchError::Address)?;
        let answer = client.request(request).await.map_err(|error| FetchError::Connection(Box::new(error)))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(FetchError::Body)?.to_bytes();
        let field = |name: HeaderName| {
            let lines: Vec<&str> = head.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!lines.is_empty()).then(|| lines.join(", "))
        };
        Ok(Fetched {
            status: head.status.as_u16(),
            content_type: field(header::CONTENT_TYPE),
            cache_control: field(header::CACHE_CONTROL),
            body,
        })
    }
}

impl Fetch for HttpsFetch {
    fn fetch(&self, call: Call) -> Later<'_, Result<Fetched, FetchError>> {
        Box::pin(async move {
            tokio::time::timeout(TIME_LIMIT, self.exchange(call)).await.unwrap_or(Err(FetchError::TimedOut))
        })
    }
}

fn client(tls: ClientConfig) -> HttpsClient {
    // Plain http reaches loopback providers alone: metadata with other plain addresses is refused.
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    // Calls are few and a code must never be sent twice: each has a connection of its own, and none is repeated.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).retry_canceled_requests(false).build(connector)
}

fn request(call: Call) -> Result<Request<Full<Bytes>>, http::Error> {
    let method = if call.form.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::builder()
        .method(method)
        .uri(call.url)
        .header(header::ACCEPT, "application/json")
        // Nothing is ever unpacked here, so no small answer can become a large one (RFC 9110 §12.5.3).
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, concat!("vestibule/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = call.authorization {
        let mut value = HeaderValue::try_from(authorization.expose())?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let Some(form) = call.form else { return request.body(Full::default()) };
    request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::from(Bytes::copy_from_slice(form.expose().as_bytes())))
}

/// No document or token answer of a provider comes near this.
const MAX_BODY: usize = 1024 * 1024;

/// The time for one call, from the name look-up to the last byte.
const TIME_LIMIT: Duration = Duration::from_secs(10);
