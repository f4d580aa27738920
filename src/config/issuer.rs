//! Who a provider is: `issuer`, `tenants`, `discovery_url` and `profile` of `[[provider]]`.
//!
//! What would let in more people than the operator knows of is said here, before anybody signs in.

use super::section::{Section, Written};
use crate::oidc::{Issuer, IssuerError, Profile, Tenant, Tenants};

/// What the keys say together. Each is read before any can end the reading.
pub(super) struct Identification {
    pub(super) issuer: Option<Issuer>,
    pub(super) discovery_url: Option<String>,
    pub(super) profile: Profile,
}

pub(super) fn read(section: &Section<'_>) -> Identification {
    section.require("issuer", "write the issuer exactly as the provider's metadata has it");
    let profile = profile(section);
    let tenants = tenants(section);
    let issuer = issuer(section, tenants);
    let discovery_url = discovery_url(section, issuer.as_ref());
    if let Some(issuer) = &issuer
        && issuer.tenants().is_some()
        && profile == Some(Profile::Standard)
    {
        let wrong = "lets in several tenants, where only tid and oid together name a person";
        section.reader.wrong(&section.spot("tenants"), wrong, "write profile = \"entra\" beside it");
    }
    capital_client_id(section);
    Identification { issuer, discovery_url, profile: profile.unwrap_or_default() }
}

/// A profile that cannot be read is no profile: what depends on it is not judged.
fn profile(section: &Section<'_>) -> Option<Profile> {
    if !section.has("profile") {
        return Some(Profile::default());
    }
    match section.text("profile")?.value {
        "standard" => Some(Profile::Standard),
        "entra" => Some(Profile::Entra),
        _ => {
            let mend = "write \"entra\" for Microsoft Entra ID, or leave it out";
            section.reader.wrong(&section.spot("profile"), "is no profile", mend);
            None
        }
    }
}

fn issuer(section: &Section<'_>, tenants: Option<Tenants>) -> Option<Issuer> {
    let text = section.text("issuer")?;
    let read = match tenants {
        Some(tenants) => Issuer::for_tenants(text.value, tenants),
        None => Issuer::parse(text.value),
    };
    let reader = section.reader;
    match read {
        Ok(issuer) => return Some(issuer),
        // What is wrong with `tenants` was said already.
        Err(IssuerError::NeedsTenants) if section.has("tenants") => {}
        Err(IssuerError::NeedsTenants) => {
            let wrong = "lets in the people of every Entra tenant in the world, and anybody can make one";
            reader.wrong(
                &text.spot,
                wrong,
                "name those that may sign in, tenants = [\"<tenant id>\"], or write the tenant id into the issuer",
            );
        }
        Err(IssuerError::OneIssuer) => {
            let mend = "leave tenants out, or write {tenantid} into the issuer where its tenant stands";
            reader.wrong(&section.spot("tenants"), "has no use beside an issuer that is one tenant's", mend);
        }
        Err(IssuerError::Placeholder) => {
            let wrong = "has braces where none can be";
            reader.wrong(&text.spot, wrong, "write {tenantid} once, as a whole segment of the path");
        }
        Err(IssuerError::Address(why)) => {
            let mend = "write the issuer exactly as the provider's metadata has it: an https:// URL without query and fragment";
            reader.wrong(&text.spot, format!("is no issuer: {why}"), mend);
        }
    }
    None
}

fn tenants(section: &Section<'_>) -> Option<Tenants> {
    let reader = section.reader;
    let written = section.filled("tenants", TENANTS_MEND);
    if let [Written { value: "any", spot }] = written.as_slice() {
        let wrong = "lets in the people of every Entra tenant in the world, and anybody can make one";
        reader.warn(
            spot,
            wrong,
            "name the tenants; else every route that is not for the whole world must ask for a tid or an oid",
        );
        return Some(Tenants::Any);
    }
    let parse = |text: &Written<&str>| {
        let tenant = Tenant::parse(text.value);
        if tenant.is_none() {
            reader.wrong(&text.spot, "is no tenant id", TENANTS_MEND);
        }
        tenant
    };
    let tenants: Vec<Tenant> = written.iter().filter_map(parse).collect();
    (!tenants.is_empty()).then_some(Tenants::Listed(tenants))
}

fn discovery_url(section: &Section<'_>, issuer: Option<&Issuer>) -> Option<String> {
    let text = section.text("discovery_url")?;
    if let Err(why) = issuer?.check_discovery(text.value) {
        let mend = "write where the metadata are, an https:// URL that may have a query";
        section.reader.wrong(&text.spot, format!("is no place for metadata: {why}"), mend);
        return None;
    }
    Some(text.value.to_owned())
}

/// Entra takes an id in any letters and writes it in small ones into `aud`, which is compared exactly.
fn capital_client_id(section: &Section<'_>) {
    let Some(text) = section.text("client_id") else { return };
    if Tenant::parse(text.value).is_some_and(|guid| guid.as_str() != text.value) {
        let wrong =
            "has capital letters, and Entra writes it in small ones into the id_token, where it is compared exactly";
        section.reader.warn(&text.spot, wrong, "write it in small letters");
    }
}

const TENANTS_MEND: &str = "write tenant ids, such as [\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"], or \"any\"";
