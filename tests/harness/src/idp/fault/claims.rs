//! Group B: the claims of an ID token (Core 1.0, sections 2, 3.1.3.7 and 3.3.2.11).

use serde_json::{Value, json};

use super::table::{Row, draft, fields};
use crate::{
    encoding::{base64, base64url, sha256},
    idp::mint::{Draft, left_half_hash},
};

pub(crate) const ROWS: &[Row] = &[
    draft("B01", "iss has a 1 at its end", |token| token.append("iss", "1")),
    draft("B02a", "iss has a slash at its end", |token| token.append("iss", "/")),
    draft("B02b", "iss has its host in capitals", |token| {
        let issuer = token.text("iss").replace("localhost", "LOCALHOST");
        token.claim("iss", json!(issuer));
    }),
    draft("B02c", "iss has a percent-encoded letter", |token| {
        let issuer = token.text("iss").replacen("localhost", "%6cocalhost", 1);
        token.claim("iss", json!(issuer));
    }),
    draft("B03a", "iss is missing", |token| token.without("iss")),
    draft("B03b", "iss is a number", |token| token.claim("iss", json!(1))),
    draft("B03c", "iss is an array that holds the right one", |token| in_array(token, "iss")),
    draft("B05", "sub is missing", |token| token.without("sub")),
    draft("B06a", "sub is empty", |token| token.claim("sub", json!(""))),
    draft("B06b", "sub is a number", |token| token.claim("sub", json!(42))),
    draft("B06c", "sub is 256 characters long", |token| token.claim("sub", json!("s".repeat(256)))),
    draft("B06d", "sub is not ASCII", |token| token.claim("sub", json!("süb"))),
    draft("B06e", "sub has control characters", |token| token.claim("sub", json!("sub\r\nX-Forwarded-User: admin"))),
    draft("B07", "aud is another client", |token| token.append("aud", "1")),
    draft("B08", "aud is missing", |token| token.without("aud")),
    draft("B09", "aud is an array with the client alone (allowed)", |token| in_array(token, "aud")),
    draft("B10", "aud is an array with an unknown one more, without azp", second_audience),
    draft("B11", "aud is an array with an unknown one more, azp is the client", |token| {
        let client = token.text("aud");
        second_audience(token);
        token.claim("azp", json!(client));
    }),
    draft("B12", "azp is another client", |token| {
        let client = token.text("aud");
        token.claim("azp", json!(format!("{client}1")));
    }),
    draft("B13a", "aud is an empty array", |token| token.claim("aud", json!([]))),
    draft("B13b", "aud is an object", |token| token.claim("aud", json!({}))),
    draft("B13c", "aud is null", |token| token.claim("aud", Value::Null)),
    draft("B13d", "aud is a number", |token| token.claim("aud", json!(7))),
    draft("B13e", "aud holds the client and a number", |token| {
        let client = token.text("aud");
        token.claim("aud", json!([client, 7]));
    }),
    draft("B14a", "aud is the client in capitals", |token| {
        let client = token.text("aud").to_uppercase();
        token.claim("aud", json!(client));
    }),
    draft("B14b", "aud is the client and a space", |token| token.append("aud", " ")),
    draft("B15", "exp was an hour ago", |token| token.time("exp", -3600)),
    draft("B16", "exp was 30 seconds ago (within the leeway)", |token| token.time("exp", -30)),
    draft("B17", "exp is missing", |token| token.without("exp")),
    draft("B18a", "exp is text", |token| {
        let text = (token.facts.now + 300).to_string();
        token.claim("exp", json!(text));
    }),
    draft("B18b", "exp has a fraction", |token| {
        let payload = (token.facts.now + 300).to_string() + ".5";
        raw_claim(token, "exp", &payload);
    }),
    draft("B18c", "exp is negative", |token| token.claim("exp", json!(-1))),
    draft("B18d", "exp is 1e300", |token| raw_claim(token, "exp", "1e300")),
    draft("B18e", "exp is larger than 64 bits", |token| raw_claim(token, "exp", "99999999999999999999")),
    draft("B19", "iat is missing", |token| token.without("iat")),
    draft("B20", "iat is an hour ahead", |token| token.time("iat", 3600)),
    draft("B21", "iat was a week ago, exp is good", |token| token.time("iat", -7 * 24 * 3600)),
    draft("B22", "iat is in milliseconds", |token| {
        let milliseconds = token.facts.now * 1000;
        token.claim("iat", json!(milliseconds));
    }),
    draft("B23", "nbf is an hour ahead", |token| token.time("nbf", 3600)),
    draft("B24", "nonce is another one", |token| token.claim("nonce", json!("another nonce, as long as a good one"))),
    draft("B25", "nonce is missing", |token| token.without("nonce")),
    draft("B26", "nonce is that of another sign-in", |token| {
        let other = token.facts.other_nonce.clone();
        token.claim("nonce", json!(other));
    }),
    draft("B27a", "nonce is in capitals", |token| {
        let nonce = token.text("nonce").to_uppercase();
        token.claim("nonce", json!(nonce));
    }),
    draft("B27b", "nonce has a space at its end", |token| token.append("nonce", " ")),
    draft("B27c", "nonce is an array that holds the right one", |token| in_array(token, "nonce")),
    draft("B29", "c_hash is another code's", |token| token.claim("c_hash", json!(left_half_hash("another code")))),
    draft("B30", "c_hash is missing", |token| token.without("c_hash")),
    draft("B31a", "c_hash is the whole hash", |token| {
        let hash = base64url(sha256(token.facts.code.as_bytes()));
        token.claim("c_hash", json!(hash));
    }),
    draft("B31b", "c_hash is hexadecimal", |token| {
        let half = &sha256(token.facts.code.as_bytes())[..16];
        let hash = half.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        token.claim("c_hash", json!(hash));
    }),
    draft("B31c", "c_hash is padded base64", |token| {
        let hash = base64(&sha256(token.facts.code.as_bytes())[..16]);
        token.claim("c_hash", json!(hash));
    }),
    fields("B33", "the code in the form is another valid code", |answer| {
        let spare = answer.spare_code.clone();
        answer.set("code", &spare);
    }),
    draft("B34", "s_hash is another state's", |token| token.claim("s_hash", json!(left_half_hash("another state")))),
    draft("B35", "at_hash is there, and no access token (ignored)", |token| {
        token.claim("at_hash", json!(left_half_hash("no token")));
    }),
    draft("B36", "auth_time is missing", |token| token.without("auth_time")),
    draft("B37", "auth_time was a day ago", |token| token.time("auth_time", -24 * 3600)),
    draft("B38a", "auth_time is an hour ahead", |token| token.time("auth_time", 3600)),
    draft("B38b", "auth_time is text", |token| token.claim("auth_time", json!("yesterday"))),
    draft("B39a", "acr is missing", |token| token.without("acr")),
    draft("B39b", "acr is a level that was not requested", |token| token.claim("acr", json!("urn:test:password"))),
    draft("B39c", "acr is a list", |token| in_array(token, "acr")),
    draft("B39d", "acrs is another context", |token| token.claim("acrs", json!(["c99"]))),
    draft("B40", "acr is a lower level than was wished for (allowed)", |token| {
        token.claim("acr", json!("urn:test:password"));
    }),
    draft("B41", "sub stands in the claims twice", |token| token.prepend_members(r#""sub":"somebody-else""#)),
    draft("B42a", "the claims are an array", |token| {
        token.payload = Some(json!([token.claims]).to_string().into_bytes());
    }),
    draft("B42b", "the claims are not UTF-8", |token| {
        let mut bytes = Value::Object(token.claims.clone()).to_string().into_bytes();
        let at = bytes.len() - 2;
        bytes.splice(at..at, [0xff, 0xfe]);
        token.payload = Some(bytes);
    }),
    draft("B42c", "the claims are nested ten thousand deep", |token| {
        let deep = format!(r#""deep":{}{}"#, "[".repeat(10_000), "]".repeat(10_000));
        token.prepend_members(&deep);
    }),
    draft("B42d", "the claims begin with a byte order mark", |token| {
        let claims = Value::Object(token.claims.clone()).to_string();
        token.payload = Some(format!("\u{feff}{claims}").into_bytes());
    }),
    draft("B44", "sid is missing (allowed)", |token| token.without("sid")),
    draft("B45a", "email holds a line break and another header", |token| {
        token.claim("email", json!("alice@example.com\r\nX-Admin: 1"));
    }),
    draft("B45b", "email holds a NUL", |token| token.claim("email", json!("alice\u{0}@example.com"))),
    draft("B45c", "email is 100 kB long", |token| token.claim("email", json!("a".repeat(100_000)))),
    draft("B46a", "email_verified is false", |token| token.claim("email_verified", json!(false))),
    draft("B46b", "email_verified is missing", |token| token.without("email_verified")),
    draft("B46c", "email_verified is the text true", |token| token.claim("email_verified", json!("true"))),
    draft("B47a", "groups is too long and stands elsewhere (_claim_names)", |token| {
        token.without("groups");
        let endpoint = format!("{}/attacker/groups", token.facts.issuer);
        token.claim("_claim_names", json!({"groups": "src1"}));
        token.claim("_claim_sources", json!({"src1": {"endpoint": endpoint}}));
    }),
    draft("B47b", "groups is too long and left out (hasgroups)", |token| {
        token.without("groups");
        token.claim("hasgroups", json!(true));
    }),
    draft("B47c", "groups has five thousand members", |token| {
        let groups: Vec<String> = (0..5000).map(|number| format!("group-{number}")).collect();
        token.claim("groups", json!(groups));
    }),
];

fn in_array(token: &mut Draft<'_>, name: &str) {
    let value = token.claims.get(name).cloned().unwrap_or_default();
    token.claim(name, json!([value]));
}

fn second_audience(token: &mut Draft<'_>) {
    let client = token.text("aud");
    token.claim("aud", json!([client, "somebody-else"]));
}

/// A claim as JSON text, for numbers that `serde_json` cannot hold.
fn raw_claim(token: &mut Draft<'_>, name: &str, text: &str) {
    token.without(name);
    token.prepend_members(&format!(r#""{name}":{text}"#));
}
