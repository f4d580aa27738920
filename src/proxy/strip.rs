//! The header names that are removed from every client's request.
//!
//! Rule: a name that the gateway sets is removed from the client's fields on every path, in every spelling that some
//! server reads as that name (CGI, RFC 3875 §4.1.18).

use http::HeaderName;

use crate::{base::fold_header_name, identity::HeaderSet};

/// The header names that are removed from every request before the gateway sets its own fields. Built once at start.
#[derive(Debug)]
pub(crate) struct StripList {
    /// In the form of `fold_header_name`, sorted.
    names: Box<[Box<[u8]>]>,
    /// Which of the numbers of [`start`] a name or prefix has. Most field names of a request have none of these, and are
    /// not searched for.
    starts: [bool; STARTS],
}

impl StripList {
    /// The list for routes with the identity headers `sets`, and the `further` names of the operator. A name that is set or
    /// written for one route is removed on every route.
    pub(crate) fn new<'a>(
        sets: impl IntoIterator<Item = &'a HeaderSet>,
        further: impl IntoIterator<Item = &'a HeaderName>,
    ) -> Self {
        let identity = sets.into_iter().flat_map(HeaderSet::names);
        let further = further.into_iter().map(HeaderName::as_str);
        let all = HeaderSet::Standard.names().chain(identity).chain(further).chain(NAMES.iter().copied());
        let mut names: Vec<Box<[u8]>> = all.map(|name| fold_header_name(name).collect()).collect();
        names.sort_unstable();
        names.dedup();
        let mut starts = [false; STARTS];
        for name in names.iter().map(|name| &**name).chain(PREFIXES.iter().map(|prefix| prefix.as_bytes())) {
            starts[start(name.iter().copied())] = true;
        }
        Self { names: names.into(), starts }
    }

    /// Whether some server could read `name` as a name on the list. Does not allocate.
    pub(super) fn contains(&self, name: &HeaderName) -> bool {
        let name = name.as_str();
        self.starts[start(fold_header_name(name))]
            && (PREFIXES.iter().any(|prefix| fold_header_name(name).take(prefix.len()).eq(prefix.bytes()))
                || self.names.binary_search_by(|listed| listed.iter().copied().cmp(fold_header_name(name))).is_ok())
    }
}

/// A number of the first bytes of a name. A prefix has the number of the names that begin with it.
fn start(name: impl Iterator<Item = u8>) -> usize {
    name.take(SHORTEST_PREFIX).fold(0, |number, byte| (number * 31 + usize::from(byte)) % STARTS)
}

const STARTS: usize = 2048;

/// Every prefix has at least this length.
const SHORTEST_PREFIX: usize = 3;

/// Every name with one of these prefixes is removed.
const PREFIXES: [&str; 33] = [
    "x-forwarded",
    // Instructions for a server in front of an application: nginx, Envoy.
    "x-accel-",
    "x-envoy-",
    // Identity, as gateways and servers in front of applications tell it.
    "cf-access-",
    "iv-",
    "ms-aspnetcore-",
    "oam-",
    "oidc-",
    "osso-",
    "shib-",
    "ssl-client-",
    "tailscale-",
    "wl-proxy-",
    // WebSphere: `$WSRU` is the user.
    "-ws",
    "x-amzn-mtls-",
    "x-amzn-oidc-",
    "x-appengine-",
    "x-arr-",
    "x-auth-request-",
    "x-authenticated-",
    "x-authentik-",
    "x-client-cert",
    "x-consumer-",
    "x-goog-authenticated-user-",
    "x-goog-iap-",
    "x-iis-",
    "x-ms-client-principal",
    "x-ms-token-",
    "x-pomerium-",
    "x-remote-",
    "x-ssl-client-",
    "x-vouch-",
    "x-webauth-",
];

const NAMES: [&str; 79] = [
    // The request, as a server in front of the application received it.
    "forwarded",
    "front-end-https",
    "x-host",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-method",
    "x-original-uri",
    "x-original-url",
    "x-override-url",
    "x-request-id",
    "x-rewrite-url",
    "x-scheme",
    "x-script-name",
    "x-url-scheme",
    // Rack obeys it, together with `X-Accel-Mapping` (CVE-2025-61780).
    "x-sendfile-type",
    // The address of the client.
    "ali-cdn-real-ip",
    "cdn-src-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "client-ip",
    "do-connecting-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "incap-client-ip",
    "proxy-client-ip",
    "remote-addr",
    "true-client-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-nf-client-connection-ip",
    "x-original-remote-addr",
    "x-originating-ip",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-sucuri-clientip",
    "x-true-client-ip",
    "x-vercel-forwarded-for",
    // The person, or the certificate of the client.
    "auth-user",
    "cas-user",
    "client-cert",
    "client-cert-chain",
    "eppn",
    "remote-email",
    "remote-group",
    "remote-groups",
    "remote-name",
    "remote-user",
    "sm-universalid",
    "sm-user",
    "sm-userdn",
    "x-anonymous-consumer",
    "x-apigateway-api-userinfo",
    "x-auth-email",
    "x-auth-groups",
    "x-auth-user",
    "x-auth-username",
    "x-client-dn",
    "x-client-verify",
    "x-credential-identifier",
    "x-endpoint-api-userinfo",
    "x-ssl-cert",
    "x-ssl-cert-subject",
    "x-tls-client-cert",
    "x-userinfo",
    // CGI turns this field into `HTTP_PROXY`, which the application's HTTP client libraries obey (CVE-2016-5385).
    "proxy",
    // Hop-by-hop fields (RFC 9110 §7.6.1). `headers::set_framing` sets `Content-Length`.
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    // The gateway itself sends 100 (Continue), when it reads the body.
    "expect",
];

#[cfg(test)]
mod tests;
