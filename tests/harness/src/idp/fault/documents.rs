//! Groups E and F: the discovery document (Discovery 1.0, sections 3 and 4.3) and the published keys (RFC 7517).

use serde_json::{Value, json};

use super::table::{FaultPoint, Row, draft, reply};
use crate::{
    encoding::{base64url, gzip_of_spaces},
    idp::{
        keys::{Algorithm, KeyRing},
        reply::{Ending, Reply},
    },
};

pub(crate) const ROWS: &[Row] = &[
    document("E01a", "issuer has a 1 at its end", |reply| append(reply, "issuer", "1")),
    document("E01b", "issuer is another host", |reply| reply.set("issuer", json!("https://attacker.example"))),
    document("E02", "issuer has a slash at its end", |reply| append(reply, "issuer", "/")),
    document("E03", "issuer is a template", |reply| append(reply, "issuer", "/{tenantid}/v2.0")),
    document("E04", "issuer is missing", |reply| reply.remove("issuer")),
    document("E05a", "jwks_uri is missing", |reply| reply.remove("jwks_uri")),
    document("E05b", "jwks_uri is a file", |reply| reply.set("jwks_uri", json!("file:///etc/passwd"))),
    document("E05c", "jwks_uri is the metadata service of a cloud", |reply| {
        reply.set("jwks_uri", json!("http://169.254.169.254/latest/meta-data"));
    }),
    document("E05d", "jwks_uri is plain http", |reply| downgrade(reply, "jwks_uri")),
    document("E05e", "jwks_uri is the metadata service of a cloud, by https", |reply| {
        reply.set("jwks_uri", json!("https://169.254.169.254/latest/meta-data"));
    }),
    document("E07a", "authorization_endpoint is missing", |reply| reply.remove("authorization_endpoint")),
    document("E07b", "token_endpoint is missing", |reply| reply.remove("token_endpoint")),
    document("E07c", "token_endpoint is plain http", |reply| downgrade(reply, "token_endpoint")),
    document("E07d", "authorization_endpoint is plain http", |reply| downgrade(reply, "authorization_endpoint")),
    document("E08a", "authorization_endpoint has a fragment", |reply| append(reply, "authorization_endpoint", "#x")),
    document("E08b", "token_endpoint has a name and a password", |reply| {
        let url = reply.json["token_endpoint"].as_str().unwrap_or_default().replace("://", "://user:pw@");
        reply.set("token_endpoint", json!(url));
    }),
    document("E08c", "jwks_uri has a fragment", |reply| append(reply, "jwks_uri", "#x")),
    document("E08d", "token_endpoint has a fragment, though an empty one", |reply| {
        append(reply, "token_endpoint", "#");
    }),
    document("E09", "authorization_endpoint has a query already (allowed)", |reply| {
        append(reply, "authorization_endpoint", "?p=policy");
    }),
    document("E10a", "response_types_supported lacks code id_token", |reply| {
        reply.set("response_types_supported", json!(["code", "token"]));
    }),
    document("E10b", "response_types_supported says id_token code (allowed)", |reply| {
        reply.set("response_types_supported", json!(["id_token code"]));
    }),
    document("E11a", "response_modes_supported lacks form_post", |reply| {
        reply.set("response_modes_supported", json!(["query"]));
    }),
    document("E11b", "response_modes_supported is missing", |reply| reply.remove("response_modes_supported")),
    document("E12", "none and HS256 among the signing algorithms (ignored)", |reply| {
        reply.set("id_token_signing_alg_values_supported", json!(["none", "HS256", "RS256", "ES256"]));
    }),
    document("E13a", "only private_key_jwt at the token endpoint", |reply| {
        reply.set("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    }),
    document("E13b", "nothing said about authentication at the token endpoint (allowed)", |reply| {
        reply.remove("token_endpoint_auth_methods_supported");
    }),
    document("E13c", "no assertion is signed with what the client signs with", |reply| {
        reply.set("token_endpoint_auth_signing_alg_values_supported", json!(["ES512"]));
    }),
    document("E14a", "end_session_endpoint is missing", |reply| reply.remove("end_session_endpoint")),
    document("E14b", "end_session_endpoint is plain http", |reply| downgrade(reply, "end_session_endpoint")),
    document("E15a", "the document says that it is HTML", |reply| reply.header("content-type", "text/html")),
    document("E15b", "the document begins with a byte order mark", |reply| {
        reply.raw = Some(format!("\u{feff}{}", reply.json).into_bytes());
    }),
    document("E15c", "the document has five megabytes", |reply| {
        reply.set("filler", json!("x".repeat(5 * 1024 * 1024)));
    }),
    document("E15d", "the document is packed: sixty kilobytes that become ten megabytes", |reply| {
        reply.header("content-encoding", "gzip");
        reply.raw = Some(gzip_of_spaces(TEN_MEGABYTES));
    }),
    document("E16a", "404", |reply| *reply = Reply::error(404, "not_found")),
    document("E16b", "500", |reply| *reply = Reply::error(500, "server_error")),
    document("E16c", "302 to elsewhere", |reply| {
        reply.status = 302;
        reply.header("location", "/attacker/discovery");
    }),
    document("E16e", "307 to elsewhere", |reply| {
        reply.status = 307;
        reply.header("location", "/attacker/discovery");
    }),
    document("E16f", "308 to elsewhere", |reply| {
        reply.status = 308;
        reply.header("location", "/attacker/discovery");
    }),
    document("E16d", "no answer ever comes", |reply| reply.ending = Ending::Never),
    document("E17", "the document must not be stored (it is fetched more often)", |reply| {
        reply.header("cache-control", "no-store");
    }),
    document("E19", "unknown members, and wrong types in unused members (ignored)", |reply| {
        reply.set("unheard_of", json!({"a": [1, 2]}));
        reply.set("service_documentation", json!(7));
        reply.set("claims_parameter_supported", json!("yes"));
    }),
    document("E20", "nothing said about the iss parameter", |reply| {
        reply.remove("authorization_response_iss_parameter_supported");
    }),
    document("E21", "mtls_endpoint_aliases that point elsewhere (ignored)", |reply| {
        reply.set("mtls_endpoint_aliases", json!({"token_endpoint": "https://attacker.example/token"}));
    }),
    keys("A17a", "an EC key of the same kid stands before the right one (allowed)", |reply| {
        double(reply, Algorithm::Es256);
    }),
    keys("A17b", "another RSA key of the same kid stands before the right one", |reply| {
        double(reply, Algorithm::Rs256);
    }),
    keys("A18", "the key of that kid is for encryption", |reply| first_key(reply, "use", json!("enc"))),
    keys("F01", "unusable keys stand before the right one (allowed)", |reply| {
        let odd = json!([
            {"kty": "EC", "crv": "secp256k1", "kid": "k1", "x": "AA", "y": "AA"},
            {"kty": "OKP", "crv": "X25519", "kid": "k2", "x": "AA"},
            {"kty": "OKP", "crv": "Ed448", "kid": "k3", "x": "AA"},
            {"kty": "AKP", "alg": "ML-DSA-44", "kid": "k4", "pub": "AA"},
            {"kty": "oct", "kid": "k5", "k": "AAAA"},
            {"kty": "unheard-of", "kid": "k6"},
            {"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "alg": "unheard-of", "use": "unheard-of", "key_ops": ["unheard-of"], "kid": "k8", "n": "AQAB", "e": "AQAB"},
            "not even an object",
        ]);
        for key in odd.as_array().into_iter().flatten().rev() {
            insert_first(reply, key.clone());
        }
    }),
    keys("F02", "no keys", |reply| reply.set("keys", json!([]))),
    keys("F03a", "an HTML page", |reply| {
        reply.header("content-type", "text/html");
        reply.raw = Some(b"<!DOCTYPE html><title>Sign in</title>".to_vec());
    }),
    keys("F03b", "the JSON is cut off", |reply| {
        let mut text = reply.json.to_string();
        text.truncate(text.len() / 2);
        reply.raw = Some(text.into_bytes());
    }),
    keys("F04a", "404", |reply| *reply = Reply::error(404, "not_found")),
    keys("F04b", "500", |reply| *reply = Reply::error(500, "server_error")),
    keys("F04c", "no answer ever comes", |reply| reply.ending = Ending::Never),
    keys("F05a", "ten thousand keys", |reply| {
        for number in 0..10_000 {
            insert_first(reply, json!({"kty": "oct", "kid": format!("k{number}"), "k": "AAAA"}));
        }
    }),
    keys("F05b", "five megabytes", |reply| reply.set("filler", json!("x".repeat(5 * 1024 * 1024)))),
    keys("F05c", "sixty kilobytes that become ten megabytes", |reply| {
        reply.header("content-encoding", "gzip");
        reply.raw = Some(gzip_of_spaces(TEN_MEGABYTES));
    }),
    keys("F06", "a private member in the key", |reply| first_key(reply, "d", json!("AAAA"))),
    keys("F07a", "an RSA key of 512 bits", |reply| first_key(reply, "n", json!(base64url([0xc3; 64])))),
    keys("F07b", "an RSA key with exponent 1", |reply| first_key(reply, "e", json!("AQ"))),
    keys("F07c", "an RSA key of 1024 bits", |reply| first_key(reply, "n", json!(base64url([0xc3; 128])))),
    keys("F07d", "an RSA key whose modulus is even", |reply| first_key(reply, "n", json!(base64url([0xc2; 256])))),
    keys("F07e", "an RSA key with an even exponent", |reply| first_key(reply, "e", json!("AQAC"))),
    keys("F08a", "a point that is not on the curve", |reply| {
        let point = base64url([1; 32]);
        let kid = reply.json["keys"][0]["kid"].clone();
        reply.set("keys", json!([{"kty": "EC", "crv": "P-256", "kid": kid, "x": point, "y": point}]));
    }),
    keys("F08b", "a point whose numbers are too short", |reply| {
        let kid = reply.json["keys"][0]["kid"].clone();
        reply.set(
            "keys",
            json!([{"kty": "EC", "crv": "P-256", "kid": kid, "x": base64url([1; 31]), "y": base64url([1; 31])}]),
        );
    }),
    keys("F09", "the signing key is for encryption", |reply| first_key(reply, "use", json!("enc"))),
    keys("F10", "alg of the key is not that of the token", |reply| first_key(reply, "alg", json!("RS512"))),
    keys("F11", "x5c is not the key's", |reply| first_key(reply, "x5c", json!(["AAAA"]))),
    draft("F12", "signed with the provider's very first key, which may have been removed since", |token| {
        let first = token.keys.first().clone();
        token.sign_with(first);
    }),
    keys("F15a", "Cache-Control: max-age=0", |reply| reply.header("cache-control", "max-age=0")),
    keys("F15b", "Cache-Control: ten years", |reply| reply.header("cache-control", "max-age=315360000")),
    keys("F15c", "Cache-Control: no-store", |reply| reply.header("cache-control", "no-store")),
    keys("F17a", "302 to elsewhere", |reply| {
        reply.status = 302;
        reply.header("location", "/attacker/jwks");
    }),
    keys("F17b", "307 to elsewhere, the right keys beside it", |reply| {
        reply.status = 307;
        reply.header("location", "/attacker/jwks");
    }),
    keys("F17c", "308 to elsewhere", |reply| {
        reply.status = 308;
        reply.header("location", "/attacker/jwks");
    }),
];

const fn document(id: &'static str, what: &'static str, change: fn(&mut Reply)) -> Row {
    reply(id, FaultPoint::Discovery, what, change)
}

const fn keys(id: &'static str, what: &'static str, change: fn(&mut Reply)) -> Row {
    reply(id, FaultPoint::Jwks, what, change)
}

fn append(reply: &mut Reply, member: &str, suffix: &str) {
    let text = format!("{}{suffix}", reply.json[member].as_str().unwrap_or_default());
    reply.set(member, json!(text));
}

fn downgrade(reply: &mut Reply, member: &str) {
    let url = reply.json[member].as_str().unwrap_or_default().replacen("https://", "http://", 1);
    reply.set(member, json!(url));
}

fn first_key(reply: &mut Reply, member: &str, value: Value) {
    reply.json["keys"][0][member] = value;
}

/// A key of another party under the key id of the first one.
fn double(reply: &mut Reply, algorithm: Algorithm) {
    let mut key = KeyRing::unpublished(algorithm).jwk();
    key["kid"] = reply.json["keys"][0]["kid"].clone();
    insert_first(reply, key);
}

fn insert_first(reply: &mut Reply, key: Value) {
    if let Some(keys) = reply.json["keys"].as_array_mut() {
        keys.insert(0, key);
    }
}

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;
