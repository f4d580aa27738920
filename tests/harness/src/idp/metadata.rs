//! The discovery document (Discovery 1.0, section 3) and the published keys (RFC 7517, section 5).

use serde_json::{Value, json};

use super::{event::Event, fault::Place, reply::Reply, world::Shared};
use crate::encoding::random_name;

pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(crate) const JWKS: &str = "/jwks";
pub(crate) const TOKEN: &str = "/token";

/// The discovery document.
pub(crate) fn discovery(shared: &Shared) -> Reply {
    shared.record(Event::Discovery);
    let place = if shared.is_moved() { format!("{MOVED}{}", random_name()) } else { String::new() };
    let mut reply = Reply::ok(json!({
        "issuer": shared.issuer,
        "authorization_endpoint": shared.url("/authorize"),
        "token_endpoint": shared.url(&format!("{place}{TOKEN}")),
        "userinfo_endpoint": shared.url("/userinfo"),
        "revocation_endpoint": shared.url("/revoke"),
        "end_session_endpoint": shared.url("/logout"),
        "jwks_uri": shared.url(&format!("{place}{JWKS}")),
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
    }));
    if let Some(address) = &shared.world().mutual {
        // RFC 8705, section 5.
        reply.set("mtls_endpoint_aliases", json!({"token_endpoint": address}));
    }
    reply.header("cache-control", "public, max-age=3600");
    changed(shared, Place::Discovery, reply)
}

/// The endpoint that is meant by a path, when endpoints may have moved: the path itself, the one behind a made-up place, or
/// none.
pub(crate) fn endpoint<'a>(shared: &Shared, path: &'a str) -> &'a str {
    let behind = path.strip_prefix(MOVED).and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    match behind {
        Some(path) if shared.is_moved() => path,
        None if shared.is_moved() && [JWKS, TOKEN].contains(&path) => "",
        _ => path,
    }
}

/// The published keys; waits while they are held.
pub(crate) async fn jwks(shared: &Shared) -> Reply {
    shared.record(Event::Jwks);
    let mut held = shared.held_keys.subscribe();
    // The sender lives as long as the provider; without it there is nothing to wait for.
    let _ = held.wait_for(|held| !held).await;
    let mut keys: Vec<Value> = shared.world().keys.published().iter().map(super::keys::SigningKey::jwk).collect();
    keys.extend(shared.world().foreign_keys.clone());
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

/// What the paths of moved endpoints begin with.
const MOVED: &str = "/moved/";
