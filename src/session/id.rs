//! The session cookie, and the key of the session in a store.

use std::fmt;

use zeroize::Zeroizing;

use crate::base::{Random, decode_base64url, encode_base64url, random_bytes, sha256};

/// The secret that the browser holds: 32 random bytes. A request that presents them has the session.
#[derive(Clone)]
pub struct SessionCookie(Zeroizing<[u8; 32]>);

/// The key of a session in a store: the SHA-256 hash of the cookie, which does not reveal the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

impl SessionCookie {
    /// A new random cookie. It is not derived from any other value.
    #[must_use]
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self::from_bytes(random_bytes(random))
    }

    /// The cookie of these bytes.
    #[must_use]
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Parses a cookie value; `None` unless it is the base64url encoding of 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = decode_base64url(text)?.try_into().ok()?;
        Some(Self::from_bytes(bytes))
    }

    /// The cookie value: 43 characters of base64url.
    #[must_use]
    pub fn text(&self) -> String {
        encode_base64url(self.0.as_slice())
    }

    /// The 32 bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The key of the session in a store.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey(sha256(self.0.as_slice()))
    }
}

impl SessionKey {
    /// The SHA-256 hash.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionCookie(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::SessionCookie;

    #[test]
    fn only_well_formed_cookies_are_parsed() {
        let cookie = SessionCookie::from_bytes([7; 32]);
        let read = SessionCookie::parse(&cookie.text()).expect("a well-formed cookie");
        assert_eq!((read.key(), read.text().len()), (cookie.key(), 43));
        for wrong in ["", "x", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(43))] {
            assert!(SessionCookie::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{cookie:?}"), "SessionCookie(…)");
    }
}
