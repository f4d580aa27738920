//! Who vouches for the hosts that this gateway calls.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Why no verified connection can be made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read, or holds no PEM certificate where one begins.
    #[error("cannot be read as PEM certificates")]
    Unreadable(#[source] rustls::pki_types::pem::Error),
    /// A certificate in it is malformed.
    #[error("holds a malformed certificate")]
    Malformed(#[source] rustls::Error),
    /// There is no certificate at all.
    #[error("holds no certificate")]
    Empty,
    /// TLS itself is not to be had.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// TLS towards hosts that a certificate of `ca_file` vouches for, or one of the system's roots when it is absent.
/// There is no way to connect without verification.
pub fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let roots = match ca_file {
        Some(path) => roots_of(path)?,
        None => system_roots()?,
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TrustError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn roots_of(path: &Path) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(TrustError::Unreadable)? {
        roots.add(certificate.map_err(TrustError::Unreadable)?).map_err(TrustError::Malformed)?;
    }
    if roots.is_empty() { Err(TrustError::Empty) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    // A system may carry roots that rustls does not read; the others still count.
    let (added, _ignored) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(TrustError::Empty) } else { Ok(roots) }
}
