//! What a sign-in asks for beyond who somebody is. It travels in the login cookie, so that the answer is held to it.

use crate::{base::sha256, identity::Identity, oidc::Parameters};

/// What one sign-in asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its own parameters of the authorization request, over those of the provider.
    pub parameters: Parameters,
    /// Who alone may come back, when it is about somebody who is signed in already.
    pub person: Option<Person>,
    /// Whether it was asked once before, and what came back was too old.
    pub is_repeated: bool,
}

/// Somebody, by the hash of issuer and subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person([u8; PERSON]);

impl Person {
    /// Whom `issuer` calls `subject`.
    #[must_use]
    pub fn of(issuer: &str, subject: &str) -> Self {
        // Neither can hold a line break: the one is a URL, the other printable ASCII.
        let hash = sha256(format!("{issuer}\n{subject}").as_bytes());
        let mut short = [0; PERSON];
        short.copy_from_slice(&hash[..PERSON]);
        Self(short)
    }

    /// The person of a session: by the name that its provider, not this gateway, gave them.
    #[must_use]
    pub fn of_identity(identity: &Identity) -> Option<Self> {
        identity.claims().text("sub").map(|subject| Self::of(identity.issuer(), subject))
    }
}

impl Asked {
    /// A sign-in with these parameters, of whoever it will be.
    #[must_use]
    pub fn with(parameters: Parameters) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// All that is sent to a provider with these parameters of its own, and held to.
    #[must_use]
    pub fn over(&self, configured: &Parameters) -> Parameters {
        self.parameters.over(configured)
    }

    /// The same, asked once more: now nobody is believed to be there still.
    #[must_use]
    pub fn repeated(&self) -> Self {
        let mut parameters = self.parameters.clone();
        // A prompt that is known is always taken.
        let _taken = parameters.set("prompt", "login");
        Self { parameters, is_repeated: true, ..self.clone() }
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.is_repeated), u8::from(self.person.is_some())];
        bytes.extend(self.person.iter().flat_map(|person| person.0));
        bytes.extend(self.parameters.text().bytes());
        bytes
    }

    /// Reads what [`Asked::encode`] wrote.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let ([repeated, has_person], rest) = bytes.split_first_chunk::<2>()?;
        let (person, rest) = if *has_person == 1 {
            let (person, rest) = rest.split_first_chunk::<PERSON>()?;
            (Some(Person(*person)), rest)
        } else {
            (None, rest)
        };
        let parameters = Parameters::parse(std::str::from_utf8(rest).ok()?)?;
        Some(Self { parameters, person, is_repeated: *repeated == 1 })
    }
}

const PERSON: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Asked, Person};
    use crate::oidc::Parameters;

    #[test]
    fn what_is_written_is_read() {
        let parameters = Parameters::parse("prompt=consent&login_hint=b%26c%2B").expect("parameters");
        let whole = Asked { parameters, person: Some(Person::of("https://i.example", "s")), is_repeated: true };
        for asked in [Asked::default(), whole.clone(), Asked::with(whole.parameters.clone()), whole.repeated()] {
            assert_eq!(Asked::decode(&asked.encode()), Some(asked));
        }
        assert_eq!(whole.repeated().parameters.value("prompt"), Some("login"));
        assert_eq!(Asked::decode(&[0]), None);
        assert_eq!(Asked::decode(b"\x00\x01short"), None);
        assert_eq!(Asked::decode(b"\x00\x00prompt=whatever"), None);
    }

    #[test]
    fn people_differ_by_issuer_and_subject() {
        let one = Person::of("https://i.example", "s");
        assert_ne!(one, Person::of("https://i.example", "t"));
        assert_ne!(one, Person::of("https://j.example", "s"));
    }
}
