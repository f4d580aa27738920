//! The TLS configuration of the listeners, reloadable while the server runs. TLS 1.2 (RFC 5246) and 1.3 (RFC 8446).

use std::{fs, io, path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    InconsistentKeys, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::settings::TlsFiles;

/// Builds the TLS configuration from a certificate and its key: TLS 1.2 and 1.3, HTTP/2 preferred over HTTP/1.1 in ALPN.
pub(crate) fn load_tls(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let (chain, key) = (read_chain(files)?, read_key(files)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Provider)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| certificate_error(error, files))?;
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    // With stateless tickets a client can resume its session with any worker. The ticket keys stay in memory and rotate.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Provider)?;
    Ok(Arc::new(config))
}

/// The TLS configuration of new connections, which [`reload`](Self::reload) replaces. Open connections keep theirs.
#[derive(Debug)]
pub(crate) struct ReloadableTls {
    files: TlsFiles,
    current: ArcSwap<ServerConfig>,
}

impl ReloadableTls {
    /// Loads the certificate and its key.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self { files: files.clone(), current: ArcSwap::new(load_tls(files)?) })
    }

    /// Loads the files again. On an error the current certificate stays in use.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.current.store(load_tls(&self.files)?);
        Ok(())
    }

    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file does not exist or cannot be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file of the certificate or of the key.
        file: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file has a malformed PEM section (RFC 7468).
    #[error("{} is not well-formed PEM", file.display())]
    NotPem {
        /// The file of the certificate or of the key.
        file: PathBuf,
        /// The error of the PEM parser.
        source: pem::Error,
    },
    /// The certificate file contains no certificate.
    #[error("{} holds no certificate (no `-----BEGIN CERTIFICATE-----`)", file.display())]
    NoCertificate {
        /// The certificate file.
        file: PathBuf,
    },
    /// The key file contains no private key.
    #[error("{} holds no private key (no `-----BEGIN PRIVATE KEY-----`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`)", file.display())]
    NoKey {
        /// The key file.
        file: PathBuf,
    },
    /// The key is not the key of the certificate.
    #[error("the key in {} is not the key of the first certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
    },
    /// The certificate or the key is malformed or of an unsupported kind.
    #[error("cannot use the certificate in {} with the key in {}", certificate.display(), key.display())]
    Unusable {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// The error of rustls.
        source: rustls::Error,
    },
    /// The cryptography provider does not support TLS 1.2 and 1.3.
    #[error("cannot set up TLS")]
    Provider(#[source] rustls::Error),
}

fn read_chain(files: &TlsFiles) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let file = &files.certificate;
    let text = fs::read(file).map_err(|source| TlsError::Unreadable { file: file.clone(), source })?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::NotPem { file: file.clone(), source })?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { file: file.clone() });
    }
    Ok(chain)
}

fn read_key(files: &TlsFiles) -> Result<PrivateKeyDer<'static>, TlsError> {
    let file = &files.key;
    let text = fs::read(file).map_err(|source| TlsError::Unreadable { file: file.clone(), source })?;
    let text = Zeroizing::new(text);
    PrivateKeyDer::from_pem_slice(&text).map_err(|source| match source {
        pem::Error::NoItemsFound => TlsError::NoKey { file: file.clone() },
        source => TlsError::NotPem { file: file.clone(), source },
    })
}

fn certificate_error(error: rustls::Error, files: &TlsFiles) -> TlsError {
    let (certificate, key) = (files.certificate.clone(), files.key.clone());
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch { certificate, key },
        source => TlsError::Unusable { certificate, key, source },
    }
}

/// The ALPN protocol name of HTTP/2 (RFC 9113 §3.2).
pub(super) const H2: &[u8] = b"h2";

#[cfg(test)]
mod tests;
