//! The URL of the authorization request.

use std::sync::LazyLock;

use proptest::prelude::proptest;
use serde_json::json;

use super::{AuthorizationRequest, authorization_url};
use crate::{
    oidc::{
        Flow, Parameters, ProviderSettings,
        testing::{metadata, settings},
    },
    web::Form,
};

const REDIRECT_URI: &str = "https://intranet.example.com/.auth/login/idp/callback";

fn request() -> AuthorizationRequest<'static> {
    static NO_PARAMETERS: LazyLock<Parameters> = LazyLock::new(Parameters::default);
    AuthorizationRequest {
        redirect_uri: REDIRECT_URI,
        state: "the-state",
        nonce: "the-nonce",
        // The example of RFC 7636, appendix B.
        code_verifier: Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        extra: &NO_PARAMETERS,
    }
}

fn parameters(settings: &ProviderSettings, request: &AuthorizationRequest<'_>) -> Form {
    let url = authorization_url(&metadata(&json!({})), settings, request);
    let query = url.strip_prefix("https://idp.example/authorize?").expect("the endpoint");
    Form::parse(query.as_bytes()).expect("each parameter once")
}

// Covers: K02, D30.
#[test]
fn the_request_has_every_required_parameter() {
    let form = parameters(&settings(), &request());
    for (name, value) in [
        ("client_id", "app"),
        ("response_type", "code id_token"),
        ("response_mode", "form_post"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(form.value(name), Some(value), "{name}");
    }
}

#[test]
fn the_mode_is_explicit_and_pkce_accompanies_codes() {
    for (flow, mode, has_challenge) in
        [(Flow::CodeQuery, "query", true), (Flow::CodeFormPost, "form_post", true), (Flow::IdToken, "form_post", false)]
    {
        let settings = ProviderSettings { flow, ..settings() };
        let form = parameters(&settings, &request());
        assert_eq!(form.value("response_mode"), Some(mode));
        assert_eq!(form.value("code_challenge").is_some(), has_challenge, "{flow:?}");
        assert_eq!(form.value("nonce"), Some("the-nonce"));
    }
}

// Covers: E09.
#[test]
fn the_query_of_the_endpoint_is_preserved() {
    for (endpoint, start) in [
        ("https://idp.example/a?p=b2c%20x", "https://idp.example/a?p=b2c%20x&client_id=app&"),
        ("https://idp.example/a?", "https://idp.example/a?client_id=app&"),
        ("https://idp.example/a?p=1&", "https://idp.example/a?p=1&client_id=app&"),
    ] {
        let metadata = metadata(&json!({"authorization_endpoint": endpoint}));
        let url = authorization_url(&metadata, &settings(), &request());
        assert!(url.starts_with(start), "{url}");
    }
}

#[test]
fn extra_parameters_are_unique_and_not_protocol_names() {
    let extra = |text: &str| Parameters::parse(text).expect("parameters");
    let merged = extra("prompt=select_account").merged_over(&extra("prompt=login&domain_hint=a%26state%3Db"));
    let form = parameters(&settings(), &AuthorizationRequest { extra: &merged, ..request() });
    assert_eq!(form.value("prompt"), Some("select_account"));
    assert_eq!(form.value("domain_hint"), Some("a&state=b"));
    assert_eq!((form.value("nonce"), form.value("state")), (Some("the-nonce"), Some("the-state")));
    for reserved in ["nonce=x", "request=x", "state=x", "code_challenge=x", "redirect_uri=x"] {
        assert_eq!(Parameters::parse(reserved), None, "{reserved}");
    }
}

proptest! {
    // Covers: J11.
    #[test]
    fn values_are_encoded_without_loss(name in "x[^\\p{Cc}]{1,8}", value in "[^\\p{Cc}]{1,64}", state in ".*") {
        let mut extra = Parameters::default();
        extra.set(&name, &value).expect("plain text");
        let form = parameters(&settings(), &AuthorizationRequest { extra: &extra, state: &state, ..request() });
        assert_eq!((form.value(&name), form.value("state")), (Some(value.as_str()), Some(state.as_str())));
    }
}
