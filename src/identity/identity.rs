//! The identity of a signed-in person, as applications and rules see it.

use std::borrow::Cow;

use super::{
    claims::Claims,
    header_field::{self, Fields, list, text},
};

/// Whose claims an [`Identity`] has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account<'a> {
    /// The provider's name in this gateway. Two providers can share an issuer.
    pub(crate) provider: &'a str,
    /// The issuer of the claims.
    pub(crate) issuer: &'a str,
    /// The stable identifier that applications receive, unique across all configured providers.
    pub(crate) subject: &'a str,
}

/// A signed-in person. Created at the sign-in and shared by all requests of the session.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    provider: Box<str>,
    issuer: Box<str>,
    subject: Box<str>,
    claims: Claims,
    groups_unknown: bool,
    standard: Fields,
}

impl Identity {
    /// The identity of `account`, from its verified `claims`.
    #[must_use]
    pub(crate) fn new(account: Account<'_>, mut claims: Claims) -> Self {
        let Account { provider, issuer, subject } = account;
        let mut identity = Self {
            provider: provider.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            groups_unknown: claims.drop_partial_groups(),
            claims,
            standard: Fields::default(),
        };
        identity.standard = identity.to_standard_fields();
        identity
    }

    /// The identity of this account with newer `claims`.
    #[must_use]
    pub(crate) fn with_claims(&self, claims: Claims) -> Self {
        Self::new(Account { provider: &self.provider, issuer: &self.issuer, subject: &self.subject }, claims)
    }

    /// The name, in this gateway, of the provider whose claims these are. A claim means what its provider says it means.
    #[must_use]
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// The issuer of the claims.
    #[must_use]
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The stable identifier of the person; never an e-mail address, which can change hands.
    #[must_use]
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// The display name.
    #[must_use]
    pub(crate) fn name(&self) -> Option<Cow<'_, str>> {
        self.claims.single_text("name")
    }

    /// The user name at the provider, for display; not an identifier.
    #[must_use]
    pub(crate) fn preferred_username(&self) -> Option<Cow<'_, str>> {
        self.claims.single_text("preferred_username")
    }

    /// The e-mail address, if the provider has verified it (OpenID Connect Core §5.1) and its syntax is unambiguous.
    #[must_use]
    pub(crate) fn email(&self) -> Option<&str> {
        let verified = self.claims.value("email_verified").and_then(serde_json::Value::as_bool) == Some(true);
        self.claims.text("email").filter(|text| verified && is_address(text))
    }

    /// The groups of the person.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.claims.texts("groups")
    }

    /// Whether the provider left out groups because there are too many; then no groups are known.
    #[must_use]
    pub(crate) fn groups_unknown(&self) -> bool {
        self.groups_unknown
    }

    /// All claims.
    #[must_use]
    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The standard identity headers, ready to send.
    pub(super) fn standard_fields(&self) -> &Fields {
        &self.standard
    }

    fn to_standard_fields(&self) -> Fields {
        header_field::standard([
            text(self.subject()),
            self.email().and_then(text),
            self.preferred_username().and_then(|name| text(&name)),
            self.name().and_then(|name| text(&name)),
            list(self.groups()),
        ])
    }
}

/// Exactly one `@` with text on both sides, and no character that separates the addresses of a list.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let is_separator =
        |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, ',' | ';' | '<' | '>');
    parts.is_some() && !text.contains(is_separator)
}

#[cfg(test)]
mod tests {
    use super::{Account, Identity};
    use crate::identity::Claims;
    use serde_json::{Value, json};

    // Covers: B46.
    #[test]
    fn an_email_counts_only_when_it_is_verified() {
        for (claims, email) in [
            (json!({"email": "a@x.example", "email_verified": true}), Some("a@x.example")),
            (json!({"email": "a@x.example", "email_verified": false}), None),
            (json!({"email": "a@x.example", "email_verified": "true"}), None),
            (json!({"email": "a@x.example"}), None),
            (json!({"email_verified": true}), None),
        ] {
            let Value::Object(map) = claims else { continue };
            let account = Account { provider: "idp", issuer: "https://i.example", subject: "s" };
            assert_eq!(Identity::new(account, Claims::new(map)).email(), email);
        }
    }
}
