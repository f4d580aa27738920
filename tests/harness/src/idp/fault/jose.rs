//! Group A: JOSE header, signature and form of a token (RFC 7515, RFC 8725).

use serde_json::{Value, json};

use super::table::{Row, draft, text};
use crate::{
    encoding::{base64, base64url, from_base64url},
    idp::{
        keys::{Algorithm, KeyRing},
        mint::{Draft, Signer},
    },
};

pub(crate) const ROWS: &[Row] = &[
    text("A01", "the signature has one bit flipped", flip_signature),
    draft("A02", "signed with ES256, and the signature is another message's", |token| {
        let published = token.keys.another(Algorithm::Es256);
        token.sign_with(KeyRing::unpublished(Algorithm::Es256));
        token.head("kid", json!(published.kid));
    }),
    draft("A03", "HS256 with a secret that is not the client's", |token| token.sign_with_secret("not the secret")),
    text("A04", "the signature is empty", |token| {
        let [header, payload, _] = parts(token);
        format!("{header}.{payload}.")
    }),
    draft("A05", "alg is none and the signature is empty", |token| unsigned(token, "none")),
    draft("A06a", "alg is nOnE and the signature is empty", |token| unsigned(token, "nOnE")),
    draft("A06b", "alg is NONE and the signature is empty", |token| unsigned(token, "NONE")),
    draft("A07a", "HS256 with the public key's PEM text as the secret", |token| {
        let secret = token.key().public_pem();
        token.sign_with_secret(secret);
    }),
    draft("A07b", "HS256 with the public key's DER as the secret", |token| {
        let secret = token.key().public_der();
        token.sign_with_secret(secret);
    }),
    draft("A07c", "HS256 with the JWK member n as the secret", |token| {
        let secret = token.key().jwk()["n"].as_str().unwrap_or_default().to_owned();
        token.sign_with_secret(secret);
    }),
    draft("A08", "HS256 with the client secret, though the client is registered for a public key", |token| {
        let secret = token.facts.client_secret.clone();
        token.sign_with_secret(secret);
        token.header.remove("kid");
    }),
    draft("A09a", "a right signature by a published key, but PS256", |token| {
        let key =
            if token.algorithm() == Algorithm::Rs256 { token.key() } else { token.keys.another(Algorithm::Rs256) };
        token.head("alg", json!("PS256"));
        token.head("kid", json!(key.kid));
        token.signer = Signer::Pss(key);
    }),
    draft("A09b", "a right signature by a published key, but ES256", |token| {
        let key = token.keys.another(Algorithm::Es256);
        token.sign_with(key);
    }),
    draft("A10a", "alg is missing", |token| {
        token.header.remove("alg");
    }),
    draft("A10b", "alg is a number", |token| token.head("alg", json!(256))),
    draft("A10c", "alg is FOO", |token| token.head("alg", json!("FOO"))),
    draft("A11", "kid is unknown, also after the keys are fetched again", |token| {
        token.sign_with(KeyRing::unpublished(token.algorithm()));
    }),
    draft("A12", "the keys were rotated just before this token: kid appears when the keys are fetched again", rotate),
    draft("A13", "the keys are rotated before this token; at both places, two new keys come within a second", rotate),
    draft("A14", "kid is absent, and one key is published", |token| {
        token.header.remove("kid");
    }),
    draft("A15", "kid is absent, and several keys of the type are published", |token| {
        let algorithm = token.algorithm();
        token.keys.another(algorithm);
        token.header.remove("kid");
    }),
    draft("A16", "kid is right, but another published key signed", |token| {
        let (kid, algorithm) = (token.key().kid, token.algorithm());
        let other = token.keys.another(algorithm);
        token.sign_with(other);
        token.head("kid", json!(kid));
    }),
    draft("A19a", "kid is a path", |token| token.head("kid", json!("../../../../dev/null"))),
    draft("A19b", "kid is SQL", |token| token.head("kid", json!("x' UNION SELECT 'secret' -- "))),
    draft("A19c", "kid is a URL", |token| token.head("kid", json!("https://attacker.example/key"))),
    draft("A19d", "kid is 10 kB long", |token| token.head("kid", json!("k".repeat(10_000)))),
    draft("A19e", "kid has line breaks and an escape sequence", |token| {
        token.head("kid", json!("key\r\nlevel=error forged line\u{1b}[31m"));
    }),
    draft("A20", "jku points to a document with the unpublished key that signed", |token| {
        let url = format!("{}/attacker/jwks", token.facts.issuer);
        sign_with_unpublished(token, "jku", &json!(url));
    }),
    draft("A21a", "x5u points to a certificate of the unpublished key that signed", |token| {
        let url = format!("{}/attacker/certificate", token.facts.issuer);
        sign_with_unpublished(token, "x5u", &json!(url));
    }),
    draft("A21b", "x5c holds the unpublished key that signed", |token| {
        let der = base64(KeyRing::unpublished(token.algorithm()).public_der());
        sign_with_unpublished(token, "x5c", &json!([der]));
    }),
    draft("A22", "jwk holds the unpublished key that signed", |token| {
        let jwk = KeyRing::unpublished(token.algorithm()).jwk();
        sign_with_unpublished(token, "jwk", &jwk);
    }),
    draft("A23a", "crit names b64, which is false", |token| {
        token.head("crit", json!(["b64"]));
        token.head("b64", json!(false));
    }),
    draft("A23b", "crit names an unknown extension", |token| {
        token.head("crit", json!(["urn:example:unknown"]));
        token.head("urn:example:unknown", json!(true));
    }),
    draft("A24", "typ is at+jwt", |token| token.head("typ", json!("at+jwt"))),
    draft("A25", "typ is logout+jwt", |token| token.head("typ", json!("logout+jwt"))),
    draft("A26a", "typ is absent (allowed)", |token| {
        token.header.remove("typ");
    }),
    draft("A26b", "typ is jwt (allowed)", |token| token.head("typ", json!("jwt"))),
    text("A27", "five parts, as an encrypted token has", |_| {
        let header = base64url(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        format!("{header}.{}.AAAAAAAAAAAAAAAA.{}.AAAAAAAAAAAAAAAAAAAAAA", base64url([7; 256]), base64url([7; 64]))
    }),
    text("A30", "an encrypted token that asks for ten million rounds of PBES2", |_| {
        let header =
            base64url(r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":10000000,"p2s":"AAAAAAAAAAAAAAAA"}"#);
        format!("{header}.{}.AAAAAAAAAAAAAAAA.{}.AAAAAAAAAAAAAAAAAAAAAA", base64url([7; 24]), base64url([7; 64]))
    }),
    text("A32a", "the signature is 64 zero bytes (r = 0, s = 0)", |token| with_signature(token, &[0; 64])),
    text("A32b", "the signature is DER, not two numbers", |token| {
        let mut der = vec![0x30, 0x44, 0x02, 0x20];
        der.extend([0x11; 32]);
        der.extend([0x02, 0x20]);
        der.extend([0x22; 32]);
        with_signature(token, &der)
    }),
    text("A33a", "the signature is padded with =", |token| {
        // 256 bytes leave a remainder of one, so two padding characters are the correct number.
        format!("{token}==")
    }),
    text("A33b", "the signature has a line break in it", |token| {
        let (start, end) = token.split_at(token.len() - 10);
        format!("{start}\n{end}")
    }),
    text("A33c", "the signature is in the other alphabet (+ and /)", |token| {
        let [header, payload, signature] = parts(token);
        let bytes = from_base64url(signature).unwrap_or_default();
        format!("{header}.{payload}.{}", base64(bytes).trim_end_matches('='))
    }),
    text("A33d", "the unused last bits of the signature are not zero", |token| {
        let (start, last) = token.split_at(token.len() - 1);
        let next = char::from(last.as_bytes()[0] + 1);
        format!("{start}{next}")
    }),
    text("A34a", "four parts", |token| format!("{token}.AAAA")),
    text("A34b", "two parts", |token| {
        let [header, payload, _] = parts(token);
        format!("{header}.{payload}")
    }),
    text("A34c", "the JSON serialization", |token| {
        let [header, payload, signature] = parts(token);
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string()
    }),
    draft("A35a", "the header is an array", |token| {
        token.header_text = Some(json!([token.header]).to_string());
    }),
    draft("A35b", "alg stands in the header twice", |token| {
        let header = Value::Object(token.header.clone()).to_string();
        token.header_text = Some(format!(r#"{{"alg":"none",{}"#, &header[1..]));
    }),
    draft("A36", "the token is larger than a megabyte", |token| token.claim("filler", json!("x".repeat(1024 * 1024)))),
];

fn flip_signature(token: &str) -> String {
    let [header, payload, signature] = parts(token);
    let mut bytes = from_base64url(signature).unwrap_or_default();
    if let Some(byte) = bytes.first_mut() {
        *byte ^= 1;
    }
    format!("{header}.{payload}.{}", base64url(bytes))
}

fn with_signature(token: &str, signature: &[u8]) -> String {
    let [header, payload, _] = parts(token);
    format!("{header}.{payload}.{}", base64url(signature))
}

fn unsigned(token: &mut Draft<'_>, alg: &str) {
    token.head("alg", json!(alg));
    token.header.remove("kid");
    token.signer = Signer::Unsigned;
}

fn rotate(token: &mut Draft<'_>) {
    let algorithm = token.algorithm();
    token.keys.rotate(algorithm);
    let key = token.key();
    token.sign_with(key);
}

/// Signs with an unpublished key, with one more header parameter that would lead to that key.
fn sign_with_unpublished(token: &mut Draft<'_>, name: &str, value: &Value) {
    token.sign_with(KeyRing::unpublished(token.algorithm()));
    token.head(name, value.clone());
}

fn parts(token: &str) -> [&str; 3] {
    let mut parts = token.split('.');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
