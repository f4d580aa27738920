//! base64url without padding, decoded strictly.
//!
//! RFC 7515 §2 and RFC 4648 §3.2, §3.5: no padding, no line breaks, no other alphabet, and the unused bits of the last
//! character are zero, so that a value has exactly one encoding.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Encodes `bytes` as base64url without padding.
#[must_use]
pub fn encode_base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url; `None` for every text that [`encode_base64url`] would not produce.
#[must_use]
pub(crate) fn decode_base64url(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode_base64url, encode_base64url};

    // Covers: A33.
    #[test]
    fn only_the_canonical_encoding_is_accepted() {
        assert_eq!(decode_base64url("AQI"), Some(vec![1, 2]));
        assert_eq!(encode_base64url([1, 2]), "AQI");
        for text in ["AQI=", "AQJ", "A Q", "AQ\n", "+/A", "A", "AQI\0"] {
            assert_eq!(decode_base64url(text), None, "{text:?}");
        }
    }
}
