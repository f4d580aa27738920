//! Credential files that are replaced, broken or removed while the gateway runs.

use vestibule_harness::idp::{ClientKey, ClientRegistration};

use super::{Files, PLATFORM, WORKLOAD, assertion, sign_in, try_sign_in, world};
use crate::world::everything_logged;

// Covers: S1-14.
#[tokio::test]
async fn a_replaced_secret_is_used_at_once() {
    let files = Files::new();
    files.write("secret", "a secret with : % + / in it\n");
    let world = world(&files.lines("client_secret = { file = \"$/secret\" }"), ClientRegistration::Secret).await;
    sign_in(&world).await;
    for (written, secret) in [("a second \"secret\" \n", "a second \"secret\" "), ("a third secret", "a third secret")]
    {
        world.provider.rotate_client_secret(secret);
        files.write("secret", written);
        sign_in(&world).await;
    }
}

#[tokio::test]
async fn a_replaced_key_is_used_at_once() {
    let files = Files::new();
    let (first, second) = (ClientKey::p256(), ClientKey::p256());
    files.write_pair(&first);
    let lines = files.lines("client_key = { file = \"$/key\" }\nclient_certificate = \"$/certificate\"");
    // Both keys are registered during the change, as an operator would do it.
    let world = world(&lines, ClientRegistration::Keys(vec![first, second.clone()], true)).await;
    let before = assertion(&sign_in(&world).await).0["x5t#S256"].clone();
    files.write("certificate", &second.certificate_pem);
    let halfway = assertion(&sign_in(&world).await).0["x5t#S256"].clone();
    assert_eq!(halfway, before, "the former pair stays in use until key and certificate match");
    files.write("key", &second.key_pem);
    world.provider.register_client(ClientRegistration::Keys(vec![second], true));
    assert_ne!(assertion(&sign_in(&world).await).0["x5t#S256"], before);
}

#[tokio::test]
async fn an_invalid_key_file_keeps_the_former_key() {
    let (files, key) = (Files::new(), ClientKey::p256());
    files.write_pair(&key);
    let name = files.0.display().to_string();
    let world =
        world(&files.lines("client_key = { file = \"$/key\" }"), ClientRegistration::Keys(vec![key.clone()], false))
            .await;
    sign_in(&world).await;
    files.remove("key");
    let alarm_count =
        || everything_logged().lines().filter(|line| line.contains(&name) && line.contains("ERROR")).count();
    for _ in 0..3 {
        sign_in(&world).await;
        assert_eq!(alarm_count(), 1);
    }
    let log = everything_logged();
    let line = log.lines().find(|line| line.contains(&name) && line.contains("ERROR")).expect("the alarm");
    assert!(line.contains("the previous ones stay in use") && line.contains("key cannot be read"), "{line}");
    files.write_pair(&key);
    sign_in(&world).await;
    files.remove("key");
    sign_in(&world).await;
    assert_eq!(alarm_count(), 2, "a second failure is logged again");
    assert!(!everything_logged().contains("PRIVATE KEY"));
}

#[tokio::test]
async fn a_missing_assertion_file_refuses_sign_ins() {
    let (files, platform) = (Files::new(), ClientKey::p256());
    files.write("token", "e30.e30.bm90IHlldA");
    let lines = files.lines("client_assertion = { token_file = \"$/token\" }");
    let world = world(&lines, ClientRegistration::Federated(Box::new(platform.clone()), PLATFORM, WORKLOAD)).await;
    files.remove("token");
    for broken in [None, Some(""), Some("not a token")] {
        if let Some(text) = broken {
            files.write("token", text);
        }
        let page = try_sign_in(&world).await;
        world.assert_refused(&page, "client-credentials");
        assert_eq!((page.status, world.provider.token_requests().len()), (502, 0), "the code was not sent");
        assert!(!page.body.contains(&files.0.display().to_string()), "{}", page.body);
    }
    let log = everything_logged();
    let line = log.lines().find(|line| line.contains(&files.0.display().to_string())).expect("the log names it");
    assert!(line.contains("client-credentials") && line.contains("cannot be read"), "{line}");

    let now = world.provider.now();
    files.write(
        "token",
        &platform.token(&serde_json::json!({
            "iss": PLATFORM, "sub": WORKLOAD, "aud": world.provider.issuer(), "iat": now, "nbf": now, "exp": now + 60,
        })),
    );
    sign_in(&world).await;
}
