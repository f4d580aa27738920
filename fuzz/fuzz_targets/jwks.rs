//! Key sets: no key that is accepted verifies a forged signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use vestibule::{
    base::encode_base64url,
    jose::{Algorithm, KeySet, Unverified},
};
use vestibule_fuzz::NOW;

fuzz_target!(|document: &[u8]| {
    let Ok(set) = KeySet::parse(document) else { return };
    let read: Value = serde_json::from_slice(document).expect("JSON");
    let published = read["keys"].as_array().expect("an array");
    assert!(!set.is_empty() && set.len() + set.skipped().len() == published.len() && set.len() <= 100);
    assert_eq!(set.clone().merge(&set, NOW).len(), set.len(), "merging a set with itself adds nothing");
    assert!(!format!("{set:?}").contains("\"d\""));
    for jwk in published.iter().take(4) {
        let kid = jwk["kid"].as_str();
        for algorithm in Algorithm::ALL {
            for signature in garbage(*algorithm, jwk) {
                let header = json!({"alg": algorithm.name(), "kid": kid.unwrap_or_default()}).to_string();
                let header = if kid.is_some() { header } else { json!({"alg": algorithm.name()}).to_string() };
                let token = [header.as_bytes(), b"{}", &signature].map(encode_base64url).join(".");
                let unverified = match Unverified::decode(&token) {
                    Ok(unverified) => unverified,
                    Err(_) if kid.is_some_and(|kid| kid.len() > 1024) => continue,
                    Err(error) => panic!("{error:?}"),
                };
                assert!(unverified.verify(&set, Algorithm::ALL, NOW).is_err(), "{jwk} {algorithm:?} {signature:?}");
            }
        }
    }
});

/// Signatures that only a faulty verification or an invalid key accepts: empty, zeros, ones, the neutral element.
fn garbage(algorithm: Algorithm, jwk: &Value) -> Vec<Vec<u8>> {
    let length = match algorithm {
        Algorithm::Es384 => 96,
        Algorithm::Es256 | Algorithm::EdDsa => 64,
        _ => jwk["n"].as_str().map_or(256, |n| n.len() * 3 / 4),
    };
    let mut one = vec![0; length];
    let mut neutral = one.clone();
    if let Some(last) = one.last_mut() {
        *last = 1;
    }
    if let Some(first) = neutral.first_mut() {
        *first = 1;
    }
    vec![Vec::new(), vec![0; length], one, neutral, vec![0xff; length]]
}
