//! Checks of what the rule of a route believes: whose claims, and claims of what kind.

use url::Url;

use super::{
    document::Document,
    route::RouteConfig,
    section::{Reader, quoted},
    suggestion,
};
use crate::{
    access::Allow,
    identity::HeaderSet,
    oidc::{Issuer, ProviderSettings, Tenants},
};

/// Reports errors and warnings about what the rule of `route` believes.
pub(super) fn check(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    unknown_provider(reader, document, route);
    claims_of_any_provider(reader, document, route);
    headers_of_any_provider(reader, document, route);
    open_registration(reader, document, route);
    untrusted_claims(reader, document, route);
}

fn unknown_provider(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let Some(provider) = &route.settings.rule.provider else { return };
    let names: Vec<&str> = document.provider_names.iter().map(String::as_str).collect();
    if !names.contains(&&**provider) {
        let help =
            suggestion::help(provider, &names, format!("write the name of a [[provider]]: {}", names.join(", ")));
        reader.error(&route.provider, format!("unknown provider {}", quoted(provider)), help);
    }
}

/// A claim means what its provider says: a group of one provider may be one that anybody joins at another. The age of the
/// authentication (`max_age`) is no such claim: a provider that may sign people in is believed about when it did.
fn claims_of_any_provider(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let (names, rule) = (&document.provider_names, &route.settings.rule);
    let Allow::Meets(requirement) = &rule.allow else { return };
    if let [first, _, ..] = names.as_slice()
        && rule.provider.is_none()
        && requirement.rests_on_claims()
    {
        let message = format!("the rule accepts these claims from every provider: {}", names.join(", "));
        let help = format!(
            "name the provider whose claims count, such as provider = \"{first}\": then only people who sign in there pass"
        );
        reader.error(&route.allow, message, help);
    }
}

/// An application that grants rights by a group or an address in a header has the same problem as a rule.
fn headers_of_any_provider(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let (names, settings) = (&document.provider_names, &route.settings);
    let sends_claims = match &settings.headers {
        HeaderSet::Standard => true,
        // The subject is unique over all providers.
        HeaderSet::Chosen(pairs) => pairs.iter().any(|(_, claim)| claim != "sub"),
    };
    if let [first, _, ..] = names.as_slice()
        && settings.rule.provider.is_none()
        && sends_claims
    {
        let message =
            format!("the application receives groups, names and addresses of every provider: {}", names.join(", "));
        let help = format!(
            "name the provider whose claims count, such as provider = \"{first}\"; or send only the subject, which has the name of its provider: headers = {{ X-Forwarded-User = \"sub\" }}"
        );
        reader.warn(&route.headers, message, help);
    }
}

/// The providers whose sessions count on `route`.
fn providers_of<'a>(document: &'a Document, route: &'a RouteConfig) -> impl Iterator<Item = &'a ProviderSettings> {
    let required = route.settings.rule.provider.as_deref();
    let clients = document.providers.iter().map(|provider| &provider.value.client);
    clients.filter(move |client| required.is_none_or(|required| client.name.as_str() == required))
}

fn open_registration(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let admits_every_user = match &route.settings.rule.allow {
        Allow::SignedIn => true,
        Allow::Meets(requirement) => requirement.is_for_everybody(),
        Allow::Anyone => false,
    };
    let is_open = |client: &&ProviderSettings| has_open_registration(&client.issuer);
    if admits_every_user && let Some(client) = providers_of(document, route).find(is_open) {
        let name = &client.name;
        let message = format!("the route requires only a sign-in, and anyone can create an account at \"{name}\"");
        let help = "require a group, a role or a claim, unless the route is meant for everyone";
        reader.warn(&route.allow, message, help);
    }
}

fn has_open_registration(issuer: &Issuer) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    let issuer_origin = origin(issuer.as_str());
    OPEN_ISSUERS.iter().any(|known| origin(known) == issuer_origin)
        || issuer.as_str().split('/').any(|segment| segment == PERSONAL_ACCOUNTS)
        || match issuer.tenants() {
            Some(Tenants::Any) => true,
            Some(Tenants::Listed(tenants)) => tenants.iter().any(|tenant| tenant.as_str() == PERSONAL_ACCOUNTS),
            None => false,
        }
}

/// With `tenants = "any"`, the administrator of any tenant controls the groups, app roles, names and addresses of its
/// accounts. Only the claims of [`IDENTITY_CLAIMS`] are beyond an administrator's control.
fn untrusted_claims(reader: &Reader<'_>, document: &Document, route: &RouteConfig) {
    let is_any = |client: &ProviderSettings| client.issuer.tenants() == Some(&Tenants::Any);
    let Allow::Meets(requirement) = &route.settings.rule.allow else { return };
    let has_identity = requirement.claims.iter().any(|(name, _)| IDENTITY_CLAIMS.contains(&name.as_str()));
    if !requirement.is_for_everybody() && !has_identity && providers_of(document, route).any(is_any) {
        reader.error(
            &route.allow,
            "the rule requires only claims that any administrator of a tenant can set, and tenants = \"any\" lets in every tenant",
            "list the tenants; or also require claims = { tid = […] } or { oid = […] }",
        );
    }
}

/// Microsoft's tenant of personal accounts. It has this ID in every cloud.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Origins of issuers where anyone can create an account.
const OPEN_ISSUERS: &[&str] = &[
    "https://accounts.google.com",
    "https://appleid.apple.com",
    "https://gitlab.com",
    "https://www.facebook.com",
    "https://www.linkedin.com",
];

/// Claims that Entra ID sets, and that no administrator of a tenant can change.
const IDENTITY_CLAIMS: &[&str] = &["oid", "tid"];
