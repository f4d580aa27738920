//! An assertion with one fault is refused.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{ClientRegistration, attempt};
use crate::{
    encoding::base64,
    idp::{
        client_key::ClientKey,
        dialect::{Authority, Bases},
        options::ProviderOptions,
        router::Call,
        world::Shared,
    },
};

const ISSUER: &str = "https://localhost:1";

fn shared(client: ClientRegistration) -> Shared {
    let bases = Bases { base: ISSUER.to_owned(), other: String::new() };
    let shared = Shared::new(&bases, ProviderOptions::default());
    shared.world().client = client;
    shared
}

fn call(form: &[(&str, &str)]) -> Call {
    Call {
        method: Method::POST,
        authority: Arc::new(Authority {
            issuer: ISSUER.to_owned(),
            tenant: None,
            version: "",
            base: ISSUER.to_owned(),
            paths: Vec::new(),
        }),
        path: "/token".to_owned(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        form: form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        certificates: None,
    }
}

fn asserting(token: &str) -> Call {
    call(&[
        ("client_id", "vestibule"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", token),
    ])
}

/// A valid set of claims with these members set, or removed where null.
fn claims(shared: &Shared, members: &Value) -> Value {
    let now = shared.clock.now();
    let mut claims = json!({
        "iss": "vestibule", "sub": "vestibule", "aud": ISSUER, "jti": "a name that is used once",
        "iat": now, "nbf": now, "exp": now + 60,
    });
    for (name, value) in members.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

#[test]
fn an_assertion_with_one_fault_is_refused() {
    let key = ClientKey::p256();
    let now = shared(ClientRegistration::Secret).clock.now();
    for (members, is_known) in [
        (json!({}), true),
        (json!({"aud": format!("{ISSUER}/token")}), true),
        (json!({"aud": "https://other.example"}), false),
        (json!({"aud": [ISSUER]}), false),
        (json!({"aud": null}), false),
        (json!({"iss": "somebody"}), false),
        (json!({"sub": "somebody"}), false),
        (json!({"exp": now - 1}), false),
        (json!({"exp": now + 3600}), false),
        (json!({"exp": null}), false),
        (json!({"nbf": now + 60}), false),
        (json!({"iat": now + 60}), false),
        (json!({"jti": null}), false),
        (json!({"jti": "short"}), false),
    ] {
        let shared = shared(ClientRegistration::Keys(vec![key.clone()], false));
        let attempt = attempt(&shared, &asserting(&key.token(&claims(&shared, &members))));
        assert_eq!((attempt.method.as_str(), attempt.is_known), ("private_key_jwt", is_known), "{members}");
    }
}

#[test]
fn assertions_work_once_with_the_registered_key() {
    let key = ClientKey::p256();
    let shared = shared(ClientRegistration::Keys(vec![key.clone()], false));
    let right = asserting(&key.token(&claims(&shared, &json!({}))));
    let by_another = asserting(&ClientKey::p256().token(&claims(&shared, &json!({}))));
    assert!(!attempt(&shared, &by_another).is_known);
    assert!(attempt(&shared, &right).is_known);
    assert!(!attempt(&shared, &right).is_known, "a second time");
    shared.world().client = ClientRegistration::Keys(vec![key.clone()], true);
    let unnamed = asserting(&key.token(&claims(&shared, &json!({"jti": "another name for once"}))));
    assert!(!attempt(&shared, &unnamed).is_known, "its certificate is not named");
}

#[test]
fn only_the_registered_client_authentication_is_accepted() {
    let shared = shared(ClientRegistration::Secret);
    let secret = shared.options.client_secret.clone();
    let mut both = call(&[("client_id", "vestibule"), ("client_secret", &secret)]);
    assert!(attempt(&shared, &both).is_known);
    let basic = base64("vestibule:a+secret+with+%3A+%25+%2B+%2F+in+it");
    let basic = HeaderValue::try_from(format!("Basic {basic}")).expect("a header");
    both.headers.insert(header::AUTHORIZATION, basic);
    assert_eq!(attempt(&shared, &both).method, "client_secret_basic+client_secret_post");
    shared.world().client = ClientRegistration::SecretJwt;
    assert!(!attempt(&shared, &both).is_known);
    assert_eq!(attempt(&shared, &call(&[])).method, "none");
}
