//! Credentials whose files change, become invalid or disappear while they are in use.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::{Audience, CredentialError, CredentialSource, Credentials, ProofRequest};
use crate::{
    base::{SecretSource, Timestamp, decode_base64url},
    oidc::{
        CertificateMethod, ClientAuthentication, Flow, Issuer, Profile, ProviderName, ProviderSettings, SecretMethod,
        UserinfoUse,
    },
};

/// A directory of the test, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-credentials-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.0);
    }
}

fn pair() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["gateway".to_owned()]).expect("a certificate")
}

fn load(source: CredentialSource, audience: Audience) -> Result<Arc<Credentials>, CredentialError> {
    Credentials::load(source, audience).map(Arc::new)
}

async fn prove(credentials: &Arc<Credentials>) -> Result<super::Proof, CredentialError> {
    let settings = ProviderSettings {
        name: ProviderName::parse("idp").expect("a name"),
        issuer: Issuer::parse("https://idp.example").expect("an issuer"),
        discovery_url: None,
        profile: Profile::Standard,
        client_id: "app".to_owned(),
        client_authentication: ClientAuthentication::None,
        scopes: Vec::new(),
        flow: Flow::CodeIdToken,
        authorize: crate::oidc::Parameters::default(),
        pass_through: Vec::new(),
        redirect_query: None,
        userinfo: UserinfoUse::Off,
    };
    let endpoint = "https://idp.example/token".to_owned();
    let now = Timestamp::from_seconds(1000);
    credentials.prove(ProofRequest { settings: Arc::new(settings), endpoint, now, id: "once".to_owned() }).await
}

/// A parameter of the form.
async fn parameter(credentials: &Arc<Credentials>, name: &str) -> String {
    let proof = prove(credentials).await.expect("a proof");
    let (_, value) = proof.request.form.iter().find(|(candidate, _)| *candidate == name).expect("the parameter");
    value.expose().to_owned()
}

/// A part of the assertion: header or claims.
async fn part(credentials: &Arc<Credentials>, at: usize) -> serde_json::Value {
    let assertion = parameter(credentials, "client_assertion").await;
    let part = assertion.split('.').nth(at).expect("three parts").to_owned();
    serde_json::from_slice(&decode_base64url(&part).expect("base64url")).expect("JSON")
}

// Covers: S1-14.
#[tokio::test]
async fn a_changed_secret_file_is_used_if_valid() {
    let folder = Folder::new();
    let file = folder.write("secret", "first\n");
    let source = CredentialSource::Secret(SecretMethod::Post, SecretSource::File(file));
    let credentials = load(source, Audience::default()).expect("a secret");
    for (text, secret) in [("first\n", "first"), (" second \n", " second "), ("third", "third")] {
        folder.write("secret", text);
        assert_eq!(parameter(&credentials, "client_secret").await, secret);
    }
    for broken in ["", "\n", &"x".repeat(70_000)] {
        folder.write("secret", broken);
        assert_eq!(parameter(&credentials, "client_secret").await, "third");
    }
    folder.remove("secret");
    assert_eq!(parameter(&credentials, "client_secret").await, "third");
    folder.write("secret", "fourth\n");
    assert_eq!(parameter(&credentials, "client_secret").await, "fourth");
}

#[tokio::test]
async fn key_and_certificate_files_change_in_any_order() {
    let (folder, first, second) = (Folder::new(), pair(), pair());
    let source = |algorithm| CredentialSource::Key {
        key: SecretSource::File(folder.0.join("key")),
        certificate: Some(folder.0.join("certificate")),
        algorithm,
        key_id: None,
        x5t: false,
    };
    folder.write("key", &first.signing_key.serialize_pem());
    folder.write("certificate", &first.cert.pem());
    let credentials = load(source(None), Audience::default()).expect("a pair");
    let thumbprint = async || part(&credentials, 0).await["x5t#S256"].as_str().expect("a thumbprint").to_owned();
    let before = thumbprint().await;
    folder.write("certificate", &second.cert.pem());
    assert_eq!(thumbprint().await, before, "only the certificate changed");
    folder.write("key", &second.signing_key.serialize_pem());
    let after = thumbprint().await;
    assert_ne!(after, before, "both changed");
    // The provider's metadata was checked against ES256.
    folder.write("key", crate::jose::testing::P384.pem().expose());
    assert_eq!((thumbprint().await, part(&credentials, 0).await["alg"].as_str()), (after, Some("ES256")));
    assert!(matches!(load(source(None), Audience::default()), Err(CredentialError::Mismatch)));
}

#[tokio::test]
async fn assertion_files_are_read_for_every_request() {
    let folder = Folder::new();
    let file = folder.write("token", "e30.e30.MQ");
    let credentials = load(CredentialSource::Assertion(file), Audience::default()).expect("a token");
    assert_eq!(credentials.authentication(), ClientAuthentication::PrivateKeyJwt(None));
    assert_eq!(parameter(&credentials, "client_assertion").await, "e30.e30.MQ");
    folder.write("token", "e30.e30.Mg\n");
    assert_eq!(parameter(&credentials, "client_assertion").await, "e30.e30.Mg");
    for broken in ["", "e30.e30", "e30.e30.", "e30.e30.Mg\n\n", "e30.e30.M g", "a secret", "e30.e30.Mg.Mg"] {
        folder.write("token", broken);
        assert!(prove(&credentials).await.is_err(), "{broken:?}");
    }
    folder.remove("token");
    assert!(matches!(prove(&credentials).await, Err(CredentialError::Assertion(_))));
    folder.write("token", "e30.e30.Mw");
    assert_eq!(parameter(&credentials, "client_assertion").await, "e30.e30.Mw");
}

// Covers: K06.
#[tokio::test]
async fn the_assertion_audience_is_the_issuer_by_default() {
    for (audience, expected) in
        [(Audience::Issuer, "https://idp.example"), (Audience::TokenEndpoint, "https://idp.example/token")]
    {
        let folder = Folder::new();
        let secret = SecretSource::File(folder.write("secret", &"s".repeat(32)));
        let credentials = load(CredentialSource::Secret(SecretMethod::Jwt, secret), audience).expect("a secret");
        assert_eq!(part(&credentials, 1).await["aud"], expected);
    }
}

#[tokio::test]
async fn a_certificate_is_used_for_the_connection_only() {
    let (folder, pair) = (Folder::new(), pair());
    let source = CredentialSource::Certificate {
        method: CertificateMethod::Pki,
        certificate: folder.write("certificate", &pair.cert.pem()),
        key: SecretSource::File(folder.write("key", &pair.signing_key.serialize_pem())),
    };
    let proof = prove(&load(source, Audience::default()).expect("a pair")).await.expect("a proof");
    assert_eq!(proof.certificate.expect("a certificate").cert, [pair.cert.der().clone()]);
    let names: Vec<_> = proof.request.form.iter().map(|(name, _)| *name).collect();
    assert_eq!((names, proof.request.authorization), (vec!["client_id"], None));
}
