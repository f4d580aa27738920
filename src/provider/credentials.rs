//! What the gateway proves with which client it is: read anew for every use, so that whoever changes a file need not
//! tell us.
//!
//! A key, certificate or secret that cannot be read again leaves the former one in use, with an alarm in the log. An
//! assertion of somebody else is good for minutes only: one that cannot be read is none.

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
pub struct Credentials {
    source: CredentialSource,
    authentication: ClientAuthentication,
    audience: Audience,
    kept: Mutex<Kept>,
}

/// Where they are.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// A secret that both know.
    Secret(SecretMethod, SecretSource),
    /// A private key that signs assertions.
    Key {
        /// The key, PEM.
        key: SecretSource,
        /// The certificate that is registered for it, PEM.
        certificate: Option<PathBuf>,
        /// What it signs with; absent: what is usual for its kind.
        algorithm: Option<Algorithm>,
        /// The name that is registered for it.
        key_id: Option<String>,
        /// Whether the SHA-1 thumbprint of the certificate is told as well.
        x5t: bool,
    },
    /// An assertion that somebody else signs and renews.
    Assertion(PathBuf),
    /// A certificate for the connection.
    Certificate {
        /// Why the provider believes it.
        method: CertificateMethod,
        /// The certificate, followed by those that vouch for it, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: SecretSource,
    },
    /// None: nothing is redeemed, or by a public client.
    None,
}

/// Whom an assertion of ours is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// The provider: no other can use what it was shown, whatever address it gives out for its token endpoint.
    #[default]
    Issuer,
    /// The address of the token endpoint, as older providers want it (RFC 7523 §3, OpenID Connect Core §9).
    TokenEndpoint,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The secret cannot be read.
    #[error("the client secret cannot be used")]
    Secret(#[source] SecretError),
    /// The secret is too short to sign with.
    #[error("the client secret has fewer than {SHORTEST_HMAC_KEY} bytes, too few for client_secret_jwt")]
    ShortSecret,
    /// The key cannot be read.
    #[error("the client key cannot be used")]
    KeySource(#[source] SecretError),
    /// It is no key to sign with.
    #[error("the client key cannot be used")]
    Key(#[from] KeyError),
    /// The certificate cannot be read.
    #[error("the client certificate cannot be read as PEM")]
    Certificate(#[source] pem::Error),
    /// There is no certificate in its file.
    #[error("the file of the client certificate holds none")]
    NoCertificate,
    /// Certificate and key are sound, but do not belong together.
    #[error("the client key is not the key of the client certificate")]
    Mismatch,
    /// Certificate or key is of a kind that TLS cannot use, or damaged inside.
    #[error("the client certificate cannot be used with its key")]
    Unusable(#[source] TlsError),
    /// The assertion cannot be read.
    #[error("the client assertion cannot be read")]
    Assertion(#[source] SecretError),
    /// It is no signed token.
    #[error("the file of the client assertion holds no signed token")]
    NoAssertion,
    /// The cryptography failed.
    #[error("the client assertion cannot be signed")]
    Sign(#[from] SignError),
    /// The task that made the proof died.
    #[error("the proof was lost on its way")]
    Lost,
}

/// One token request: who proves what to whom, and when.
pub(super) struct Occasion {
    /// Who it is about.
    pub(super) settings: Arc<ProviderSettings>,
    /// Where it goes.
    pub(super) endpoint: String,
    /// The present moment.
    pub(super) now: Timestamp,
    /// A name that no other has.
    pub(super) id: String,
}

/// What one token request carries.
pub(super) struct Proof {
    /// In its header or form.
    pub(super) request: ClientProof,
    /// On its connection.
    pub(super) certificate: Option<Arc<CertifiedKey>>,
}

struct Kept {
    loaded: Arc<Loaded>,
    /// What is there now could not be read.
    is_former: bool,
}

struct Loaded {
    credential: ClientCredential,
    certificate: Option<Arc<CertifiedKey>>,
}

impl Credentials {
    /// Reads them for the first time.
    pub fn load(mut source: CredentialSource, audience: Audience) -> Result<Self, CredentialError> {
        let loaded = source.load()?;
        if let (CredentialSource::Key { algorithm, .. }, ClientCredential::Key(key)) = (&mut source, &loaded.credential)
        {
            // What the provider's metadata were held against stays, whatever key comes later.
            *algorithm = Some(key.algorithm());
        }
        let authentication = source.authentication();
        Ok(Self {
            source,
            authentication,
            audience,
            kept: Mutex::new(Kept { loaded: loaded.into(), is_former: false }),
        })
    }

    /// The way that must be registered at the provider.
    #[must_use]
    pub fn authentication(&self) -> ClientAuthentication {
        self.authentication
    }

    /// Where they are.
    #[must_use]
    pub fn source(&self) -> &CredentialSource {
        &self.source
    }

    /// The proof for one request. Files are read, and keys used, on a thread where nobody else waits.
    pub(super) async fn prove(self: &Arc<Self>, occasion: Occasion) -> Result<Proof, CredentialError> {
        let credentials = Arc::clone(self);
        let proof = tokio::task::spawn_blocking(move || credentials.proof(&occasion)).await;
        proof.unwrap_or(Err(CredentialError::Lost))
    }

    fn proof(&self, occasion: &Occasion) -> Result<Proof, CredentialError> {
        let loaded = self.current(occasion.settings.name.as_str())?;
        let claims = AssertionClaims {
            client_id: &occasion.settings.client_id,
            audience: match self.audience {
                // A template of many tenants is nobody's name; the endpoint is one.
                Audience::Issuer if occasion.settings.issuer.tenants().is_none() => occasion.settings.issuer.as_str(),
                Audience::Issuer | Audience::TokenEndpoint => &occasion.endpoint,
            },
            now: occasion.now,
            id: &occasion.id,
        };
        let request = authenticate(&loaded.credential, &claims)?;
        Ok(Proof { request, certificate: loaded.certificate.clone() })
    }

    /// What is there now, or what was there before it broke.
    fn current(&self, provider: &str) -> Result<Arc<Loaded>, CredentialError> {
        let read = self.source.load();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(loaded) => {
                if kept.is_former {
                    info!(provider, "the client credentials can be read again");
                }
                *kept = Kept { loaded: loaded.into(), is_former: false };
            }
            Err(error) if matches!(self.source, CredentialSource::Assertion(_)) => return Err(error),
            Err(error) => {
                // Once, not for every sign-in.
                if !kept.is_former {
                    let detail = chain(&error);
                    error!(
                        provider,
                        detail, "the client credentials cannot be read again; the former ones stay in use"
                    );
                }
                kept.is_former = true;
            }
        }
        Ok(Arc::clone(&kept.loaded))
    }
}

/// Where they are, not what they are.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("source", &self.source).finish_non_exhaustive()
    }
}

impl CredentialSource {
    fn load(&self) -> Result<Loaded, CredentialError> {
        let alone = |credential| Ok(Loaded { credential, certificate: None });
        match self {
            Self::Secret(method, source) => {
                let secret = source.read().map_err(CredentialError::Secret)?;
                // RFC 7518 §3.2: a key of the hash's size or larger.
                if *method == SecretMethod::Jwt && secret.expose().len() < SHORTEST_HMAC_KEY {
                    return Err(CredentialError::ShortSecret);
                }
                alone(ClientCredential::Secret(*method, secret))
            }
            Self::Key { key, certificate, algorithm, key_id, x5t } => {
                let pem = key.read().map_err(CredentialError::KeySource)?;
                let certified = certificate.as_deref().map(|path| certified(path, &pem)).transpose()?;
                let names = KeyNames {
                    key_id: key_id.as_deref(),
                    certificate: certified.as_ref().and_then(|certified| certified.cert.first()).map(|der| &**der),
                    x5t: *x5t,
                };
                alone(ClientCredential::Key(ClientKey::new(SigningKey::from_pem(&pem, *algorithm)?, names)))
            }
            Self::Assertion(path) => {
                let assertion = SecretSource::File(path.clone()).read().map_err(CredentialError::Assertion)?;
                if !is_token(assertion.expose()) {
                    return Err(CredentialError::NoAssertion);
                }
                alone(ClientCredential::Assertion(assertion))
            }
            Self::Certificate { certificate, key, .. } => {
                let pem = key.read().map_err(CredentialError::KeySource)?;
                let certificate = Some(Arc::new(certified(certificate, &pem)?));
                Ok(Loaded { credential: ClientCredential::Certificate, certificate })
            }
            Self::None => alone(ClientCredential::None),
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

/// The certificates of a file with the key of the first.
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

/// Three parts of base64url: as much as can be told without asking who signed it.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.split('.').count() == 3 && text.split('.').all(is_part)
}

/// The size of SHA-256.
const SHORTEST_HMAC_KEY: usize = 32;

#[cfg(test)]
mod tests;
