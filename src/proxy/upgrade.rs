//! Requests that leave HTTP (RFC 9110 §7.8), the `WebSocket` first of all: from then on bytes pass both ways, unread.
//!
//! Rule: only a page of the site's own origin, or of one that the operator listed, may ask; the cookie alone would let any
//! page speak in a person's name. Extended CONNECT (RFC 8441) is not offered: browsers then fall back to HTTP/1.1.

use std::pin::Pin;

use http::{HeaderMap, HeaderValue, Request, Version, header};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{io::copy_bidirectional, sync::watch};

use super::settings::RouteHeaders;
use crate::web::Origin;

/// Whether `request` asks for another protocol, and for one that may be passed on. Otherwise it is an ordinary request,
/// whose `Upgrade` field is dropped, as a server may that does not want to change (RFC 9110 §7.8).
pub(super) fn is_asked_for(request: &Request<impl Body>) -> bool {
    let mut fields = request.headers().get_all(header::UPGRADE).iter();
    let Some(protocols) = fields.next() else { return false };
    let one_field = fields.next().is_none();
    let meant = tokens(request.headers().get_all(header::CONNECTION)).any(|option| is(option, b"upgrade"));
    one_field
        && meant
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && !tokens([protocols]).any(is_http_again)
}

/// Whether the page that asks belongs to `own` or to an origin listed for the site. No `Origin`, or two, is no.
pub(super) fn is_from_own_page(headers: &HeaderMap, own: &Origin, site: &RouteHeaders) -> bool {
    let mut fields = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (fields.next(), fields.next()) else { return false };
    origin == own.as_str() || site.upgrade_origins.iter().any(|other| origin == other.as_str())
}

/// Puts back what was taken out as meant for one hop.
pub(super) fn write(headers: &mut HeaderMap, protocol: Option<HeaderValue>) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Some(protocol) = protocol {
        headers.insert(header::UPGRADE, protocol);
    }
}

/// Resolves when whoever opened a tunnel may not have it any more.
pub type AccessWatch = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Carries bytes between the two until both have ended, one breaks, `stop` says so, or it is `over`.
pub(super) async fn tunnel(
    browser: OnUpgrade,
    application: OnUpgrade,
    mut stop: watch::Receiver<bool>,
    over: AccessWatch,
) {
    let carried = async move {
        let (browser, application) = tokio::try_join!(browser, application)?;
        let (mut browser, mut application) = (TokioIo::new(browser), TokioIo::new(application));
        copy_bidirectional(&mut browser, &mut application).await.map_err(Into::into)
    };
    let stopped = async move { drop(stop.wait_for(|stopped| *stopped).await) };
    tokio::select! {
        ended = carried => log_end(ended),
        () = stopped => {}
        () = over => tracing::debug!("a tunnel was closed: its session is over"),
    }
}

fn log_end(ended: Result<(u64, u64), crate::web::BoxError>) {
    match ended {
        Ok((sent, received)) => tracing::debug!(sent, received, "a tunnel ended"),
        Err(error) => tracing::debug!(error = &*error as &dyn std::error::Error, "a tunnel broke"),
    }
}

fn tokens<'a>(fields: impl IntoIterator<Item = &'a HeaderValue>) -> impl Iterator<Item = &'a [u8]> {
    fields.into_iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// HTTP within the tunnel would reach the application past every rule (`h2c`), and so it would within TLS (RFC 2817).
fn is_http_again(protocol: &[u8]) -> bool {
    let name = protocol.split(|byte| *byte == b'/').next().unwrap_or_default();
    [&b"h2c"[..], b"h2", b"http", b"tls"].iter().any(|http| is(name.trim_ascii(), http))
}

fn is(token: &[u8], name: &[u8]) -> bool {
    token.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests;
