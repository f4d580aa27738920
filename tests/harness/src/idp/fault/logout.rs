//! Group H: logout tokens (Back-Channel Logout 1.0, sections 2.4 and 2.6). The rows of groups A and B apply here too.

use serde_json::json;

use super::table::{FaultPoint, Row, draft, text};
use crate::idp::mint::{Draft, Signer};

pub(crate) const ROWS: &[Row] = &[
    claim("H04", "neither sub nor sid", |token| {
        token.without("sub");
        token.without("sid");
    }),
    claim("H07", "alg is none and the signature is empty", |token| {
        token.head("alg", json!("none"));
        token.signer = Signer::Unsigned;
    }),
    text("H09", "the signature is another token's", |token| {
        let (start, end) = token.split_at(token.len() - 20);
        let last: String = end.chars().rev().collect();
        format!("{start}{last}")
    })
    .at(FaultPoint::Logout),
    claim("H11", "iss has a 1 at its end", |token| token.append("iss", "1")),
    claim("H12a", "aud is another client", |token| token.append("aud", "1")),
    claim("H12b", "aud is missing", |token| token.without("aud")),
    claim("H13a", "iat is missing", |token| token.without("iat")),
    claim("H13b", "iat is an hour ahead", |token| token.time("iat", 3600)),
    claim("H13c", "iat was a day ago", |token| token.time("iat", -24 * 3600)),
    claim("H14", "exp is missing", |token| token.without("exp")),
    claim("H15", "exp was an hour ago", |token| token.time("exp", -3600)),
    claim("H16", "jti is missing", |token| token.without("jti")),
    claim("H18", "events is missing", |token| token.without("events")),
    claim("H19", "events names another event", |token| token.claim("events", json!({"urn:example:other": {}}))),
    claim("H20a", "events is text", |token| token.claim("events", json!(EVENT))),
    claim("H20b", "events is an array", |token| token.claim("events", json!([EVENT]))),
    claim("H20c", "the event is not an object", |token| token.claim("events", json!({EVENT: "yes"}))),
    claim("H21", "one more, unknown event (allowed)", |token| {
        token.claim("events", json!({EVENT: {}, "urn:example:other": {}}));
    }),
    claim("H22", "a nonce is there", |token| token.claim("nonce", json!("a nonce"))),
    claim("H24a", "typ is absent (allowed)", |token| {
        token.header.remove("typ");
    }),
    claim("H24b", "typ is JWT (allowed)", |token| token.head("typ", json!("JWT"))),
    claim("H24c", "typ is at+jwt", |token| token.head("typ", json!("at+jwt"))),
    claim("H27", "an unknown claim (allowed)", |token| token.claim("unheard_of", json!({"a": 1}))),
];

const fn claim(id: &'static str, what: &'static str, change: fn(&mut Draft<'_>)) -> Row {
    draft(id, what, change).at(FaultPoint::Logout)
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
