//! Groups D and G: the responses of the token endpoint (RFC 6749, section 5; Core 1.0, section 3.3.3) and of userinfo (section 5.3).

use serde_json::json;

use super::{
    answer::{CORRELATION, TRACE, entra_description},
    table::{FaultPoint, Row, draft, reply},
};
use crate::{
    encoding::from_base64url,
    idp::{
        mint::{Draft, Signer, left_half_hash},
        reply::{Ending, Reply},
    },
};

pub(crate) const ROWS: &[Row] = &[
    token("D01", "400 invalid_grant", |reply| *reply = Reply::error(400, "invalid_grant")),
    token("D01b", "400 invalid_grant: the code has expired, as Entra ID writes it", |reply| {
        entra(reply, "invalid_grant", 70008, "The provided authorization code or refresh token is expired.");
    }),
    token("D01c", "400 invalid_grant: the code was redeemed, as Entra ID writes it", |reply| {
        entra(reply, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.");
    }),
    token("D02", "401 invalid_client", |reply| *reply = Reply::error(401, "invalid_client")),
    token("D03a", "400 whose error is a number", |reply| *reply = Reply::new(400, json!({"error": 7}))),
    token("D03b", "400 with an HTML page", |reply| {
        html(reply);
        reply.status = 400;
    }),
    token("D04", "200 with an error member", |reply| *reply = Reply::error(200, "invalid_grant")),
    token("D05a", "500", |reply| *reply = Reply::error(500, "server_error")),
    token("D05b", "502 with an HTML page", |reply| {
        html(reply);
        reply.status = 502;
    }),
    token("D05c", "503 with Retry-After", |reply| busy(reply, 503)),
    token("D05d", "429 with Retry-After", |reply| busy(reply, 429)),
    token("D06a", "the connection closes before the answer", |reply| reply.ending = Ending::ClosedBefore),
    token("D06b", "the connection closes inside the answer", |reply| reply.ending = Ending::ClosedInside),
    token("D06c", "no answer ever comes", |reply| reply.ending = Ending::Never),
    token("D07a", "302 to another host", |reply| elsewhere(reply, 302)),
    token("D07b", "307 to another host", |reply| elsewhere(reply, 307)),
    token("D07c", "308 to another host", |reply| elsewhere(reply, 308)),
    token("D08a", "the JSON says that it is HTML", |reply| reply.header("content-type", "text/html")),
    token("D08b", "the content type is missing", |reply| reply.headers.retain(|(name, _)| *name != "content-type")),
    token("D09a", "a body of ten megabytes", |reply| reply.set("filler", json!("x".repeat(10 * 1024 * 1024)))),
    token("D09b", "a compressed body that was not requested", |reply| {
        reply.raw = Some(gzip(reply.json.to_string().as_bytes()));
        reply.header("content-encoding", "gzip");
    }),
    token("D09c", "a body without end", |reply| reply.ending = Ending::Endless),
    token("D10a", "the body is not JSON", |reply| reply.raw = Some(b"access_token=x&token_type=Bearer".to_vec())),
    token("D10b", "the JSON is cut off", |reply| {
        let mut text = reply.json.to_string();
        text.truncate(text.len() - 10);
        reply.raw = Some(text.into_bytes());
    }),
    token("D10c", "a member stands there twice", |reply| {
        let text = reply.json.to_string();
        reply.raw = Some(format!(r#"{{"id_token":"a.b.c",{}"#, &text[1..]).into_bytes());
    }),
    token("D10d", "the JSON is an array", |reply| reply.json = json!([reply.json])),
    token("D11", "access_token is missing", |reply| reply.remove("access_token")),
    token("D12a", "token_type is missing", |reply| reply.remove("token_type")),
    token("D12b", "token_type is mac", |reply| reply.set("token_type", json!("mac"))),
    token("D12c", "token_type is DPoP", |reply| reply.set("token_type", json!("DPoP"))),
    token("D13a", "token_type is bearer (allowed)", |reply| reply.set("token_type", json!("bearer"))),
    token("D13b", "token_type is BEARER (allowed)", |reply| reply.set("token_type", json!("BEARER"))),
    token("D14", "id_token is missing", |reply| reply.remove("id_token")),
    token("D15", "expires_in is missing (allowed)", |reply| reply.remove("expires_in")),
    token("D16a", "expires_in is negative", |reply| reply.set("expires_in", json!(-1))),
    token("D16b", "expires_in is digits as text (allowed)", |reply| reply.set("expires_in", json!("3600"))),
    token("D16c", "expires_in is larger than any lifetime", |reply| reply.set("expires_in", json!(1e12))),
    token("D17", "scope is smaller than asked (allowed)", |reply| reply.set("scope", json!("openid"))),
    token("D18", "scope is missing (allowed)", |reply| reply.remove("scope")),
    draft("D19", "iss of the second ID token is not that of the first", |token| token.append("iss", "1"))
        .at(FaultPoint::Back),
    draft("D20", "sub of the second ID token is not that of the first", |token| token.append("sub", "1"))
        .at(FaultPoint::Back),
    draft("D22a", "nonce of the second ID token is another one", |token| token.append("nonce", "1"))
        .at(FaultPoint::Back),
    draft("D22b", "nonce of the second ID token is missing", |token| token.without("nonce")).at(FaultPoint::Back),
    draft("D23", "at_hash is another access token's", |token| {
        token.claim("at_hash", json!(left_half_hash("another access token")));
    })
    .at(FaultPoint::Back),
    draft("D24", "at_hash is missing (allowed)", |token| token.without("at_hash")).at(FaultPoint::Back),
    draft("D25", "c_hash is there and another code's", |token| {
        token.claim("c_hash", json!(left_half_hash("another code")));
    })
    .at(FaultPoint::Back),
    draft("D26a", "sid of the second ID token is not that of the first", |token| token.append("sid", "1"))
        .at(FaultPoint::Back),
    draft("D26b", "auth_time of the second ID token is not that of the first", |token| token.time("auth_time", -100))
        .at(FaultPoint::Back),
    draft("D27", "email and groups of the second ID token are not those of the first", |token| {
        token.claim("email", json!("other@example.com"));
        token.claim("groups", json!(["other"]));
    })
    .at(FaultPoint::Back),
    token("D32a", "refresh_token is empty", |reply| reply.set("refresh_token", json!(""))),
    token("D32b", "refresh_token is 20 kB long", |reply| reply.set("refresh_token", json!("r".repeat(20_000)))),
    draft("D33", "iss of a refreshed ID token is not the first one's", |token| token.append("iss", "1"))
        .at(FaultPoint::Refresh),
    draft("D34", "sub of a refreshed ID token is not the first one's", |token| token.append("sub", "1"))
        .at(FaultPoint::Refresh),
    draft("D35", "aud of a refreshed ID token is not the first one's", |token| token.append("aud", "1"))
        .at(FaultPoint::Refresh),
    draft("D36", "a refreshed ID token has a nonce of its own", |token| {
        token.claim("nonce", json!("a nonce of its own"));
    })
    .at(FaultPoint::Refresh),
    token("D38", "a refresh gives no new refresh token (allowed)", |reply| reply.remove("refresh_token")),
    // Without a row: refusals of Entra ID.
    token("D45a", "invalid_grant that no sign-in resolves: client_mismatch", |reply| {
        entra(reply, "invalid_grant", 53003, "The client does not match.");
        reply.set("suberror", json!("client_mismatch"));
    }),
    token("D45b", "invalid_grant that no sign-in resolves: protection_policy_required", |reply| {
        entra(reply, "invalid_grant", 53005, "Application needs to enforce protection policies.");
        reply.set("suberror", json!("protection_policy_required"));
    }),
    token("D46a", "interaction_required with the claims to ask for", |reply| {
        entra(reply, "interaction_required", 50076, "You must use multi-factor authentication.");
        reply.set("claims", json!(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#));
    }),
    token("D46b", "invalid_grant with the claims to ask for", |reply| {
        entra(reply, "invalid_grant", 50158, "External security challenge was not satisfied.");
        reply.set("suberror", json!("basic_action"));
        reply.set("claims", json!(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#));
    }),
    token("D46c", "consent_required with claims that are none", |reply| {
        entra(reply, "consent_required", 65001, "The user has not consented to use the application.");
        reply.set("claims", json!("not JSON"));
    }),
    token("D47a", "unauthorized_client", |reply| *reply = Reply::error(400, "unauthorized_client")),
    token("D48a", "invalid_scope", |reply| *reply = Reply::error(400, "invalid_scope")),
    token("D48b", "invalid_request", |reply| *reply = Reply::error(400, "invalid_request")),
    token("D48c", "invalid_resource", |reply| *reply = Reply::error(400, "invalid_resource")),
    token("D49a", "temporarily_unavailable", |reply| *reply = Reply::error(400, "temporarily_unavailable")),
    token("D49b", "server_error", |reply| *reply = Reply::error(400, "server_error")),
    userinfo("G01", "sub is somebody else", |reply| reply.set("sub", json!("somebody-else"))),
    userinfo("G02", "sub is missing", |reply| reply.remove("sub")),
    userinfo("G03a", "401 invalid_token", |reply| *reply = Reply::error(401, "invalid_token")),
    userinfo("G03b", "403 insufficient_scope", |reply| *reply = Reply::error(403, "insufficient_scope")),
    userinfo("G04a", "200 with an HTML page", html),
    userinfo("G04b", "200 without a body", |reply| reply.raw = Some(Vec::new())),
    userinfo("G04c", "200 with an array", |reply| reply.json = json!([reply.json])),
    userinfo("G05a", "a body of ten megabytes", |reply| reply.set("filler", json!("x".repeat(10 * 1024 * 1024)))),
    userinfo("G05b", "ten thousand objects, one in the other", |reply| {
        reply.raw = Some(format!("{}{}", r#"{"sub":"#.repeat(10_000), "}".repeat(10_000)).into_bytes());
    }),
    userinfo("G05c", "a body without end", |reply| reply.ending = Ending::Endless),
    token_like("G06", "signed userinfo with another signature", |token| {
        let (kid, other_key) = (token.header["kid"].clone(), token.keys.another(token.algorithm()));
        token.sign_with(other_key);
        token.head("kid", kid);
    }),
    token_like("G07a", "signed userinfo of another issuer", |token| token.append("iss", "1")),
    token_like("G07b", "signed userinfo without an issuer", |token| token.without("iss")),
    token_like("G07c", "signed userinfo for another client", |token| token.append("aud", "1")),
    token_like("G07d", "signed userinfo without audience", |token| token.without("aud")),
    token_like("G08a", "userinfo as a token with alg none", |token| {
        token.head("alg", json!("none"));
        token.signer = Signer::Unsigned;
    }),
    token_like("G08b", "userinfo signed with HS256 and the public key as the secret", |token| {
        let secret = token.key().public_pem();
        token.sign_with_secret(secret);
    }),
    userinfo("G09", "plain JSON where a signature was agreed", |_| ()),
    token_like("G10", "the claims of the ID token, signed, as userinfo", |token| {
        token.payload = token.facts.id_token.split('.').nth(1).and_then(from_base64url);
    }),
    userinfo("G11", "protocol claims in userinfo", |reply| {
        reply.set("iss", json!("https://attacker.example"));
        reply.set("aud", json!("somebody-else"));
        reply.set("exp", json!(1));
        reply.set("groups", json!(["admin"]));
        reply.set("department", json!("sales"));
    }),
    userinfo("G12", "a line break and another header in claims", |reply| {
        reply.set("name", json!("Alice\r\nX-Admin: 1"));
        reply.set("department", json!("sales\r\nX-Admin: 1"));
    }),
    userinfo("G13", "the groups stand elsewhere, on another host", |reply| {
        reply.remove("groups");
        reply.set("_claim_names", json!({"groups": "src1"}));
        reply.set("_claim_sources", json!({"src1": {"endpoint": "http://169.254.169.254/groups"}}));
    }),
    userinfo("G14", "302 to another host", |reply| elsewhere(reply, 302)),
    userinfo("G15a", "503", |reply| busy(reply, 503)),
    userinfo("G15b", "no answer ever comes", |reply| reply.ending = Ending::Never),
    draft("G17a", "groups of the ID token are missing (allowed)", |token| token.without("groups")).at(FaultPoint::Back),
    userinfo("G17b", "groups of userinfo are missing (allowed)", |reply| reply.remove("groups")),
    userinfo("G17c", "groups of userinfo are others (allowed)", |reply| reply.set("groups", json!(["other"]))),
];

const fn token(id: &'static str, what: &'static str, change: fn(&mut Reply)) -> Row {
    reply(id, FaultPoint::Token, what, change)
}

const fn userinfo(id: &'static str, what: &'static str, change: fn(&mut Reply)) -> Row {
    reply(id, FaultPoint::Userinfo, what, change)
}

/// A refusal in the format of Entra ID.
fn entra(reply: &mut Reply, error: &str, code: u32, text: &str) {
    *reply = Reply::error(400, error);
    reply.set("error_description", json!(entra_description(&format!("AADSTS{code}: {text}"))));
    reply.set("error_codes", json!([code]));
    reply.set("trace_id", json!(TRACE));
    reply.set("correlation_id", json!(CORRELATION));
}

/// One gzip member (RFC 1952) with one stored block (RFC 1951, section 3.2.4). Checksum and length are zero:
/// the client did not request compression and must not get that far.
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a small document");
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), content, &[0; 8]].concat()
}

/// A row that makes the provider sign userinfo, and changes that token.
const fn token_like(id: &'static str, what: &'static str, change: fn(&mut Draft<'_>)) -> Row {
    draft(id, what, change).at(FaultPoint::Userinfo)
}

fn html(reply: &mut Reply) {
    reply.header("content-type", "text/html");
    reply.raw = Some(b"<!DOCTYPE html><title>Please wait</title><h1>Please wait</h1>".to_vec());
}

fn busy(reply: &mut Reply, status: u16) {
    *reply = Reply::error(status, "temporarily_unavailable");
    reply.header("retry-after", "1");
}

/// A redirect to another host name of the server, where it would be recorded as an unexpected request.
fn elsewhere(reply: &mut Reply, status: u16) {
    reply.status = status;
    reply.header("location", "/attacker/token");
}
