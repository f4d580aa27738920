//! A certificate authority for one test.

use std::{fmt, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use crate::any_certificate::AnyCertificate;

/// An authority that only the test trusts.
pub struct TestCa {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, both in PEM.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate chain: the certificate, then the authority's.
    pub chain_pem: String,
    /// The private key, PKCS #8.
    pub key_pem: String,
}

impl TestCa {
    /// Creates an authority.
    #[expect(clippy::new_without_default, reason = "making a key is no default")]
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a fresh key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters without names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        let certificate = params.self_signed(&key).expect("a self-signed certificate");
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// The authority's certificate.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A server certificate for host names and addresses.
    pub fn issue(&self, hosts: &[&str]) -> Certificate {
        let (certificate, key) = self.sign(hosts);
        Certificate {
            chain_pem: format!("{}{}", certificate.pem(), self.certificate.pem()),
            key_pem: key.serialize_pem(),
        }
    }

    /// The TLS configuration of a server for these hosts; HTTP/1.1 only.
    pub fn server_config(&self, hosts: &[&str]) -> Arc<ServerConfig> {
        self.server(hosts, WebPkiClientVerifier::no_client_auth())
    }

    /// The TLS configuration of a server for these hosts that requires a client certificate: one of this authority, or any
    /// whose private key the client has.
    pub fn mtls_config(&self, hosts: &[&str], vouched: bool) -> Arc<ServerConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).expect("a certificate that can be a root");
        let vouched = vouched.then(|| WebPkiClientVerifier::builder_with_provider(roots.into(), crypto()).build());
        let verifier = vouched.map_or_else(
            || Arc::new(AnyCertificate::new(crypto())) as Arc<dyn ClientCertVerifier>,
            |verifier| verifier.expect("a verifier with a root"),
        );
        self.server(hosts, verifier)
    }

    fn server(&self, hosts: &[&str], clients: Arc<dyn ClientCertVerifier>) -> Arc<ServerConfig> {
        let (certificate, key) = self.sign(hosts);
        let chain = vec![certificate.der().clone(), self.certificate.der().clone()];
        serving(chain, &key, clients)
    }

    /// The TLS configuration of a server for these hosts with a certificate that expired in 2020.
    pub fn expired_server_config(&self, hosts: &[&str]) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a fresh key");
        let mut params = params(hosts);
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        let chain = vec![self.vouch(&params, &key).der().clone(), self.certificate.der().clone()];
        serving(chain, &key, WebPkiClientVerifier::no_client_auth())
    }

    /// A TLS client configuration that trusts this authority only.
    pub fn client_config(&self) -> Arc<ClientConfig> {
        trusting([self.certificate.der().clone()])
    }

    /// A certificate for the key of another party.
    pub(crate) fn vouch(&self, params: &CertificateParams, key: &KeyPair) -> rcgen::Certificate {
        params.signed_by(key, &self.issuer).expect("a signed certificate")
    }

    fn sign(&self, hosts: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a fresh key");
        (params(hosts).signed_by(&key, &self.issuer).expect("a signed certificate"), key)
    }
}

/// The TLS configuration of a server with a self-signed certificate.
pub fn self_signed_server_config(hosts: &[&str]) -> Arc<ServerConfig> {
    let key = KeyPair::generate().expect("a fresh key");
    let certificate = params(hosts).self_signed(&key).expect("a self-signed certificate");
    serving(vec![certificate.der().clone()], &key, WebPkiClientVerifier::no_client_auth())
}

fn params(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    CertificateParams::new(hosts).expect("host names that may stand in a certificate")
}

fn serving(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    clients: Arc<dyn ClientCertVerifier>,
) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(crypto())
        .with_safe_default_protocol_versions()
        .expect("the provider's own protocol versions")
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .expect("a certificate that fits its key");
    Arc::new(config)
}

impl fmt::Debug for TestCa {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TestCa")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Certificate")
    }
}

/// A TLS client configuration that trusts only these roots, or none.
pub(crate) fn trusting(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).expect("a certificate that can be a root");
    }
    let config = ClientConfig::builder_with_provider(crypto())
        .with_safe_default_protocol_versions()
        .expect("the provider's own protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn crypto() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
