//! `[[provider]]`: an OpenID Provider, and the parameters of the sign-in there.

use std::{ops::RangeInclusive, path::PathBuf, sync::Arc, time::Duration};

use super::{
    authorize, client_auth, issuer,
    section::{Section, Spanned, quoted},
    trust_roots, userinfo,
};
use crate::{
    oidc::{Flow, Profile, ProviderName, ProviderSettings, ResponseTypeError},
    provider,
};

pub(super) const KEYS: &[&str] = &[
    "name",
    "issuer",
    "tenants",
    "discovery_url",
    "profile",
    "client_id",
    "client_secret",
    "client_auth",
    "client_key",
    "client_certificate",
    "client_assertion",
    "scopes",
    "response_type",
    "response_mode",
    "authorize",
    "pass_through",
    "redirect_query",
    "userinfo",
    "ca_file",
    "timeout",
];

/// Reads one `[[provider]]`. `None` after an error.
pub(super) fn read(section: &Section<'_>) -> Option<Spanned<provider::ProviderConfig>> {
    section.require("name", "choose a name in lower case: it becomes part of the redirect URI");
    section.require("client_id", "copy it from the registration at the provider");
    // Every key is read before the first error ends the reading, so that all errors are reported.
    let name = name(section);
    let identification = issuer::read(section);
    let client_id = section.string("client_id");
    let flow = flow(section);
    let credentials = client_auth::read(section, flow);
    let scopes = scopes(section, identification.profile);
    let authorize = authorize::parameters(section, authorize::PROVIDER_MAX_BYTES);
    let pass_through = authorize::pass_through(section);
    let redirect_query = authorize::redirect_query(section);
    let userinfo = userinfo::read(section, flow);
    let ca_file = ca_file(section);
    let timeout = section.duration("timeout", TIMEOUTS).map_or(TIMEOUT, |written| written.value);
    let name = name?;
    let client = ProviderSettings {
        name: name.value,
        issuer: identification.issuer?,
        discovery_url: identification.discovery_url,
        profile: identification.profile,
        client_id: client_id?.value.to_owned(),
        client_authentication: credentials.as_ref()?.authentication(),
        scopes,
        flow: flow?,
        authorize,
        pass_through,
        redirect_query,
        userinfo,
    };
    let credentials = Arc::new(credentials?);
    Some(Spanned { value: provider::ProviderConfig { client, credentials, ca_file, timeout }, span: name.span })
}

fn name(section: &Section<'_>) -> Option<Spanned<ProviderName>> {
    let text = section.string("name")?;
    let Ok(name) = ProviderName::parse(text.value) else {
        let help = "write 1 to 32 lower-case letters, digits and hyphens, such as \"entra\"";
        section.reader.error(&text.span, format!("invalid provider name {}", quoted(text.value)), help);
        return None;
    };
    Some(text.map(|_| name))
}

fn flow(section: &Section<'_>) -> Option<Flow> {
    let (kind, mode) = (section.string("response_type"), section.string("response_mode"));
    if (section.has("response_type") && kind.is_none()) || (section.has("response_mode") && mode.is_none()) {
        return None;
    }
    let response_type = kind.as_ref().map_or(Flow::default().response_type(), |kind| kind.value);
    // form_post serves every response type, and keeps codes and tokens out of URLs and therefore out of logs.
    let response_mode = mode.as_ref().map_or("form_post", |mode| mode.value);
    let error = match Flow::from_pair(response_type, response_mode) {
        Ok(flow) => return Some(flow),
        Err(error) => error,
    };
    let (key, message, help) = match error {
        ResponseTypeError::Token => (
            "response_type",
            "an access token in the browser can be read by scripts and extensions".to_owned(),
            "write \"code id_token\": the access token then comes from the token endpoint",
        ),
        ResponseTypeError::UnknownType => (
            "response_type",
            format!("unknown response type {}", quoted(response_type)),
            "write \"code id_token\", \"code\" or \"id_token\"",
        ),
        ResponseTypeError::QueryWithIdToken => (
            "response_mode",
            "response mode \"query\" would write the id_token into the URL, and therefore into logs".to_owned(),
            "write \"form_post\", or response_type = \"code\"",
        ),
        ResponseTypeError::Fragment => {
            ("response_mode", "response mode \"fragment\" is never sent to a server".to_owned(), "write \"form_post\"")
        }
        ResponseTypeError::UnknownMode => (
            "response_mode",
            format!("unknown response mode {}", quoted(response_mode)),
            "write \"form_post\", or \"query\" with response_type = \"code\"",
        ),
    };
    section.reader.error(&section.span(key), message, help);
    None
}

fn scopes(section: &Section<'_>, profile: Profile) -> Vec<String> {
    if !section.has("scopes") {
        return DEFAULT_SCOPES.map(str::to_owned).into();
    }
    let scopes = section.strings("scopes");
    for scope in scopes.iter().filter(|scope| !is_scope(scope.value)) {
        let message = format!("{} is not a single scope", quoted(scope.value));
        section.reader.error(&scope.span, message, "write an array, with one scope in each string");
    }
    if !scopes.iter().any(|scope| scope.value == "openid") {
        let help = "add \"openid\": without it the provider sends no id_token";
        section.reader.error(&section.span("scopes"), "missing scope \"openid\"", help);
    }
    if profile == Profile::Entra && !scopes.iter().any(|scope| scope.value == "profile") {
        let help = "add \"profile\": without it Entra ID sends no oid, which identifies the user";
        section.reader.error(&section.span("scopes"), "missing scope \"profile\"", help);
    }
    scopes.into_iter().map(|scope| scope.value.to_owned()).collect()
}

/// RFC 6749 §3.3: printable ASCII without space, quotation mark and backslash.
fn is_scope(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

fn ca_file(section: &Section<'_>) -> Option<PathBuf> {
    let path = section.path("ca_file")?;
    trust_roots::tls_client(section.reader, &path.span, Some(&path))?;
    Some(path.value)
}

const TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
const DEFAULT_SCOPES: [&str; 3] = ["openid", "profile", "email"];
