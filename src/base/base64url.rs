//! base64url without padding, read strictly.
//!
//! RFC 7515 §2 and RFC 4648 §3.2, §3.5: no padding, no line breaks, no other alphabet, and the unused bits of the last
//! character are zero, so that one value has one spelling.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The base64url text of `bytes`, without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that `text` stands for; `None` for anything but the one spelling [`encode`] would give.
#[must_use]
pub fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn a33_only_the_canonical_spelling_is_read() {
        assert_eq!(decode("AQI"), Some(vec![1, 2]));
        assert_eq!(encode([1, 2]), "AQI");
        for wrong in ["AQI=", "AQJ", "A Q", "AQ\n", "+/A", "A", "AQI\0"] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
    }
}
