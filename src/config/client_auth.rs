//! `[[provider]]`: what proves which client this is: a secret, a key, a certificate, or an assertion that somebody else
//! signs. Two of them at once are a mistake.
//!
//! OpenID Connect Core §9, RFC 7523, RFC 8705.

use std::path::PathBuf;

use super::{
    secret::{self, Found},
    section::{Section, Written},
};
use crate::{
    base::{SecretSource, chain},
    jose::{Algorithm, KeyError},
    oidc::{CertificateMethod, ClientAuthentication, Flow, SecretMethod},
    provider::{Audience, CredentialError, CredentialSource, Credentials},
};

pub(super) const ASSERTION_KEYS: &[&str] = &["token_file", "algorithm", "audience", "key_id", "x5t"];

/// Reads what proves that it is us. Without a result there is a problem.
pub(super) fn read(section: &Section<'_>, flow: Option<Flow>) -> Option<Credentials> {
    // Each is read before any can end the reading, so that all that is wrong is said at once.
    let method = method(section);
    let secret = section.secret("client_secret");
    let key = section.secret("client_key");
    let certificate = section.path("client_certificate");
    let assertion = Assertion::read(section);
    if !flow.is_some_and(Flow::has_code) && PARTS.iter().all(|part| !section.has(part)) {
        // Without a code nothing is redeemed, so nothing is proved.
        return Credentials::load(CredentialSource::None, Audience::default()).ok();
    }
    let method = method?;
    let is_sound = refuse_what_has_no_use(section, method, &assertion);
    for (part, mend) in method.needs() {
        section.require(part, mend);
    }
    let source = match method {
        Method::Secret(method) => CredentialSource::Secret(method, shared(section, secret?)),
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
    if !is_sound || !assertion.is_sound {
        return None;
    }
    Credentials::load(source, assertion.audience).map_err(|error| refuse(section, &error)).ok()
}

/// What is asked for, and by which registered name.
#[derive(Clone, Copy)]
enum Method {
    Secret(SecretMethod),
    /// `private_key_jwt` with a key of our own.
    Key,
    /// `private_key_jwt` with what somebody else signs.
    Token,
    Certificate(CertificateMethod),
}

/// `client_assertion`.
struct Assertion {
    token_file: Option<PathBuf>,
    algorithm: Option<Algorithm>,
    audience: Audience,
    key_id: Option<String>,
    x5t: bool,
    /// Whether all of it could be read.
    is_sound: bool,
}

fn method(section: &Section<'_>) -> Option<Method> {
    let has_token = section.section("client_assertion", ASSERTION_KEYS).has("token_file");
    let private_key_jwt = if has_token { Method::Token } else { Method::Key };
    if !section.has("client_auth") {
        // What is there says how. A secret beside it is a mistake, told by the method that does not use it.
        let has_key = has_token || section.has("client_key");
        return Some(if has_key { private_key_jwt } else { Method::Secret(SecretMethod::Basic) });
    }
    let name = section.text("client_auth")?;
    let known = METHODS.into_iter().find(|method| method.name() == name.value);
    if known.is_none() {
        section.reader.wrong(&name.spot, "is no way to authenticate that is known here", METHODS_MEND);
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

    /// What must be there, and how it is written.
    const fn needs(self) -> &'static [(&'static str, &'static str)] {
        const SECRET: (&str, &str) =
            ("client_secret", "write client_secret = { file = \"/path\" }: the code is redeemed with it");
        const KEY: (&str, &str) =
            ("client_key", "write client_key = { file = \"/path\" }: the private key that the provider knows us by");
        const CERTIFICATE: (&str, &str) =
            ("client_certificate", "write client_certificate = \"/path\": the certificate that belongs to client_key");
        match self {
            Self::Secret(_) => &[SECRET],
            Self::Key => &[KEY],
            Self::Token => &[],
            Self::Certificate(_) => &[KEY, CERTIFICATE],
        }
    }

    /// What may be there: keys of the provider, and of its `client_assertion`.
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

/// Notes what the method does not use: whoever wrote it believes that it counts.
fn refuse_what_has_no_use(section: &Section<'_>, method: Method, assertion: &Assertion) -> bool {
    let table = section.section("client_assertion", ASSERTION_KEYS);
    let (parts, members) = method.uses();
    let foreign = |section: &Section<'_>, keys: &[&'static str], used: &[&str]| {
        let foreign = keys.iter().filter(|key| section.has(key) && !used.contains(key));
        foreign.map(|key| section.spot(key)).collect::<Vec<_>>()
    };
    let mut strangers = foreign(section, PARTS, parts);
    if parts.contains(&"client_assertion") {
        strangers.extend(foreign(&table, ASSERTION_KEYS, members));
    }
    let wrong = match method {
        Method::Token => "has no use beside client_assertion.token_file, which is all the proof".to_owned(),
        _ => format!("has no use with client_auth = \"{}\"", method.name()),
    };
    for spot in &strangers {
        section.reader.wrong(spot, wrong.as_str(), "leave it out, or set the client_auth that it is for");
    }
    let names_nothing = matches!(method, Method::Key) && assertion.x5t && !section.has("client_certificate");
    if names_nothing {
        let wrong = "asks for the thumbprint of a certificate, but there is none";
        section.reader.wrong(&table.spot("x5t"), wrong, "name the certificate: client_certificate = \"/path\"");
    }
    strangers.is_empty() && !names_nothing
}

impl Assertion {
    fn read(section: &Section<'_>) -> Self {
        let table = section.section("client_assertion", ASSERTION_KEYS);
        let token_file = table.path("token_file").map(|path| path.value);
        let algorithm = table.text("algorithm").and_then(|name| {
            let algorithm = Algorithm::from_name(name.value);
            if algorithm.is_none() {
                let wrong = "is no algorithm that an assertion is signed with";
                section.reader.wrong(
                    &name.spot,
                    wrong,
                    "write \"RS256\", \"PS256\", \"ES256\", \"ES384\" or \"EdDSA\"",
                );
            }
            algorithm
        });
        let audience = table.text("audience").and_then(|name| match name.value {
            "issuer" => Some(Audience::Issuer),
            "token_endpoint" => Some(Audience::TokenEndpoint),
            _ => {
                let mend = "write \"issuer\", or \"token_endpoint\" where the provider wants its address";
                section.reader.wrong(&name.spot, "is nobody an assertion can be for", mend);
                None
            }
        });
        let key_id = table.text("key_id").map(|name| name.value.to_owned());
        let x5t = table.flag("x5t");
        let is_sound = [
            ("token_file", token_file.is_some()),
            ("algorithm", algorithm.is_some()),
            ("audience", audience.is_some()),
            ("key_id", key_id.is_some()),
            ("x5t", x5t.is_some()),
        ]
        .iter()
        .all(|(key, is_read)| *is_read || !table.has(key));
        let (audience, x5t) = (audience.unwrap_or_default(), x5t.unwrap_or_default());
        Self { token_file, algorithm, audience, key_id, x5t, is_sound }
    }
}

/// The place of the secret; noted when it can be guessed.
fn shared(section: &Section<'_>, secret: Written<Found>) -> SecretSource {
    if secret.value.secret.expose().len() < SHORT_SECRET {
        let wrong = "leads to a short secret, which can be guessed";
        section.reader.warn(&secret.spot, wrong, "let the provider make a new one");
    }
    secret.value.source
}

/// Says where the mistake is that makes credentials unusable.
fn refuse(section: &Section<'_>, error: &CredentialError) {
    let assertion = section.section("client_assertion", ASSERTION_KEYS);
    let (spot, mend) = match error {
        CredentialError::Secret(cause) => return secret::refuse(section.reader, &section.spot("client_secret"), cause),
        CredentialError::KeySource(cause) => return secret::refuse(section.reader, &section.spot("client_key"), cause),
        CredentialError::Assertion(cause) => {
            return secret::refuse(section.reader, &assertion.spot("token_file"), cause);
        }
        CredentialError::ShortSecret => {
            (section.spot("client_secret"), "let the provider make a longer one, or set another client_auth")
        }
        CredentialError::Key(KeyError::Algorithm(_)) => {
            (assertion.spot("algorithm"), "leave it out, or name a key of the kind that it needs")
        }
        CredentialError::Certificate(_) | CredentialError::NoCertificate | CredentialError::Unusable(_) => {
            (section.spot("client_certificate"), "put PEM there: the certificate, followed by those that vouch for it")
        }
        CredentialError::Mismatch => {
            (section.spot("client_certificate"), "name the certificate that was made for client_key")
        }
        CredentialError::NoAssertion => {
            (assertion.spot("token_file"), "name the file in which the platform keeps a token for this gateway")
        }
        CredentialError::Key(_) | CredentialError::Sign(_) | CredentialError::Lost => (
            section.spot("client_key"),
            "put one private key there, PEM, unencrypted: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        ),
    };
    section.reader.wrong(&spot, format!("cannot be used: {}", chain(error)), mend);
}

/// What can prove something.
const PARTS: &[&str] = &["client_secret", "client_key", "client_certificate", "client_assertion"];
const METHODS: [Method; 6] = [
    Method::Secret(SecretMethod::Basic),
    Method::Secret(SecretMethod::Post),
    Method::Secret(SecretMethod::Jwt),
    Method::Key,
    Method::Certificate(CertificateMethod::Pki),
    Method::Certificate(CertificateMethod::SelfSigned),
];
const METHODS_MEND: &str = "write \"client_secret_basic\", \"client_secret_post\", \"client_secret_jwt\", \"private_key_jwt\", \
                       \"tls_client_auth\" or \"self_signed_tls_client_auth\"";
const SHORT_SECRET: usize = 16;
