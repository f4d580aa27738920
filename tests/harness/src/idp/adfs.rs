//! Active Directory Federation Services: endpoints that end in a slash, its own claim for user names, no tenants.

use serde_json::{Value, json};

use super::dialect::{Authority, Dialect, Endpoint, STANDARD};

pub(crate) const ADFS: Dialect = Dialect {
    authorities: |bases, _| {
        let path = |end: &str| format!("/adfs{end}");
        vec![Authority {
            issuer: format!("{}/adfs", bases.base),
            tenant: None,
            version: "1.0",
            base: bases.base.clone(),
            paths: vec![
                (Endpoint::Discovery, path("/.well-known/openid-configuration")),
                (Endpoint::Jwks, path("/discovery/keys")),
                (Endpoint::Authorize, path("/oauth2/authorize/")),
                (Endpoint::Token, path("/oauth2/token/")),
                (Endpoint::EndSession, path("/oauth2/logout")),
                (Endpoint::Userinfo, path("/userinfo")),
                (Endpoint::Login, path("/ls/")),
            ],
        }]
    },
    document: |authority, document| {
        document["access_token_issuer"] =
            json!(format!("{}/services/trust", authority.issuer.replacen("https", "http", 1)));
        document["token_endpoint_auth_methods_supported"] =
            json!(["client_secret_post", "client_secret_basic", "private_key_jwt", "windows_client_authentication"]);
        document["response_types_supported"] =
            json!(["code", "id_token", "code id_token", "id_token token", "code token", "code id_token token"]);
        document["capabilities"] = json!([]);
        document["authorization_response_iss_parameter_supported"] = Value::Null;
    },
    claims: |minting, claims| {
        for name in ["preferred_username", "email", "email_verified", "name", "at_hash"] {
            claims.remove(name);
        }
        claims.insert("upn".to_owned(), json!(format!("{}@contoso.example", minting.user.name)));
        claims.insert("unique_name".to_owned(), json!(format!("CONTOSO\\{}", minting.user.name)));
        claims.insert("ver".to_owned(), json!("1.0"));
    },
    answer: |answer| answer.remove("iss"),
    ..STANDARD
};
