//! The canonical path of a request, which routing, access rules and the forwarded request all use.
//!
//! RFC 3986 §6.2.2: escaped unreserved characters are decoded, the remaining escapes are written in upper case, dot
//! segments and empty segments are removed. A path that an application could still read differently is an error: one with
//! an escaped `/ \ % ; ? #` or control character, or with a segment such as `..;x`, which some servers take for `..`.

use std::borrow::Cow;

use http::uri::PathAndQuery;

/// The path and query of a request, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(PathAndQuery);

/// Why a request target has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The path does not begin with `/`.
    #[error("the path does not begin with a slash")]
    NotAPath,
    /// The path has an invalid escape, an escape of a character that servers read differently, or a segment that some
    /// servers take for a dot segment.
    #[error("the path can be read in more than one way")]
    Ambiguous,
}

impl Target {
    /// The canonical form of `given`. Does not allocate if `given` is canonical.
    pub fn new(given: &PathAndQuery) -> Result<Self, TargetError> {
        match canonical(given.path())? {
            Cow::Borrowed(_) => Ok(Self(given.clone())),
            Cow::Owned(path) => {
                let text = given.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
                PathAndQuery::try_from(text).map(Self).map_err(|_| TargetError::Ambiguous)
            }
        }
    }

    /// Parses `text` as path and query.
    pub(crate) fn parse(text: &str) -> Result<Self, TargetError> {
        // `PathAndQuery` would drop a fragment without an error.
        if !text.starts_with('/') || text.contains('#') {
            return Err(TargetError::NotAPath);
        }
        Self::new(&PathAndQuery::try_from(text).map_err(|_| TargetError::Ambiguous)?)
    }

    /// The path. It begins with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The query without its `?`, unchanged.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.query()
    }

    /// Path and query, as they are sent to the application.
    #[must_use]
    pub fn path_and_query(&self) -> &PathAndQuery {
        &self.0
    }

    /// The rest of the path after `prefix`, if the path is `prefix` or below it: see [`below`].
    #[must_use]
    pub fn below<'a>(&'a self, prefix: &str) -> Option<&'a str> {
        below(self.path(), prefix)
    }

    /// The path as the most lenient servers read it: in lower case, without path parameters (`;…`), and without blanks and
    /// dots at the end of segments. `None` if it cannot differ from [`Target::path`].
    #[must_use]
    pub fn lenient_path(&self) -> Option<String> {
        let path = self.path();
        let is_lenient = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b';' | b'%');
        if !path.bytes().any(is_lenient) && !path.contains("./") && !path.ends_with('.') {
            return None;
        }
        let mut text = String::with_capacity(path.len());
        for segment in path.split('/').map(lenient_segment).filter(|segment| !segment.is_empty()) {
            text.push('/');
            text.push_str(segment);
        }
        text.make_ascii_lowercase();
        Some(if text.is_empty() { "/".to_owned() } else { text })
    }
}

/// The rest of `path` after `prefix`, if `path` is `prefix` or below it; `None` otherwise. The rest is empty or begins with
/// `/`, unless `prefix` ends with `/`.
#[must_use]
pub fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/')).then_some(rest)
}

/// A path segment without its parameters, and without blanks and dots at its end.
fn lenient_segment(segment: &str) -> &str {
    let mut lenient = segment.split(';').next().unwrap_or_default();
    while let Some(shorter) = lenient.strip_suffix('.').or_else(|| lenient.strip_suffix("%20")) {
        lenient = shorter;
    }
    lenient
}

fn canonical(path: &str) -> Result<Cow<'_, str>, TargetError> {
    if !path.starts_with('/') {
        return Err(TargetError::NotAPath);
    }
    if is_plain(path.as_bytes()) {
        return Ok(Cow::Borrowed(path));
    }
    let mut segments: Vec<String> = Vec::new();
    let mut ends_in_slash = false;
    for raw in path[1..].split('/') {
        let segment = unescape(raw)?;
        ends_in_slash = matches!(segment.as_str(), "" | "." | "..");
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            // Servers that remove path parameters take `..;x` for `..`. Some also remove blanks and dots at the end.
            other if other.starts_with('.') && lenient_segment(other).is_empty() => return Err(TargetError::Ambiguous),
            _ => segments.push(segment),
        }
    }
    let mut text = String::with_capacity(path.len());
    for segment in &segments {
        text.push('/');
        text.push_str(segment);
    }
    if ends_in_slash || segments.is_empty() {
        text.push('/');
    }
    Ok(if text == path { Cow::Borrowed(path) } else { Cow::Owned(text) })
}

/// A fast check for a path that is certainly canonical: no escape, no dot segment or empty segment, only common characters.
fn is_plain(path: &[u8]) -> bool {
    let is_plain_byte = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'-' | b'_' | b'~' | b'.' | b'@' | b':' | b'=' | b',' | b'+')
    };
    path.iter().all(|byte| is_plain_byte(*byte)) && !path.windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

fn unescape(segment: &str) -> Result<String, TargetError> {
    let mut text = String::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => push_escape(&mut text, escaped(&mut bytes)?)?,
            b'\\' | b'#' | 0..=0x20 | 0x7f => return Err(TargetError::Ambiguous),
            0x80.. => push_hex(&mut text, byte),
            plain => text.push(char::from(plain)),
        }
    }
    Ok(text)
}

fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Result<u8, TargetError> {
    let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
    let (Some(high), Some(low)) = (digit(), digit()) else { return Err(TargetError::Ambiguous) };
    u8::try_from(high << 4 | low).map_err(|_| TargetError::Ambiguous)
}

fn push_escape(text: &mut String, byte: u8) -> Result<(), TargetError> {
    match byte {
        b'/' | b'\\' | b'%' | b';' | b'?' | b'#' | 0..=0x1f | 0x7f => return Err(TargetError::Ambiguous),
        unreserved if unreserved.is_ascii_alphanumeric() || matches!(unreserved, b'-' | b'.' | b'_' | b'~') => {
            text.push(char::from(unreserved));
        }
        other => push_hex(text, other),
    }
    Ok(())
}

fn push_hex(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]);
}

#[cfg(test)]
mod tests {
    use super::{Target, TargetError};
    use proptest::prelude::proptest;

    // Covers: CVE-A6, CVE-A7, CVE-A9, CVE-A12.
    #[test]
    fn equivalent_paths_have_one_form() {
        for (given, path) in [
            ("/", "/"),
            ("/a/b.html", "/a/b.html"),
            ("/public/../private", "/private"),
            ("/public/%2e%2e/private", "/private"),
            ("/public/%2E./private", "/private"),
            ("/public/.%2e/private/", "/private/"),
            ("/../../x", "/x"),
            ("/a/./b/.", "/a/b/"),
            ("/a/b/..", "/a/"),
            ("//evil//x///", "/evil/x/"),
            ("/%7euser/%41", "/~user/A"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/a%2Bb(c)!", "/a%2Bb(c)!"),
            ("/%2eauth/me", "/.auth/me"),
            ("/a;b=c/d", "/a;b=c/d"),
            ("/.well-known/x", "/.well-known/x"),
        ] {
            assert_eq!(Target::parse(given).as_ref().map(Target::path), Ok(path), "{given}");
        }
    }

    // Covers: CVE-A8, CVE-A21.
    #[test]
    fn ambiguous_paths_are_refused() {
        for given in [
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a%00",
            "/a%3bb",
            "/a%25b",
            "/a%3f",
            "/a%23",
            "/a%0d%0a",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a\\b",
            "/a/..;/b",
            "/..;x=1/b",
            "/.;/a",
            "/a/%2e%2e;/b",
        ] {
            assert_eq!(Target::parse(given), Err(TargetError::Ambiguous), "{given}");
        }
        for given in ["", "*", "a", "http://x/y", "?a", "/a#b"] {
            assert!(Target::parse(given).is_err(), "{given}");
        }
    }

    #[test]
    fn the_query_is_preserved() {
        let target = Target::parse("/a/../b?x=%2F..%2f&y=//").expect("a target");
        assert_eq!(target.path_and_query().as_str(), "/b?x=%2F..%2f&y=//");
    }

    #[test]
    fn a_prefix_matches_whole_segments() {
        let target = Target::parse("/admin/x").expect("a target");
        assert_eq!(target.below("/admin"), Some("/x"));
        assert_eq!(target.below("/"), Some("admin/x"));
        assert_eq!(target.below("/adm"), None);
        assert_eq!(Target::parse("/admin").expect("a target").below("/admin"), Some(""));
    }

    proptest! {
        #[test]
        fn canonicalization_is_idempotent(path in "/[a-c./%2eEfF5;-]{0,24}") {
            if let Ok(target) = Target::parse(&path) {
                let again = Target::parse(target.path_and_query().as_str());
                assert_eq!(again.as_ref(), Ok(&target));
                let path = target.path();
                assert!(!path.contains("//") && !path.split('/').any(|part| part == "." || part == ".."));
            }
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _result = Target::parse(&text);
        }
    }
}
