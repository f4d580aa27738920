//! Claims about a person, from verified tokens.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::plain_text::is_plain_text;

/// Verified claims: those of RFC 7519 §4 and OpenID Connect Core §5.1, and claims that the provider defines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    all: Map<String, Value>,
    /// The names of those that came from userinfo, and from no `id_token`.
    from_userinfo: Box<[Box<str>]>,
}

impl Claims {
    /// The claims of a verified token.
    #[must_use]
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self { all: claims, from_userinfo: Box::default() }
    }

    /// These claims, replaced and supplemented by those of `newer`. Related claims are never mixed: an address and
    /// whether it is verified, groups and whether they are complete.
    #[must_use]
    pub(crate) fn merged_with(mut self, newer: &Map<String, Value>) -> Self {
        remove_related(newer, &mut self.all);
        self.all.extend(newer.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// These claims, and those of `userinfo` that are missing here. Related claims are never mixed: an address and
    /// whether it is verified, groups and whether they are complete.
    #[must_use]
    pub(crate) fn completed_with(mut self, mut userinfo: Map<String, Value>) -> Self {
        remove_related(&self.all, &mut userinfo);
        // Also by path: a claim named `realm_access.roles` would hide the roles in `realm_access`.
        userinfo.retain(|name, _| self.value(name).is_none());
        self.from_userinfo = userinfo.keys().map(|name| name.as_str().into()).collect();
        self.all.extend(userinfo);
        self
    }

    /// The claims of the `id_token`s alone: what userinfo added can be asked for again.
    #[must_use]
    pub(crate) fn without_userinfo(&self) -> Self {
        let mut signed = self.all.clone();
        signed.retain(|name, _| !self.is_from_userinfo(name));
        Self::new(signed)
    }

    /// These claims after a refresh that returned `newer`. Claims that decide about access (groups, roles and any
    /// other that a rule may require) come only from `newer`, so a claim that is missing there is removed. Claims
    /// about who the person is, and how and when the person signed in, carry over, because a provider need not repeat
    /// them (OpenID Connect Core §12.2).
    #[must_use]
    pub(crate) fn refreshed(&self, mut newer: Self) -> Self {
        let mut from_userinfo = Vec::from(newer.from_userinfo);
        let address = if newer.all.contains_key("email") { &[][..] } else { ADDRESS };
        for name in CARRIED_OVER.iter().chain(address) {
            if let Some(value) = self.all.get(*name).filter(|_| !newer.all.contains_key(*name)) {
                from_userinfo.extend(self.is_from_userinfo(name).then(|| (*name).into()));
                newer.all.insert((*name).to_owned(), value.clone());
            }
        }
        Self { all: newer.all, from_userinfo: from_userinfo.into() }
    }

    fn is_from_userinfo(&self, name: &str) -> bool {
        self.from_userinfo.iter().any(|its| **its == *name)
    }

    /// All claims.
    #[must_use]
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.all
    }

    /// Removes groups that may be incomplete, and returns whether they were. A provider that does not list all groups
    /// of a person indicates it (distributed claims of OpenID Connect Core §5.6.2; Entra ID's `hasgroups`).
    pub(super) fn drop_partial_groups(&mut self) -> bool {
        let is_distributed = self.all.get("_claim_names").is_some_and(|names| names.get("groups").is_some());
        let is_omitted = self.all.get("hasgroups").is_some_and(|has| !matches!(has, Value::Null | Value::Bool(false)));
        if is_distributed || is_omitted {
            self.all.remove("groups");
        }
        is_distributed || is_omitted
    }

    /// The value of the claim `name`. If there is no such claim, the dots of `name` separate the names of nested
    /// objects (`realm_access.roles`).
    #[must_use]
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.all.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.all.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }

    /// The claim `name`, if it is a text that is not empty.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The claim `name` as an application receives it: a single text, number or boolean that arrives as it is. Numbers and
    /// booleans are in JSON notation.
    #[must_use]
    pub(super) fn single_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.value(name).and_then(as_text).filter(|text| is_plain_text(text))
    }

    /// The texts of the claim `name`: the elements of a list, or a single one. Numbers and booleans are in JSON notation;
    /// empty texts are left out.
    pub(crate) fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        let values = match self.value(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().filter_map(as_text).filter(|text| !text.is_empty())
    }

    /// Whether the claim `name` is `expected`, or is a list with that element. A value that no application would receive as
    /// it is equals none.
    #[must_use]
    pub(crate) fn holds(&self, name: &str, expected: &str) -> bool {
        self.texts(name).any(|text| text == expected && is_plain_text(&text))
    }
}

/// Removes from `claims` every claim that is related to a claim of `others`.
fn remove_related(others: &Map<String, Value>, claims: &mut Map<String, Value>) {
    for group in RELATED {
        if group.iter().any(|name| others.contains_key(*name)) {
            claims.retain(|name, _| !group.contains(&name.as_str()));
        }
    }
}

const CARRIED_OVER: &[&str] = &[
    "acr",
    "acrs",
    "amr",
    "auth_time",
    "family_name",
    "given_name",
    "locale",
    "login_hint",
    "name",
    "nickname",
    "nonce",
    "oid",
    "picture",
    "preferred_username",
    "sid",
    "tid",
];

/// An address, and whether it is verified (OpenID Connect Core §5.1); `xms_edov` is Entra ID's `email_verified`.
const ADDRESS: &[&str] = &["email", "email_verified", "xms_edov"];

/// Related claims, which come from one source: addresses and whether they are verified, groups and whether they are
/// complete.
const RELATED: [&[&str]; 3] =
    [ADDRESS, &["phone_number", "phone_number_verified"], &["groups", "hasgroups", "_claim_names", "_claim_sources"]];

/// A value as rules, headers and `/me` read it.
fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
