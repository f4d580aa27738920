//! Upgrade requests (RFC 9110 §7.8), mostly for `WebSocket`. After the upgrade, bytes are copied in both directions.
//!
//! Rule: an upgrade request must come from a page of the public origin or of an origin that the operator listed.
//! Browsers send cookies with a `WebSocket` request from any page, and CORS does not apply to it.
//! Extended CONNECT (RFC 8441) is not offered; browsers then use HTTP/1.1.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Request, Version, header};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio_util::{io::InspectReader, sync::CancellationToken};

use super::settings::RouteHeaders;
use crate::{
    base::chain,
    stream::AccessWatch,
    web::{BoxError, Origin, Tunnel},
};

/// Whether `request` asks for an upgrade to a protocol that may be forwarded. All other requests are ordinary requests
/// without their `Upgrade` field: a server may ignore that field (RFC 9110 §7.8).
pub(super) fn is_upgrade(request: &Request<impl Body>) -> bool {
    let mut fields = request.headers().get_all(header::UPGRADE).iter();
    let Some(protocols) = fields.next() else { return false };
    let single = fields.next().is_none();
    let listed =
        tokens(request.headers().get_all(header::CONNECTION)).any(|option| option.eq_ignore_ascii_case(b"upgrade"));
    single
        && listed
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && !tokens([protocols]).any(is_http)
}

/// Whether the `Origin` field is `public` or an origin that the operator listed. A missing or repeated field is not
/// allowed.
pub(super) fn is_origin_allowed(headers: &HeaderMap, public: &Origin, route: &RouteHeaders) -> bool {
    let mut fields = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (fields.next(), fields.next()) else { return false };
    origin == public.as_str() || route.upgrade_origins.iter().any(|listed| origin == listed.as_str())
}

/// Sets the hop-by-hop fields of an upgrade, which were removed with all other hop-by-hop fields.
pub(super) fn set_upgrade_fields(headers: &mut HeaderMap, protocol: Option<HeaderValue>) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Some(protocol) = protocol {
        headers.insert(header::UPGRADE, protocol);
    }
}

/// Copies bytes between client and application until both directions end, one side fails, `shutdown` is cancelled or
/// `revoked` resolves. `counted` is dropped at the end.
pub(super) async fn tunnel(
    (client, application, counted): (OnUpgrade, OnUpgrade, Arc<Tunnel>),
    shutdown: CancellationToken,
    revoked: AccessWatch,
) {
    let copy = async {
        let (client, application) = tokio::try_join!(client, application)?;
        let mut client = InspectReader::new(TokioIo::new(client), |bytes| counted.add_received(bytes.len()));
        let mut application = InspectReader::new(TokioIo::new(application), |bytes| counted.add_sent(bytes.len()));
        copy_bidirectional(&mut client, &mut application).await.map_err(Into::into)
    };
    tokio::select! {
        result = copy => log_end(result),
        () = shutdown.cancelled() => {}
        () = revoked => tracing::debug!("tunnel closed: access was revoked"),
    }
}

fn log_end(result: Result<(u64, u64), BoxError>) {
    match result {
        Ok((sent, received)) => tracing::debug!(sent, received, "tunnel closed"),
        Err(error) => tracing::debug!(error = chain(&*error), "tunnel failed"),
    }
}

fn tokens<'a>(fields: impl IntoIterator<Item = &'a HeaderValue>) -> impl Iterator<Item = &'a [u8]> {
    fields.into_iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// Whether `protocol` can carry HTTP requests, in clear text (`h2c`) or within TLS (RFC 2817). Such requests would bypass
/// the access rules.
fn is_http(protocol: &[u8]) -> bool {
    let name = protocol.split(|byte| *byte == b'/').next().unwrap_or_default();
    [&b"h2c"[..], b"h2", b"http", b"tls"].iter().any(|http| name.trim_ascii().eq_ignore_ascii_case(http))
}

#[cfg(test)]
mod tests;
