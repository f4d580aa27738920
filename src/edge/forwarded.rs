//! Builds the request context from a request and its forwarded headers.
//!
//! Forwarded headers are used only if the peer is a trusted proxy. Of a list only the part that the proxy added is used.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use http::{HeaderMap, Method, Request, Version, header, uri::PathAndQuery};
use hyper::body::Incoming;

use super::{error::RequestError, settings::TrustedProxies, shared::Shared};
use crate::{
    base::Timestamp,
    reason::ReasonCode,
    web::{Cookies, Origin, RequestContext, RequestId, RequestKind, Target, Trace, is_same_origin},
};

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The peer's address.
    pub(crate) address: SocketAddr,
    /// Whether the connection is TLS.
    pub(crate) tls: bool,
}

/// The peer, the id and the time of a received request.
#[derive(Clone, Copy)]
pub(super) struct Received {
    pub(super) peer: Peer,
    pub(super) id: RequestId,
    pub(super) now: Timestamp,
}

/// Builds the context of `request`, or refuses the request.
pub(super) fn context(
    shared: &Shared,
    Received { peer, id, now }: Received,
    request: &Request<Incoming>,
) -> Result<RequestContext, RequestError> {
    check_framing(request)?;
    let headers = request.headers();
    let is_trusted = shared.trust.include(peer.address.ip());
    let target = target(request)?;
    let origin = origin(shared, peer, request)?;
    if origin.is_https() && !is_https(peer, headers, is_trusted) {
        return Err(insecure(request.method(), &origin, &target));
    }
    Ok(RequestContext {
        id,
        now,
        method: request.method().clone(),
        client: if is_trusted {
            forwarded_client(headers, peer.address.ip(), &shared.trust)
        } else {
            peer.address.ip().to_canonical()
        },
        cookies: Cookies::read(headers),
        accepted_languages: headers.get(header::ACCEPT_LANGUAGE).cloned(),
        kind: RequestKind::read(headers),
        same_origin: is_same_origin(headers, &origin),
        origin,
        target,
        trace: Trace::default(),
    })
}

/// Whether `request` came over TLS for an https origin. This works without a context.
pub(super) fn is_at_https_origin(shared: &Shared, peer: Peer, request: &Request<Incoming>) -> bool {
    let is_trusted = shared.trust.include(peer.address.ip());
    is_https(peer, request.headers(), is_trusted) && origin(shared, peer, request).is_ok_and(|origin| origin.is_https())
}

/// Whether the client used TLS. If a trusted proxy sends `X-Forwarded-Proto`, that field decides, not the connection of the
/// proxy.
fn is_https(peer: Peer, headers: &HeaderMap, is_trusted: bool) -> bool {
    let forwarded = if is_trusted { last(headers, "x-forwarded-proto") } else { None };
    forwarded.map_or(peer.tls, |proto| proto.eq_ignore_ascii_case("https"))
}

/// Refuses a request whose end two servers could read differently (request smuggling).
fn check_framing(request: &Request<Incoming>) -> Result<(), RequestError> {
    // RFC 9112 §6.1: only with `chunked` as the one transfer coding is the end of a request known.
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    let one_chunked = match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    };
    let known_method = request.method().as_str().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    match (one_chunked, known_method && !matches!(*request.method(), Method::CONNECT | Method::TRACE)) {
        (true, true) => Ok(()),
        (false, _) => Err(RequestError::Reason(ReasonCode::RequestAmbiguous)),
        (true, false) => Err(RequestError::Method("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")),
    }
}

fn target(request: &Request<Incoming>) -> Result<Target, RequestError> {
    let root = PathAndQuery::from_static("/");
    let sent = request.uri().path_and_query().unwrap_or(&root);
    Target::new(sent).map_err(|_| RequestError::Reason(ReasonCode::TargetAmbiguous))
}

/// The public origin of the request. It is always one of the configured origins.
///
/// The host that the request itself names decides if it is one of ours; proxies pass on an `X-Forwarded-Host` that a client
/// wrote. The field decides only for a host that is none of ours, such as the gateway's own name in the network of the proxy.
fn origin(shared: &Shared, peer: Peer, request: &Request<Incoming>) -> Result<Arc<Origin>, RequestError> {
    let named = authority(request)?;
    let of = |authority: &str| shared.origins.iter().find(|origin| origin.serves(authority));
    let own = named.and_then(of);
    let is_trusted = shared.trust.include(peer.address.ip());
    let fields = is_trusted.then(|| request.headers().get_all(FORWARDED_HOST)).into_iter().flatten();
    let mut hosts = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let Some(first) = hosts.find(|host| !host.is_empty()) else {
        return own.cloned().ok_or_else(|| unknown_host(shared, named));
    };
    let host = std::str::from_utf8(first).unwrap_or_default();
    let forwarded = of(host);
    let agrees = |other: &[u8]| {
        let is_of = |origin: &Arc<Origin>| std::str::from_utf8(other).is_ok_and(|other| origin.serves(other));
        other.is_empty() || other.eq_ignore_ascii_case(first) || forwarded.is_some_and(is_of)
    };
    let is_other = own.zip(forwarded).is_some_and(|(own, forwarded)| own != forwarded);
    if is_other || !hosts.all(agrees) {
        return Err(host_conflict(peer, named, request));
    }
    own.or(forwarded).cloned().ok_or_else(|| unknown_host(shared, Some(host)))
}

/// The authority of the request target or of `Host`; `None` for an HTTP/1.0 request without either.
fn authority(request: &Request<Incoming>) -> Result<Option<&str>, RequestError> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (host, None) => host
            .map(|host| host.to_str())
            .transpose()
            .map_err(|_| RequestError::Reason(ReasonCode::RequestAmbiguous))?,
        // RFC 9112 §3.2: a request with several Host fields is refused.
        (_, Some(_)) => return Err(RequestError::Reason(ReasonCode::RequestAmbiguous)),
    };
    // An absolute target takes precedence over Host (RFC 9112 §3.2.2); HTTP/2 has only the target (RFC 9113 §8.3.1).
    let target_authority = request.uri().authority().map(http::uri::Authority::as_str);
    if let (Some(target_authority), Some(host)) = (target_authority, host)
        && !target_authority.eq_ignore_ascii_case(host)
    {
        return Err(RequestError::Reason(ReasonCode::RequestAmbiguous));
    }
    match (target_authority.or(host), request.version()) {
        // RFC 9112 §3.2: only HTTP/1.0 may lack Host.
        (None, version) if version != Version::HTTP_10 => Err(RequestError::Reason(ReasonCode::RequestAmbiguous)),
        (authority, _) => Ok(authority),
    }
}

fn unknown_host(shared: &Shared, host: Option<&str>) -> RequestError {
    let served: Vec<&str> = shared.origins.iter().map(|origin| origin.as_str()).collect();
    let detail = format!("the request is for {:?}, and public_url has {}", host.unwrap_or_default(), served.join(", "));
    RequestError::Detailed(ReasonCode::HostUnknown, detail)
}

fn host_conflict(peer: Peer, named: Option<&str>, request: &Request<Incoming>) -> RequestError {
    let fields = request.headers().get_all(FORWARDED_HOST).iter();
    let forwarded: Vec<_> = fields.map(|field| String::from_utf8_lossy(field.as_bytes())).collect();
    let (named, forwarded) = (named.unwrap_or_default(), forwarded.join(", "));
    let from = peer.address.ip().to_canonical();
    let detail = format!("the request is for {named:?}, and X-Forwarded-Host from {from} says {forwarded:?}");
    RequestError::Detailed(ReasonCode::HostConflict, detail)
}

/// Plain http for an https origin: GET and HEAD are redirected, other methods refused, because their content has already
/// been sent in the clear.
fn insecure(method: &Method, origin: &Origin, target: &Target) -> RequestError {
    match *method {
        Method::GET | Method::HEAD => RequestError::Moved(format!("{origin}{}", target.path_and_query())),
        _ => RequestError::Reason(ReasonCode::HttpsNeeded),
    }
}

/// The right-most address that does not belong to a trusted proxy. Addresses to its left may be forged.
fn forwarded_client(headers: &HeaderMap, peer: IpAddr, trust: &TrustedProxies) -> IpAddr {
    let fields = headers.get_all("x-forwarded-for").iter().filter_map(|field| field.to_str().ok());
    let mut hops: Vec<&str> = fields.flat_map(|field| field.split(',')).map(str::trim).collect();
    let mut nearest = peer.to_canonical();
    while let Some(hop) = hops.pop() {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
        if !trust.include(nearest) {
            break;
        }
    }
    nearest
}

/// The last value of a list header, which the nearest proxy added.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let field = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    field.rsplit(',').next().map(str::trim).filter(|value| !value.is_empty())
}

const FORWARDED_HOST: &str = "x-forwarded-host";

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{forwarded_client, last};
    use crate::edge::TrustedProxies;
    use http::{HeaderMap, HeaderValue};

    // Covers: CVE-B11, CVE-B12.
    #[test]
    fn the_client_is_the_last_untrusted_address() {
        let trust = TrustedProxies(vec!["10.0.0.0/8".parse().expect("a network")]);
        let peer: IpAddr = "10.0.0.1".parse().expect("an address");
        for (fields, client) in [
            (vec![], "10.0.0.1"),
            (vec!["192.0.2.7"], "192.0.2.7"),
            (vec!["1.2.3.4, 192.0.2.7, 10.1.1.1"], "192.0.2.7"),
            (vec!["1.2.3.4", "192.0.2.7"], "192.0.2.7"),
            (vec!["1.2.3.4, nonsense"], "10.0.0.1"),
            (vec!["::ffff:192.0.2.7"], "192.0.2.7"),
            (vec!["10.9.9.9"], "10.9.9.9"),
        ] {
            let mut headers = HeaderMap::new();
            for field in &fields {
                headers.append("x-forwarded-for", HeaderValue::from_static(field));
            }
            assert_eq!(forwarded_client(&headers, peer, &trust).to_string(), client, "{fields:?}");
        }
    }

    // Covers: CVE-A18.
    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        let trust = TrustedProxies(vec!["10.0.0.0/8".parse().expect("a network")]);
        assert!(trust.include("::ffff:10.0.0.1".parse().expect("an address")));
        assert!(!trust.include("::ffff:11.0.0.1".parse().expect("an address")));
        assert!(!TrustedProxies::default().include("127.0.0.1".parse().expect("an address")));
    }

    // Covers: CVE-B9.
    #[test]
    fn the_last_value_of_a_list_is_used() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-proto", HeaderValue::from_static("https"));
        headers.append("x-forwarded-proto", HeaderValue::from_static("https, http"));
        assert_eq!(last(&headers, "x-forwarded-proto"), Some("http"));
        assert_eq!(last(&headers, "x-forwarded-host"), None);
    }
}
