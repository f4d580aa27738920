//! The rules of the cookie jar, one row each.

use super::*;

const NOW: i64 = 1_800_000_000;
const OWN: Travel = Travel { relation: Relation::None, top_level: true, safe_method: true };
const CROSS_POST: Travel = Travel { relation: Relation::CrossSite, top_level: true, safe_method: false };
const CROSS_GET: Travel = Travel { relation: Relation::CrossSite, top_level: true, safe_method: true };
const CROSS_FRAME: Travel = Travel { relation: Relation::CrossSite, top_level: false, safe_method: true };
const SAME_POST: Travel = Travel { relation: Relation::SameSite, top_level: true, safe_method: false };

fn url(text: &str) -> Url {
    Url::parse(text).expect(text)
}

#[test]
fn set_cookie_lines_are_stored_or_rejected() {
    let rows = [
        ("https://a.test/", "n=v", OWN, None),
        ("https://a.test/", "__Host-n=v; Secure; Path=/", OWN, None),
        ("https://a.test/", "__Host-n=v; Secure", OWN, Some("__Host- without Path=/")),
        ("https://a.test/", "__Host-n=v; Path=/", OWN, Some("__Host- without Secure")),
        ("https://a.test/", "__host-n=v; Secure; Path=/; Domain=a.test", OWN, Some("__Host- with Domain")),
        ("https://a.test/", "__Secure-n=v", OWN, Some("__Secure- without Secure")),
        ("http://a.test/", "n=v; Secure", OWN, Some("Secure over plain http")),
        ("http://127.0.0.1/", "n=v; Secure", OWN, Some("Secure over plain http")),
        ("https://a.test/", "n=v; SameSite=None", OWN, Some("SameSite=None without Secure")),
        ("https://a.test/", "n=v; Domain=b.test", OWN, Some("a domain that is not the host's")),
        ("https://a.test/", "n=v; Domain=test", OWN, Some("a domain everybody shares")),
        ("https://x.a.test/", "n=v; Domain=a.test", OWN, None),
        ("https://a.test/", "n=v; SameSite=Lax", CROSS_POST, None),
        ("https://a.test/", "n=v; SameSite=Lax", CROSS_FRAME, Some("SameSite across sites")),
        ("https://a.test/", "n=v; SameSite=None; Secure", CROSS_FRAME, None),
        ("https://a.test/", "=", OWN, Some("neither name nor value")),
    ];
    for (from, line, travel, expected) in rows {
        let mut jar = Jar::default();
        jar.store(line, &url(from), travel, NOW);
        assert_eq!(jar.refused.first().map(|refused| refused.reason), expected, "{from} {line}");
        assert_eq!(jar.cookies.len(), usize::from(expected.is_none()), "{from} {line}");
    }
}

#[test]
fn cookies_are_sent_by_the_rules() {
    let rows = [
        ("https://a.test/", "n=v", "https://a.test/x", OWN, true),
        ("https://a.test/", "n=v", "https://a.test:8443/", OWN, true),
        ("https://a.test/", "n=v", "https://x.a.test/", OWN, false),
        ("https://a.test/", "n=v; Domain=a.test", "https://x.a.test/", OWN, true),
        ("https://localhost/", "n=v", "https://127.0.0.1/", OWN, false),
        ("https://a.test/", "n=v; Secure", "http://a.test/", OWN, false),
        ("https://a.test/", "n=v; Path=/x", "https://a.test/x/y", OWN, true),
        ("https://a.test/", "n=v; Path=/x", "https://a.test/xy", OWN, false),
        ("https://a.test/x/y", "n=v", "https://a.test/x/z", OWN, true),
        ("https://a.test/x/y", "n=v", "https://a.test/", OWN, false),
        ("https://a.test/", "n=v", "https://a.test/", CROSS_POST, false),
        ("https://a.test/", "n=v; SameSite=Lax", "https://a.test/", CROSS_POST, false),
        ("https://a.test/", "n=v; SameSite=Lax", "https://a.test/", CROSS_GET, true),
        ("https://a.test/", "n=v; SameSite=Lax", "https://a.test/", CROSS_FRAME, false),
        ("https://a.test/", "n=v; SameSite=Lax", "https://a.test/", SAME_POST, true),
        ("https://a.test/", "n=v; SameSite=Strict", "https://a.test/", CROSS_GET, false),
        ("https://a.test/", "n=v; SameSite=Strict", "https://a.test/", OWN, true),
        ("https://a.test/", "n=v; SameSite=None; Secure", "https://a.test/", CROSS_POST, true),
    ];
    for (from, line, to, travel, expected) in rows {
        let mut jar = Jar::default();
        jar.store(line, &url(from), OWN, NOW);
        assert_eq!(
            jar.sent(&url(to), travel, NOW).len(),
            usize::from(expected),
            "{line} from {from} to {to} {travel:?}"
        );
    }
}

#[test]
fn cookies_expire_as_declared() {
    let rows = [
        ("n=v; Max-Age=60", 59, true),
        ("n=v; Max-Age=60", 60, false),
        ("n=v; Max-Age=0", 0, false),
        ("n=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, false),
        ("n=v; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, true),
        ("n=v", 1_000_000_000, true),
        ("n=v; Max-Age=999999999", LONGEST, false),
    ];
    for (line, later, expected) in rows {
        let mut jar = Jar::default();
        jar.store(line, &url("https://a.test/"), OWN, NOW);
        let sent = jar.sent(&url("https://a.test/"), OWN, NOW + later).len();
        assert_eq!(sent, usize::from(expected), "{line} after {later} s");
    }
}

#[test]
fn plain_http_cannot_replace_a_secure_cookie() {
    let mut jar = Jar::default();
    jar.store("n=good; Secure", &url("https://a.test/"), OWN, NOW);
    jar.store("n=bad", &url("http://a.test/"), OWN, NOW);
    assert_eq!(jar.cookies.len(), 1);
    assert_eq!(jar.refused[0].reason, "would replace a Secure cookie over plain http");
}

#[test]
fn cookies_are_sent_by_path_length_and_age() {
    let mut jar = Jar::default();
    for line in ["a=1; Path=/", "b=2; Path=/x", "c=3; Path=/", "a=4; Path=/"] {
        jar.store(line, &url("https://a.test/"), OWN, NOW);
    }
    let page = url("https://a.test/x");
    let sent: Vec<String> =
        jar.sent(&page, OWN, NOW).iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    assert_eq!(sent, ["b=2", "a=4", "c=3"]);
}
