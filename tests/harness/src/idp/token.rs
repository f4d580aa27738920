//! The token endpoint (Core 1.0, sections 3.1.3 and 12), userinfo (5.3) and revocation (RFC 7009).

use http::header;
use serde_json::{Value, json};

use super::{
    client::{self, Attempt, authorization},
    dialect::Endpoint,
    event::{Event, TokenRequest},
    fault::{Fault, FaultPoint},
    metadata::changed,
    mint,
    reply::Reply,
    router::Call,
    world::{Grant, Shared},
};
use crate::{
    encoding::{base64url, random_name, sha256},
    serve::Answer,
};

/// A POST to the token endpoint; waits while the endpoint is held.
pub(crate) async fn redeem(shared: &Shared, call: &Call) -> Answer {
    let attempt = client::attempt(shared, call);
    let outcome = judge(shared, call, &attempt);
    let verifier_ok = verifier_fits(shared, call);
    let mutual = shared.world().mutual.clone().filter(|_| call.certificates.is_some());
    let mut form = call.form.clone();
    for (_, value) in form.iter_mut().filter(|(name, _)| name == "client_secret") {
        "(blanked)".clone_into(value);
    }
    shared.record(Event::Token(TokenRequest {
        auth_method: attempt.method,
        assertion: attempt.assertion,
        origin: call.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).map(str::to_owned),
        address: mutual.unwrap_or_else(|| call.path.clone()),
        grant_type: call.field("grant_type").unwrap_or_default().to_owned(),
        code: call.field("code").map(str::to_owned),
        code_verifier_ok: verifier_ok,
        redirect_uri: call.field("redirect_uri").map(str::to_owned),
        form,
        refused: outcome.as_ref().err().copied(),
    }));
    let mut held = shared.held.subscribe();
    // The sender lives as long as the provider; without it there is nothing to wait for.
    let _ = held.wait_for(|held| !held).await;
    let reply = match outcome {
        Ok((grant, refreshed)) => success(shared, call, grant, refreshed),
        Err("invalid_client") => {
            let mut reply = Reply::error(401, "invalid_client");
            reply.header("www-authenticate", "Basic realm=\"test provider\"");
            reply
        }
        Err(error) => Reply::error(400, error),
    };
    changed(shared, FaultPoint::Token, reply).send().await
}

/// A call of the userinfo endpoint.
pub(crate) fn userinfo(shared: &Shared, call: &Call) -> Reply {
    let token = authorization(call, "Bearer").unwrap_or_default();
    let grant = shared.world().access_tokens.get(token).filter(|grant| grant.expires > shared.clock.now()).cloned();
    let elsewhere = call.param("access_token").or_else(|| call.field("access_token")).is_some();
    shared.record(Event::Userinfo { known_token: grant.is_some(), elsewhere });
    let reply = if let Some(grant) = grant {
        person(shared, &grant)
    } else {
        let mut reply = Reply::error(401, "invalid_token");
        reply.header("www-authenticate", "Bearer error=\"invalid_token\"");
        reply
    };
    changed(shared, FaultPoint::Userinfo, reply)
}

/// Userinfo as JSON; or, if a fault changes a token, as a signed token (Core 1.0, section 5.3.2).
fn person(shared: &Shared, grant: &Grant) -> Reply {
    let mut reply = Reply::ok(Value::Object(mint::person_claims(&grant.session)));
    if shared.faults_at(FaultPoint::Userinfo).into_iter().any(Fault::changes_token) {
        reply.raw = Some(mint::userinfo(shared, grant).into_bytes());
        reply.header("content-type", "application/jwt");
    }
    reply
}

/// Revokes a token.
pub(crate) fn revoke(shared: &Shared, call: &Call) -> Reply {
    shared.record(Event::Revoked { hint: call.field("token_type_hint").map(str::to_owned) });
    let token = call.field("token").unwrap_or_default();
    let mut world = shared.world();
    world.access_tokens.remove(token);
    world.refresh_tokens.remove(token);
    Reply::ok(json!({}))
}

/// The grant of a request (and whether it is a refresh), or the OAuth error.
fn judge(shared: &Shared, call: &Call, attempt: &Attempt) -> Result<(Grant, bool), &'static str> {
    if is_repeated(&call.form) {
        // RFC 6749, section 3.2: no parameter more than once.
        Err("invalid_request")
    } else if !attempt.is_known {
        Err("invalid_client")
    } else if attempt.method.contains('+') {
        // RFC 6749, section 2.3: not more than one method in a request.
        Err("invalid_request")
    } else {
        match call.field("grant_type") {
            Some("authorization_code") => spend_code(shared, call).map(|grant| (grant, false)),
            Some("refresh_token") => spend_refresh_token(shared, call).map(|grant| (grant, true)),
            _ => Err("unsupported_grant_type"),
        }
    }
}

fn is_repeated(form: &[(String, String)]) -> bool {
    form.iter().enumerate().any(|(at, (name, _))| form[..at].iter().any(|(known, _)| known == name))
}

fn spend_code(shared: &Shared, call: &Call) -> Result<Grant, &'static str> {
    let fits = verifier_fits(shared, call);
    let now = shared.clock.now();
    let mut world = shared.world();
    let grant = world.codes.get_mut(call.field("code").unwrap_or_default()).ok_or("invalid_grant")?;
    if grant.used || grant.expires < now {
        return Err("invalid_grant");
    }
    // The first attempt uses the code up, valid or not.
    grant.used = true;
    // A code is valid at the authority that issued it (Entra: AADSTS700005).
    let fits = fits && call.authority.path(Endpoint::Token) == grant.request.authority.path(Endpoint::Token);
    let right = fits && call.field("redirect_uri") == Some(&grant.request.redirect_uri);
    right.then(|| grant.clone()).ok_or("invalid_grant")
}

fn spend_refresh_token(shared: &Shared, call: &Call) -> Result<Grant, &'static str> {
    let token = call.field("refresh_token").unwrap_or_default();
    // Rotation (RFC 9700, section 4.14.2): the former token is valid once, unless the response has no new one.
    let stays = shared.faults_at(FaultPoint::Token).iter().any(|fault| fault.id() == "D38");
    let mut world = shared.world();
    let grant = if stays { world.refresh_tokens.get(token).cloned() } else { world.refresh_tokens.remove(token) };
    grant.ok_or("invalid_grant")
}

/// Whether the PKCE verifier matches the challenge of the code (RFC 7636, section 4.6).
fn verifier_fits(shared: &Shared, call: &Call) -> bool {
    let code = call.field("code").unwrap_or_default();
    let verifier = call.field("code_verifier").unwrap_or_default();
    let world = shared.world();
    let challenge = world.codes.get(code).and_then(|grant| grant.request.code_challenge.as_deref());
    verifier.len() >= 43 && challenge == Some(&base64url(sha256(verifier.as_bytes())))
}

fn success(shared: &Shared, call: &Call, mut grant: Grant, refreshed: bool) -> Reply {
    let now = shared.clock.now();
    let access_token = (shared.dialect.access_token)(&grant);
    let point = if refreshed { FaultPoint::Refresh } else { FaultPoint::Back };
    let code = call.field("code").unwrap_or_default();
    let id_token = mint::id_token(shared, point, &grant, code, &access_token);
    let scope = grant.request.scope.clone();
    let mut reply = Reply::ok(json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS, "scope": scope, "id_token": id_token,
    }));
    (shared.dialect.tokens)(&grant, &mut reply);
    grant.expires = now + ACCESS_SECONDS;
    let mut world = shared.world();
    if scope.split(' ').any(|scope| scope == "offline_access") {
        let refresh_token = random_name();
        reply.set("refresh_token", json!(refresh_token));
        world.refresh_tokens.insert(refresh_token, grant.clone());
    }
    world.access_tokens.insert(access_token, grant);
    reply
}

const ACCESS_SECONDS: i64 = 600;
