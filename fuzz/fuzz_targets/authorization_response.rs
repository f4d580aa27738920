//! Authorization responses: an accepted one holds exactly what the flow asks for, from the configured issuer; an error holds no control character.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule::{
    oidc::{AuthorizationResponse, Flow, check_issuer, state},
    web::Form,
};
use vestibule_fuzz::SETTINGS;

fuzz_target!(|body: &[u8]| {
    let Ok(form) = Form::parse(body) else { return };
    let said = |name: &str| form.value(name);
    assert_eq!(state(&form), said("state"));
    for always in [false, true] {
        let right = match said("iss") {
            Some(iss) => iss == "https://idp.example",
            None => !always || said("id_token").is_some(),
        };
        assert_eq!(check_issuer(&form, &SETTINGS.issuer, always).is_ok(), right);
    }
    for flow in [Flow::CodeIdToken, Flow::CodeQuery, Flow::CodeFormPost, Flow::IdToken] {
        let response = match AuthorizationResponse::read(&form, flow) {
            Ok(response) => response,
            Err(error) => {
                assert!(!error.reason().as_str().is_empty());
                continue;
            }
        };
        let shown = format!("{response:?}");
        assert!(said("access_token").is_none());
        match response {
            AuthorizationResponse::Granted { code, id_token } => {
                assert_eq!(shown, format!("Granted {{ code: {}, id_token: {} }}", code.is_some(), id_token.is_some()));
                assert!(said("error").is_none());
                assert_eq!((code.is_some(), id_token.is_some()), (flow.has_code(), flow.has_front_id_token()));
                for (name, secret) in [("code", code), ("id_token", id_token)] {
                    let Some(secret) = secret else { continue };
                    assert_eq!(Some(secret.expose()), said(name));
                    let of_a_code = secret.expose().bytes().all(|byte| matches!(byte, 0x20..=0x7e));
                    assert!(name != "code" || (of_a_code && (1..=8192).contains(&secret.expose().len())));
                }
            }
            AuthorizationResponse::Refused(refusal) => {
                assert!(["code", "id_token"].iter().all(|name| said(name).is_none()));
                let told = refusal.explanation();
                assert!(!told.chars().any(char::is_control) && !refusal.reason().as_str().is_empty(), "{told:?}");
            }
        }
    }
});
