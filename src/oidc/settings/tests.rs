//! What an operator may write, and what not.

use super::{Flow, FlowError, Issuer, IssuerError, ProviderName, check_authorize};
use crate::oidc::AddressError;
use proptest::prelude::proptest;

#[test]
fn a_provider_s_name_fits_into_a_path_and_a_cookie() {
    for name in ["entra", "a", "idp-2", &"x".repeat(32)] {
        assert_eq!(ProviderName::parse(name).map(|name| name.as_str().to_owned()), Ok(name.to_owned()));
    }
    for name in ["", "Entra", "a b", "a/b", "a.b", "ä", "a_b", &"x".repeat(33)] {
        assert!(ProviderName::parse(name).is_err(), "{name}");
    }
}

#[test]
fn an_issuer_is_kept_byte_for_byte() {
    for (text, discovery) in [
        ("https://idp.example", "https://idp.example/.well-known/openid-configuration"),
        ("https://idp.example/", "https://idp.example/.well-known/openid-configuration"),
        ("https://IDP.example:443/A/v2.0", "https://IDP.example:443/A/v2.0/.well-known/openid-configuration"),
        ("https://idp.example/realms/a%20b/", "https://idp.example/realms/a%20b/.well-known/openid-configuration"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/openid-configuration"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x/.well-known/openid-configuration"),
        ("http://localhost", "http://localhost/.well-known/openid-configuration"),
        ("http://127.8.8.8", "http://127.8.8.8/.well-known/openid-configuration"),
    ] {
        let issuer = Issuer::parse(text).expect("an issuer");
        assert_eq!((issuer.as_str(), issuer.discovery_url().as_str()), (text, discovery));
        assert_eq!(issuer.is_loopback(), text.starts_with("http:"), "{text}");
    }
}

#[test]
fn e02_e08_an_issuer_has_no_more_than_it_may() {
    for (text, error) in [
        ("", AddressError::NotAUrl),
        ("idp.example", AddressError::NotAUrl),
        ("https:idp.example", AddressError::NotAUrl),
        ("https://", AddressError::NotAUrl),
        (" https://idp.example", AddressError::NotAUrl),
        ("https://idp.example\n", AddressError::NotAUrl),
        ("https://idp.example\\x", AddressError::NotAUrl),
        ("https://ïdp.example", AddressError::NotAUrl),
        ("http://idp.example", AddressError::NotHttps),
        ("http://localhost.evil.example", AddressError::NotHttps),
        ("http://127.0.0.1.evil.example", AddressError::NotHttps),
        ("http://10.0.0.1", AddressError::NotHttps),
        ("file:///etc/passwd", AddressError::NotHttps),
        ("HTTPS://idp.example", AddressError::NotHttps),
        ("https://user@idp.example", AddressError::Userinfo),
        ("https://user:pw@idp.example", AddressError::Userinfo),
        ("https://@idp.example", AddressError::Userinfo),
        ("https://idp.example#x", AddressError::Fragment),
        ("https://idp.example/#", AddressError::Fragment),
        ("https://idp.example?x=1", AddressError::Query),
        ("https://idp.example/?", AddressError::Query),
    ] {
        assert_eq!(Issuer::parse(text).err(), Some(IssuerError(error)), "{text:?}");
    }
}

#[test]
fn the_legal_pairs_are_four() {
    for (response_type, response_mode, flow) in [
        ("code id_token", "form_post", Ok(Flow::CodeIdToken)),
        ("id_token code", "form_post", Ok(Flow::CodeIdToken)),
        ("code", "query", Ok(Flow::CodeQuery)),
        ("code", "form_post", Ok(Flow::CodeFormPost)),
        ("id_token", "form_post", Ok(Flow::IdToken)),
        ("code id_token", "query", Err(FlowError::QueryWithIdToken)),
        ("id_token", "query", Err(FlowError::QueryWithIdToken)),
        ("code", "fragment", Err(FlowError::Fragment)),
        ("code id_token", "fragment", Err(FlowError::Fragment)),
        ("code token", "form_post", Err(FlowError::Token)),
        ("code id_token token", "form_post", Err(FlowError::Token)),
        ("token", "fragment", Err(FlowError::Token)),
        ("code code", "form_post", Err(FlowError::UnknownType)),
        ("none", "form_post", Err(FlowError::UnknownType)),
        ("", "form_post", Err(FlowError::UnknownType)),
        ("code", "form_post.jwt", Err(FlowError::UnknownMode)),
        ("code", "", Err(FlowError::UnknownMode)),
    ] {
        assert_eq!(Flow::from_pair(response_type, response_mode), flow, "{response_type}, {response_mode}");
    }
    for flow in [Flow::CodeIdToken, Flow::CodeQuery, Flow::CodeFormPost, Flow::IdToken] {
        assert_eq!(Flow::from_pair(flow.response_type(), flow.response_mode()), Ok(flow));
        assert_eq!(flow.has_code(), flow.response_type().contains("code"));
        assert_eq!(flow.has_front_id_token(), flow.response_type().contains("id_token"));
        assert_eq!(flow.is_form_post(), flow.response_mode() == "form_post");
    }
    assert_eq!(Flow::default(), Flow::CodeIdToken);
}

#[test]
fn the_protocol_s_parameters_are_not_the_operator_s() {
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
        assert!(check_authorize(name).is_err(), "{name}");
    }
    for name in ["prompt", "login_hint", "domain_hint", "acr_values", "max_age", "ui_locales", "claims", "p"] {
        assert!(check_authorize(name).is_ok(), "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", rest in ".*") {
        let _read = Issuer::parse(&text);
        let _read = Issuer::parse(&format!("https://{rest}"));
        let _read = ProviderName::parse(&text);
        let _read = Flow::from_pair(&text, &rest);
    }
}
