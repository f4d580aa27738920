//! A refresh authenticates the client as a sign-in does, with the current content of the files.

use std::time::Duration;

use serde_json::json;
use vestibule_harness::{
    browser::{Browser, Call},
    idp::{ClientKey, ClientRegistration, TokenRequest},
};

use super::{Files, PLATFORM, WORKLOAD, client_parameters, mtls_world, world};
use crate::world::World;

/// Sends a request with a session whose tokens have expired. Returns the token request that follows, if any.
async fn refresh(world: &World, browser: &Browser) -> Option<TokenRequest> {
    let before = world.provider.token_requests().len();
    world.advance(Duration::from_secs(601));
    let answer = browser.request(Call::fetch("GET", &world.at("/x"), &[])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let request = world.provider.token_requests().get(before).cloned();
    assert!(request.as_ref().is_none_or(|request| request.grant_type == "refresh_token"));
    request
}

#[tokio::test]
async fn refresh_authenticates_like_a_sign_in() {
    let key = ClientKey::p256();
    let tls = "self_signed_tls_client_auth";
    for (lines, method, client) in [
        ("client_key = { file = \"$/key\" }", "private_key_jwt", ClientRegistration::Keys(vec![key.clone()], false)),
        (
            "client_auth = \"self_signed_tls_client_auth\"\nclient_key = { file = \"$/key\" }\nclient_certificate = \"$/certificate\"",
            tls,
            ClientRegistration::Certificate(tls, Box::new(key.clone())),
        ),
    ] {
        let files = Files::new();
        files.write_pair(&key);
        let (world, address) = mtls_world(&files.lines(&format!("{lines}\n{OFFLINE}")), client).await;
        let browser = world.signed_in().await;
        let request = refresh(&world, &browser).await.expect("a renewal");
        assert_eq!((request.auth_method.as_str(), request.refused), (method, None));
        assert_eq!(request.address, if method == tls { &address } else { "/token" });
    }
}

#[tokio::test]
async fn refresh_uses_the_current_platform_assertion() {
    let (files, platform) = (Files::new(), ClientKey::p256());
    files.write("token", "e30.e30.bm90IHlldA");
    let lines = files.lines(&format!("client_assertion = {{ token_file = \"$/token\" }}\n{OFFLINE}"));
    let world = world(&lines, ClientRegistration::Federated(Box::new(platform.clone()), PLATFORM, WORKLOAD)).await;
    let signed = |from: i64, life: i64| {
        platform.token(&json!({
            "iss": PLATFORM, "sub": WORKLOAD, "aud": world.provider.issuer(), "iat": from, "nbf": from, "exp": from + life,
        }))
    };
    files.write("token", &signed(world.provider.now(), 60));
    let browser = world.signed_in().await;

    // The platform does not replace the assertion: the session stays.
    files.remove("token");
    assert_eq!(refresh(&world, &browser).await, None);
    let request = loop {
        // After a failure there is a pause before the next attempt.
        files.write("token", &signed(world.provider.now() + 500, 300));
        if let Some(request) = refresh(&world, &browser).await {
            break request;
        }
    };
    assert_eq!((request.auth_method.as_str(), request.refused), ("private_key_jwt", None));
    assert_eq!(
        client_parameters(&request),
        ["refresh_token", "client_id", "client_assertion_type", "client_assertion"]
    );
}

const OFFLINE: &str = "scopes = [\"openid\", \"profile\", \"email\", \"offline_access\"]";
