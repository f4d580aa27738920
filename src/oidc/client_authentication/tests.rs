//! The header and form parameters of each client authentication method.

use serde_json::{Value, json};

use super::{CertificateMethod, ClientAuthentication, ClientCredential, SecretMethod, authenticate};
use crate::{
    base::{Secret, Timestamp, decode_base64url},
    jose::{
        Algorithm, SigningKey, Unverified,
        testing::{RSA, all_keys},
    },
    oidc::{AssertionClaims, ClientKey, KeyNames},
};

const CLAIMS: AssertionClaims<'_> = AssertionClaims {
    client_id: "a:b c",
    audience: "https://idp.example",
    now: Timestamp::from_seconds(1000),
    id: "once",
};

/// The header and the form of a proof.
fn proof(credential: &ClientCredential) -> (Option<String>, Vec<(&'static str, String)>) {
    let proof = authenticate(credential, &CLAIMS).expect("a proof");
    let form = proof.form.into_iter().map(|(name, value)| (name, value.expose().to_owned()));
    (proof.authorization.map(|header| header.expose().to_owned()), form.collect())
}

/// The assertion of a proof that consists of an assertion only.
fn assertion(credential: &ClientCredential) -> String {
    let (None, form) = proof(credential) else { panic!("two methods") };
    let [("client_id", id), ("client_assertion_type", assertion_type), ("client_assertion", assertion)] =
        form.as_slice()
    else {
        panic!("{form:?}")
    };
    assert_eq!(
        (id.as_str(), assertion_type.as_str()),
        ("a:b c", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assertion.clone()
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("three parts");
    serde_json::from_slice(&decode_base64url(part).expect("base64url")).expect("JSON")
}

// Covers: K04, K05.
#[test]
fn each_method_sends_only_its_credential() {
    let secret = |method| ClientCredential::Secret(method, Secret::new("p:%+/ä"));
    // a%3Ab+c:p%3A%25%2B%2F%C3%A4
    let header = "Basic YSUzQWIrYzpwJTNBJTI1JTJCJTJGJUMzJUE0".to_owned();
    let id = || ("client_id", "a:b c".to_owned());
    for (credential, expected) in [
        (secret(SecretMethod::Basic), (Some(header), vec![])),
        (secret(SecretMethod::Post), (None, vec![id(), ("client_secret", "p:%+/ä".to_owned())])),
        (ClientCredential::Certificate, (None, vec![id()])),
        (ClientCredential::None, (None, vec![id()])),
    ] {
        assert_eq!(proof(&credential), expected);
    }
    assert_eq!(assertion(&ClientCredential::Assertion(Secret::new("a.b.c"))), "a.b.c");
}

// Covers: K06.
#[test]
fn an_assertion_has_issuer_audience_lifetime_and_id() {
    let claims = json!({
        "iss": "a:b c", "sub": "a:b c", "aud": "https://idp.example", "jti": "once", "iat": 990, "nbf": 990, "exp": 1120,
    });
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        let key = SigningKey::from_pem(&RSA.pem(), Some(algorithm)).expect("a key");
        let names = KeyNames { key_id: Some("rsa"), certificate: Some(b"a certificate"), x5t: false };
        let token = assertion(&ClientCredential::Key(ClientKey::new(key, names)));
        let thumbprint = "gazXYhQPppKhQoItL75NxvVLyqUB9oqzflru0Lr-TZk";
        assert_eq!(
            part(&token, 0),
            json!({"alg": algorithm.name(), "typ": "JWT", "kid": "rsa", "x5t#S256": thumbprint})
        );
        let verified =
            Unverified::decode(&token).expect("a token").verify(&all_keys(), &[algorithm], Timestamp::default());
        assert_eq!(Value::Object(verified.expect("signed").claims().clone()), claims);
    }
    let shared = assertion(&ClientCredential::Secret(SecretMethod::Jwt, Secret::new("secret")));
    assert_eq!((part(&shared, 0), part(&shared, 1)), (json!({"alg": "HS256", "typ": "JWT"}), claims));
}

#[test]
fn a_sha_1_thumbprint_is_sent_only_on_request() {
    let header = |x5t| {
        let key = SigningKey::from_pem(&RSA.pem(), None).expect("a key");
        let names = KeyNames { key_id: None, certificate: Some(b"a certificate"), x5t };
        part(&assertion(&ClientCredential::Key(ClientKey::new(key, names))), 0)
    };
    assert_eq!((header(false).get("x5t"), header(false).get("kid")), (None, None));
    let thumbprint = header(true)["x5t"].as_str().map(str::len);
    assert_eq!(thumbprint, Some(27), "twenty bytes");
}

#[test]
fn every_method_has_its_registered_name() {
    for (method, name, algorithm) in [
        (ClientAuthentication::Secret(SecretMethod::Basic), "client_secret_basic", None),
        (ClientAuthentication::Secret(SecretMethod::Post), "client_secret_post", None),
        (ClientAuthentication::Secret(SecretMethod::Jwt), "client_secret_jwt", Some("HS256")),
        (ClientAuthentication::PrivateKeyJwt(Some(Algorithm::Ps256)), "private_key_jwt", Some("PS256")),
        (ClientAuthentication::PrivateKeyJwt(None), "private_key_jwt", None),
        (ClientAuthentication::Certificate(CertificateMethod::Pki), "tls_client_auth", None),
        (ClientAuthentication::Certificate(CertificateMethod::SelfSigned), "self_signed_tls_client_auth", None),
        (ClientAuthentication::None, "none", None),
    ] {
        assert_eq!((method.name(), method.signing_algorithm()), (name, algorithm));
    }
}
