//! Issuer identifiers and templates, and the tokens that each of them accepts.

use proptest::prelude::proptest;
use serde_json::{Value, json};

use super::{Issuer, IssuerError, Tenant, Tenants};
use crate::{
    base::{Secret, Timestamp},
    jose::{
        Algorithm,
        testing::{RSA, key_set, with},
    },
    oidc::{Channel, Expected, IdTokenVerifier, Profile, ProviderUrlError, provider_url, testing},
};

const T1: &str = "11111111-aaaa-4000-8000-00000000000a";
const T2: &str = "22222222-bbbb-4000-8000-00000000000b";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";

fn tenant(text: &str) -> Tenant {
    Tenant::parse(text).expect("a GUID")
}

fn first_tenant_only() -> Issuer {
    Issuer::for_tenants(TEMPLATE, Tenants::Listed(vec![tenant(T1)])).expect("a template")
}

fn issuer_of(tenant: &str) -> String {
    format!("https://login.example/{tenant}/v2.0")
}

#[test]
fn an_issuer_is_preserved_byte_for_byte() {
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
        assert_eq!((issuer.as_str(), issuer.discovery_url()), (text, discovery));
        assert_eq!(provider_url::is_loopback(issuer.url()), text.starts_with("http:"), "{text}");
    }
}

// Covers: E02, E08.
#[test]
fn invalid_issuer_urls_are_refused() {
    for (text, error) in [
        ("", ProviderUrlError::NotAUrl),
        ("idp.example", ProviderUrlError::NotAUrl),
        ("https:idp.example", ProviderUrlError::NotAUrl),
        ("https://", ProviderUrlError::NotAUrl),
        (" https://idp.example", ProviderUrlError::NotAUrl),
        ("https://idp.example\n", ProviderUrlError::NotAUrl),
        ("https://idp.example\\x", ProviderUrlError::NotAUrl),
        ("https://ïdp.example", ProviderUrlError::NotAUrl),
        ("http://idp.example", ProviderUrlError::NotHttps),
        ("http://localhost.evil.example", ProviderUrlError::NotHttps),
        ("http://127.0.0.1.evil.example", ProviderUrlError::NotHttps),
        ("http://10.0.0.1", ProviderUrlError::NotHttps),
        ("file:///etc/passwd", ProviderUrlError::NotHttps),
        ("HTTPS://idp.example", ProviderUrlError::NotHttps),
        ("https://user@idp.example", ProviderUrlError::Userinfo),
        ("https://user:pw@idp.example", ProviderUrlError::Userinfo),
        ("https://@idp.example", ProviderUrlError::Userinfo),
        ("https://idp.example#x", ProviderUrlError::Fragment),
        ("https://idp.example/#", ProviderUrlError::Fragment),
        ("https://idp.example?x=1", ProviderUrlError::Query),
        ("https://idp.example/?", ProviderUrlError::Query),
    ] {
        assert_eq!(Issuer::parse(text).err(), Some(IssuerError::Address(error)), "{text:?}");
    }
}

// Covers: S0-7.
#[test]
fn multi_tenant_issuers_need_a_tenant_list() {
    let discovery = |tenant: &str| format!("https://login.example/{tenant}/v2.0/.well-known/openid-configuration");
    for (text, tenant) in [
        (TEMPLATE, "common"),
        ("https://login.example/common/v2.0", "common"),
        ("https://login.example/organizations/v2.0", "organizations"),
    ] {
        assert_eq!(Issuer::parse(text), Err(IssuerError::NeedsTenants), "{text}");
        let issuer = Issuer::for_tenants(text, Tenants::Any).expect("a template");
        assert_eq!((issuer.as_str(), issuer.discovery_url()), (TEMPLATE, discovery(tenant).as_str()));
    }
    let v1 = "https://sts.example/{tenantid}/";
    assert_eq!(Issuer::for_tenants(v1, Tenants::Any).expect("a template").as_str(), v1);
    // One tenant, personal accounts, and realms of other providers with these names.
    for text in [
        &issuer_of(T1),
        "https://login.example/contoso.example/v2.0",
        "https://login.example/consumers/v2.0",
        "https://login.example/realms/common",
        "https://login.example/realms/common/v2.0",
        "https://login.example/common",
        "https://common/v2.0",
    ] {
        assert_eq!(Issuer::parse(text).expect("one issuer").as_str(), text);
        assert_eq!(Issuer::for_tenants(text, Tenants::Any), Err(IssuerError::OneIssuer), "{text}");
    }
    for text in [
        "https://login.example/{tenantid}/{tenantid}/v2.0",
        "https://login.example/x{tenantid}/v2.0",
        "https://login.example/{tenantId}/v2.0",
        "https://login.example/{tenant}/v2.0",
        "https://{tenantid}/v2.0",
        "https://login.example/{tenantid/v2.0",
        "https://login.example/{tenantid}/{x}",
        "https://login.example/?{tenantid}",
    ] {
        assert_eq!(Issuer::parse(text), Err(IssuerError::Placeholder), "{text}");
        assert_eq!(Issuer::for_tenants(text, Tenants::Any), Err(IssuerError::Placeholder), "{text}");
    }
    let plain = Issuer::for_tenants("http://login.example/{tenantid}/v2.0", Tenants::Any);
    assert_eq!(plain, Err(IssuerError::Address(ProviderUrlError::NotHttps)));
}

#[test]
fn a_tenant_is_a_guid_in_any_letter_case() {
    assert_eq!(tenant(&T1.to_uppercase()), tenant(T1));
    for text in
        ["", "common", &T1[1..], &format!("{T1}0"), &T1.replace('-', "0"), &T1.replace('a', "g"), &format!("{{{T1}}}")]
    {
        assert_eq!(Tenant::parse(text), None, "{text}");
    }
}

#[test]
fn loopback_metadata_needs_a_loopback_issuer() {
    let issuer = first_tenant_only();
    for (address, refused) in [
        ("https://login.example/a/.well-known/openid-configuration?appid=1&p=x", None),
        ("https://other.example/", None),
        ("http://login.example/", Some(ProviderUrlError::NotHttps)),
        ("https://127.0.0.1/", Some(ProviderUrlError::Local)),
        ("https://169.254.169.254/", Some(ProviderUrlError::Local)),
        ("https://login.example/#x", Some(ProviderUrlError::Fragment)),
    ] {
        assert_eq!(issuer.check_discovery(address).err(), refused, "{address}");
    }
}

// Covers: CVE-D22.
#[test]
fn the_iss_parameter_names_an_allowed_tenant() {
    for (iss, is_accepted) in [
        (issuer_of(T1), true),
        (issuer_of(&T1.to_uppercase()), true),
        (issuer_of(T2), false),
        (issuer_of("common"), false),
        (TEMPLATE.to_owned(), false),
        (format!("{}/", issuer_of(T1)), false),
        (format!("https://evil.example/{T1}/v2.0"), false),
        (String::new(), false),
    ] {
        assert_eq!(first_tenant_only().accepts(&iss), is_accepted, "{iss}");
    }
    let one = Issuer::parse("https://idp.example").expect("an issuer");
    assert!(one.accepts("https://idp.example") && !one.accepts("https://idp.example/"));
}

/// The issuer of a token with `claims`, signed by a key that is published with the members `key`, or the reason code of
/// the error.
fn verify(issuer: &Issuer, claims: &Value, key: &Value, metadata: &Value) -> Result<String, &'static str> {
    let plain = json!({"sub": "s", "aud": "app", "iat": 1000, "exp": 2000});
    let token = Secret::new(RSA.token(Algorithm::Rs256, &with(&plain, claims)));
    let expected = Expected {
        issuer,
        profile: Profile::Standard,
        client_id: "app",
        nonce: None,
        code: None,
        access_token: None,
        state: None,
        channel: Channel::Back,
    };
    let (metadata, keys) = (testing::metadata(metadata), key_set(&[&RSA.jwk_with(key)]));
    IdTokenVerifier { metadata: &metadata, keys: &keys }
        .verify(&token, &expected, Timestamp::from_seconds(1000))
        .map(|token| token.issuer().to_owned())
        .map_err(|error| error.reason().as_str())
}

// Covers: B04, B48.
#[test]
fn the_tenant_of_a_token_must_be_allowed() {
    let upper = T1.to_uppercase();
    for (claims, expected) in [
        (json!({"iss": issuer_of(T1), "tid": T1}), Ok(issuer_of(T1))),
        (json!({"iss": issuer_of(&upper), "tid": upper}), Ok(issuer_of(&upper))),
        (json!({"iss": issuer_of(T1), "tid": upper}), Err("id-token-issuer")),
        (json!({"iss": issuer_of(T1), "tid": T2}), Err("id-token-issuer")),
        (json!({"iss": issuer_of(T2), "tid": T1}), Err("id-token-issuer")),
        (json!({"iss": issuer_of(T2), "tid": T2}), Err("id-token-tenant")),
        (json!({"iss": issuer_of(PERSONAL), "tid": PERSONAL}), Err("id-token-tenant")),
        (json!({"iss": TEMPLATE, "tid": T1}), Err("id-token-issuer")),
        (json!({"iss": format!("https://sts.example/{T1}/"), "tid": T1}), Err("id-token-issuer")),
        (json!({"iss": format!("https://evil.example/{T1}/v2.0"), "tid": T1}), Err("id-token-issuer")),
        (json!({"iss": issuer_of("common"), "tid": "common"}), Err("id-token-malformed")),
        (json!({"iss": issuer_of(""), "tid": ""}), Err("id-token-malformed")),
        (json!({"iss": issuer_of(T1)}), Err("id-token-malformed")),
        (json!({"iss": issuer_of(T1), "tid": [T1]}), Err("id-token-malformed")),
        (json!({"iss": issuer_of(T1), "tid": T1, "TID": T2}), Err("id-token-malformed")),
        (json!({"iss": issuer_of(T1), "Tid": T1}), Err("id-token-malformed")),
        (json!({"tid": T1}), Err("id-token-issuer")),
        (json!({"iss": 1, "tid": T1}), Err("id-token-malformed")),
    ] {
        assert_eq!(verify(&first_tenant_only(), &claims, &json!({}), &json!({})), expected, "{claims}");
    }
    let any = Issuer::for_tenants(TEMPLATE, Tenants::Any).expect("a template");
    let second = json!({"iss": issuer_of(T2), "tid": T2});
    assert_eq!(verify(&any, &second, &json!({}), &json!({})), Ok(issuer_of(T2)));
    let mixed = json!({"iss": issuer_of(T2), "tid": T1});
    assert_eq!(verify(&any, &mixed, &json!({}), &json!({})), Err("id-token-issuer"));
}

// Covers: B04.
#[test]
fn a_key_signs_for_its_issuer_and_cloud() {
    let one = Issuer::parse(&issuer_of(T1)).expect("an issuer");
    let wrong = || Err("id-token-key-issuer");
    for issuer in [&first_tenant_only(), &one] {
        for (key, cloud, expected) in [
            (json!({"issuer": TEMPLATE}), json!({}), Ok(issuer_of(T1))),
            (json!({"issuer": issuer_of(T1)}), json!({}), Ok(issuer_of(T1))),
            (json!({"issuer": issuer_of(PERSONAL)}), json!({}), wrong()),
            (json!({"issuer": format!("{TEMPLATE}/")}), json!({}), wrong()),
            (json!({"issuer": "https://login.other.example/{tenantid}/v2.0"}), json!({}), wrong()),
            (json!({"issuer": ""}), json!({}), wrong()),
            (
                json!({"cloud_instance_name": "a.example"}),
                json!({"cloud_instance_name": "a.example"}),
                Ok(issuer_of(T1)),
            ),
            (json!({"cloud_instance_name": "a.example"}), json!({}), Ok(issuer_of(T1))),
            (json!({}), json!({"cloud_instance_name": "a.example"}), Ok(issuer_of(T1))),
            (json!({"cloud_instance_name": "b.example"}), json!({"cloud_instance_name": "a.example"}), wrong()),
        ] {
            let claims = json!({"iss": issuer_of(T1), "tid": T1});
            assert_eq!(verify(issuer, &claims, &key, &cloud), expected, "{key} {cloud}");
        }
    }
    // A key that is restricted to a template cannot sign a token without a tenant.
    let no_tenant = json!({"iss": issuer_of(T1)});
    assert_eq!(verify(&one, &no_tenant, &json!({"issuer": TEMPLATE}), &json!({})), Err("id-token-malformed"));
    assert_eq!(verify(&one, &no_tenant, &json!({}), &json!({})), Ok(issuer_of(T1)));
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".*", rest in ".*") {
        for text in [text, format!("https://{rest}"), format!("https://x/{{tenantid}}/{rest}")] {
            let _result = (Issuer::parse(&text), Issuer::for_tenants(&text, Tenants::Any));
            let _accepted = first_tenant_only().accepts(&text);
        }
    }

    #[test]
    fn other_issuers_of_a_tenant_are_refused(iss in "https://login.example/[12ab/-]{0,40}(/v2.0)?", tid in "[12ab-]{0,40}") {
        let claims = json!({"iss": iss, "tid": tid});
        assert!(verify(&first_tenant_only(), &claims, &json!({}), &json!({})).is_err());
    }
}
