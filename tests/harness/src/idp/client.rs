//! The one client: its registered authentication method (Core 1.0, section 9; RFC 7523; RFC 8705), and its verification.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use http::header;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{client_key::ClientKey, dialect::Endpoint, keys::hmac_sha256, router::Call, world::Shared};
use crate::{
    encoding::{base64url, from_base64, from_base64url, sha1, sha256},
    serve::ClientCertificates,
};

/// The registered credentials of the client. It must authenticate with exactly this method.
pub enum ClientRegistration {
    /// The client secret, by `client_secret_basic` or `client_secret_post`.
    Secret,
    /// The client secret, by `client_secret_jwt`.
    SecretJwt,
    /// Keys, by `private_key_jwt`; with `true` the assertion must name its certificate.
    Keys(Vec<ClientKey>, bool),
    /// A federated issuer that signs for the client (RFC 7521, section 4.2): its key, its issuer, and the subject.
    Federated(Box<ClientKey>, &'static str, &'static str),
    /// The certificate of the connection, with the method of that name.
    Certificate(&'static str, Box<ClientKey>),
}

/// How a client authenticated, and the result.
pub(crate) struct Attempt {
    /// `client_secret_basic`, …; several joined by `+`.
    pub(crate) method: String,
    pub(crate) is_known: bool,
    /// Header and claims of the assertion.
    pub(crate) assertion: Option<Value>,
}

/// Verifies the client authentication of a request.
pub(crate) fn attempt(shared: &Shared, call: &Call) -> Attempt {
    let mut proofs = Vec::new();
    if let Some(credentials) = authorization(call, "Basic") {
        proofs.push(("client_secret_basic", basic(shared, credentials)));
    }
    if let Some(secret) = call.field("client_secret") {
        proofs.push(("client_secret_post", post(shared, call, secret)));
    }
    let token = call.field("client_assertion");
    if let Some(token) = token {
        let is_typed = call.field("client_assertion_type") == Some(JWT_BEARER);
        let (method, proved) = asserted(shared, call, token);
        proofs.push((method, is_typed && proved));
    }
    if let Some(ClientCertificates(shown)) = call.certificates.as_ref() {
        proofs.extend(certified(shared, call, shown.first().map(|leaf| &**leaf)));
    }
    let methods: Vec<&str> = proofs.iter().map(|(method, _)| *method).collect();
    Attempt {
        method: if methods.is_empty() { "none".to_owned() } else { methods.join("+") },
        is_known: !proofs.is_empty() && proofs.iter().all(|(_, proved)| *proved),
        assertion: token.and_then(read).map(|(header, claims, ..)| json!({"header": header, "claims": claims})),
    }
}

/// The credentials of an authorization scheme.
pub(crate) fn authorization<'a>(call: &'a Call, scheme: &str) -> Option<&'a str> {
    let value = call.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (known, credentials) = value.split_once(' ')?;
    known.eq_ignore_ascii_case(scheme).then_some(credentials)
}

fn basic(shared: &Shared, credentials: &str) -> bool {
    // RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
    let text = from_base64(credentials).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let (id, secret) = text.split_once(':').unwrap_or_default();
    is_secret(shared, &form_decoded(id), &form_decoded(secret))
}

fn post(shared: &Shared, call: &Call, secret: &str) -> bool {
    is_secret(shared, call.field("client_id").unwrap_or_default(), secret)
}

fn is_secret(shared: &Shared, id: &str, secret: &str) -> bool {
    let world = shared.world();
    matches!(world.client, ClientRegistration::Secret)
        && id == shared.options.client_id
        && secret == world.client_secret
}

/// The method, and whether the whole assertion is correct.
fn asserted(shared: &Shared, call: &Call, token: &str) -> (&'static str, bool) {
    let Some((header, claims, signed, signature)) = read(token) else { return ("private_key_jwt", false) };
    let algorithm = header["alg"].as_str().unwrap_or_default();
    let method = if algorithm.starts_with("HS") { "client_secret_jwt" } else { "private_key_jwt" };
    // RFC 7521, section 4.2: `client_id`, if present, must be the client of the assertion.
    let mut right = call.field("client_id").is_none_or(|id| id == shared.options.client_id);
    let mut world = shared.world();
    let (issuer, subject, single_use) = match &world.client {
        ClientRegistration::SecretJwt => {
            right &=
                algorithm == "HS256" && hmac_sha256(world.client_secret.as_bytes(), signed.as_bytes()) == signature;
            (shared.options.client_id.as_str(), shared.options.client_id.as_str(), true)
        }
        ClientRegistration::Keys(keys, certificate) => {
            let signs = |key: &ClientKey| {
                key.names_itself(&header, *certificate) && key.verifies(algorithm, signed, &signature)
            };
            right &= keys.iter().any(signs);
            (shared.options.client_id.as_str(), shared.options.client_id.as_str(), true)
        }
        // Its issuer replaces the assertion from time to time; until then it is sent repeatedly.
        ClientRegistration::Federated(key, issuer, subject) => {
            right &= key.verifies(algorithm, signed, &signature);
            (*issuer, *subject, false)
        }
        ClientRegistration::Secret | ClientRegistration::Certificate(..) => return (method, false),
    };
    right &= claims["iss"] == issuer && claims["sub"] == subject;
    let now = shared.clock.now();
    let time = |name: &str| claims[name].as_i64();
    right &= time("exp").is_some_and(|exp| exp > now && exp <= now + LONGEST_LIFE);
    right &= ["iat", "nbf"].iter().all(|name| time(name).is_some_and(|moment| moment <= now));
    // One audience, as a string: RFC 7523 section 3, and no list that could contain another provider.
    right &= claims["aud"] == shared.issuer() || claims["aud"] == shared.authorities[0].url(Endpoint::Token);
    if right && single_use {
        right = claims["jti"].as_str().is_some_and(|name| name.len() >= 16 && world.assertions.insert(name.to_owned()));
    }
    (method, right)
}

/// Header, claims, signed text and signature.
fn read(token: &str) -> Option<(Value, Value, &str, Vec<u8>)> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let part = |text: &str| serde_json::from_slice(&from_base64url(text)?).ok();
    Some((part(header)?, part(claims)?, signed, from_base64url(signature)?))
}

/// RFC 8705, section 2: the certificate is the registered one, and `client_id` is present.
fn certified(shared: &Shared, call: &Call, shown: Option<&[u8]>) -> Option<(&'static str, bool)> {
    let world = shared.world();
    let ClientRegistration::Certificate(method, key) = &world.client else { return None };
    let named = call.field("client_id") == Some(shared.options.client_id.as_str());
    Some((method, named && shown == Some(key.certificate())))
}

impl ClientKey {
    /// Whether the header names this key: each name that is present must match; that of the certificate must be present if required.
    fn names_itself(&self, header: &Value, certificate: bool) -> bool {
        let thumbprint = base64url(sha256(self.certificate()));
        let sha1 = base64url(sha1(self.certificate()));
        let fits = |name: &str, value: &str| header.get(name).is_none_or(|said| said == value);
        header["typ"] == "JWT"
            && fits("x5t#S256", &thumbprint)
            && fits("x5t", &sha1)
            && (!certificate || header.get("x5t#S256").is_some())
    }

    fn verifies(&self, algorithm: &str, signed: &str, signature: &[u8]) -> bool {
        let known: &'static dyn VerificationAlgorithm = match algorithm {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            "ES256" => &ECDSA_P256_SHA256_FIXED,
            "ES384" => &ECDSA_P384_SHA384_FIXED,
            "EdDSA" => &ED25519,
            _ => return false,
        };
        UnparsedPublicKey::new(known, self.public()).verify(signed.as_bytes(), signature).is_ok()
    }
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(format!("value={text}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest lifetime of an assertion, as at Entra ID.
const LONGEST_LIFE: i64 = 600;

#[cfg(test)]
mod tests;
