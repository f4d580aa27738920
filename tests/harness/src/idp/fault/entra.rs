//! Rows B04 and B48: tokens of other tenants, clouds, versions and kinds, which only Entra can issue.

use serde_json::json;

use super::table::{Row, draft};
use crate::idp::{
    entra::{TENANT_1, TENANT_2},
    keys::KeyRing,
    mint::Draft,
};

pub(crate) const ROWS: &[Row] = &[
    draft("B04a", "tid is another tenant's", |token| token.claim("tid", json!(TENANT_2))),
    draft("B04b", "iss is another tenant's", |token| {
        let issuer = token.text("iss").replace(TENANT_1, TENANT_2);
        token.claim("iss", json!(issuer));
    }),
    draft("B04c", "tid is in capitals, iss is not", |token| token.claim("tid", json!(TENANT_1.to_uppercase()))),
    draft("B04d", "tid stands there twice, in other letters", |token| token.claim("TID", json!(TENANT_2))),
    draft("B04e", "tid is missing", |token| token.without("tid")),
    draft("B04f", "tid is no GUID, and iss says the same", |token| {
        let issuer = token.text("iss").replace(TENANT_1, "contoso.example");
        token.claim("iss", json!(issuer));
        token.claim("tid", json!("contoso.example"));
    }),
    draft("B04g", "a company's token is signed with the key of personal accounts", |token| sign_as(token, "issuer")),
    draft("B04h", "signed with the key of another cloud", |token| sign_as(token, "cloud_instance_name")),
    draft("B04i", "all of it is of another tenant, rightly", |token| {
        let issuer = token.text("iss").replace(TENANT_1, TENANT_2);
        token.claim("iss", json!(issuer));
        token.claim("tid", json!(TENANT_2));
    }),
    draft("B04k", "oid is another person's", |token| token.claim("oid", json!("33333333-cccc-4000-8000-00000000000c"))),
    draft("B48a", "an access token", |token| {
        token.claim("aud", json!("https://graph.example"));
        token.claim("scp", json!("openid profile"));
        token.without("nonce");
    }),
    draft("B48b", "a token of version 1", |token| {
        // Its issuer is on another host and ends in a slash.
        let issuer = token.text("iss").replace("localhost", "127.0.0.1").replace("/v2.0", "/");
        token.claim("iss", json!(issuer));
        token.claim("ver", json!("1.0"));
    }),
];

/// Signs with the published key that has a member of that name.
fn sign_as(token: &mut Draft<'_>, member: &str) {
    // Other products have no such key: then the token is signed with a key that is not published.
    let key = token.keys.marked(member).unwrap_or_else(|| KeyRing::unpublished(token.algorithm()));
    token.sign_with(key);
}
