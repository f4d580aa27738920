//! Header names as lenient servers read them.

/// The bytes of `name` in lower case, with `-` for every byte that is neither an ASCII letter nor an ASCII digit.
///
/// Two names with equal results can be one name to an application: CGI (RFC 3875 §4.1.18), WSGI and PHP map `-` and `_`
/// to one character, and some servers (lighttpd, older Apache) map every byte other than letters and digits.
/// Allocates nothing.
pub(crate) fn fold_header_name(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' })
}

#[cfg(test)]
mod tests {
    use super::fold_header_name;

    // Covers: CVE-B1, CVE-B2.
    #[test]
    fn equivalent_names_fold_to_one() {
        for spelling in
            ["X-Forwarded-User", "x_forwarded_user", "X-Forwarded_User", "x.forwarded user", "x~forwarded!user"]
        {
            assert!(fold_header_name(spelling).eq(*b"x-forwarded-user"), "{spelling}");
        }
        assert!(!fold_header_name("xforwardeduser").eq(*b"x-forwarded-user"));
    }
}
