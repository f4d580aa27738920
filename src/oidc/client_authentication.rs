//! How the gateway proves to the token endpoint which client it is.
//!
//! OpenID Connect Core §9, RFC 6749 §2.3: never two methods in one request.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::client_assertion::{AssertionClaims, ClientKey};
use crate::{
    base::Secret,
    jose::{Algorithm, SignError},
    web::encode_form,
};

/// The way that is registered at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// With a secret that both know.
    Secret(SecretMethod),
    /// `private_key_jwt`: with an assertion, and what we sign it with where we make it ourselves.
    PrivateKeyJwt(Option<Algorithm>),
    /// With the certificate of the connection.
    Certificate(CertificateMethod),
    /// `none`: a public client, protected by PKCE alone.
    None,
}

/// How a secret is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `client_secret_jwt`: it never travels, but signs an assertion.
    Jwt,
}

/// Why the provider believes a certificate (RFC 8705 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateMethod {
    /// `tls_client_auth`: an authority vouches for it.
    Pki,
    /// `self_signed_tls_client_auth`: it is registered there itself.
    SelfSigned,
}

/// What it is proved with, at hand.
pub enum ClientCredential {
    /// A secret.
    Secret(SecretMethod, Secret),
    /// A key that signs assertions.
    Key(ClientKey),
    /// An assertion that somebody else has signed for us (RFC 7521 §4.2): a secretless client.
    Assertion(Secret),
    /// The certificate of the connection: nothing of it stands in the request.
    Certificate,
    /// Nothing.
    None,
}

/// What one token request carries as proof.
pub struct ClientProof {
    /// The value of the `Authorization` header, if the proof is there.
    pub authorization: Option<Secret>,
    /// The form parameters, if the proof is there.
    pub form: Vec<(&'static str, Secret)>,
}

impl ClientAuthentication {
    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
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

    /// What assertions of our own are signed with.
    #[must_use]
    pub const fn signing_algorithm(self) -> Option<&'static str> {
        match self {
            Self::Secret(SecretMethod::Jwt) => Some("HS256"),
            Self::PrivateKeyJwt(Some(algorithm)) => Some(algorithm.name()),
            _ => None,
        }
    }
}

/// The proof that we are `claims.client_id`.
pub fn authenticate(credential: &ClientCredential, claims: &AssertionClaims<'_>) -> Result<ClientProof, SignError> {
    let client_id = ("client_id", Secret::new(claims.client_id));
    let form = |form| Ok(ClientProof { authorization: None, form });
    // RFC 7521 §4.2: the name may be left out beside an assertion, which says it too; there are providers that need it.
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
        ClientCredential::Assertion(made) => assertion(made.clone(), client_id),
        // RFC 8705 §2: with a certificate the name must be there.
        ClientCredential::Certificate | ClientCredential::None => form(vec![client_id]),
    }
}

impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCredential(…)")
    }
}

/// RFC 6749 §2.3.1: both are form-encoded before they are joined, so that a colon in one of them splits nothing.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let joined = Secret::new(format!("{}:{}", encode_form(client_id), encode_form(secret.expose())));
    Secret::new(format!("Basic {}", STANDARD.encode(joined.expose())))
}

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[cfg(test)]
mod tests;
