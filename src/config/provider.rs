//! `[[provider]]`: who vouches for people, and what is asked of it.

use std::{path::PathBuf, sync::Arc};

use super::{
    authorize, client_auth, issuer,
    section::{Section, Written},
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
];

/// Reads one `[[provider]]`. Without a result there is a problem.
pub(super) fn read(section: &Section<'_>) -> Option<Written<provider::ProviderConfig>> {
    section.require("name", "name it in lower case: it is part of the callback path");
    section.require("client_id", "copy it from the registration at the provider");
    // Each is read before any can end the reading, so that all that is wrong is said at once.
    let name = name(section);
    let identification = issuer::read(section);
    let client_id = section.text("client_id");
    let flow = flow(section);
    let credentials = client_auth::read(section, flow);
    let scopes = scopes(section, identification.profile);
    let authorize = authorize::parameters(section, authorize::MOST_OF_PROVIDER);
    let pass_through = authorize::pass_through(section);
    let redirect_query = authorize::redirect_query(section);
    let userinfo = userinfo::read(section, flow);
    let ca_file = ca_file(section);
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
    Some(Written { value: provider::ProviderConfig { client, credentials, ca_file }, spot: name.spot })
}

fn name(section: &Section<'_>) -> Option<Written<ProviderName>> {
    let text = section.text("name")?;
    let Ok(name) = ProviderName::parse(text.value) else {
        let mend = "write 1 to 32 lower-case letters, digits and hyphens, such as \"entra\"";
        section.reader.wrong(&text.spot, "is no name that can stand in a path", mend);
        return None;
    };
    Some(text.map(|_| name))
}

fn flow(section: &Section<'_>) -> Option<Flow> {
    let (kind, mode) = (section.text("response_type"), section.text("response_mode"));
    if (section.has("response_type") && kind.is_none()) || (section.has("response_mode") && mode.is_none()) {
        return None;
    }
    let words = kind.as_ref().map_or(Flow::default().response_type(), |kind| kind.value);
    // The mode that keeps what is secret out of addresses, and so out of logs, serves every type.
    let wanted = mode.as_ref().map_or("form_post", |mode| mode.value);
    let error = match Flow::from_pair(words, wanted) {
        Ok(flow) => return Some(flow),
        Err(error) => error,
    };
    let (key, wrong, mend) = match error {
        ResponseTypeError::Token => (
            "response_type",
            "asks for an access token through the browser, where scripts and extensions can take it",
            "write \"code id_token\"; the token then comes from the token endpoint",
        ),
        ResponseTypeError::UnknownType => (
            "response_type",
            "is no response type of OpenID Connect",
            "write \"code id_token\", \"code\" or \"id_token\"",
        ),
        ResponseTypeError::QueryWithIdToken => (
            "response_mode",
            "would put the id_token into an address, and so into logs",
            "write \"form_post\", or response_type = \"code\"",
        ),
        ResponseTypeError::Fragment => ("response_mode", "never reaches a server", "write \"form_post\""),
        ResponseTypeError::UnknownMode => {
            ("response_mode", "is no response mode", "write \"form_post\", or \"query\" with response_type = \"code\"")
        }
    };
    section.reader.wrong(&section.spot(key), wrong, mend);
    None
}

fn scopes(section: &Section<'_>, profile: Profile) -> Vec<String> {
    if !section.has("scopes") {
        return DEFAULT_SCOPES.map(str::to_owned).into();
    }
    let scopes = section.texts("scopes").unwrap_or_default();
    // RFC 6749 §3.3: printable ASCII without blank, quotation mark and backslash.
    for odd in
        scopes.iter().filter(|scope| !scope.value.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'))
    {
        section.reader.wrong(&odd.spot, "is no single scope", "write one scope for each element of the list");
    }
    if !scopes.iter().any(|scope| scope.value == "openid") {
        section.reader.wrong(&section.spot("scopes"), "lacks \"openid\"", "add \"openid\": without it nobody is named");
    }
    if profile == Profile::Entra && !scopes.iter().any(|scope| scope.value == "profile") {
        let mend = "add \"profile\": without it Entra leaves out the oid that names a person";
        section.reader.wrong(&section.spot("scopes"), "lacks \"profile\"", mend);
    }
    scopes.into_iter().map(|scope| scope.value.to_owned()).collect()
}

fn ca_file(section: &Section<'_>) -> Option<PathBuf> {
    let path = section.path("ca_file")?;
    trust_roots::client(section.reader, &path.spot, Some(&path))?;
    Some(path.value)
}

const DEFAULT_SCOPES: [&str; 3] = ["openid", "profile", "email"];
