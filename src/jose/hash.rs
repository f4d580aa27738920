//! Left-half hashes, which bind an `id_token` to a code, an access token or a state.
//!
//! OpenID Connect Core §3.3.2.11 (`c_hash`), §3.1.3.6 (`at_hash`): the hash function is that of the token's algorithm.

use aws_lc_rs::{constant_time, digest};

use super::algorithm::Algorithm;
use crate::base::encode_base64url;

/// The left half of the hash of `text`, in base64url, with the hash function of `algorithm`.
#[must_use]
pub fn left_half(algorithm: Algorithm, text: &str) -> String {
    let hash = digest::digest(algorithm.hash(), text.as_bytes());
    encode_base64url(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// Whether `claim` is the left half of the hash of `text`. The comparison is constant-time for claims of the right
/// length.
#[must_use]
pub(crate) fn is_left_half(algorithm: Algorithm, text: &str, claim: &str) -> bool {
    constant_time::verify_slices_are_equal(left_half(algorithm, text).as_bytes(), claim.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_left_half, left_half};
    use crate::jose::Algorithm;

    // Covers: B29.
    /// The values of OpenID Connect Core, appendix A.
    #[test]
    fn the_examples_of_the_specification_match() {
        assert!(is_left_half(
            Algorithm::Rs256,
            "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
            "LDktKdoQak3Pk0cnXxCltA"
        ));
        assert!(is_left_half(
            Algorithm::Rs256,
            "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
            "77QmUPtjPfzWtF2AnpK9RQ"
        ));
    }

    // Covers: B31, B32.
    #[test]
    fn only_the_left_half_of_the_hash_matches() {
        let right = left_half(Algorithm::Es384, "code");
        assert_eq!((left_half(Algorithm::Es256, "code").len(), right.len()), (22, 32));
        assert_eq!(left_half(Algorithm::EdDsa, "code"), left_half(Algorithm::Rs512, "code"));
        assert!(is_left_half(Algorithm::Es384, "code", &right));
        for wrong in [String::new(), format!("{right}="), right[1..].to_owned(), left_half(Algorithm::Es256, "code")] {
            assert!(!is_left_half(Algorithm::Es384, "code", &wrong), "{wrong}");
        }
    }
}
