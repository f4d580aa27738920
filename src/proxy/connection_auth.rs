//! Which messages sign in the connection that carries them, and not only the request.
//!
//! NTLM and Negotiate authenticate a connection: the application treats each later request on it as one of that person
//! (RFC 4559 §6). Such a connection must never carry a request of another client.

use http::{HeaderMap, HeaderName, header};

use super::settings::ConnectionUse;

/// How the connection of a request with these fields may be used. A scheme that is not known to authenticate requests
/// alone may authenticate the connection.
pub(super) fn of_request(headers: &HeaderMap) -> ConnectionUse {
    strictest(headers, &[header::AUTHORIZATION, header::PROXY_AUTHORIZATION])
}

/// How the connection of a response with these fields may be used from then on.
pub(super) fn of_response(headers: &HeaderMap) -> ConnectionUse {
    if headers.contains_key(PERSISTENT_AUTH) {
        return ConnectionUse::PerClient;
    }
    strictest(headers, &[header::WWW_AUTHENTICATE, header::PROXY_AUTHENTICATE, AUTHENTICATION_INFO])
}

fn strictest(headers: &HeaderMap, names: &[HeaderName]) -> ConnectionUse {
    let fields = names.iter().flat_map(|name| headers.get_all(name));
    let elements = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    elements.map(of_element).max().unwrap_or(ConnectionUse::Shared)
}

/// An element of a list of challenges or credentials: a scheme with or without what follows it, or a parameter of the
/// scheme before (RFC 9110 §11.3). A comma within quotes also ends an element. Words that are no schemes may so be taken
/// for one, which costs a connection; the reverse does not happen.
fn of_element(element: &[u8]) -> ConnectionUse {
    let element = element.trim_ascii();
    let end = element.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'=')).unwrap_or(element.len());
    let (word, rest) = element.split_at(end);
    let is_one_of = |schemes: &[&str]| schemes.iter().any(|scheme| scheme.as_bytes().eq_ignore_ascii_case(word));
    if is_one_of(&OF_CONNECTIONS) {
        ConnectionUse::PerClient
    } else if word.is_empty() || rest.trim_ascii_start().starts_with(b"=") || is_one_of(&OF_REQUESTS) {
        ConnectionUse::Shared
    } else {
        ConnectionUse::PerRequest
    }
}

/// Schemes that authenticate a connection.
const OF_CONNECTIONS: [&str; 6] = ["ntlm", "negotiate", "kerberos", "spnego", "nego2", "credssp"];

/// Schemes that authenticate one request: those that IANA has registered, without `Negotiate`, and common ones.
const OF_REQUESTS: [&str; 20] = [
    "basic",
    "bearer",
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "oauth",
    "privatetoken",
    "scram-sha-1",
    "scram-sha-256",
    "vapid",
    "apikey",
    "aws4-hmac-sha256",
    "hawk",
    "jwt",
    "sharedkey",
    "signature",
    "token",
];

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Whether IIS keeps a connection authenticated. It says so only on one that is.
const PERSISTENT_AUTH: HeaderName = HeaderName::from_static("persistent-auth");

#[cfg(test)]
mod tests {
    use super::{of_request, of_response};
    use crate::proxy::settings::ConnectionUse::{self, PerClient, PerRequest, Shared};
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn map(name: &'static str, values: &[&str]) -> HeaderMap {
        let field = |value: &&str| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        values.iter().map(field).collect()
    }

    // Covers: L23.
    #[test]
    fn schemes_that_authenticate_connections_are_recognized() {
        let rows: [(&[&str], ConnectionUse); 25] = [
            (&["NTLM"], PerClient),
            (&["ntlm TlRMTVNTUAAB"], PerClient),
            (&["Negotiate"], PerClient),
            (&["NEGOTIATE\tYII="], PerClient),
            (&["Kerberos"], PerClient),
            (&["CredSSP TlRMTVNTUAAB"], PerClient),
            (&["Basic realm=\"a\", Negotiate"], PerClient),
            (&["Digest realm=\"a\", nonce=\"b\",NTLM, Basic realm=\"c\""], PerClient),
            (&["Basic realm=\"a\"", "Negotiate", "Bearer"], PerClient),
            (&[",, ,NTLM"], PerClient),
            // Unbalanced quotes hide nothing.
            (&["Basic realm=\"a, Negotiate"], PerClient),
            (&["Basic realm=\"a\"", "Unknown", "nTLM oYG"], PerClient),
            (&[], Shared),
            (&[""], Shared),
            (&["Basic dXNlcjpwYXNz"], Shared),
            (&["bearer eyJ.eyJ.sig", "DPoP eyJ"], Shared),
            (&["Bearer realm=\"x\", error=\"invalid_token\", error_description = \"expired\""], Shared),
            (&["Digest username=\"a\", realm=\"b\", qop=auth, nc=00000001, response=\"negotiate\""], Shared),
            (&["AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"], Shared),
            (&["Basic realm=\"ntlm\""], Shared),
            (&["PKU2U token"], PerRequest),
            (&["Basic realm=\"a\", WinLogon"], PerRequest),
            (&["0123456789abcdef"], PerRequest),
            (&["X-Custom-SSO abc"], PerRequest),
            (&["NTLMv3 abc"], PerRequest),
        ];
        for (values, expected) in rows {
            assert_eq!(of_request(&map("authorization", values)), expected, "{values:?}");
            assert_eq!(of_request(&map("proxy-authorization", values)), expected, "{values:?}");
            assert_eq!(of_response(&map("www-authenticate", values)), expected, "{values:?}");
            assert_eq!(of_response(&map("proxy-authenticate", values)), expected, "{values:?}");
        }
        assert_eq!(of_response(&map("authentication-info", &["Negotiate oYG"])), PerClient);
        assert_eq!(of_response(&map("authentication-info", &["nextnonce=\"a\", qop=auth"])), Shared);
        assert_eq!(of_response(&map("persistent-auth", &["true"])), PerClient);
        assert_eq!(of_response(&map("server", &["NTLM"])), Shared);
    }
}
