//! `allow` of a `[[route]]`: who may access it.

use super::{
    authorize,
    chosen_claims::is_chosen_by_people,
    section::{Section, Spanned, quoted},
    source::Value,
    suggestion,
};
use crate::{
    access::{Allow, Requirement},
    identity::is_plain_text,
};

pub(super) const KEYS: &[&str] = &["groups", "roles", "claims", "acr", "acrs", "max_age"];

/// Reads `allow`. A value with an error is reported, and the rule is then [`Allow::SignedIn`].
pub(super) fn read(section: &Section<'_>) -> Allow {
    let (message, help) = match section.node("allow").map(|node| &node.value) {
        None => return Allow::SignedIn,
        Some(Value::String(text)) if text == "signed-in" => return Allow::SignedIn,
        Some(Value::String(text)) if text == "anyone" => return Allow::Anyone,
        Some(Value::Table(_)) => return Allow::Meets(requirement(section)),
        Some(Value::String(text)) => {
            let help = suggestion::help(text, &["anyone", "signed-in"], ALLOW_HELP);
            (format!("unknown rule {}", quoted(text)), help)
        }
        Some(other) => (format!("expected a string or a table, found {}", other.kind()), ALLOW_HELP.to_owned()),
    };
    section.reader.error(&section.span("allow"), message, help);
    Allow::SignedIn
}

fn requirement(section: &Section<'_>) -> Requirement {
    let allow = section.section("allow", KEYS);
    let owned = |texts: Vec<Spanned<&str>>| {
        for text in &texts {
            refuse_unless_plain(&allow, text);
        }
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    let values = |key| owned(allow.non_empty_strings(key, "add the values that may pass, or remove the key"));
    let claims = allow.claims();
    for (name, texts) in &claims {
        warn_if_chosen(&allow, name, texts);
    }
    let claims = claims.into_iter().map(|(name, texts)| (name.to_owned(), owned(texts))).collect();
    if !KEYS.iter().any(|key| allow.has(key)) {
        allow.reader.error(&allow.span, "empty rule", ALLOW_HELP);
    }
    let (groups, roles) = (values("groups"), values("roles"));
    Requirement { groups, roles, claims, sign_in: authorize::authn_requirement(&allow) }
}

/// No claim equals a value that a header field would change on the way to the application.
fn refuse_unless_plain(allow: &Section<'_>, text: &Spanned<&str>) {
    if !is_plain_text(text.value) {
        let message = format!("the value {} has a blank at its ends, or more than 6 KiB", quoted(text.value));
        let help = "write the value without blanks at its ends: a claim that has them equals none, as no application would receive it";
        allow.reader.error(&text.span, message, help);
    }
}

fn warn_if_chosen(allow: &Section<'_>, name: &str, texts: &[Spanned<&str>]) {
    if let Some(text) = texts.first().filter(|_| is_chosen_by_people(name)) {
        let name = quoted(name);
        let message = format!("the rule rests on {name}, which people can change themselves at many providers");
        let help = "require a group, a role, or sub; or make sure that only administrators set this claim";
        allow.reader.warn(&text.span, message, help);
    }
}

const ALLOW_HELP: &str = "write \"anyone\", \"signed-in\", or a table such as { groups = [\"staff\"] }, { claims = { department = [\"sales\"] } }, { acr = [\"urn:example:mfa\"] }, { max_age = \"15m\" }";
