//! Who vouches for an application that is reached over https: the system's roots, or a private authority.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{
    problem::Spot,
    section::{Reader, Written},
};

/// How to meet the application at `spot`: only with a certificate from `ca_file`, or from the system's roots without one.
pub(super) fn client(
    reader: &Reader<'_>,
    spot: &Spot,
    ca_file: Option<&Written<PathBuf>>,
) -> Option<Arc<ClientConfig>> {
    let (vouchers, spot) = match ca_file {
        Some(file) => (certificates(reader, file)?, &file.spot),
        None => (rustls_native_certs::load_native_certs().certs, spot),
    };
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(vouchers);
    if usable == 0 {
        reader.wrong(
            spot,
            "has nobody to vouch for its certificate: there is no usable root",
            "install the system's certificates (package ca-certificates), or name a ca_file",
        );
        return None;
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    match versions {
        Ok(builder) => Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())),
        Err(error) => {
            reader.wrong(spot, format!("cannot be reached over TLS: {error}"), "use a build with TLS 1.2 and 1.3");
            None
        }
    }
}

/// The certificates in a PEM file (RFC 7468), of which there must be one.
pub(super) fn certificates(reader: &Reader<'_>, file: &Written<PathBuf>) -> Option<Vec<CertificateDer<'static>>> {
    let shown = file.value.display();
    let bytes = match std::fs::read(&file.value) {
        Ok(bytes) => bytes,
        Err(error) => {
            let wrong = format!("leads to {shown}, which cannot be read: {error}");
            reader.wrong(&file.spot, wrong, "check the path, and that the gateway's user may read it");
            return None;
        }
    };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let usable = found.ok().filter(|list| {
        let mut roots = RootCertStore::empty();
        !list.is_empty() && list.iter().all(|certificate| roots.add(certificate.clone()).is_ok())
    });
    if usable.is_none() {
        let wrong = format!("leads to {shown}, which holds no sound certificate");
        reader.wrong(&file.spot, wrong, "put PEM certificates there, each from -----BEGIN CERTIFICATE-----");
    }
    usable
}
