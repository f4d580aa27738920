//! Client authentication at the token endpoint.
//!
//! OpenID Connect Core §9, RFC 6749 §2.3 (one method per request).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::client_assertion::{AssertionClaims, ClientKey};
use crate::{
    base::Secret,
    jose::{Algorithm, SignError},
    web::encode_form,
};

/// The client authentication method that is registered at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuthentication {
    /// A shared client secret.
    Secret(SecretMethod),
    /// `private_key_jwt`; with the signature algorithm if the gateway itself signs the assertion.
    PrivateKeyJwt(Option<Algorithm>),
    /// A TLS client certificate (RFC 8705).
    Certificate(CertificateMethod),
    /// `none`: a public client, protected by PKCE alone.
    None,
}

/// How a client secret is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretMethod {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `client_secret_jwt`: the secret is not sent, but signs an assertion.
    Jwt,
}

/// How the provider verifies a client certificate (RFC 8705 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CertificateMethod {
    /// `tls_client_auth`: issued by a certificate authority.
    Pki,
    /// `self_signed_tls_client_auth`: registered at the provider itself.
    SelfSigned,
}

/// The secret or key with which the client authenticates.
pub(crate) enum ClientCredential {
    /// A client secret.
    Secret(SecretMethod, Secret),
    /// A private key, which signs an assertion for each request.
    Key(ClientKey),
    /// An assertion that another system has signed (RFC 7521 §4.2), such as a workload identity.
    Assertion(Secret),
    /// The TLS client certificate of the connection; the request carries only the client identifier.
    Certificate,
    /// No credential: a public client.
    None,
}

/// The client authentication of one token request.
pub(crate) struct ClientProof {
    /// The value of the `Authorization` header, if the method uses the header.
    pub(crate) authorization: Option<Secret>,
    /// The form parameters of the method.
    pub(crate) form: Vec<(&'static str, Secret)>,
}

impl ClientAuthentication {
    /// The registered name of the method.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Secret(SecretMethod::Basic) => "client_secret_basic",
            Self::Secret(SecretMethod::Post) => "client_secret_post",
            Self::Secret(SecretMethod::Jwt) => "client_secret_jwt",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
            Self::Certificate(CertificateMethod::Pki) => "tls_client_auth",
            Self::Certificate(CertificateMethod::SelfSigned) => "self_signed_tls_client_auth",
            Self::None => "none",
        }
    }

    /// The registered name of the algorithm with which the gateway signs assertions; `None` if it signs none.
    #[must_use]
    pub(super) const fn signing_algorithm(self) -> Option<&'static str> {
        match self {
            Self::Secret(SecretMethod::Jwt) => Some("HS256"),
            Self::PrivateKeyJwt(Some(algorithm)) => Some(algorithm.name()),
            _ => None,
        }
    }
}

/// The client authentication of one token request, for the client `claims.client_id`.
pub(crate) fn authenticate(
    credential: &ClientCredential,
    claims: &AssertionClaims<'_>,
) -> Result<ClientProof, SignError> {
    let client_id = ("client_id", Secret::new(claims.client_id));
    let form = |form| Ok(ClientProof { authorization: None, form });
    // RFC 7521 §4.2 makes `client_id` optional with an assertion; some providers require it.
    let assertion = |assertion, client_id| {
        form(vec![client_id, ("client_assertion_type", Secret::new(JWT_BEARER)), ("client_assertion", assertion)])
    };
    match credential {
        ClientCredential::Secret(SecretMethod::Basic, secret) => {
            Ok(ClientProof { authorization: Some(basic(claims.client_id, secret)), form: Vec::new() })
        }
        ClientCredential::Secret(SecretMethod::Post, secret) => {
            form(vec![client_id, ("client_secret", secret.clone())])
        }
        ClientCredential::Secret(SecretMethod::Jwt, secret) => assertion(claims.sign_with_secret(secret)?, client_id),
        ClientCredential::Key(key) => assertion(claims.sign(key)?, client_id),
        ClientCredential::Assertion(token) => assertion(token.clone(), client_id),
        // RFC 8705 §2: `client_id` is required with a certificate.
        ClientCredential::Certificate | ClientCredential::None => form(vec![client_id]),
    }
}

impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCredential(…)")
    }
}

/// RFC 6749 §2.3.1: identifier and secret are form-encoded before they are joined, so that a colon in either is
/// unambiguous.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let joined = Secret::new(format!("{}:{}", encode_form(client_id), encode_form(secret.expose())));
    Secret::new(format!("Basic {}", STANDARD.encode(joined.expose())))
}

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[cfg(test)]
mod tests;
