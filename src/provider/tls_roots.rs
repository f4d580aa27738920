//! The root certificates for TLS connections to providers.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read or is not valid PEM.
    #[error("cannot be read as PEM certificates")]
    Unreadable(#[source] rustls::pki_types::pem::Error),
    /// A certificate in the file is malformed.
    #[error("holds a malformed certificate")]
    Malformed(#[source] rustls::Error),
    /// The file, or the system, has no root certificate.
    #[error("holds no certificate")]
    Empty,
    /// The TLS library supports none of its default protocol versions.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// A TLS client configuration that verifies servers with the root certificates of the PEM file `ca_file`, or with those
/// of the system if `ca_file` is `None`. Verification cannot be switched off.
pub(crate) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let roots = match ca_file {
        Some(path) => file_roots(path)?,
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

fn file_roots(path: &Path) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(TrustError::Unreadable)? {
        roots.add(certificate.map_err(TrustError::Unreadable)?).map_err(TrustError::Malformed)?;
    }
    if roots.is_empty() { Err(TrustError::Empty) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    // A system may have roots that rustls cannot parse; the others are used.
    let (added, _ignored) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(TrustError::Empty) } else { Ok(roots) }
}
