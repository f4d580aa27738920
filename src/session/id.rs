//! The session cookie, and the name under which a store knows the session.

use std::fmt;

use zeroize::Zeroizing;

use crate::base::{decode_base64url, encode_base64url, sha256};

/// What the browser holds: 32 bytes that nobody can guess. Who has them is the session.
#[derive(Clone)]
pub struct SessionCookie(Zeroizing<[u8; 32]>);

/// What a store holds instead: SHA-256 of the cookie, from which the cookie cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

impl SessionCookie {
    /// The cookie of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a cookie value; `None` for what this gateway never wrote.
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

    /// The name of the session in a store.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey(sha256(self.0.as_slice()))
    }
}

impl SessionKey {
    /// The hash.
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
    fn only_what_we_wrote_is_read() {
        let cookie = SessionCookie::from_bytes([7; 32]);
        let read = SessionCookie::parse(&cookie.text()).expect("our own value");
        assert_eq!((read.key(), read.text().len()), (cookie.key(), 43));
        for wrong in ["", "x", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(43))] {
            assert!(SessionCookie::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{cookie:?}"), "SessionCookie(…)");
    }
}
