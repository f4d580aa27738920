//! A key of the client, with a certificate for it.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    PKCS_RSA_SHA256,
};
use serde_json::{Value, json};

use crate::{
    ca::TestCa,
    encoding::{base64url, random_name},
};

/// A private key with its certificate.
#[derive(Clone)]
pub struct ClientKey {
    /// The private key, PEM, PKCS #8.
    pub key_pem: String,
    /// The certificate, PEM.
    pub certificate_pem: String,
    key: Vec<u8>,
    certificate: Vec<u8>,
    public: Vec<u8>,
}

impl ClientKey {
    /// RSA with 2048 bits and a self-signed certificate.
    pub fn rsa() -> Self {
        Self::of(&PKCS_RSA_SHA256)
    }

    /// P-256 with a self-signed certificate.
    pub fn p256() -> Self {
        Self::of(&PKCS_ECDSA_P256_SHA256)
    }

    /// P-384 with a self-signed certificate.
    pub fn p384() -> Self {
        Self::of(&PKCS_ECDSA_P384_SHA384)
    }

    /// Ed25519 with a self-signed certificate.
    pub fn ed25519() -> Self {
        Self::of(&PKCS_ED25519)
    }

    /// P-256 with a certificate of this authority.
    pub fn certified(ca: &TestCa) -> Self {
        let key = KeyPair::generate().expect("a fresh key");
        let certificate = ca.vouch(&params(), &key);
        Self::new(&key, &certificate)
    }

    fn of(kind: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(kind).expect("a fresh key");
        let certificate = params().self_signed(&key).expect("a self-signed certificate");
        Self::new(&key, &certificate)
    }

    fn new(key: &KeyPair, certificate: &rcgen::Certificate) -> Self {
        Self {
            key_pem: key.serialize_pem(),
            certificate_pem: certificate.pem(),
            key: key.serialize_der(),
            certificate: certificate.der().to_vec(),
            public: key.public_key_raw().to_vec(),
        }
    }

    /// Signs a token with these claims (ES256), as a platform does for its workloads; P-256 keys only.
    pub fn token(&self, claims: &Value) -> String {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.key).expect("a key on P-256");
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": random_name()});
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64url(signature))
    }

    /// The certificate, DER.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The public key in the form that the verifier needs.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientKey")
    }
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["gateway.example".to_owned()]).expect("a host name");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}
