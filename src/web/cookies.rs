//! The cookies of a request, and which of them are the gateway's own.

use http::{HeaderMap, HeaderValue, header};

use crate::base::sha256;

/// The cookies that came with one request.
#[derive(Clone, Default)]
pub struct Cookies(Option<HeaderValue>);

impl Cookies {
    /// Takes the cookies out of `headers`. HTTP/2 may split them over several fields (RFC 9113 §8.2.3): they are one list.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(header::COOKIE).iter();
        let Some(first) = fields.next() else { return Self(None) };
        let Some(second) = fields.next() else { return Self(Some(first.clone())) };
        let all: Vec<&[u8]> = [first, second].into_iter().chain(fields).map(HeaderValue::as_bytes).collect();
        Self(HeaderValue::from_bytes(&all.join(b"; ".as_slice())).ok())
    }

    /// The values of the cookies called `name`, in the order they came.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all().filter(move |(its, _)| *its == name).map(|(_, value)| value)
    }

    /// Name and value of every cookie.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|field| pairs(field.as_bytes()))
    }
}

/// Name and value of each cookie in one `Cookie` field (RFC 6265 §5.4); what is no pair of visible ASCII is passed over.
pub fn pairs(field: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    field.split(|byte| *byte == b';').filter_map(|piece| {
        let (name, value) = std::str::from_utf8(piece).ok()?.trim_matches([' ', '\t']).split_once('=')?;
        (!name.is_empty()).then_some((name, value))
    })
}

/// The first part of the name of every cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieName {
    /// The session.
    Session,
    /// A sign-in under way; a tag follows.
    Login,
    /// The receipt of a provider's answer; a tag follows.
    Answer,
    /// A sign-out under way.
    Logout,
    /// The ticket of a form that is kept; a tag follows.
    Kept,
    /// How often this browser has signed in lately.
    Loop,
}

impl CookieName {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Session, Self::Login, Self::Answer, Self::Logout, Self::Kept, Self::Loop];

    const fn ending(self) -> &'static str {
        match self {
            Self::Session => "",
            Self::Login => "-login-",
            Self::Answer => "-answer-",
            Self::Kept => "-kept-",
            Self::Logout => "-logout",
            Self::Loop => "-loop",
        }
    }
}

/// What the cookies of one gateway on one origin are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieNames([Box<str>; CookieName::ALL.len()]);

impl CookieNames {
    /// The names on an `https` origin, where the `__Host-` prefix binds a cookie to this very host (RFC 6265bis §4.1.3.2),
    /// or on a plain loopback origin, where WebKit refuses that prefix.
    ///
    /// Such a cookie is for the whole host. Another gateway may stand on it under other paths: its prefix, which must
    /// differ, tells their cookies apart. The usual prefix has the plain names.
    #[must_use]
    pub fn new(https: bool, prefix: &str) -> Self {
        let host = if https { "__Host-" } else { "" };
        let mark = if prefix == USUAL_PREFIX { String::new() } else { format!("-{}", short_hash(prefix)) };
        Self(CookieName::ALL.map(|name| format!("{host}{OWN}{mark}{}", name.ending()).into()))
    }

    /// The name, or the first part of it.
    #[must_use]
    pub fn text(&self, name: CookieName) -> &str {
        &self.0[name as usize]
    }
}

/// Eight hexadecimal digits: no kind of cookie is called like that.
fn short_hash(prefix: &str) -> String {
    let [a, b, c, d, ..] = sha256(prefix.as_bytes());
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// Whether a cookie of this name is the gateway's business and never the application's, in either direction.
/// The case of the letters does not matter: browsers read the prefix in any case, and so may an application.
#[must_use]
pub fn is_own_cookie(name: &str) -> bool {
    let name = name.as_bytes();
    let bare = if starts_with(name, b"__host-") { &name[b"__host-".len()..] } else { name };
    starts_with(bare, OWN.as_bytes()) && matches!(bare.get(OWN.len()), None | Some(b'-'))
}

fn starts_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

const OWN: &str = "vestibule";

/// Where the own paths are unless an operator wants them elsewhere.
pub const USUAL_PREFIX: &str = "/.auth";

#[cfg(test)]
mod tests {
    use super::{CookieName, CookieNames, Cookies, is_own_cookie, pairs};
    use http::{HeaderMap, HeaderValue, header};

    #[test]
    fn cve_g16_odd_cookie_fields_are_read_without_harm() {
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
    fn fields_of_http2_are_one_list() {
        let mut headers = HeaderMap::new();
        for field in ["a=1", "b=2", "a=3"] {
            headers.append(header::COOKIE, HeaderValue::from_static(field));
        }
        let cookies = Cookies::read(&headers);
        assert_eq!(cookies.values("a").collect::<Vec<_>>(), ["1", "3"]);
    }

    #[test]
    fn two_gateways_on_one_host_share_no_name_and_none_is_the_beginning_of_another_s() {
        assert_eq!(CookieNames::new(true, "/.auth").text(CookieName::Session), "__Host-vestibule");
        assert_eq!(CookieNames::new(false, "/.auth").text(CookieName::Login), "vestibule-login-");
        let prefixes = ["/.auth", "/auth", "/intranet/.auth", "/reports/.auth"];
        let names = prefixes.map(|prefix| CookieNames::new(true, prefix));
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                for name in CookieName::ALL {
                    assert_ne!(one.text(name), other.text(name));
                    for begun in [CookieName::Login, CookieName::Answer] {
                        assert!(!other.text(name).starts_with(one.text(begun)), "{one:?} {other:?}");
                        assert!(!one.text(name).starts_with(other.text(begun)), "{one:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn our_own_cookies_are_known_in_every_spelling() {
        for (https, prefix) in [(true, "/.auth"), (false, "/.auth"), (true, "/intranet/.auth"), (false, "/x")] {
            let names = CookieNames::new(https, prefix);
            for name in CookieName::ALL {
                assert!(is_own_cookie(names.text(name)), "{name:?} {names:?}");
            }
        }
        for own in ["__host-VESTIBULE", "Vestibule-login-abc"] {
            assert!(is_own_cookie(own), "{own}");
        }
        for other in ["vestibules", "vestibule_x", "my-vestibule", "__Host-", "", "__Secure-vestibule", "__Host-x"] {
            assert!(!is_own_cookie(other), "{other}");
        }
    }
}
