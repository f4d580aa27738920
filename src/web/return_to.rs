//! Where a person goes after a sign-in: a path of this very site, whatever was asked for.

use std::fmt;

use super::target::Target;

/// A path and query of our own site, safe as a `Location`.
///
/// Every redirect target that came from outside passes here: it is read as a [`Target`], so it begins with exactly one
/// slash, holds no backslash or control character and cannot name another host; what does not is the front page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(Box<str>);

impl ReturnTo {
    /// Reads what a link asked for. `prefix` is the gateway's own: nobody is sent to `…/logout` by a sign-in.
    #[must_use]
    pub fn parse(text: &str, prefix: &str) -> Self {
        // `//host` is another site to a browser: who wrote it wanted that, not a page of ours.
        if text.starts_with("//") {
            return Self::front(prefix);
        }
        Target::parse(text).map_or_else(|_| Self::front(prefix), |target| Self::of(&target, prefix))
    }

    /// The page of the present request.
    #[must_use]
    pub fn of(target: &Target, prefix: &str) -> Self {
        let whole = target.path_and_query().as_str();
        let text = if whole.len() <= LONGEST { whole } else { target.path() };
        let fits = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && target.below(prefix).is_none() { Self(text.into()) } else { Self::front(prefix) }
    }

    /// The front page of what this gateway serves: what `prefix` stands on. Beside `/intranet/.auth` that is `/intranet/`;
    /// the proxy before the gateway may pass nothing else.
    #[must_use]
    pub fn front(prefix: &str) -> Self {
        Self(prefix.rfind('/').map_or("/", |at| &prefix[..=at]).into())
    }

    /// Path and query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The login cookie carries the path: a longer one is cut to the path alone, a longer path to the front page.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::{LONGEST, ReturnTo};
    use proptest::prelude::proptest;
    use url::Url;

    #[test]
    fn path_and_query_are_kept() {
        for kept in ["/", "/a/b?x=1&y=%2F", "/~u/", "/a?next=https://evil.example"] {
            assert_eq!(ReturnTo::parse(kept, "/.auth").as_str(), kept);
        }
        let long = format!("/a?{}", "x".repeat(LONGEST));
        assert_eq!(ReturnTo::parse(&long, "/.auth").as_str(), "/a");
        assert_eq!(ReturnTo::parse(&format!("/{}", "x".repeat(LONGEST)), "/.auth").as_str(), "/");
    }

    #[test]
    fn c06_cve_c01_c02_c03_no_text_leads_to_another_site_or_to_our_own_paths() {
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
            "/a#b",
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
        #[test]
        fn cve_c09_every_answer_parses_to_our_own_origin(text in "[/\\\\.%a-z0-9:@?#\t 52fFcC]{0,24}|.*") {
            let base = Url::parse("https://site.example/x").expect("a URL");
            let to = ReturnTo::parse(&text, "/.auth");
            let landed = base.join(to.as_str()).expect("a path");
            assert_eq!(landed.origin(), base.origin());
            assert!(!landed.path().starts_with("/.auth/"));
        }
    }
}
