//! Azure AD B2C: a policy in every URL, an issuer that ends in a slash and has another path than its metadata.

use serde_json::json;

use super::{
    dialect::{Authority, Dialect, Endpoint, STANDARD},
    entra::TENANT_1,
};

pub(crate) const B2C: Dialect = Dialect {
    authorities: |bases, _| {
        let path = |end: &str| format!("/contoso.onmicrosoft.com/{POLICY}{end}");
        vec![Authority {
            issuer: format!("{}/{TENANT_1}/v2.0/", bases.base),
            tenant: Some(TENANT_1),
            version: "1.0",
            base: bases.base.clone(),
            paths: vec![
                (Endpoint::Discovery, path("/v2.0/.well-known/openid-configuration")),
                (Endpoint::Jwks, path("/discovery/v2.0/keys")),
                (Endpoint::Authorize, path("/oauth2/v2.0/authorize")),
                (Endpoint::Token, path("/oauth2/v2.0/token")),
                (Endpoint::EndSession, path("/oauth2/v2.0/logout")),
                (Endpoint::Userinfo, path("/openid/v2.0/userinfo")),
                (Endpoint::Login, path("/login")),
            ],
        }]
    },
    document: |_, document| {
        document["authorization_response_iss_parameter_supported"] = json!(false);
        document["claims_supported"] =
            json!(["name", "idp", "sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"]);
    },
    jwk: |_, jwk| {
        if let Some(members) = jwk.as_object_mut() {
            members.remove("alg");
            members.insert("nbf".to_owned(), json!(1_493_763_266));
        }
    },
    claims: |_, claims| {
        for name in ["preferred_username", "email", "email_verified", "at_hash", "sid"] {
            claims.remove(name);
        }
        claims.insert("tfp".to_owned(), json!(POLICY));
        claims.insert("ver".to_owned(), json!("1.0"));
    },
    answer: |answer| answer.remove("iss"),
    // Every number is a string.
    tokens: |_, reply| {
        for (name, value) in [("expires_in", "3600"), ("not_before", "1442340812"), ("id_token_expires_in", "3600")] {
            reply.set(name, json!(value));
        }
        reply.set("profile_info", json!("e30"));
    },
    ..STANDARD
};

const POLICY: &str = "b2c_1_sign_in";
