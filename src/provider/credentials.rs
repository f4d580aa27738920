//! The client credentials of the gateway at a provider (OpenID Connect Core §9, RFC 8705).
//!
//! Files are read for every use, so that replacing them needs no restart. If a key, certificate or secret becomes
//! unreadable, the previous one stays in use and an error is logged. An assertion issued by a third party is valid only
//! for minutes, so the request fails if the file becomes unreadable.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    Error as TlsError, InconsistentKeys,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};
use tracing::{error, info};

use crate::{
    base::{Secret, SecretError, SecretSource, Timestamp, chain},
    jose::{Algorithm, KeyError, SignError, SigningKey},
    oidc::{
        AssertionClaims, CertificateMethod, ClientAuthentication, ClientCredential, ClientKey, ClientProof, KeyNames,
        ProviderSettings, SecretMethod, authenticate,
    },
};

/// The credentials of this gateway at one provider.
pub(crate) struct Credentials {
    /// Where the credentials are read from.
    pub(crate) source: CredentialSource,
    audience: Audience,
    current: Mutex<Current>,
}

/// Where client credentials are read from.
#[derive(Clone, Debug)]
pub(crate) enum CredentialSource {
    /// A shared client secret, and how it is used.
    Secret(SecretMethod, SecretSource),
    /// A private key that signs assertions.
    Key {
        /// The private key in PEM.
        key: SecretSource,
        /// The file of the certificate registered for the key, in PEM.
        certificate: Option<PathBuf>,
        /// The signature algorithm; `None` for the default of the key type.
        algorithm: Option<Algorithm>,
        /// The `kid` registered for the key.
        key_id: Option<String>,
        /// Whether the header also carries `x5t`, the SHA-1 thumbprint of the certificate.
        x5t: bool,
    },
    /// A file with an assertion that a third party, such as the platform, signs and replaces.
    Assertion(PathBuf),
    /// A client certificate for the TLS connection (RFC 8705 §2).
    Certificate {
        /// How the provider verifies the certificate.
        method: CertificateMethod,
        /// The file of the certificate, followed by its intermediate certificates, in PEM.
        certificate: PathBuf,
        /// The private key of the certificate in PEM.
        key: SecretSource,
    },
    /// No credentials: a public client, or a flow without token requests.
    None,
}

/// The `aud` of the assertions that the gateway signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The issuer identifier. An assertion sent to a wrong token endpoint is then not valid at another provider.
    #[default]
    Issuer,
    /// The URL of the token endpoint, which older providers require (RFC 7523 §3, OpenID Connect Core §9).
    TokenEndpoint,
}

/// Why client credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialError {
    /// The client secret cannot be read.
    #[error("the client secret cannot be used")]
    Secret(#[source] SecretError),
    /// The client secret is too short for `client_secret_jwt`.
    #[error("the client secret has fewer than {MIN_HMAC_KEY_BYTES} bytes, too few for client_secret_jwt")]
    ShortSecret,
    /// The private key cannot be read.
    #[error("the client key cannot be used")]
    KeySource(#[source] SecretError),
    /// The text of the private key is not a supported key in PEM.
    #[error("the client key cannot be used")]
    Key(#[from] KeyError),
    /// The file of the certificate cannot be read or is not valid PEM.
    #[error("the client certificate cannot be read as PEM")]
    Certificate(#[source] pem::Error),
    /// The file of the certificate contains none.
    #[error("the file of the client certificate holds none")]
    NoCertificate,
    /// The private key does not belong to the certificate.
    #[error("the client key is not the key of the client certificate")]
    Mismatch,
    /// TLS does not support the certificate or its key, or one of them is malformed.
    #[error("the client certificate cannot be used with its key")]
    Unusable(#[source] TlsError),
    /// The file of the assertion cannot be read.
    #[error("the client assertion cannot be read")]
    Assertion(#[source] SecretError),
    /// The file of the assertion contains no signed JWT.
    #[error("the file of the client assertion contains no signed token")]
    NoAssertion,
    /// The assertion cannot be signed.
    #[error("the client assertion cannot be signed")]
    Sign(#[from] SignError),
    /// The task that read the credentials panicked or was cancelled.
    #[error("the task that read the client credentials ended without a result")]
    Lost,
}

/// A token request to authenticate.
pub(super) struct ProofRequest {
    /// The settings of the provider.
    pub(super) settings: Arc<ProviderSettings>,
    /// The URL of the token endpoint.
    pub(super) endpoint: String,
    /// The `iat` of an assertion.
    pub(super) now: Timestamp,
    /// The `jti` of an assertion, unique.
    pub(super) id: String,
}

/// The client authentication of one token request.
pub(super) struct Proof {
    /// The `Authorization` field and the form parameters.
    pub(super) request: ClientProof,
    /// The client certificate of the connection.
    pub(super) certificate: Option<Arc<CertifiedKey>>,
}

/// The credentials in use.
struct Current {
    loaded: Arc<Loaded>,
    /// Whether the last attempt to read the credentials failed.
    is_outdated: bool,
}

struct Loaded {
    credential: ClientCredential,
    certificate: Option<Arc<CertifiedKey>>,
}

impl Credentials {
    /// Reads the credentials for the first time, and fails if they cannot be used.
    pub(crate) fn load(mut source: CredentialSource, audience: Audience) -> Result<Self, CredentialError> {
        let loaded = source.load()?;
        if let (CredentialSource::Key { algorithm, .. }, ClientCredential::Key(key)) = (&mut source, &loaded.credential)
        {
            // The metadata is checked against this algorithm, so a later key must use it too.
            *algorithm = Some(key.algorithm());
        }
        Ok(Self { source, audience, current: Mutex::new(Current { loaded: loaded.into(), is_outdated: false }) })
    }

    /// The client authentication method that must be registered at the provider.
    #[must_use]
    pub(crate) fn authentication(&self) -> ClientAuthentication {
        self.source.authentication()
    }

    /// Authenticates one token request. Reading files and signing block, so they run on a blocking thread.
    pub(super) async fn prove(self: &Arc<Self>, request: ProofRequest) -> Result<Proof, CredentialError> {
        let credentials = Arc::clone(self);
        let proof = tokio::task::spawn_blocking(move || credentials.proof(&request)).await;
        proof.unwrap_or(Err(CredentialError::Lost))
    }

    fn proof(&self, request: &ProofRequest) -> Result<Proof, CredentialError> {
        let loaded = self.current(request.settings.name.as_str())?;
        let claims = AssertionClaims {
            client_id: &request.settings.client_id,
            audience: match self.audience {
                // The issuer of a multi-tenant provider is a template, not an identifier, so the token endpoint is
                // used.
                Audience::Issuer if request.settings.issuer.tenants().is_none() => request.settings.issuer.as_str(),
                Audience::Issuer | Audience::TokenEndpoint => &request.endpoint,
            },
            now: request.now,
            id: &request.id,
        };
        let client_proof = authenticate(&loaded.credential, &claims)?;
        Ok(Proof { request: client_proof, certificate: loaded.certificate.clone() })
    }

    /// The credentials as they can be read now, or the previous ones if reading fails.
    fn current(&self, provider: &str) -> Result<Arc<Loaded>, CredentialError> {
        let read = self.source.load();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(loaded) => {
                if current.is_outdated {
                    info!(provider, "the client credentials can be read again");
                }
                *current = Current { loaded: loaded.into(), is_outdated: false };
            }
            Err(error) if matches!(self.source, CredentialSource::Assertion(_)) => return Err(error),
            Err(error) => {
                // Logged once per outage, not for every request.
                if !current.is_outdated {
                    let detail = chain(&error);
                    error!(provider, detail, "the client credentials cannot be read; the previous ones stay in use");
                }
                current.is_outdated = true;
            }
        }
        Ok(Arc::clone(&current.loaded))
    }
}

/// Shows where the credentials are read from, not the credentials.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("source", &self.source).finish_non_exhaustive()
    }
}

impl CredentialSource {
    fn load(&self) -> Result<Loaded, CredentialError> {
        let without_certificate = |credential| Ok(Loaded { credential, certificate: None });
        match self {
            Self::Secret(method, source) => {
                let secret = source.read().map_err(CredentialError::Secret)?;
                // RFC 7518 §3.2: a key of at least the size of the hash output.
                if *method == SecretMethod::Jwt && secret.expose().len() < MIN_HMAC_KEY_BYTES {
                    return Err(CredentialError::ShortSecret);
                }
                without_certificate(ClientCredential::Secret(*method, secret))
            }
            Self::Key { key, certificate, algorithm, key_id, x5t } => {
                let pem = key.read().map_err(CredentialError::KeySource)?;
                let certified = certificate.as_deref().map(|path| certified(path, &pem)).transpose()?;
                let names = KeyNames {
                    key_id: key_id.as_deref(),
                    certificate: certified.as_ref().and_then(|certified| certified.cert.first()).map(|der| &**der),
                    x5t: *x5t,
                };
                without_certificate(ClientCredential::Key(ClientKey::new(
                    SigningKey::from_pem(&pem, *algorithm)?,
                    names,
                )))
            }
            Self::Assertion(path) => {
                let assertion = SecretSource::File(path.clone()).read().map_err(CredentialError::Assertion)?;
                if !is_token(assertion.expose()) {
                    return Err(CredentialError::NoAssertion);
                }
                without_certificate(ClientCredential::Assertion(assertion))
            }
            Self::Certificate { certificate, key, .. } => {
                let pem = key.read().map_err(CredentialError::KeySource)?;
                let certificate = Some(Arc::new(certified(certificate, &pem)?));
                Ok(Loaded { credential: ClientCredential::Certificate, certificate })
            }
            Self::None => without_certificate(ClientCredential::None),
        }
    }

    fn authentication(&self) -> ClientAuthentication {
        match self {
            Self::Secret(method, _) => ClientAuthentication::Secret(*method),
            Self::Key { algorithm, .. } => ClientAuthentication::PrivateKeyJwt(*algorithm),
            Self::Assertion(_) => ClientAuthentication::PrivateKeyJwt(None),
            Self::Certificate { method, .. } => ClientAuthentication::Certificate(*method),
            Self::None => ClientAuthentication::None,
        }
    }
}

/// The certificate chain of the PEM file `path`, with the private key of its first certificate.
fn certified(path: &Path, key: &Secret) -> Result<CertifiedKey, CredentialError> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<_, _>>)
        .map_err(CredentialError::Certificate)?;
    if chain.is_empty() {
        return Err(CredentialError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|_| KeyError::NotPem)?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => CredentialError::Mismatch,
        error => CredentialError::Unusable(error),
    })
}

/// Whether `text` has the shape of a signed JWT: three parts of base64url. Only the provider can verify its signature.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.split('.').count() == 3 && text.split('.').all(is_part)
}

/// The output size of SHA-256.
const MIN_HMAC_KEY_BYTES: usize = 32;

#[cfg(test)]
mod tests;
