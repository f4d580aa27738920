//! The cookies of a request, and the names of the gateway's own cookies.

use http::{HeaderMap, HeaderValue, header};

use crate::base::sha256;

/// The cookies of one request.
#[derive(Clone, Default)]
pub struct Cookies(Option<HeaderValue>);

impl Cookies {
    /// Reads the cookies of `headers`. HTTP/2 can split them over several fields (RFC 9113 §8.2.3); these are joined.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(header::COOKIE).iter();
        let Some(first) = fields.next() else { return Self(None) };
        let Some(second) = fields.next() else { return Self(Some(first.clone())) };
        let all: Vec<&[u8]> = [first, second].into_iter().chain(fields).map(HeaderValue::as_bytes).collect();
        Self(HeaderValue::from_bytes(&all.join(b"; ".as_slice())).ok())
    }

    /// The values of all cookies named `name`, in the order of the request.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all().filter(move |(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// Name and value of every cookie.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|field| pairs(field.as_bytes()))
    }
}

/// Name and value of each cookie in one `Cookie` field (RFC 6265 §5.4). Pieces that are not UTF-8, or not a pair, are
/// skipped.
pub fn pairs(field: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    field.split(|byte| *byte == b';').filter_map(|piece| {
        let (name, value) = std::str::from_utf8(piece).ok()?.trim_matches([' ', '\t']).split_once('=')?;
        (!name.is_empty()).then_some((name, value))
    })
}

/// A kind of cookie that the gateway sets. The name of some kinds ends with a tag, so that several can exist at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieName {
    /// The session cookie.
    Session,
    /// A sign-in in progress; a tag follows.
    Login,
    /// The ticket of a pending authorization response; a tag follows.
    Response,
    /// A sign-out in progress.
    Logout,
    /// The ticket of a preserved post; a tag follows.
    PreservedPost,
    /// The number of recent sign-ins of the browser, to detect a login loop.
    LoginLoop,
}

impl CookieName {
    /// All kinds.
    pub(crate) const ALL: [Self; 6] =
        [Self::Session, Self::Login, Self::Response, Self::Logout, Self::PreservedPost, Self::LoginLoop];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Session => "",
            Self::Login => "-login-",
            Self::Response => "-answer-",
            Self::PreservedPost => "-kept-",
            Self::Logout => "-logout",
            Self::LoginLoop => "-loop",
        }
    }
}

/// The names of the cookies of one gateway on one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CookieNames([Box<str>; CookieName::ALL.len()]);

impl CookieNames {
    /// The names on an `https` origin, with the `__Host-` prefix that binds a cookie to its host (RFC 6265bis
    /// §4.1.3.2), or on a plain `http` loopback origin, without it, because WebKit rejects that prefix there.
    ///
    /// The cookies are sent for the whole host, which can have several gateways below different paths. A hash of
    /// `prefix` distinguishes their cookies. [`DEFAULT_PREFIX`] adds no hash.
    #[must_use]
    pub(super) fn new(https: bool, prefix: &str) -> Self {
        let host = if https { "__Host-" } else { "" };
        let hash = if prefix == DEFAULT_PREFIX { String::new() } else { format!("-{}", short_hash(prefix)) };
        Self(CookieName::ALL.map(|name| format!("{host}{BASE_NAME}{hash}{}", name.suffix()).into()))
    }

    /// The name of a kind of cookie; for the kinds with a tag, the part before the tag.
    #[must_use]
    pub(super) fn text(&self, name: CookieName) -> &str {
        &self.0[name as usize]
    }
}

/// Eight hexadecimal digits, which no [`CookieName::suffix`] begins with.
fn short_hash(prefix: &str) -> String {
    let [a, b, c, d, ..] = sha256(prefix.as_bytes());
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// Whether a cookie with this name belongs to the gateway and must not reach the application or come from it. Letter
/// case is ignored, as browsers do for the `__Host-` prefix and an application may do for the whole name.
#[must_use]
pub fn is_own_cookie(name: &str) -> bool {
    let name = name.as_bytes();
    let bare = if starts_with(name, b"__host-") { &name[b"__host-".len()..] } else { name };
    starts_with(bare, BASE_NAME.as_bytes()) && matches!(bare.get(BASE_NAME.len()), None | Some(b'-'))
}

fn starts_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The first part of the name of every cookie of the gateway, after `__Host-`.
const BASE_NAME: &str = "vestibule";

/// The path prefix of the gateway's own endpoints if the configuration sets no other.
pub(crate) const DEFAULT_PREFIX: &str = "/.auth";

#[cfg(test)]
mod tests {
    use super::{CookieName, CookieNames, Cookies, is_own_cookie, pairs};
    use http::{HeaderMap, HeaderValue, header};

    // Covers: CVE-G16.
    #[test]
    fn malformed_cookie_fields_are_tolerated() {
        for (field, expected) in [
            ("a=1; b=2", vec![("a", "1"), ("b", "2")]),
            ("", vec![]),
            (";", vec![]),
            (" ; =x; a; ;;b==c", vec![("b", "=c")]),
            ("a=1;a=2", vec![("a", "1"), ("a", "2")]),
            ("a=\"q\"", vec![("a", "\"q\"")]),
        ] {
            assert_eq!(pairs(field.as_bytes()).collect::<Vec<_>>(), expected, "{field:?}");
        }
        assert_eq!(pairs(b"a=\xff; b=1").collect::<Vec<_>>(), vec![("b", "1")]);
    }

    #[test]
    fn split_cookie_fields_are_joined() {
        let mut headers = HeaderMap::new();
        for field in ["a=1", "b=2", "a=3"] {
            headers.append(header::COOKIE, HeaderValue::from_static(field));
        }
        let cookies = Cookies::read(&headers);
        assert_eq!(cookies.values("a").collect::<Vec<_>>(), ["1", "3"]);
    }

    #[test]
    fn cookie_names_of_two_gateways_share_no_prefix() {
        assert_eq!(CookieNames::new(true, "/.auth").text(CookieName::Session), "__Host-vestibule");
        assert_eq!(CookieNames::new(false, "/.auth").text(CookieName::Login), "vestibule-login-");
        let prefixes = ["/.auth", "/auth", "/intranet/.auth", "/reports/.auth"];
        let names = prefixes.map(|prefix| CookieNames::new(true, prefix));
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                for name in CookieName::ALL {
                    assert_ne!(one.text(name), other.text(name));
                    for with_tag in [CookieName::Login, CookieName::Response] {
                        assert!(!other.text(name).starts_with(one.text(with_tag)), "{one:?} {other:?}");
                        assert!(!one.text(name).starts_with(other.text(with_tag)), "{one:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn gateway_cookies_are_recognized_in_any_letter_case() {
        for (https, prefix) in [(true, "/.auth"), (false, "/.auth"), (true, "/intranet/.auth"), (false, "/x")] {
            let names = CookieNames::new(https, prefix);
            for name in CookieName::ALL {
                assert!(is_own_cookie(names.text(name)), "{name:?} {names:?}");
            }
        }
        for name in ["__host-VESTIBULE", "Vestibule-login-abc"] {
            assert!(is_own_cookie(name), "{name}");
        }
        for other in ["vestibules", "vestibule_x", "my-vestibule", "__Host-", "", "__Secure-vestibule", "__Host-x"] {
            assert!(!is_own_cookie(other), "{other}");
        }
    }
}
