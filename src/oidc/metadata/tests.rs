//! Metadata documents with one unusual or invalid member each.

use proptest::prelude::proptest;
use serde_json::{Value, json};

use super::{MAX_BYTES, Metadata, MetadataError, Warning};
use crate::{
    jose::Algorithm,
    oidc::{
        CertificateMethod, ClientAuthentication, Flow, Issuer, ProviderSettings, ProviderUrlError, SecretMethod,
        UserinfoUse,
        testing::{document, metadata, settings},
    },
};

fn parse(document: &Value, settings: &ProviderSettings) -> Result<Metadata, MetadataError> {
    Metadata::parse(document.to_string().as_bytes(), settings)
}

fn refusal(members: &Value) -> MetadataError {
    parse(&document(members), &settings()).expect_err("refused")
}

#[test]
fn a_valid_document_is_read() {
    let metadata = metadata(&json!({}));
    assert_eq!(metadata.authorization_endpoint(), "https://idp.example/authorize");
    assert_eq!(metadata.token_endpoint(), Some("https://idp.example/token"));
    assert_eq!(metadata.jwks_uri(), "https://idp.example/keys");
    assert_eq!(metadata.end_session_endpoint(), Some("https://idp.example/end"));
    assert_eq!((metadata.iss_supported(), metadata.warnings()), (false, &[][..]));
}

// Covers: E01, E02, E03, E04.
#[test]
fn the_issuer_is_the_configured_one_exactly() {
    for issuer in [
        json!("https://idp.example1"),
        json!("https://idp.example/"),
        json!("https://IDP.example"),
        json!("https://idp.example:443"),
        json!("https://idp.example/{tenantid}"),
        json!(["https://idp.example"]),
        json!(5),
        json!(null),
    ] {
        let error = refusal(&json!({"issuer": issuer}));
        assert!(matches!(error, MetadataError::Issuer { .. }), "{issuer}");
        assert_eq!(error.reason().as_str(), "provider-issuer");
    }
    assert!(refusal(&json!({"issuer": "x\n".repeat(9000)})).to_string().len() < 500);
}

// Covers: E05, E07, E08.
#[test]
fn invalid_endpoints_are_refused() {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for value in [json!(null), json!(5), json!({})] {
            assert!(
                matches!(refusal(&json!({name: value})), MetadataError::Missing(member) if member == name),
                "{value}"
            );
        }
        for (url, expected) in [
            ("http://idp.example/x", ProviderUrlError::NotHttps),
            ("file:///etc/passwd", ProviderUrlError::NotHttps),
            ("ftp://idp.example", ProviderUrlError::NotHttps),
            ("http://127.0.0.1/x", ProviderUrlError::NotHttps),
            ("https://127.0.0.1/x", ProviderUrlError::Local),
            ("https://2130706433/x", ProviderUrlError::Local),
            ("https://0x7f.1/x", ProviderUrlError::Local),
            ("https://localhost/x", ProviderUrlError::Local),
            ("https://LOCALHOST./x", ProviderUrlError::Local),
            ("https://a.localhost/x", ProviderUrlError::Local),
            ("https://0.0.0.0/x", ProviderUrlError::Local),
            ("https://169.254.169.254/latest/meta-data", ProviderUrlError::Local),
            ("https://[::1]/x", ProviderUrlError::Local),
            ("https://[::]/x", ProviderUrlError::Local),
            ("https://[fe80::1]/x", ProviderUrlError::Local),
            ("https://[::ffff:169.254.169.254]/x", ProviderUrlError::Local),
            ("https://[::ffff:127.0.0.1]/x", ProviderUrlError::Local),
            ("https://[64:ff9b::169.254.169.254]/x", ProviderUrlError::Local),
            ("https://[64:ff9b::7f00:1]/x", ProviderUrlError::Local),
            ("https://[fe80::a9fe:a9fe]/x", ProviderUrlError::Local),
            ("https://[fd00:ec2::254]/x", ProviderUrlError::Local),
            ("https://2852039166/x", ProviderUrlError::Local),
            ("https://0xa9.0xfe.0xa9.0xfe/x", ProviderUrlError::Local),
            ("https://0251.0376.0251.0376/x", ProviderUrlError::Local),
            ("https://169.254.43518/x", ProviderUrlError::Local),
            ("https://127.1/x", ProviderUrlError::Local),
            ("https://0/x", ProviderUrlError::Local),
            ("https://idp.example/x#y", ProviderUrlError::Fragment),
            ("https://user:pw@idp.example/x", ProviderUrlError::Userinfo),
            ("https://idp.example/a b", ProviderUrlError::NotAUrl),
            ("//idp.example/x", ProviderUrlError::NotAUrl),
            ("/x", ProviderUrlError::NotAUrl),
            ("", ProviderUrlError::NotAUrl),
        ] {
            let error = refusal(&json!({name: url}));
            assert!(
                matches!(error, MetadataError::Endpoint(member, cause) if member == name && cause == expected),
                "{url}: {error:?}"
            );
            assert_eq!(error.reason().as_str(), "provider-metadata");
        }
    }
    let other_host = metadata(&json!({"jwks_uri": "https://10.1.2.3:8443/keys?v=1"}));
    assert_eq!(other_host.jwks_uri(), "https://10.1.2.3:8443/keys?v=1");
}

// Covers: E05.
#[test]
fn a_loopback_issuer_may_have_loopback_endpoints() {
    let parse_with = |issuer: &str, jwks_uri: &str| {
        let mut settings = settings();
        settings.issuer = Issuer::parse(issuer).expect("an issuer");
        parse(&document(&json!({"issuer": issuer, "jwks_uri": jwks_uri})), &settings)
    };
    assert!(parse_with("http://127.0.0.1:9", "http://127.0.0.1:9/keys").is_ok());
    assert!(parse_with("http://localhost:9", "http://[::1]:9/keys").is_ok());
    assert!(parse_with("https://localhost:9", "https://127.0.0.1:9/keys").is_ok());
    for jwks_uri in ["https://169.254.169.254/x", "https://[fe80::1]/x", "https://[::ffff:169.254.1.1]/x"] {
        let refused = parse_with("https://localhost:9", jwks_uri);
        assert!(matches!(refused, Err(MetadataError::Endpoint("jwks_uri", ProviderUrlError::Local))), "{jwks_uri}");
    }
    for (issuer, jwks_uri) in
        [("https://localhost:9", "http://localhost:9/keys"), ("http://localhost:9", "http://idp.example/keys")]
    {
        let refused = parse_with(issuer, jwks_uri);
        assert!(matches!(refused, Err(MetadataError::Endpoint("jwks_uri", ProviderUrlError::NotHttps))), "{jwks_uri}");
    }
}

// Covers: E10, E11.
#[test]
fn unlisted_response_types_and_modes_are_warnings() {
    for (members, warnings) in [
        (json!({"response_types_supported": ["code", "id_token code"]}), vec![]),
        (json!({"response_types_supported": ["code"]}), vec![Warning::ResponseType]),
        (json!({"response_types_supported": null}), vec![]),
        (json!({"response_modes_supported": ["query"]}), vec![Warning::ResponseMode]),
        (json!({"response_modes_supported": ["form_post"]}), vec![]),
        (json!({"response_types_supported": 5, "response_modes_supported": "x"}), vec![]),
    ] {
        assert_eq!(metadata(&members).warnings(), warnings, "{members}");
    }
}

// Covers: E12, E15, E19.
#[test]
fn unused_members_are_ignored_and_used_ones_are_strict() {
    let unused = json!({
        "id_token_signing_alg_values_supported": ["none", "HS256"], "userinfo_endpoint": 5, "claims_supported": {},
        "token_endpoint": "https://idp.example/token", "mtls_endpoint_aliases": [], "x": null,
    });
    assert!(parse(&document(&unused), &settings()).is_ok());
    let text = document(&json!({})).to_string();
    for text in [format!("\u{feff}{text}"), format!("{text}x"), text.replace('{', "{\"issuer\":\"x\","), "[]".into()] {
        assert!(matches!(Metadata::parse(text.as_bytes(), &settings()), Err(MetadataError::Json(_))), "{text}");
    }
    let long = format!("{text}{}", " ".repeat(MAX_BYTES));
    assert!(matches!(Metadata::parse(long.as_bytes(), &settings()), Err(MetadataError::TooLong)));
}

// Covers: E13.
#[test]
fn the_client_authentication_must_be_supported() {
    const BASIC: ClientAuthentication = ClientAuthentication::Secret(SecretMethod::Basic);
    const POST: ClientAuthentication = ClientAuthentication::Secret(SecretMethod::Post);
    const JWT: ClientAuthentication = ClientAuthentication::Secret(SecretMethod::Jwt);
    const KEY: ClientAuthentication = ClientAuthentication::PrivateKeyJwt(Some(Algorithm::Ps256));
    const FOREIGN_ASSERTION: ClientAuthentication = ClientAuthentication::PrivateKeyJwt(None);
    const TLS: ClientAuthentication = ClientAuthentication::Certificate(CertificateMethod::Pki);
    for (authentication, methods, algorithms, is_accepted) in [
        (BASIC, json!(null), json!(null), true),
        (POST, json!(null), json!(null), true),
        (KEY, json!(null), json!(null), true),
        (BASIC, json!(["client_secret_post", "client_secret_basic"]), json!(["RS256"]), true),
        (BASIC, json!(["client_secret_post"]), json!(null), false),
        (POST, json!(["private_key_jwt"]), json!(null), false),
        (KEY, json!(["client_secret_jwt"]), json!(null), false),
        (KEY, json!(["private_key_jwt"]), json!(["RS256", "PS256"]), true),
        (KEY, json!(["private_key_jwt"]), json!(["RS256"]), false),
        (JWT, json!(["client_secret_jwt"]), json!(["HS256"]), true),
        (JWT, json!(["client_secret_jwt"]), json!(["RS256"]), false),
        (FOREIGN_ASSERTION, json!(["private_key_jwt"]), json!(["ES512"]), true),
        (FOREIGN_ASSERTION, json!(["client_secret_basic"]), json!(null), false),
        (TLS, json!(["tls_client_auth"]), json!([]), true),
        (TLS, json!(["self_signed_tls_client_auth"]), json!(null), false),
        (ClientAuthentication::None, json!(["client_secret_post"]), json!([]), true),
    ] {
        let mut settings = settings();
        settings.client_authentication = authentication;
        let members = json!({
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
        });
        let result = parse(&document(&members), &settings);
        assert_eq!(result.is_ok(), is_accepted, "{authentication:?} {members}");
    }
}

// Covers: E21.
#[test]
fn mtls_aliases_are_for_clients_with_certificates() {
    const ALIAS: &str = "https://mtls.idp.example/token";
    let token_endpoint = |authentication, aliases| {
        let mut settings = settings();
        settings.client_authentication = authentication;
        parse(&document(&json!({"mtls_endpoint_aliases": aliases})), &settings)
            .map(|metadata| metadata.token_endpoint().map(str::to_owned))
    };
    let certificate = ClientAuthentication::Certificate(CertificateMethod::SelfSigned);
    for (authentication, aliases, expected) in [
        (ClientAuthentication::Secret(SecretMethod::Basic), json!({"token_endpoint": ALIAS}), TOKEN_ENDPOINT),
        (ClientAuthentication::PrivateKeyJwt(None), json!({"token_endpoint": ALIAS}), TOKEN_ENDPOINT),
        (ClientAuthentication::None, json!({"token_endpoint": "http://evil.example"}), TOKEN_ENDPOINT),
        (certificate, json!({"token_endpoint": ALIAS}), ALIAS),
        (certificate, json!({"revocation_endpoint": ALIAS}), TOKEN_ENDPOINT),
        (certificate, json!([ALIAS]), TOKEN_ENDPOINT),
        (certificate, json!(null), TOKEN_ENDPOINT),
    ] {
        let found = token_endpoint(authentication, aliases.clone()).expect("valid metadata");
        assert_eq!(found.as_deref(), Some(expected), "{authentication:?} {aliases}");
    }
    for url in [json!("http://mtls.idp.example/token"), json!("https://127.0.0.1/token"), json!(5), json!(null)] {
        assert!(token_endpoint(certificate, json!({"token_endpoint": url})).is_err(), "{url}");
    }
}

// Covers: E14.
#[test]
fn without_end_session_endpoint_sign_out_is_local() {
    assert_eq!(metadata(&json!({"end_session_endpoint": null})).end_session_endpoint(), None);
    let refused = metadata(&json!({"end_session_endpoint": "http://idp.example/end"}));
    assert_eq!(refused.end_session_endpoint(), None);
    assert_eq!(refused.warnings(), [Warning::EndSession(ProviderUrlError::NotHttps)]);
    assert_eq!(metadata(&json!({"end_session_endpoint": 5})).end_session_endpoint(), None);
}

#[test]
fn required_userinfo_needs_a_valid_endpoint() {
    let valid = json!("https://graph.example/userinfo");
    for (userinfo, endpoint, expected) in [
        (UserinfoUse::Off, valid.clone(), Ok(None)),
        (UserinfoUse::Off, json!("http://idp.example/userinfo"), Ok(None)),
        (UserinfoUse::On, valid.clone(), Ok(Some("https://graph.example/userinfo"))),
        (UserinfoUse::On, json!(null), Ok(None)),
        (UserinfoUse::On, json!("http://idp.example/userinfo"), Err(())),
        (UserinfoUse::Required, valid.clone(), Ok(Some("https://graph.example/userinfo"))),
        (UserinfoUse::Required, json!(null), Err(())),
        (UserinfoUse::Signed, json!(null), Err(())),
    ] {
        let settings = ProviderSettings { userinfo, ..settings() };
        let metadata = parse(&document(&json!({"userinfo_endpoint": endpoint})), &settings);
        assert_eq!(
            metadata.as_ref().map(Metadata::userinfo_endpoint).map_err(drop),
            expected,
            "{userinfo:?} {endpoint}"
        );
        let warns = metadata.is_ok_and(|metadata| metadata.warnings() == [Warning::NoUserinfo]);
        assert_eq!(warns, userinfo == UserinfoUse::On && endpoint.is_null(), "{userinfo:?} {endpoint}");
    }
}

// Covers: E20.
#[test]
fn the_iss_parameter_is_announced_by_a_boolean() {
    let name = "authorization_response_iss_parameter_supported";
    for (value, supported) in [(json!(true), true), (json!(false), false), (json!("true"), false), (json!(null), false)]
    {
        assert_eq!(metadata(&json!({name: value})).iss_supported(), supported, "{value}");
    }
}

#[test]
fn a_flow_without_code_needs_no_token_endpoint() {
    let mut settings = settings();
    settings.flow = Flow::IdToken;
    let members = json!({"token_endpoint": null, "token_endpoint_auth_methods_supported": ["private_key_jwt"]});
    assert_eq!(parse(&document(&members), &settings).expect("valid metadata").token_endpoint(), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>, address in ".*") {
        let _result = Metadata::parse(&bytes, &settings());
        let _result = parse(&document(&json!({"jwks_uri": format!("https://{address}"), "issuer": address})), &settings());
        let _result = parse(&document(&json!({"jwks_uri": format!("https://{address}")})), &settings());
    }
}

const TOKEN_ENDPOINT: &str = "https://idp.example/token";
