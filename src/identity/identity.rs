//! A signed-in person as applications and rules know them.

use std::sync::Arc;

use super::{
    claims::Claims,
    header_field::{self, Fields, list, text},
};

/// Who is signed in. Made once at the sign-in, shared by all their requests.
#[derive(Clone, Debug)]
pub struct Identity {
    issuer: Box<str>,
    subject: Box<str>,
    claims: Claims,
    groups_unknown: bool,
    standard: Arc<Fields>,
}

impl Identity {
    /// The person that `issuer` speaks of in `claims`.
    ///
    /// `subject` is the name applications get: unique over all configured providers.
    #[must_use]
    pub fn new(issuer: &str, subject: &str, mut claims: Claims) -> Self {
        let groups_unknown = claims.drop_partial_groups();
        let standard = Arc::new(Fields::default());
        let mut identity = Self { issuer: issuer.into(), subject: subject.into(), claims, groups_unknown, standard };
        identity.standard = Arc::new(identity.to_standard_fields());
        identity
    }

    /// The issuer that vouched for them.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Their stable name; never an e-mail address, which can change hands.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What people call them.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims.text("name")
    }

    /// Their user name at the provider: for display, not a key.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.claims.text("preferred_username")
    }

    /// Their e-mail address, only when the provider says it is verified (OpenID Connect Core §5.1) and it can be read in
    /// only one way.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let verified = self.claims.value("email_verified").and_then(serde_json::Value::as_bool) == Some(true);
        self.claims.text("email").filter(|text| verified && is_address(text))
    }

    /// The groups they are in.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.claims.texts("groups")
    }

    /// Whether the provider did not list their groups because there are too many: then there are none here.
    #[must_use]
    pub fn groups_unknown(&self) -> bool {
        self.groups_unknown
    }

    /// Everything the provider said.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The standard identity headers, ready to send.
    pub(super) fn standard_fields(&self) -> &Arc<Fields> {
        &self.standard
    }

    fn to_standard_fields(&self) -> Fields {
        header_field::standard([
            text(self.subject()),
            self.email().and_then(text),
            self.preferred_username().and_then(text),
            self.name().and_then(text),
            list(self.groups()),
        ])
    }
}

/// One `@` with something on both sides, and nothing at which a list of addresses is parted.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let parting =
        |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, ',' | ';' | '<' | '>');
    parts.is_some() && !text.contains(parting)
}

#[cfg(test)]
mod tests {
    use super::Identity;
    use crate::identity::Claims;
    use serde_json::{Value, json};

    #[test]
    fn b46_an_email_counts_only_when_it_is_verified() {
        for (claims, email) in [
            (json!({"email": "a@x.example", "email_verified": true}), Some("a@x.example")),
            (json!({"email": "a@x.example", "email_verified": false}), None),
            (json!({"email": "a@x.example", "email_verified": "true"}), None),
            (json!({"email": "a@x.example"}), None),
            (json!({"email_verified": true}), None),
        ] {
            let Value::Object(map) = claims else { continue };
            assert_eq!(Identity::new("https://i.example", "s", Claims::new(map)).email(), email);
        }
    }
}
