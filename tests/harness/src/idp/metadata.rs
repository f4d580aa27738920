//! The discovery document (Discovery 1.0, section 3) and the published keys (RFC 7517, section 5).

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    dialect::{Authority, Endpoint},
    event::Event,
    fault::FaultPoint,
    reply::Reply,
    router::Call,
    world::Shared,
};
use crate::encoding::random_name;

/// The discovery document.
pub(crate) fn discovery(shared: &Shared, call: &Call) -> Reply {
    shared.record(Event::Discovery);
    let authority = &call.authority;
    // Entra: an application with its own keys requests them with its id.
    let appid = call.param("appid").map(|appid| format!("?appid={appid}")).unwrap_or_default();
    let path = if shared.is_moved() { format!("{MOVED}{}", random_name()) } else { String::new() };
    let moved = |endpoint| format!("{}{path}{}", authority.base, authority.path(endpoint));
    let mut document = json!({
        "issuer": authority.issuer,
        "authorization_endpoint": authority.url(Endpoint::Authorize),
        "token_endpoint": moved(Endpoint::Token),
        "userinfo_endpoint": authority.url(Endpoint::Userinfo),
        "revocation_endpoint": authority.url(Endpoint::Revoke),
        "end_session_endpoint": authority.url(Endpoint::EndSession),
        "jwks_uri": format!("{}{appid}", moved(Endpoint::Jwks)),
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
    changed(shared, FaultPoint::Discovery, reply)
}

/// The endpoint of a path, when endpoints may have moved: that of the path itself, the one behind a random
/// prefix, or none.
pub(crate) fn endpoint(shared: &Shared, path: &str) -> Option<(Arc<Authority>, Endpoint)> {
    let behind = path.strip_prefix(MOVED).and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    let behind = behind.filter(|_| shared.is_moved());
    let path = behind.unwrap_or(path);
    let found = shared.authorities.iter().find_map(|its| Some((Arc::clone(its), its.endpoint(path)?)));
    let is_gone = |endpoint| shared.is_moved() && matches!(endpoint, Endpoint::Jwks | Endpoint::Token);
    found.filter(|(_, endpoint)| behind.is_some() || !is_gone(*endpoint))
}

/// The published keys; waits while they are held.
pub(crate) async fn jwks(shared: &Shared, call: &Call) -> Reply {
    shared.record(Event::Jwks);
    let mut held = shared.held_keys.subscribe();
    // The sender lives as long as the provider; without it there is nothing to wait for.
    let _ = held.wait_for(|held| !held).await;
    let with_own = call.param("appid") == Some(&shared.options.client_id);
    let published: Vec<_> = shared.world().keys.published().to_vec();
    let shown = published.iter().filter(|key| with_own || !key.members.contains_key("appid"));
    let mut keys: Vec<Value> = shown
        .map(|key| {
            let mut jwk = key.jwk();
            (shared.dialect.jwk)(&call.authority, &mut jwk);
            jwk
        })
        .collect();
    keys.extend(shared.world().foreign_keys.clone());
    let mut reply = Reply::ok(json!({"keys": keys}));
    reply.header("cache-control", "public, max-age=3600");
    changed(shared, FaultPoint::Jwks, reply)
}

/// The response after the faults of its point.
pub(crate) fn changed(shared: &Shared, point: FaultPoint, mut reply: Reply) -> Reply {
    for fault in shared.faults_at(point) {
        fault.change_reply(&mut reply);
    }
    reply
}

/// The prefix of moved endpoints.
const MOVED: &str = "/moved/";
