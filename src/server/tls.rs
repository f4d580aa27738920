//! The certificate: read, checked against its key, and exchanged while the server runs. TLS 1.2 (RFC 5246) and 1.3 (RFC 8446).

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

/// Reads certificate and key and makes of them what a handshake needs: TLS 1.2 and 1.3, HTTP/2 offered before HTTP/1.1.
pub fn load_tls(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let (chain, key) = (read_chain(files)?, read_key(files)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Provider)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(error, files))?;
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    // Tickets that the client keeps let it resume with any worker; their keys live in this process and change by themselves.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Provider)?;
    Ok(Arc::new(config))
}

/// The certificate that new connections are answered with. Open ones keep theirs.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    current: ArcSwap<ServerConfig>,
}

impl Tls {
    /// Reads the files for the first time.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self { files: files.clone(), current: ArcSwap::new(load_tls(files)?) })
    }

    /// Reads the files again. On an error the certificate stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(load_tls(&self.files)?);
        Ok(())
    }

    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }
}

/// Why a certificate cannot be served.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file is absent or may not be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The certificate's or the key's file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is damaged inside a PEM section.
    #[error("{} is not well-formed PEM", file.display())]
    NotPem {
        /// The certificate's or the key's file.
        file: PathBuf,
        /// Where it is damaged.
        source: pem::Error,
    },
    /// The certificate's file holds none.
    #[error("{} holds no certificate (no `-----BEGIN CERTIFICATE-----`)", file.display())]
    NoCertificate {
        /// The certificate's file.
        file: PathBuf,
    },
    /// The key's file holds none.
    #[error("{} holds no private key (no `-----BEGIN PRIVATE KEY-----`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`)", file.display())]
    NoKey {
        /// The key's file.
        file: PathBuf,
    },
    /// Each is sound, but they do not belong together.
    #[error("the key in {} is not the key of the first certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate or the key is of a kind that TLS cannot use, or is damaged inside.
    #[error("cannot use the certificate in {} with the key in {}", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What TLS said.
        source: rustls::Error,
    },
    /// The cryptography of this build cannot do TLS.
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

fn unusable(error: rustls::Error, files: &TlsFiles) -> TlsError {
    let (certificate, key) = (files.certificate.clone(), files.key.clone());
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch { certificate, key },
        source => TlsError::Unusable { certificate, key, source },
    }
}

/// The name of HTTP/2 in the handshake (RFC 9113 §3.2).
pub(super) const H2: &[u8] = b"h2";

#[cfg(test)]
mod tests;
