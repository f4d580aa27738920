//! The identity of a provider: `issuer`, `tenants`, `discovery_url` and `profile` of `[[provider]]`.
//!
//! Settings that would let in more users than intended are reported here.

use super::section::{Section, Spanned, quoted};
use crate::oidc::{Issuer, IssuerError, Profile, Tenant, Tenants};

/// The values of the four keys.
pub(super) struct Identification {
    pub(super) issuer: Option<Issuer>,
    pub(super) discovery_url: Option<String>,
    pub(super) profile: Profile,
}

/// Reads the four keys of a `[[provider]]`.
pub(super) fn read(section: &Section<'_>) -> Identification {
    section.require("issuer", "write the issuer exactly as the provider's metadata has it");
    // Every key is read before the first error ends the reading, so that all errors are reported.
    let profile = profile(section);
    let tenants = tenants(section);
    let issuer = issuer(section, tenants);
    let discovery_url = discovery_url(section, issuer.as_ref());
    if let Some(issuer) = &issuer
        && issuer.tenants().is_some()
        && profile == Some(Profile::Standard)
    {
        let message = "with several tenants, only tid and oid together identify a user";
        section.reader.error(&section.span("tenants"), message, "add profile = \"entra\"");
    }
    warn_of_capital_client_id(section);
    Identification { issuer, discovery_url, profile: profile.unwrap_or_default() }
}

/// `None` for an invalid profile: checks that depend on the profile are then skipped.
fn profile(section: &Section<'_>) -> Option<Profile> {
    if !section.has("profile") {
        return Some(Profile::default());
    }
    let text = section.string("profile")?;
    match text.value {
        "standard" => Some(Profile::Standard),
        "entra" => Some(Profile::Entra),
        other => {
            let help = "write \"entra\" for Microsoft Entra ID, or remove the key";
            section.reader.error(&text.span, format!("unknown profile {}", quoted(other)), help);
            None
        }
    }
}

fn issuer(section: &Section<'_>, tenants: Option<Tenants>) -> Option<Issuer> {
    let text = section.string("issuer")?;
    let result = match tenants {
        Some(tenants) => Issuer::for_tenants(text.value, tenants),
        None => Issuer::parse(text.value),
    };
    let reader = section.reader;
    match result {
        Ok(issuer) => return Some(issuer),
        // The error in `tenants` has been reported.
        Err(IssuerError::NeedsTenants) if section.has("tenants") => {}
        Err(IssuerError::NeedsTenants) => {
            let help = "list the tenants that may sign in, tenants = [\"<tenant id>\"], or write the tenant ID into the issuer";
            reader.error(&text.span, EVERY_TENANT, help);
        }
        Err(IssuerError::OneIssuer) => {
            let help = "remove tenants, or write {tenantid} in place of the tenant in the issuer";
            reader.error(&section.span("tenants"), "tenants have no effect: the issuer is a single tenant", help);
        }
        Err(IssuerError::Placeholder) => {
            let help = "write {tenantid} once, as a whole segment of the path";
            reader.error(&text.span, "misplaced braces in the issuer", help);
        }
        Err(IssuerError::Address(cause)) => {
            let help = "write the issuer exactly as the provider's metadata has it: an https:// URL without query and fragment";
            reader.error(&text.span, format!("invalid issuer: {cause}"), help);
        }
    }
    None
}

fn tenants(section: &Section<'_>) -> Option<Tenants> {
    let reader = section.reader;
    let texts = section.non_empty_strings("tenants", TENANTS_HELP);
    if let [Spanned { value: "any", span }] = texts.as_slice() {
        let help =
            "list the tenants; otherwise every route that requires more than a sign-in must require a tid or an oid";
        reader.warn(span, EVERY_TENANT, help);
        return Some(Tenants::Any);
    }
    let parse = |text: &Spanned<&str>| {
        let tenant = Tenant::parse(text.value);
        if tenant.is_none() {
            reader.error(&text.span, format!("invalid tenant ID {}", quoted(text.value)), TENANTS_HELP);
        }
        tenant
    };
    let tenants: Vec<Tenant> = texts.iter().filter_map(parse).collect();
    (!tenants.is_empty()).then_some(Tenants::Listed(tenants))
}

fn discovery_url(section: &Section<'_>, issuer: Option<&Issuer>) -> Option<String> {
    let text = section.string("discovery_url")?;
    if let Err(cause) = issuer?.check_discovery(text.value) {
        let help = "write the URL of the provider's metadata: an https:// URL, with a query if necessary";
        section.reader.error(&text.span, format!("invalid discovery URL: {cause}"), help);
        return None;
    }
    Some(text.value.to_owned())
}

/// Entra ID accepts a client ID in any case, but writes it in lower case into `aud`, which is compared exactly.
fn warn_of_capital_client_id(section: &Section<'_>) {
    let Some(text) = section.string("client_id") else { return };
    if Tenant::parse(text.value).is_some_and(|guid| guid.as_str() != text.value) {
        let message = "capital letters in the client ID: Entra ID writes it in lower case into the id_token, and the comparison is exact";
        section.reader.warn(&text.span, message, "write it in lower case");
    }
}

const EVERY_TENANT: &str =
    "users of every Entra tenant in the world can sign in with this setting, and anyone can create a tenant";
const TENANTS_HELP: &str = "write tenant IDs, such as [\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"], or \"any\"";
