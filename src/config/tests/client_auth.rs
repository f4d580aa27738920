//! What proves which client this is: what may stand together, what each means, and what is told of the rest.

use super::ground::{Ground, SOUND, with_line};
use crate::{
    jose::Algorithm,
    oidc::{CertificateMethod, ClientAuthentication, SecretMethod},
};

#[test]
fn what_is_there_says_how_it_is_proved() {
    use ClientAuthentication::{Certificate, PrivateKeyJwt, Secret};
    let ground = ground();
    let cases = [
        ("client_secret = { file = \"client-secret\" }", Secret(SecretMethod::Basic)),
        (
            "client_auth = \"client_secret_basic\"\nclient_secret = { file = \"client-secret\" }",
            Secret(SecretMethod::Basic),
        ),
        (
            "client_auth = \"client_secret_post\"\nclient_secret = { file = \"client-secret\" }",
            Secret(SecretMethod::Post),
        ),
        (
            "client_auth = \"client_secret_jwt\"\nclient_secret = { file = \"client-secret\" }",
            Secret(SecretMethod::Jwt),
        ),
        (
            "client_auth = \"client_secret_jwt\"\nclient_secret = { file = \"client-secret\" }\nclient_assertion = { audience = \"token_endpoint\" }",
            Secret(SecretMethod::Jwt),
        ),
        ("client_key = { file = \"client.key\" }", PrivateKeyJwt(Some(Algorithm::Es256))),
        ("client_key = { env = \"KEY\" }", PrivateKeyJwt(Some(Algorithm::Es256))),
        ("client_key = { credential = \"rsa.key\" }", PrivateKeyJwt(Some(Algorithm::Rs256))),
        (
            "client_key = { file = \"rsa.key\" }\nclient_assertion = { algorithm = \"PS256\", audience = \"issuer\", key_id = \"k\" }",
            PrivateKeyJwt(Some(Algorithm::Ps256)),
        ),
        (
            "client_auth = \"private_key_jwt\"\nclient_key = { file = \"client.key\" }\nclient_certificate = \"client.crt\"\nclient_assertion = { x5t = true }",
            PrivateKeyJwt(Some(Algorithm::Es256)),
        ),
        ("client_assertion = { token_file = \"platform-token\" }", PrivateKeyJwt(None)),
        (
            "client_auth = \"private_key_jwt\"\nclient_assertion = { token_file = \"platform-token\" }",
            PrivateKeyJwt(None),
        ),
        (
            "client_auth = \"tls_client_auth\"\nclient_key = { file = \"client.key\" }\nclient_certificate = \"client.crt\"",
            Certificate(CertificateMethod::Pki),
        ),
        (
            "client_auth = \"self_signed_tls_client_auth\"\nclient_key = { file = \"client.key\" }\nclient_certificate = \"client.crt\"",
            Certificate(CertificateMethod::SelfSigned),
        ),
        ("response_type = \"id_token\"", ClientAuthentication::None),
        ("response_type = \"id_token\"\nclient_auth = \"client_secret_post\"", ClientAuthentication::None),
        ("response_type = \"id_token\"\nclient_secret = { file = \"client-secret\" }", Secret(SecretMethod::Basic)),
    ];
    let key = std::fs::read_to_string(ground.path().join("client.key")).expect("a key");
    let directory = ground.path().to_string_lossy().into_owned();
    for (lines, authentication) in cases {
        let variables = [("KEY", key.as_str()), ("CREDENTIALS_DIRECTORY", &directory)];
        let settings = ground.settings(&with_line(SOUND, 10, lines), &variables);
        let provider = &settings.providers[0];
        assert_eq!(provider.client.client_authentication, authentication, "{lines}");
        assert!(!format!("{provider:?}").contains("PRIVATE KEY"), "{lines}");
    }
}

#[test]
fn every_contradiction_has_a_place_and_a_mend() {
    let ground = ground();
    let mut failures = Vec::new();
    for (lines, place, key, wrong, mend) in MISTAKES {
        let problems = ground.problems(&with_line(SOUND, 10, lines), &[]);
        let found = problems.iter().any(|problem| {
            problems.location(problem) == format!("v.toml:{place}")
                && problem.key() == format!("provider[0].{key}")
                && problem.wrong().contains(wrong)
                && problem.mend().contains(mend)
        });
        if !found || problems.count() != 1 || problems.to_string().contains("hunter2") {
            failures.push(format!("{lines}\n  wanted {place} {key}: {wrong}; {mend}\n  got {problems}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn ground() -> Ground {
    let ground = Ground::new();
    ground.write("rsa.key", crate::jose::testing::RSA.pem().expose());
    ground.write("short-secret-16", "0123456789abcdef\n");
    ground.write("damaged.crt", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
    ground
}

/// Lines that stand instead of the client secret; then place, key, and parts of what is said.
type Mistake = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    // Too little.
    ("client_auth = \"client_secret_post\"", "6:1", "client_secret", "is missing", "{ file = "),
    ("client_auth = \"private_key_jwt\"", "6:1", "client_key", "is missing", "{ file = "),
    ("client_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"", "6:1", "client_key", "is missing", "{ file = "),
    ("client_key = { file = \"client.key\" }\nclient_auth = \"tls_client_auth\"", "6:1", "client_certificate", "is missing", "\"/path\""),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { x5t = true }", "11:28", "client_assertion.x5t", "there is none", "client_certificate"),
    // Too much.
    ("client_key = { file = \"client.key\" }\nclient_secret = { file = \"client-secret\" }", "11:17", "client_secret", "no use with client_auth = \"private_key_jwt\"", "leave it out"),
    ("client_assertion = { token_file = \"platform-token\" }\nclient_secret = { file = \"client-secret\" }", "11:17", "client_secret", "all the proof", "leave it out"),
    ("client_assertion = { token_file = \"platform-token\" }\nclient_key = { file = \"client.key\" }", "11:14", "client_key", "all the proof", "leave it out"),
    ("client_assertion = { token_file = \"platform-token\", audience = \"issuer\" }", "10:64", "client_assertion.audience", "all the proof", "leave it out"),
    ("client_secret = { file = \"client-secret\" }\nclient_certificate = \"client.crt\"", "11:22", "client_certificate", "client_secret_basic", "leave it out"),
    ("client_secret = { file = \"client-secret\" }\nclient_assertion = { audience = \"issuer\" }", "11:20", "client_assertion", "client_secret_basic", "leave it out"),
    ("client_secret = { file = \"client-secret\" }\nclient_auth = \"client_secret_jwt\"\nclient_assertion = { algorithm = \"RS256\" }", "12:34", "client_assertion.algorithm", "client_secret_jwt", "leave it out"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"\nclient_assertion = { key_id = \"k\" }", "13:20", "client_assertion", "tls_client_auth", "leave it out"),
    // Not fitting together.
    ("client_key = { file = \"client.key\" }\nclient_assertion = { algorithm = \"PS256\" }", "11:34", "client_assertion.algorithm", "not of the kind that PS256 needs", "leave it out"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"idp-ca.pem\"", "11:22", "client_certificate", "not the key of the client certificate", "made for client_key"),
    ("client_key = { file = \"rsa.key\" }\nclient_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"", "11:22", "client_certificate", "not the key of the client certificate", "made for client_key"),
    ("client_secret = { file = \"short-secret-16\" }\nclient_auth = \"client_secret_jwt\"", "10:17", "client_secret", "fewer than 32 bytes", "a longer one"),
    // Not there, or something else.
    ("client_key = { file = \"none\" }", "10:23", "client_key.file", "cannot be read", "gateway's user"),
    ("client_key = { file = \"client.crt\" }", "10:14", "client_key", "no unencrypted private key", "openssl genpkey"),
    ("client_key = \"-----BEGIN PRIVATE KEY----- hunter2\"", "10:14", "client_key", "in the open", "{ file = "),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"none.crt\"", "11:22", "client_certificate", "cannot be read as PEM", "PEM"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"client.key\"", "11:22", "client_certificate", "holds none", "PEM"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"damaged.crt\"", "11:22", "client_certificate", "cannot be", "PEM"),
    ("client_assertion = { token_file = \"none\" }", "10:35", "client_assertion.token_file", "cannot be read", "gateway's user"),
    ("client_assertion = { token_file = \"empty\" }", "10:35", "client_assertion.token_file", "empty", "put the secret there"),
    ("client_assertion = { token_file = \"client-secret\" }", "10:35", "client_assertion.token_file", "no signed token", "the platform"),
    ("client_assertion = \"hunter2.hunter2.hunter2\"\nclient_key = { file = \"client.key\" }", "10:20", "client_assertion", "where a table", "keys in a table"),
    ("client_assertion = { file = \"hunter2\" }\nclient_key = { file = \"client.key\" }", "10:22", "client_assertion.file", "is unknown", "token_file"),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { algorithm = \"HS256\" }", "11:34", "client_assertion.algorithm", "no algorithm", "\"PS256\""),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { audience = \"https://x\" }", "11:33", "client_assertion.audience", "nobody", "\"token_endpoint\""),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { x5t = \"yes\" }", "11:28", "client_assertion.x5t", "true or false", "without quotes"),
    ("client_secret = { file = \"client-secret\" }\nclient_auth = \"basic\"", "11:15", "client_auth", "no way to authenticate", "private_key_jwt"),
];
