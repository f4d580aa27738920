//! Client authentication of a `[[provider]]`: a secret, a key, a certificate, or an assertion signed by a third party.
//! Exactly one method is configured.
//!
//! OpenID Connect Core §9, RFC 7523, RFC 8705.

use std::path::PathBuf;

use super::{
    secret::{self, Found},
    section::{Section, Spanned, quoted},
};
use crate::{
    base::{SecretSource, chain},
    jose::{Algorithm, KeyError},
    oidc::{CertificateMethod, ClientAuthentication, Flow, SecretMethod},
    provider::{Audience, CredentialError, CredentialSource, Credentials},
};

pub(super) const ASSERTION_KEYS: &[&str] = &["token_file", "algorithm", "audience", "key_id", "x5t"];

/// Reads the credentials of a provider. `None` after an error.
pub(super) fn read(section: &Section<'_>, flow: Option<Flow>) -> Option<Credentials> {
    // Every key is read before the first error ends the reading, so that all errors are reported.
    let method = method(section);
    let secret = section.secret("client_secret");
    let key = section.secret("client_key");
    let certificate = section.path("client_certificate");
    let assertion = Assertion::read(section);
    if !flow.is_some_and(Flow::has_code) && CREDENTIAL_KEYS.iter().all(|key| !section.has(key)) {
        // Without a code there is no token request, and therefore no client authentication.
        return Credentials::load(CredentialSource::None, Audience::default()).ok();
    }
    let method = method?;
    let is_valid = refuse_unused(section, method, &assertion);
    for (key, help) in method.needs() {
        section.require(key, help);
    }
    let source = match method {
        Method::Secret(method) => CredentialSource::Secret(method, shared_secret(section, secret?)),
        Method::Token => CredentialSource::Assertion(assertion.token_file?),
        Method::Key => CredentialSource::Key {
            key: key?.value.source,
            certificate: if section.has("client_certificate") { Some(certificate?.value) } else { None },
            algorithm: assertion.algorithm,
            key_id: assertion.key_id,
            x5t: assertion.x5t,
        },
        Method::Certificate(method) => {
            CredentialSource::Certificate { method, certificate: certificate?.value, key: key?.value.source }
        }
    };
    if !is_valid || !assertion.is_valid {
        return None;
    }
    Credentials::load(source, assertion.audience).map_err(|error| refuse(section, &error)).ok()
}

/// A method of client authentication (OpenID Connect Core §9, RFC 8705).
#[derive(Clone, Copy)]
enum Method {
    Secret(SecretMethod),
    /// `private_key_jwt` with an assertion that the gateway signs.
    Key,
    /// `private_key_jwt` with an assertion that a third party signs.
    Token,
    Certificate(CertificateMethod),
}

/// The values of `client_assertion`.
struct Assertion {
    token_file: Option<PathBuf>,
    algorithm: Option<Algorithm>,
    audience: Audience,
    key_id: Option<String>,
    x5t: bool,
    /// Whether every key that is written is valid.
    is_valid: bool,
}

fn method(section: &Section<'_>) -> Option<Method> {
    let has_token = section.section("client_assertion", ASSERTION_KEYS).has("token_file");
    let private_key_jwt = if has_token { Method::Token } else { Method::Key };
    if !section.has("client_auth") {
        // The credential determines the method. A second credential is reported as unused.
        let has_key = has_token || section.has("client_key");
        return Some(if has_key { private_key_jwt } else { Method::Secret(SecretMethod::Basic) });
    }
    let name = section.string("client_auth")?;
    let known = METHODS.into_iter().find(|method| method.name() == name.value);
    if known.is_none() {
        let message = format!("unknown method of client authentication {}", quoted(name.value));
        section.reader.error(&name.span, message, METHODS_HELP);
    }
    known.map(|method| if matches!(method, Method::Key) { private_key_jwt } else { method })
}

impl Method {
    const fn name(self) -> &'static str {
        let registered = match self {
            Self::Secret(method) => ClientAuthentication::Secret(method),
            Self::Key | Self::Token => ClientAuthentication::PrivateKeyJwt(None),
            Self::Certificate(method) => ClientAuthentication::Certificate(method),
        };
        registered.name()
    }

    /// The required keys, each with its help text.
    const fn needs(self) -> &'static [(&'static str, &'static str)] {
        const SECRET: (&str, &str) =
            ("client_secret", "write client_secret = { file = \"/path\" }: the token request needs it");
        const KEY: (&str, &str) = (
            "client_key",
            "write client_key = { file = \"/path\" }: the private key whose public key is registered at the provider",
        );
        const CERTIFICATE: (&str, &str) =
            ("client_certificate", "write client_certificate = \"/path\": the certificate of client_key");
        match self {
            Self::Secret(_) => &[SECRET],
            Self::Key => &[KEY],
            Self::Token => &[],
            Self::Certificate(_) => &[KEY, CERTIFICATE],
        }
    }

    /// The keys that are used: of the provider, and of its `client_assertion`.
    const fn uses(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Secret(SecretMethod::Jwt) => (&["client_secret", "client_assertion"], &["audience"]),
            Self::Secret(_) => (&["client_secret"], &[]),
            Self::Key => {
                (&["client_key", "client_certificate", "client_assertion"], &["algorithm", "audience", "key_id", "x5t"])
            }
            Self::Token => (&["client_assertion"], &["token_file"]),
            Self::Certificate(_) => (&["client_key", "client_certificate"], &[]),
        }
    }
}

/// Reports keys that the method does not use, since they would have no effect. Returns whether there is none.
fn refuse_unused(section: &Section<'_>, method: Method, assertion: &Assertion) -> bool {
    let table = section.section("client_assertion", ASSERTION_KEYS);
    let (credentials, members) = method.uses();
    let unused = |section: &Section<'_>, keys: &[&'static str], used: &[&str]| {
        let unused = keys.iter().filter(|key| section.has(key) && !used.contains(key));
        unused.map(|key| section.span(key)).collect::<Vec<_>>()
    };
    let mut spans = unused(section, CREDENTIAL_KEYS, credentials);
    if credentials.contains(&"client_assertion") {
        spans.extend(unused(&table, ASSERTION_KEYS, members));
    }
    let message = match method {
        Method::Token => "no effect beside client_assertion.token_file, which is a complete credential".to_owned(),
        _ => format!("no effect with client_auth = \"{}\"", method.name()),
    };
    for span in &spans {
        section.reader.error(span, message.as_str(), "remove it, or set the client_auth that uses it");
    }
    let lacks_certificate = matches!(method, Method::Key) && assertion.x5t && !section.has("client_certificate");
    if lacks_certificate {
        let message = "x5t needs a certificate, and client_certificate is missing";
        section.reader.error(&table.span("x5t"), message, "set client_certificate = \"/path\"");
    }
    spans.is_empty() && !lacks_certificate
}

impl Assertion {
    fn read(section: &Section<'_>) -> Self {
        let table = section.section("client_assertion", ASSERTION_KEYS);
        let token_file = table.path("token_file").map(|path| path.value);
        let algorithm = table.string("algorithm").and_then(|name| algorithm(section, &name));
        let audience = table.string("audience").and_then(|name| audience(section, &name));
        let key_id = table.string("key_id").map(|name| name.value.to_owned());
        let x5t = table.boolean("x5t");
        let is_valid = [
            ("token_file", token_file.is_some()),
            ("algorithm", algorithm.is_some()),
            ("audience", audience.is_some()),
            ("key_id", key_id.is_some()),
            ("x5t", x5t.is_some()),
        ]
        .iter()
        .all(|(key, is_read)| *is_read || !table.has(key));
        let (audience, x5t) = (audience.unwrap_or_default(), x5t.unwrap_or_default());
        Self { token_file, algorithm, audience, key_id, x5t, is_valid }
    }
}

fn algorithm(section: &Section<'_>, name: &Spanned<&str>) -> Option<Algorithm> {
    let algorithm = Algorithm::from_name(name.value);
    if algorithm.is_none() {
        let message = format!("{} is not an algorithm for assertions", quoted(name.value));
        let help = "write \"RS256\", \"PS256\", \"ES256\", \"ES384\" or \"EdDSA\"";
        section.reader.error(&name.span, message, help);
    }
    algorithm
}

fn audience(section: &Section<'_>, name: &Spanned<&str>) -> Option<Audience> {
    match name.value {
        "issuer" => Some(Audience::Issuer),
        "token_endpoint" => Some(Audience::TokenEndpoint),
        other => {
            let help = "write \"issuer\", or \"token_endpoint\" if the provider requires the URL of that endpoint";
            section.reader.error(&name.span, format!("unknown audience {}", quoted(other)), help);
            None
        }
    }
}

/// The source of the client secret. Warns if the secret is short enough to guess.
fn shared_secret(section: &Section<'_>, secret: Spanned<Found>) -> SecretSource {
    if secret.value.secret.expose().len() < SHORT_SECRET {
        let message = format!("the client secret has fewer than {SHORT_SECRET} bytes and can be guessed");
        section.reader.warn(&secret.span, message, "generate a new one at the provider");
    }
    secret.value.source
}

/// Reports `error` at the key that causes it.
fn refuse(section: &Section<'_>, error: &CredentialError) {
    let assertion = section.section("client_assertion", ASSERTION_KEYS);
    let (span, help) = match error {
        CredentialError::Secret(cause) => return secret::refuse(section.reader, &section.span("client_secret"), cause),
        CredentialError::KeySource(cause) => return secret::refuse(section.reader, &section.span("client_key"), cause),
        CredentialError::Assertion(cause) => {
            return secret::refuse(section.reader, &assertion.span("token_file"), cause);
        }
        CredentialError::ShortSecret => {
            (section.span("client_secret"), "generate a longer one at the provider, or set another client_auth")
        }
        CredentialError::Key(KeyError::Algorithm(_)) => {
            (assertion.span("algorithm"), "remove it, or use a key of the kind that the algorithm needs")
        }
        CredentialError::Certificate(_) | CredentialError::NoCertificate | CredentialError::Unusable(_) => {
            (section.span("client_certificate"), "the file must contain the certificate and its chain in PEM")
        }
        CredentialError::Mismatch => (section.span("client_certificate"), "use the certificate of client_key"),
        CredentialError::NoAssertion => {
            (assertion.span("token_file"), "use the file in which the platform stores a token for this gateway")
        }
        CredentialError::Key(_) | CredentialError::Sign(_) | CredentialError::Lost => (
            section.span("client_key"),
            "the file must contain one unencrypted private key in PEM: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        ),
    };
    section.reader.error(&span, chain(error), help);
}

/// The keys of a provider that hold credentials.
const CREDENTIAL_KEYS: &[&str] = &["client_secret", "client_key", "client_certificate", "client_assertion"];
const METHODS: [Method; 6] = [
    Method::Secret(SecretMethod::Basic),
    Method::Secret(SecretMethod::Post),
    Method::Secret(SecretMethod::Jwt),
    Method::Key,
    Method::Certificate(CertificateMethod::Pki),
    Method::Certificate(CertificateMethod::SelfSigned),
];
const METHODS_HELP: &str = "write \"client_secret_basic\", \"client_secret_post\", \"client_secret_jwt\", \"private_key_jwt\", \
                       \"tls_client_auth\" or \"self_signed_tls_client_auth\"";
const SHORT_SECRET: usize = 16;
