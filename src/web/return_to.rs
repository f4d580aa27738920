//! The page that a browser returns to after a sign-in: always a path of the gateway's own origin.

use std::fmt;

use super::target::{Target, below};

/// A path, query and fragment of the gateway's own origin, safe as the value of `Location`.
///
/// Every redirect target from outside is parsed by this type. It is parsed as a [`Target`], so it begins with exactly
/// one slash, has no backslash or control character and cannot name another host. Everything else becomes the front
/// page. A valid fragment is kept unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(Box<str>);

impl ReturnTo {
    /// Parses the target of a link. Endpoints of the gateway itself, below `prefix`, become the front page: a sign-in
    /// must not lead to the logout endpoint.
    #[must_use]
    pub fn parse(text: &str, prefix: &str) -> Self {
        // Browsers read `//host` as another host, so it is not a path of this origin.
        if text.starts_with("//") {
            return Self::front(prefix);
        }
        let (page, fragment) = text.split_once('#').unwrap_or((text, ""));
        let target = Target::parse(page).ok();
        match target.and_then(|target| Self::page_of_target(&target, prefix)) {
            Some(page) => page.with_fragment(fragment),
            None => Self::front(prefix),
        }
    }

    /// The page at `target`.
    #[must_use]
    pub(crate) fn of(target: &Target, prefix: &str) -> Self {
        Self::page_of_target(target, prefix).unwrap_or_else(|| Self::front(prefix))
    }

    /// The front page: the directory of `prefix`. For `/intranet/.auth` it is `/intranet/`, as a proxy in front of the
    /// gateway may forward only that.
    #[must_use]
    pub(crate) fn front(prefix: &str) -> Self {
        Self(prefix.rfind('/').map_or("/", |at| &prefix[..=at]).into())
    }

    /// Path, query and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Path and query, without fragment.
    #[must_use]
    pub fn page(&self) -> &str {
        self.0.split('#').next().unwrap_or("/")
    }

    fn page_of_target(target: &Target, prefix: &str) -> Option<Self> {
        let path_and_query = target.path_and_query().as_str();
        let text = if path_and_query.len() <= MAX_LENGTH { path_and_query } else { target.path() };
        let fits = text.len() <= MAX_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
        // The page that offers a preserved post is the only endpoint of the gateway that is allowed: a GET changes
        // nothing there. A path that a lenient server could read as an endpoint of the gateway is refused too.
        let is_endpoint = |path: String| below(&path, &prefix.to_ascii_lowercase()).is_some();
        let is_allowed = match target.below(prefix) {
            Some(own) => own == RESTORE,
            None => !target.lenient_path().is_some_and(is_endpoint),
        };
        (fits && is_allowed).then(|| Self(text.into()))
    }

    /// This page with `fragment`. A fragment that is empty, too long, or has a character that a browser would have
    /// escaped (WHATWG URL, fragment percent-encode set) is dropped.
    fn with_fragment(self, fragment: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`');
        let fits = self.0.len() + 1 + fragment.len() <= MAX_LENGTH && fragment.bytes().all(plain);
        if fits && !fragment.is_empty() { Self(format!("{}#{fragment}", self.0).into()) } else { self }
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path, below the prefix, of the page that offers to send a preserved post.
pub(crate) const RESTORE: &str = "/resume";

/// The maximum length in bytes; the login cookie contains the text. If the text is longer, the fragment is dropped
/// first, then the query. A longer path becomes the front page.
const MAX_LENGTH: usize = 1024;

#[cfg(test)]
mod tests {
    use super::{MAX_LENGTH, ReturnTo};
    use proptest::prelude::proptest;
    use url::Url;

    #[test]
    fn path_and_query_are_preserved() {
        for path in ["/", "/a/b?x=1&y=%2F", "/~u/", "/a?next=https://evil.example", "/.auth/resume?t=x"] {
            assert_eq!(ReturnTo::parse(path, "/.auth").as_str(), path);
        }
        let long = format!("/a?{}", "x".repeat(MAX_LENGTH));
        assert_eq!(ReturnTo::parse(&long, "/.auth").as_str(), "/a");
        assert_eq!(ReturnTo::parse(&format!("/{}", "x".repeat(MAX_LENGTH)), "/.auth").as_str(), "/");
    }

    #[test]
    fn only_canonical_fragments_are_preserved() {
        for path in ["/#a", "/a?x=1#/route/7?y=%2F&z", "/a#b#c", "/#//evil.example", "/#\\x", "/a#!"] {
            assert_eq!(ReturnTo::parse(path, "/.auth").as_str(), path);
        }
        let long = "x".repeat(MAX_LENGTH);
        for (text, expected) in [
            ("/a#", "/a"),
            ("/a#b c", "/a"),
            ("/a#\r\nSet-Cookie:x", "/a"),
            ("/a#<script>", "/a"),
            ("/a#\u{e9}", "/a"),
            (&format!("/a?x#{long}"), "/a?x"),
            (&format!("/a?{long}#b"), "/a#b"),
        ] {
            assert_eq!(ReturnTo::parse(text, "/.auth").as_str(), expected);
        }
        assert_eq!(ReturnTo::parse("/a?x#b", "/.auth").page(), "/a?x");
    }

    // Covers: C06, CVE-C1, CVE-C2, CVE-C3.
    #[test]
    fn return_paths_never_leave_the_application() {
        for text in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "/\t/evil",
            "/ /evil",
            "/%09/evil",
            "/\n/evil",
            "javascript:alert(1)",
            "",
            "evil",
            "?x",
            "/.auth/logout",
            "/%2eauth/logout",
            "/x/../.auth/login",
            "/.auth/logout#x",
            "/.auth/resume/x",
            "#//evil.example",
            "//evil.example#x",
            "/\\evil.example#x",
            "/a?\u{e9}",
        ] {
            assert_eq!(ReturnTo::parse(text, "/.auth").as_str(), "/", "{text:?}");
        }
        assert_eq!(ReturnTo::parse("/intranet/.auth/logout", "/intranet/.auth").as_str(), "/intranet/");
        assert_eq!(ReturnTo::parse("https://evil.example", "/intranet/.auth").as_str(), "/intranet/");
        assert_eq!(ReturnTo::parse("/.//evil.example", "/.auth").as_str(), "/evil.example");
        assert_eq!(ReturnTo::parse("/\u{2028}/x", "/.auth").as_str(), "/%E2%80%A8/x");
        assert_eq!(ReturnTo::parse("/.authentic", "/.auth").as_str(), "/.authentic");
    }

    proptest! {
        // Covers: CVE-C9.
        #[test]
        fn every_result_is_on_the_same_origin(text in "[/\\\\.%a-z0-9:@?#\t 52fFcC]{0,24}|.*") {
            let base = Url::parse("https://site.example/x").expect("a URL");
            let to = ReturnTo::parse(&text, "/.auth");
            let resolved = base.join(to.as_str()).expect("a path");
            assert_eq!(resolved.origin(), base.origin());
            assert!(!resolved.path().starts_with("/.auth/"));
        }

        // Covers: CVE-C9.
        #[test]
        fn a_fragment_does_not_change_the_page(page in "[/\\\\.%a-z?]{0,12}", fragment in "[#/\\\\@:%a-z\r\n <\u{e9}]{0,24}|.*") {
            let base = Url::parse("https://site.example/x").expect("a URL");
            let to = ReturnTo::parse(&format!("{page}#{fragment}"), "/.auth");
            assert!(to.as_str().bytes().all(|byte| byte.is_ascii_graphic()) && to.as_str().len() <= MAX_LENGTH);
            let resolved = base.join(to.as_str()).expect("a path");
            assert_eq!(resolved.origin(), base.origin());
            // The page is that of the text without the fragment, and parsing the result again changes nothing.
            assert_eq!(to.page(), ReturnTo::parse(&page, "/.auth").as_str());
            assert_eq!(ReturnTo::parse(to.as_str(), "/.auth"), to);
        }
    }
}
