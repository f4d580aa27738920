//! ID tokens with a valid signature: accepted only if each claim is correct.
//!
//! An input of two lines is header and claims. An input of one line is the claims, with the usual header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vestibule::{
    base::Secret,
    jose::{Algorithm, left_half},
    oidc::{Channel, Expected, IdTokenVerifier, check_refreshed, check_same},
};
use vestibule_fuzz::{METADATA, NOW, PUBLISHED, SETTINGS, signed};

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next());
    let (header, claims) = second.map_or((HEADER, first), |claims| (first, claims));
    let token = Secret::new(signed(header, claims));
    let expected = Expected {
        issuer: &SETTINGS.issuer,
        profile: SETTINGS.profile,
        client_id: "client",
        nonce: Some("nonce"),
        code: Some("code"),
        access_token: None,
        state: Some("state"),
        channel: Channel::Front,
    };
    let verifier = IdTokenVerifier { metadata: &METADATA, keys: &PUBLISHED };
    let front = verifier.verify(&token, &expected, NOW);
    let back = verifier.verify(&token, &Expected { channel: Channel::Back, ..expected }, NOW);
    assert!(front.is_err() || back.is_ok(), "what the front channel accepts, the back channel accepts");
    let back = match back {
        Ok(back) => back,
        Err(error) => {
            assert!(!error.reason().as_str().is_empty());
            return;
        }
    };
    let said: Value = serde_json::from_slice(claims).expect("JSON");
    judge(&said, front.is_ok());
    assert_eq!((back.issuer(), Some(back.subject())), ("https://idp.example", said["sub"].as_str()));
    assert_eq!(back.session_id(), said["sid"].as_str());
    assert!(!format!("{back:?}").contains(token.expose()));
    assert!(check_same(&back, &back).is_ok() && check_refreshed(back.claims(), &back).is_ok());
    for wrong in [
        Expected { client_id: "other", ..expected },
        Expected { nonce: Some("other"), ..expected },
        Expected { channel: Channel::Front, code: Some("other"), ..expected },
    ] {
        assert!(verifier.verify(&token, &wrong, NOW).is_err());
    }
    let late = NOW.plus(std::time::Duration::from_secs(12 * 60));
    assert!(verifier.verify(&token, &expected, late).is_err());
});

/// Checks the claims a second time, by a simpler implementation.
fn judge(said: &Value, in_front: bool) {
    assert_eq!(said["iss"], "https://idp.example");
    let audiences = said["aud"].as_array().cloned().unwrap_or_else(|| vec![said["aud"].clone()]);
    assert!(!audiences.is_empty() && audiences.iter().all(|audience| audience == "client"));
    assert!(said.get("azp").is_none_or(|party| party == "client"));
    assert_eq!(said["nonce"], "nonce");
    let subject = said["sub"].as_str().expect("a subject");
    assert!((1..=255).contains(&subject.len()) && subject.bytes().all(|byte| matches!(byte, 0x20..=0x7e)));
    for (name, text, required) in [("c_hash", "code", in_front), ("s_hash", "state", false)] {
        let hash = left_half(Algorithm::EdDsa, text);
        assert!(said.get(name).map_or(!required, |claim| *claim == hash), "{name}");
    }
    let now = NOW.seconds();
    let (issued_at, expires_at) = (said["iat"].as_u64().expect("a time"), said["exp"].as_u64().expect("a time"));
    assert!(issued_at <= now + 60 && issued_at + 11 * 60 >= now && expires_at + 60 > now);
    assert!(said.get("nbf").is_none_or(|moment| moment.as_u64().is_some_and(|moment| moment <= now + 60)));
}

const HEADER: &[u8] = br#"{"alg":"EdDSA","kid":"1","typ":"JWT"}"#;
