//! ID tokens and logout tokens: valid ones, then changed by the active faults (Core 1.0, sections 2 and 3.3.2.11; Back-Channel Logout 1.0, section 2.4).

use serde_json::{Map, Value, json};

use super::{
    dialect::Minting,
    fault::FaultPoint,
    keys::{Algorithm, KeyRing, SigningKey, hmac_sha256},
    world::{Grant, Session, Shared},
};
use crate::encoding::{base64url, random_name, sha256};

/// A token that is not signed yet.
pub(crate) struct Draft<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// Bytes in place of the claims; written from `claims` if absent.
    pub(crate) payload: Option<Vec<u8>>,
    /// Text in place of the encoded header; written from `header` if absent.
    pub(crate) header_text: Option<String>,
    pub(crate) signer: Signer,
    pub(crate) keys: &'a mut KeyRing,
    pub(crate) facts: Facts,
}

/// Values that a fault may need.
pub(crate) struct Facts {
    pub(crate) issuer: String,
    pub(crate) client_secret: String,
    pub(crate) now: i64,
    /// The code of the token.
    pub(crate) code: String,
    /// The nonce of another sign-in, or an invented one if there was no other.
    pub(crate) other_nonce: String,
    /// The previous ID token; empty if there was none.
    pub(crate) id_token: String,
}

/// The signer.
pub(crate) enum Signer {
    /// A key, with its own algorithm.
    Key(SigningKey),
    /// An RSA key with PSS padding.
    Pss(SigningKey),
    /// HMAC with a secret.
    Secret(Vec<u8>),
    /// No key: the third part is empty.
    Unsigned,
}

/// The subject of a logout token.
#[derive(Clone, Debug, Default)]
pub struct LogoutSubject {
    /// The `sub` claim.
    pub sub: Option<String>,
    /// The `sid` claim.
    pub sid: Option<String>,
}

/// The ID token at one point; its hashes are those of `code` and `access_token`.
pub(crate) fn id_token(shared: &Shared, point: FaultPoint, grant: &Grant, code: &str, access_token: &str) -> String {
    let now = shared.clock.now();
    let mut claims = session_claims(shared, grant, now);
    let nonce = grant.request.nonce.clone();
    // A refreshed ID token should not carry a nonce (Core 1.0, section 12.2).
    if let Some(nonce) = nonce.as_ref().filter(|_| point != FaultPoint::Refresh) {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    if point == FaultPoint::Front {
        if grant.request.response_type.contains("code") {
            claims.insert("c_hash".to_owned(), json!(left_half_hash(code)));
        }
    } else {
        claims.insert("at_hash".to_owned(), json!(left_half_hash(access_token)));
    }
    let minting = Minting {
        authority: &grant.request.authority,
        user: &grant.session.user,
        point,
        scope: &grant.request.scope,
        client_id: &shared.options.client_id,
        now,
    };
    (shared.dialect.claims)(&minting, &mut claims);
    let token = sign(shared, point, claims, code, nonce.as_deref(), None);
    shared.world().id_tokens.push(token.clone());
    token
}

/// A logout token.
pub(crate) fn logout_token(shared: &Shared, subject: &LogoutSubject) -> String {
    let now = shared.clock.now();
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(shared.issuer()));
    claims.insert("aud".to_owned(), json!(shared.options.client_id));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + 120));
    claims.insert("jti".to_owned(), json!(random_name()));
    claims.insert("events".to_owned(), json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    for (name, value) in [("sub", &subject.sub), ("sid", &subject.sid)] {
        if let Some(value) = value {
            claims.insert(name.to_owned(), json!(value));
        }
    }
    sign(shared, FaultPoint::Logout, claims, "", None, Some("logout+jwt"))
}

/// Signed userinfo.
pub(crate) fn userinfo(shared: &Shared, grant: &Grant) -> String {
    let mut claims = person_claims(&grant.session);
    claims.insert("iss".to_owned(), json!(shared.issuer()));
    claims.insert("aud".to_owned(), json!(shared.options.client_id));
    sign(shared, FaultPoint::Userinfo, claims, "", None, None)
}

/// The claims about the user, for ID token and userinfo.
pub(crate) fn person_claims(session: &Session) -> Map<String, Value> {
    let user = &session.user;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(user.subject));
    claims.insert("name".to_owned(), json!(user.full_name));
    claims.insert("preferred_username".to_owned(), json!(user.name));
    claims.insert("email".to_owned(), json!(user.email));
    claims.insert("email_verified".to_owned(), json!(user.email_verified));
    claims.insert("groups".to_owned(), json!(user.groups));
    claims.extend(user.claims.clone());
    claims
}

/// The left half of SHA-256 (Core 1.0, section 3.3.2.11); every algorithm here ends in 256.
pub(crate) fn left_half_hash(text: &str) -> String {
    base64url(&sha256(text.as_bytes())[..16])
}

fn session_claims(shared: &Shared, grant: &Grant, now: i64) -> Map<String, Value> {
    let session = &grant.session;
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(grant.request.authority.issuer));
    claims.insert("aud".to_owned(), json!(shared.options.client_id));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("nbf".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + ID_TOKEN_SECONDS));
    claims.insert("auth_time".to_owned(), json!(session.auth_time));
    claims.insert("sid".to_owned(), json!(session.sid));
    claims.extend(session.strength.claims());
    claims.extend(person_claims(session));
    claims
}

fn sign(
    shared: &Shared,
    point: FaultPoint,
    claims: Map<String, Value>,
    code: &str,
    nonce: Option<&str>,
    typ: Option<&str>,
) -> String {
    let faults = shared.faults_at(point);
    let mut world = shared.world();
    let other_nonce = world.nonces.iter().find(|known| Some(known.as_str()) != nonce).cloned();
    let facts = Facts {
        issuer: shared.issuer().to_owned(),
        client_secret: shared.options.client_secret.clone(),
        now: shared.clock.now(),
        code: code.to_owned(),
        other_nonce: other_nonce.unwrap_or_else(random_name),
        id_token: world.id_tokens.last().cloned().unwrap_or_default(),
    };
    let key = (shared.dialect.signer)(&world.keys, &claims);
    let mut header = Map::new();
    header.insert("typ".to_owned(), json!(typ.unwrap_or("JWT")));
    let mut draft = Draft {
        header,
        claims,
        payload: None,
        header_text: None,
        signer: Signer::Unsigned,
        keys: &mut world.keys,
        facts,
    };
    draft.sign_with(key);
    for fault in &faults {
        fault.change_draft(&mut draft);
    }
    faults.iter().fold(draft.compact(), |text, fault| fault.change_text(text))
}

impl Draft<'_> {
    /// Signs with a key, and sets `alg` in the header.
    pub(crate) fn sign_with(&mut self, key: SigningKey) {
        self.head("alg", json!(key.algorithm().name()));
        self.head("kid", json!(key.kid));
        self.signer = Signer::Key(key);
    }

    /// Signs with HMAC, and sets `alg` in the header.
    pub(crate) fn sign_with_secret(&mut self, secret: impl Into<Vec<u8>>) {
        self.head("alg", json!("HS256"));
        self.signer = Signer::Secret(secret.into());
    }

    /// The signing key, before any fault removed it.
    pub(crate) fn key(&self) -> SigningKey {
        self.keys.current().clone()
    }

    /// Its algorithm.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.keys.current().algorithm()
    }

    /// Sets a header parameter.
    pub(crate) fn head(&mut self, name: &str, value: Value) {
        self.header.insert(name.to_owned(), value);
    }

    /// Sets a claim.
    pub(crate) fn claim(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    /// Removes a claim.
    pub(crate) fn without(&mut self, name: &str) {
        self.claims.remove(name);
    }

    /// Appends to a string claim.
    pub(crate) fn append(&mut self, name: &str, suffix: &str) {
        let text = self.text(name);
        self.claim(name, json!(format!("{text}{suffix}")));
    }

    /// A string claim; empty if it is absent.
    pub(crate) fn text(&self, name: &str) -> String {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Sets a time claim to so many seconds after now.
    pub(crate) fn time(&mut self, name: &str, after_now: i64) {
        let time = self.facts.now + after_now;
        self.claim(name, json!(time));
    }

    /// Inserts JSON members, as text, before all claims, so that a claim can appear twice.
    pub(crate) fn prepend_members(&mut self, members: &str) {
        let claims = Value::Object(self.claims.clone()).to_string();
        self.payload = Some(format!("{{{members},{}", &claims[1..]).into_bytes());
    }

    fn compact(&self) -> String {
        let header = self.header_text.clone().unwrap_or_else(|| Value::Object(self.header.clone()).to_string());
        let payload =
            self.payload.clone().unwrap_or_else(|| Value::Object(self.claims.clone()).to_string().into_bytes());
        let input = format!("{}.{}", base64url(header), base64url(payload));
        let signature = match &self.signer {
            Signer::Key(key) => key.sign(input.as_bytes()),
            Signer::Pss(key) => key.sign_pss(input.as_bytes()).expect("an RSA key for PS256"),
            Signer::Secret(secret) => hmac_sha256(secret, input.as_bytes()),
            Signer::Unsigned => Vec::new(),
        };
        format!("{input}.{}", base64url(signature))
    }
}

const ID_TOKEN_SECONDS: i64 = 300;
