//! Client authentication: which credentials select which method, and which combinations are errors.

use super::fixture::{Fixture, VALID, with_line};
use crate::{
    jose::Algorithm,
    oidc::{CertificateMethod, ClientAuthentication, SecretMethod},
};

#[test]
fn credentials_select_the_method() {
    use ClientAuthentication::{Certificate, PrivateKeyJwt, Secret};
    let fixture = fixture();
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
    let key = std::fs::read_to_string(fixture.path().join("client.key")).expect("a key");
    let directory = fixture.path().to_string_lossy().into_owned();
    for (lines, authentication) in cases {
        let variables = [("KEY", key.as_str()), ("CREDENTIALS_DIRECTORY", &directory)];
        let settings = fixture.settings(&with_line(VALID, 10, lines), &variables);
        let provider = &settings.providers[0];
        assert_eq!(provider.client.client_authentication, authentication, "{lines}");
        assert!(!format!("{provider:?}").contains("PRIVATE KEY"), "{lines}");
    }
}

#[test]
fn every_wrong_combination_is_reported() {
    let fixture = fixture();
    let directory = fixture.path().to_string_lossy();
    let mut failures = Vec::new();
    for (lines, location, key, message, help) in ERRORS {
        let errors = fixture.errors(&with_line(VALID, 10, lines), &[]);
        let found = errors.list.iter().any(|error| {
            errors.location(error) == format!("v.toml:{location}")
                && error.span.key == format!("provider[0].{key}")
                && error.message.replace(&*directory, "/etc/vestibule").contains(message)
                && error.help.contains(help)
        });
        if !found || errors.count() != 1 || errors.to_string().contains("hunter2") {
            failures.push(format!("{lines}\n  expected {location} {key}: {message}; {help}\n  got {errors}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("rsa.key", crate::jose::testing::RSA.pem().expose());
    fixture.write("short-secret-16", "0123456789abcdef\n");
    fixture.write("damaged.crt", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
    fixture
}

/// Lines that replace the client secret; then location, key, and parts of message and help.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ERRORS: &[Case] = &[
    // Missing keys.
    ("client_auth = \"client_secret_post\"", "6:1", "client_secret", "missing required key", "write client_secret = { file = \"/path\" }: the token request needs it"),
    ("client_auth = \"private_key_jwt\"", "6:1", "client_key", "missing required key", "write client_key = { file = \"/path\" }: the private key whose public key is registered at the provider"),
    ("client_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"", "6:1", "client_key", "missing required key", "write client_key = { file = \"/path\" }: the private key whose public key is registered at the provider"),
    ("client_key = { file = \"client.key\" }\nclient_auth = \"tls_client_auth\"", "6:1", "client_certificate", "missing required key", "write client_certificate = \"/path\": the certificate of client_key"),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { x5t = true }", "11:28", "client_assertion.x5t", "x5t needs a certificate, and client_certificate is missing", "set client_certificate = \"/path\""),
    // Unused keys.
    ("client_key = { file = \"client.key\" }\nclient_secret = { file = \"client-secret\" }", "11:17", "client_secret", "no effect with client_auth = \"private_key_jwt\"", "remove it, or set the client_auth that uses it"),
    ("client_assertion = { token_file = \"platform-token\" }\nclient_secret = { file = \"client-secret\" }", "11:17", "client_secret", "no effect beside client_assertion.token_file, which is a complete credential", "remove it, or set the client_auth that uses it"),
    ("client_assertion = { token_file = \"platform-token\" }\nclient_key = { file = \"client.key\" }", "11:14", "client_key", "no effect beside client_assertion.token_file, which is a complete credential", "remove it, or set the client_auth that uses it"),
    ("client_assertion = { token_file = \"platform-token\", audience = \"issuer\" }", "10:64", "client_assertion.audience", "no effect beside client_assertion.token_file, which is a complete credential", "remove it, or set the client_auth that uses it"),
    ("client_secret = { file = \"client-secret\" }\nclient_certificate = \"client.crt\"", "11:22", "client_certificate", "no effect with client_auth = \"client_secret_basic\"", "remove it, or set the client_auth that uses it"),
    ("client_secret = { file = \"client-secret\" }\nclient_assertion = { audience = \"issuer\" }", "11:20", "client_assertion", "no effect with client_auth = \"client_secret_basic\"", "remove it, or set the client_auth that uses it"),
    ("client_secret = { file = \"client-secret\" }\nclient_auth = \"client_secret_jwt\"\nclient_assertion = { algorithm = \"RS256\" }", "12:34", "client_assertion.algorithm", "no effect with client_auth = \"client_secret_jwt\"", "remove it, or set the client_auth that uses it"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"\nclient_assertion = { key_id = \"k\" }", "13:20", "client_assertion", "no effect with client_auth = \"tls_client_auth\"", "remove it, or set the client_auth that uses it"),
    // Credentials that do not match.
    ("client_key = { file = \"client.key\" }\nclient_assertion = { algorithm = \"PS256\" }", "11:34", "client_assertion.algorithm", "not of the kind that PS256 needs", "remove it, or use a key of the kind that the algorithm needs"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"idp-ca.pem\"", "11:22", "client_certificate", "not the key of the client certificate", "use the certificate of client_key"),
    ("client_key = { file = \"rsa.key\" }\nclient_certificate = \"client.crt\"\nclient_auth = \"tls_client_auth\"", "11:22", "client_certificate", "not the key of the client certificate", "use the certificate of client_key"),
    ("client_secret = { file = \"short-secret-16\" }\nclient_auth = \"client_secret_jwt\"", "10:17", "client_secret", "fewer than 32 bytes", "generate a longer one at the provider, or set another client_auth"),
    // Missing or invalid files and values.
    ("client_key = { file = \"none\" }", "10:23", "client_key.file", "cannot read /etc/vestibule/none: No such file or directory (os error 2)", "check the path, and that the gateway's user may read the file"),
    ("client_key = { file = \"client.crt\" }", "10:14", "client_key", "no unencrypted private key", "the file must contain one unencrypted private key in PEM: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ("client_key = \"-----BEGIN PRIVATE KEY----- hunter2\"", "10:14", "client_key", "secret in the configuration file", "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"none.crt\"", "11:22", "client_certificate", "cannot be read as PEM", "the file must contain the certificate and its chain in PEM"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"client.key\"", "11:22", "client_certificate", "holds none", "the file must contain the certificate and its chain in PEM"),
    ("client_key = { file = \"client.key\" }\nclient_certificate = \"damaged.crt\"", "11:22", "client_certificate", "cannot be", "the file must contain the certificate and its chain in PEM"),
    ("client_assertion = { token_file = \"none\" }", "10:35", "client_assertion.token_file", "cannot read /etc/vestibule/none: No such file or directory (os error 2)", "check the path, and that the gateway's user may read the file"),
    ("client_assertion = { token_file = \"empty\" }", "10:35", "client_assertion.token_file", "the secret is empty", "write the secret there"),
    ("client_assertion = { token_file = \"client-secret\" }", "10:35", "client_assertion.token_file", "no signed token", "use the file in which the platform stores a token for this gateway"),
    ("client_assertion = \"hunter2.hunter2.hunter2\"\nclient_key = { file = \"client.key\" }", "10:20", "client_assertion", "expected a table, found a string", "write the keys in a table of this name"),
    ("client_assertion = { file = \"hunter2\" }\nclient_key = { file = \"client.key\" }", "10:22", "client_assertion.file", "unknown key", "the keys of this table are: token_file, algorithm, audience, key_id, x5t"),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { algorithm = \"HS256\" }", "11:34", "client_assertion.algorithm", "\"HS256\" is not an algorithm for assertions", "write \"RS256\", \"PS256\", \"ES256\", \"ES384\" or \"EdDSA\""),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { audience = \"https://x\" }", "11:33", "client_assertion.audience", "unknown audience \"https://x\"", "write \"issuer\", or \"token_endpoint\" if the provider requires the URL of that endpoint"),
    ("client_key = { file = \"client.key\" }\nclient_assertion = { x5t = \"yes\" }", "11:28", "client_assertion.x5t", "expected a boolean, found a string", "write true or false, without quotes"),
    ("client_secret = { file = \"client-secret\" }\nclient_auth = \"basic\"", "11:15", "client_auth", "unknown method of client authentication \"basic\"", "private_key_jwt"),
];
