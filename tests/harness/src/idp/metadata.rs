//! The discovery document (Discovery 1.0, section 3) and the published keys (RFC 7517, section 5).

use serde_json::{Value, json};

use super::{dialect::Endpoint, event::Event, fault::Place, reply::Reply, router::Call, world::Shared};

/// The discovery document.
pub(crate) fn discovery(shared: &Shared, call: &Call) -> Reply {
    shared.record(Event::Discovery);
    let authority = &call.authority;
    // Entra: an application with keys of its own asks for them by its id.
    let appid = call.param("appid").map(|appid| format!("?appid={appid}")).unwrap_or_default();
    let mut document = json!({
        "issuer": authority.issuer,
        "authorization_endpoint": authority.url(Endpoint::Authorize),
        "token_endpoint": authority.url(Endpoint::Token),
        "userinfo_endpoint": authority.url(Endpoint::Userinfo),
        "revocation_endpoint": authority.url(Endpoint::Revoke),
        "end_session_endpoint": authority.url(Endpoint::EndSession),
        "jwks_uri": format!("{}{appid}", authority.url(Endpoint::Jwks)),
        "scopes_supported": ["openid", "profile", "email", "groups", "offline_access"],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth",
            "self_signed_tls_client_auth",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "sid", "name", "preferred_username", "email", "email_verified", "groups"],
    });
    (shared.dialect.document)(authority, &mut document);
    let mut reply = Reply::ok(document);
    if let Some(address) = &shared.world().mutual {
        // RFC 8705, section 5.
        reply.set("mtls_endpoint_aliases", json!({"token_endpoint": address}));
    }
    reply.header("cache-control", "public, max-age=3600");
    changed(shared, Place::Discovery, reply)
}

/// The published keys.
pub(crate) fn jwks(shared: &Shared, call: &Call) -> Reply {
    shared.record(Event::Jwks);
    let with_own = call.param("appid") == Some(&shared.options.client_id);
    let published: Vec<_> = shared.world().keys.published().to_vec();
    let shown = published.iter().filter(|key| with_own || !key.members.contains_key("appid"));
    let keys: Vec<Value> = shown
        .map(|key| {
            let mut jwk = key.jwk();
            (shared.dialect.jwk)(&call.authority, &mut jwk);
            jwk
        })
        .collect();
    let mut reply = Reply::ok(json!({"keys": keys}));
    reply.header("cache-control", "public, max-age=3600");
    changed(shared, Place::Jwks, reply)
}

/// The reply after the faults of its place.
pub(crate) fn changed(shared: &Shared, place: Place, mut reply: Reply) -> Reply {
    for fault in shared.faults_at(place) {
        fault.change_reply(&mut reply);
    }
    reply
}
