//! Additional parameters: which are accepted, how they are merged, and what they require.

use std::time::Duration;

use serde_json::{Value, json};

use super::{MAX_VALUE, ParameterError, Parameters};
use crate::{identity::AuthnRequirement, web::Form};

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    let mut parameters = Parameters::default();
    for (name, value) in pairs {
        parameters.set(name, value).unwrap_or_else(|error| panic!("{name}={value}: {error}"));
    }
    parameters
}

// Covers: S0-16, S0-18.
#[test]
fn known_parameters_are_validated() {
    let long = "x".repeat(MAX_VALUE + 1);
    for (name, value, expected) in [
        ("prompt", "login", Ok(())),
        ("prompt", "consent select_account", Ok(())),
        ("prompt", "create", Ok(())),
        ("prompt", "none", Ok(())),
        ("prompt", "login none", Err(ParameterError::PromptNone)),
        ("prompt", "Login", Err(ParameterError::Prompt)),
        ("prompt", "login login", Err(ParameterError::Prompt)),
        ("prompt", "login ", Err(ParameterError::Prompt)),
        ("prompt", "", Err(ParameterError::Text)),
        ("max_age", "0", Ok(())),
        ("max_age", "900", Ok(())),
        ("max_age", "15m", Err(ParameterError::MaxAge)),
        ("max_age", "-1", Err(ParameterError::MaxAge)),
        ("max_age", "+1", Err(ParameterError::MaxAge)),
        ("max_age", "99999999999", Err(ParameterError::MaxAge)),
        ("claims", r#"{"id_token":{"acr":{"essential":true}},"userinfo":{}}"#, Ok(())),
        ("claims", r#"{"id_token":null}"#, Err(ParameterError::Claims)),
        ("claims", r#"{"id_token":{},"id_token":{}}"#, Err(ParameterError::Claims)),
        ("claims", "[]", Err(ParameterError::Claims)),
        ("claims", "{", Err(ParameterError::Claims)),
        ("resource", "https://api.example.com/x?y=1", Ok(())),
        ("resource", "api://11111111-2222-3333-4444-555555555555", Ok(())),
        ("resource", "https://api.example.com#x", Err(ParameterError::Resource)),
        ("resource", "/api", Err(ParameterError::Resource)),
        ("ui_locales", "de-AT de ja", Ok(())),
        ("ui_locales", "de_AT", Err(ParameterError::Locales)),
        ("ui_locales", "de  ja", Err(ParameterError::Locales)),
        ("domain_hint", "example.com", Ok(())),
        ("login_hint", "b\u{7}b", Err(ParameterError::Text)),
        ("login_hint", &long, Err(ParameterError::Text)),
        ("whatever_a_provider_likes", "1 & 2", Ok(())),
    ] {
        assert_eq!(Parameters::default().set(name, value), expected, "{name}={value}");
    }
    for name in [
        "state",
        "nonce",
        "scope",
        "redirect_uri",
        "client_id",
        "client_secret",
        "response_type",
        "response_mode",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    ] {
        assert_eq!(Parameters::default().set(name, "x"), Err(ParameterError::Reserved), "{name}");
    }
}

#[test]
fn a_merge_keeps_the_stricter_requirement() {
    let below = [
        ("max_age", "600"),
        ("prompt", "login"),
        ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"a"},"email":null},"userinfo":{"name":null}}"#),
        ("domain_hint", "example.com"),
    ];
    let above = [
        ("max_age", "900"),
        ("prompt", "consent"),
        ("claims", r#"{"id_token":{"acr":{"essential":true,"values":["b","c"]}}}"#),
        ("acr_values", "b c"),
    ];
    let merged = parameters(&above).merged_over(&parameters(&below));
    for (name, expected) in
        [("max_age", "600"), ("prompt", "consent"), ("domain_hint", "example.com"), ("acr_values", "b c")]
    {
        assert_eq!(merged.value(name), Some(expected), "{name}");
    }
    let claims: Value = serde_json::from_str(merged.value("claims").expect("claims")).expect("JSON");
    let expected = json!({"id_token": {"acr": {"essential": true, "values": ["b", "c"]}, "email": null}, "userinfo": {"name": null}});
    assert_eq!(claims, expected);
    assert_eq!(parameters(&below).merged_over(&parameters(&above)).value("max_age"), Some("600"));
}

// Covers: S0-17.
#[test]
fn select_account_drops_the_login_hint() {
    let hint = parameters(&[("login_hint", "bob")]);
    let choose = parameters(&[("prompt", "consent select_account")]);
    for merged in [hint.merged_over(&choose), choose.merged_over(&hint)] {
        assert_eq!(merged.value("login_hint"), None);
        assert!(merged.prompts_for("select_account"));
    }
}

#[test]
fn a_requirement_is_requested_and_checked() {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let requirement = AuthnRequirement {
        max_age: Some(Duration::from_secs(900)),
        acr: strings(&["mfa", "hwk"]),
        acrs: strings(&["c1"]),
    };
    let request = Parameters::default().requiring(&requirement);
    assert_eq!((request.value("max_age"), request.value("acr_values")), (Some("900"), Some("mfa hwk")));
    let claims: Value = serde_json::from_str(request.value("claims").expect("claims")).expect("JSON");
    assert_eq!(
        claims,
        json!({"id_token": {"acr": {"essential": true, "values": ["mfa", "hwk"]}, "acrs": {"essential": true, "value": "c1"}}})
    );
    assert_eq!(request.authn_requirement(), requirement);
    assert_eq!(Parameters::parse(&request.text()), Some(request));
    assert_eq!(Parameters::default().requiring(&AuthnRequirement::default()), Parameters::default());
}

// Covers: B40.
#[test]
fn only_essential_claims_are_required() {
    for (claims, acr) in [
        (r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#, &["a"][..]),
        (r#"{"id_token":{"acr":{"essential":true}}}"#, &[]),
        (r#"{"id_token":{"acr":{"essential":false,"value":"a"}}}"#, &[]),
        (r#"{"id_token":{"acr":{"value":"a"}}}"#, &[]),
        (r#"{"id_token":{"acr":null}}"#, &[]),
        (r#"{"userinfo":{"acr":{"essential":true,"value":"a"}}}"#, &[]),
    ] {
        let request = parameters(&[("claims", claims), ("acr_values", "x")]);
        assert_eq!(request.authn_requirement().acr, acr, "{claims}");
    }
}

#[test]
fn all_hints_together_fit_into_a_cookie() {
    let long = "%26".repeat(256);
    let form = Form::parse(format!("login_hint={long}&domain_hint={long}&ui_locales=de").as_bytes()).expect("a form");
    let mut passed = Parameters::passed_through(&form, &["login_hint", "domain_hint", "ui_locales"].map(str::to_owned));
    assert_eq!(passed.text(), "ui_locales=de", "each of the others exceeds the limit for a hint");
    passed.set("x", &"x".repeat(1000)).expect("plain text");
    passed.add_hint("ui_locales", "ja");
    passed.add_hint("domain_hint", "example.com");
    passed.add_hint("login_hint", &"&".repeat(200));
    assert_eq!((passed.value("ui_locales"), passed.value("domain_hint")), (Some("de"), Some("example.com")));
    assert_eq!(passed.value("login_hint"), None);
}

// Covers: CVE-D21.
#[test]
fn a_link_passes_only_allowed_hints() {
    let long = format!("login_hint={}", "x".repeat(257));
    let all = ["login_hint", "prompt", "ui_locales", "scope", "max_age"];
    for (query, allowed, expected) in [
        ("login_hint=bob%40example.com&prompt=login", &all[..], "prompt=login&login_hint=bob%40example.com"),
        ("login_hint=bob&prompt=login", &["login_hint"], "login_hint=bob"),
        ("login_hint=bob&prompt=login&ui_locales=de", &[], ""),
        ("scope=admin&max_age=99999&state=x&nonce=y&redirect_uri=z&client_id=c&acr_values=low", &all, ""),
        ("prompt=login+none&ui_locales=%3Cscript%3E&login_hint=a%0d%0ab", &all, ""),
        (&long, &all, ""),
    ] {
        let form = Form::parse(query.as_bytes()).expect("a query");
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        let mut passed: Vec<_> =
            Parameters::passed_through(&form, &allowed).pairs().map(|(n, v)| format!("{n}={v}")).collect();
        let expected = Form::parse(expected.as_bytes()).expect("a query");
        let mut expected: Vec<_> = expected.pairs().map(|(n, v)| format!("{n}={v}")).collect();
        passed.sort();
        expected.sort();
        assert_eq!(passed, expected, "{query}");
    }
}
