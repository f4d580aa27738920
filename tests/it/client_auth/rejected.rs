//! The provider rejects the client's credentials: a page, an alarm, and no second attempt.

use vestibule_harness::idp::{ClientKey, ClientRegistration, EventKind};

use super::{Files, mtls_world, sign_in, try_sign_in, world};
use crate::world::{Setup, World, logged};

/// Asserts that one token request was rejected as `refused`, with a page for the user and an alarm with a hint for the operator.
async fn assert_refused(world: &World, method: &str, refused: Option<&str>, reason: &str) {
    let (tokens, requests_before) = (world.provider.token_requests().len(), world.provider.count(EventKind::Authorize));
    let page = try_sign_in(world).await;
    world.assert_refused(&page, reason);
    let requests = world.provider.token_requests();
    assert_eq!((page.status, requests.len()), (502, tokens + 1));
    assert_eq!(world.provider.count(EventKind::Authorize), requests_before + 1, "no loop: {:?}", page.history());
    let last = requests.last().expect("a token request");
    assert_eq!((last.auth_method.as_str(), last.refused), (method, refused));
    let log_lines = logged(page.header("x-request-id").expect("a request id"));
    assert!(log_lines.iter().any(|line| line["fault"] == "gateway" && line["hint"].is_string()), "{log_lines:?}");
    super::assert_not_logged(last);
}

// Covers: D02.
#[tokio::test]
async fn unregistered_credentials_are_refused_with_an_alarm() {
    let (files, key) = (Files::new(), ClientKey::p256());
    files.write_pair(&key);
    let others = || ClientRegistration::Keys(vec![ClientKey::p256()], false);
    for (lines, method, client) in [
        ("", "client_secret_basic", ClientRegistration::SecretJwt),
        ("client_key = { file = \"$/key\" }", "private_key_jwt", others()),
        ("client_key = { file = \"$/key\" }", "private_key_jwt", ClientRegistration::Secret),
        ("client_key = { file = \"$/key\" }", "private_key_jwt", ClientRegistration::Keys(vec![key.clone()], true)),
    ] {
        let world = world(&files.lines(lines), client).await;
        assert_refused(&world, method, Some("invalid_client"), "token-client-refused").await;
    }
}

// Covers: D02.
#[tokio::test]
async fn an_expired_secret_is_replaced_on_disk() {
    let files = Files::new();
    files.write("secret", "an expired secret\n");
    let world = world(&files.lines("client_secret = { file = \"$/secret\" }"), ClientRegistration::Secret).await;
    for _ in 0..2 {
        assert_refused(&world, "client_secret_basic", Some("invalid_client"), "token-client-refused").await;
    }
    files.write("secret", "a secret with : % + / in it\n");
    sign_in(&world).await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_fails_the_handshake() {
    let files = Files::new();
    files.write_pair(&ClientKey::p256());
    let lines = files.lines(
        "client_auth = \"tls_client_auth\"\nclient_key = { file = \"$/key\" }\nclient_certificate = \"$/certificate\"",
    );
    let client = ClientRegistration::Certificate("tls_client_auth", Box::new(ClientKey::p256()));
    let (world, _) = mtls_world(&lines, client).await;
    let page = try_sign_in(&world).await;
    world.assert_refused(&page, "provider-unreachable");
    assert_eq!((page.status, world.provider.token_requests().len()), (502, 0));

    // A certificate of the right authority that is not the registered one.
    files.write_pair(&ClientKey::certified(&world.ca));
    assert_refused(&world, "tls_client_auth", Some("invalid_client"), "token-client-refused").await;
}

// Covers: E13.
#[tokio::test]
async fn unlisted_client_authentication_starts_no_sign_in() {
    let (files, key) = (Files::new(), ClientKey::p256());
    files.write_pair(&key);
    files.write("secret", "a secret of more than thirty-two bytes\n");
    files.write("token", "e30.e30.bm90IHlldA");
    let tls =
        "client_auth = \"tls_client_auth\"\nclient_key = { file = \"$/key\" }\nclient_certificate = \"$/certificate\"";
    let jwt = "client_auth = \"client_secret_jwt\"\nclient_secret = { file = \"$/secret\" }";
    let (key, token) = ("client_key = { file = \"$/key\" }", "client_assertion = { token_file = \"$/token\" }");
    // E13a lists private_key_jwt alone, E13c no algorithm that the gateway supports.
    for (lines, fault, begins) in [
        (jwt, "E13a", false),
        (tls, "E13a", false),
        (key, "E13a", true),
        (token, "E13a", true),
        (jwt, "E13c", false),
        (key, "E13c", false),
        (tls, "E13c", true),
        (token, "E13c", true),
        (key, "E13b", true),
    ] {
        let world = Setup::new().provider(&files.lines(lines)).fault(fault).without_waiting().start().await;
        let page = world.browser().navigate_without_following(world.at("/wanted")).await;
        if begins {
            world.assert_starts_sign_in(&page);
        } else {
            world.assert_refused(&page, "provider-metadata");
            assert_eq!(page.status, 502);
        }
    }
}
