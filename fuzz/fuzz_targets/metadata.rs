//! Discovery documents: accepted only from the configured issuer and with endpoints on public https addresses.
#![no_main]

use std::net::{Ipv4Addr, Ipv6Addr};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use url::{Host, Url};
use vestibule::oidc::{AuthorizationRequest, Metadata, Parameters, authorization_url};
use vestibule_fuzz::SETTINGS;

fuzz_target!(|document: &[u8]| {
    let metadata = match Metadata::parse(document, &SETTINGS) {
        Ok(metadata) => metadata,
        Err(error) => {
            let _said = (error.reason(), error.to_string(), format!("{error:?}"));
            return;
        }
    };
    let read: Value = serde_json::from_slice(document).expect("JSON");
    assert_eq!(read["issuer"], SETTINGS.issuer.as_str());
    let endpoints = [
        Some(metadata.authorization_endpoint()),
        Some(metadata.token_endpoint().expect("the flow has a code")),
        Some(metadata.jwks_uri()),
        metadata.end_session_endpoint(),
    ];
    for endpoint in endpoints.into_iter().flatten() {
        outside(endpoint);
    }
    request(&metadata);
});

/// Asserts an https URL whose host is neither this machine nor link-local.
fn outside(endpoint: &str) {
    let url = Url::parse(endpoint).expect("a URL");
    assert_eq!(url.scheme(), "https");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert!(endpoint.bytes().all(|byte| byte.is_ascii_graphic()), "{endpoint}");
    match url.host().expect("a host") {
        Host::Ipv4(address) => assert!(!is_near(address), "{endpoint}"),
        Host::Ipv6(address) => {
            let link_local = address.segments()[0] & 0xffc0 == 0xfe80;
            let near = matches!(address, Ipv6Addr::LOCALHOST | Ipv6Addr::UNSPECIFIED) || link_local;
            assert!(!near && !address.to_ipv4_mapped().is_some_and(is_near), "{endpoint}");
        }
        Host::Domain(name) => {
            let last = name.trim_end_matches('.').rsplit('.').next();
            assert_ne!(last, Some("localhost"), "{endpoint}");
        }
    }
}

fn is_near(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [0, 0, 0, 0] | [127, ..] | [169, 254, ..])
}

/// Asserts that the parameters of the request follow the endpoint's own query unchanged.
fn request(metadata: &Metadata) {
    let request = AuthorizationRequest {
        redirect_uri: "https://site.example/.auth/login/idp/callback",
        state: "st&te#",
        nonce: "n o+nce",
        code_verifier: Some("verifier"),
        extra: &Parameters::default(),
    };
    let text = authorization_url(metadata, &SETTINGS, &request);
    assert!(text.starts_with(metadata.authorization_endpoint()));
    let url = Url::parse(&text).expect("a URL");
    let endpoint = Url::parse(metadata.authorization_endpoint()).expect("a URL");
    assert_eq!((url.origin(), url.path()), (endpoint.origin(), endpoint.path()));
    let pairs: Vec<_> = url.query_pairs().collect();
    for (name, value) in [("state", "st&te#"), ("nonce", "n o+nce"), ("client_id", "client")] {
        let last = pairs.iter().rfind(|(its, _)| its == name);
        assert_eq!(last.map(|(_, value)| &**value), Some(value), "{text}");
    }
}
