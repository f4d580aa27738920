//! Signed tokens: accepted only if a key of the set signed them.
//!
//! The seeds `rs256`, `ps256`, `es256` and `eddsa` are such tokens; their private keys were deleted. An input that begins
//! with `{` is header, claims and signature, one on each line, before base64url.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vestibule::{
    base::encode_base64url,
    jose::{Algorithm, KeySet, Unverified, strict_object},
};
use vestibule_fuzz::NOW;

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(include_bytes!("../keys.json")).expect("a good key set"));

static GOOD: &[&str] = &[
    include_str!("../seeds/jwt/rs256"),
    include_str!("../seeds/jwt/ps256"),
    include_str!("../seeds/jwt/es256"),
    include_str!("../seeds/jwt/eddsa"),
];

fuzz_target!(|input: &[u8]| {
    let Some(text) = token(input) else { return };
    let Ok(unverified) = Unverified::decode(&text) else { return };
    let header = unverified.header().clone();
    assert!(Algorithm::ALL.contains(&header.algorithm));
    assert_eq!(text.bytes().filter(|byte| *byte == b'.').count(), 2);
    assert!(header.kid.as_deref().is_none_or(|kid| kid.len() <= 1024));
    assert_eq!(format!("{unverified:?}"), format!("Unverified {{ header: {header:?}, .. }}"));

    let good = GOOD.iter().find(|good| **good == text);
    match unverified.verify(&KEYS, Algorithm::ALL, NOW) {
        Ok(payload) => {
            // Under ECDSA, (r, s) and (r, -s) are both valid for one message. With the other algorithms no other signature can be derived.
            let good = GOOD.iter().find(|good| signed(good) == signed(&text)).expect("no other token is signed");
            assert!(**good == text || header.algorithm == Algorithm::Es256);
            assert_eq!(payload.algorithm(), header.algorithm);
            assert_eq!(payload.kid(), header.kid.as_deref());
        }
        Err(error) => assert!(good.is_none(), "{error:?}"),
    }
    let without_keys = Unverified::decode(&text).expect("as before").verify(&KeySet::default(), Algorithm::ALL, NOW);
    assert!(without_keys.is_err());
    let nothing_allowed = Unverified::decode(&text).expect("as before").verify(&KEYS, &[], NOW);
    assert!(nothing_allowed.is_err());
});

fn token(input: &[u8]) -> Option<String> {
    if !input.starts_with(b"{") {
        return String::from_utf8(input.to_vec()).ok();
    }
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let [header, claims, signature] = [(); 3].map(|()| lines.next().unwrap_or_default());
    // Header and claims are parsed as strictly as they are in a token.
    if let Ok(members) = strict_object(header) {
        let again = serde_json::to_vec(&members).expect("JSON");
        assert_eq!(strict_object(&again).expect("our own JSON"), members);
    }
    Some([header, claims, signature].map(encode_base64url).join("."))
}

fn signed(token: &str) -> &str {
    token.rsplit_once('.').map_or("", |(signed, _)| signed)
}
