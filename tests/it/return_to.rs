//! Return paths: a sign-in ends on the own origin, whatever a link requests (RFC 9700 §4.11).

use std::time::Duration;

use proptest::{prelude::any, proptest, sample::select};
use url::{Url, form_urlencoded};
use vestibule::web::ReturnTo;

use crate::world::{World, session_cookie_field};

mod payloads;

use payloads::hostile;

// Covers: CVE-C1, CVE-C2, CVE-C3, CVE-C9, C06, I09.
#[tokio::test]
async fn no_link_leaves_the_own_origin() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let own = Url::parse(&world.url).expect("a URL");
    let targets = hostile();
    assert!(targets.len() >= 2000, "{}", targets.len());
    for target in &targets {
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let line = format!("GET /.auth/login?return_to={encoded}");
        let fields = ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", &session];
        let answer = world.raw(&line, &fields).await;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{target:?}: {answer}");
        let places: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("location: ")).collect();
        let [place] = places[..] else { panic!("{target:?}: {answer}") };
        let landed = own.join(place).unwrap_or_else(|error| panic!("{target:?} {place}: {error}"));
        assert_eq!(landed.origin(), own.origin(), "{target:?} {place}");
        assert!(!is_own(landed.path()), "{target:?} {place}");
        // Beyond the URL standard: one slash, then neither slash nor backslash.
        let second = place.as_bytes().get(1);
        assert!(place.starts_with('/') && !matches!(second, Some(b'/' | b'\\')), "{target:?} {place}");
        assert!(place.bytes().all(|byte| byte.is_ascii_graphic()), "{target:?} {place}");
    }
}

// Covers: CVE-C1, CVE-C2, CVE-C3, CVE-C9, C06.
#[test]
fn every_parser_stays_on_the_own_origin() {
    for text in hostile() {
        assert_stays(&text);
    }
}

proptest! {
    // Covers: CVE-C9.
    /// Random sequences of strings that are known to mislead redirect checks.
    #[test]
    fn random_payloads_stay_on_the_own_origin(words in proptest::collection::vec(select(WORDS), 0..9), end in any::<char>()) {
        let text = words.concat();
        assert_stays(&text);
        assert_stays(&format!("/{text}"));
        assert_stays(&format!("{text}{end}/evil.example"));
    }
}

// Covers: C06.
#[tokio::test]
async fn a_whole_sign_in_ends_on_the_own_origin() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for (target, end) in [
        ("//evil.example", "/"),
        ("https://evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/"),
        ("/.auth/logout", "/"),
        ("/%2eauth/login", "/"),
        ("javascript:alert(1)", "/"),
        ("/a/../b?next=https://evil.example", "/b?next=https://evil.example"),
    ] {
        browser.remove_cookie("vestibule");
        // Many sign-ins in a row without a session would count as a loop.
        world.advance(Duration::from_secs(400));
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let page = world.sign_in(&browser, &format!("/.auth/login?return_to={encoded}")).await;
        assert_eq!((page.status, page.url.as_str()), (200, world.at(end).as_str()), "{target}: {:?}", page.history());
    }
}

/// Asserts that a return path stays on the own origin and leads to no own path, for a browser, for a browser behind a proxy that
/// decodes the path once or twice, and for a parser that only checks for one slash without a second.
fn assert_stays(text: &str) {
    let to = ReturnTo::parse(text, "/.auth");
    let place = to.as_str();
    assert!(place.len() <= 1024 && place.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?} {place}");
    assert!(place.starts_with('/') && !matches!(place.as_bytes().get(1), Some(b'/' | b'\\')), "{text:?} {place}");
    let once = percent_decoded(place.split('?').next().unwrap_or_default());
    for base in ["https://site.example/", "http://127.0.0.1:4180/a/b?c"].map(|base| Url::parse(base).expect("a URL")) {
        for read in [place, &once, &percent_decoded(&once)] {
            let landed = base.join(read).unwrap_or_else(|error| panic!("{text:?} {read}: {error}"));
            assert_eq!(landed.origin(), base.origin(), "{text:?} {read}");
            assert!(!is_own(landed.path()), "{text:?} {read}");
        }
    }
    assert_eq!(ReturnTo::parse(place, "/.auth"), to, "{text:?}");
}

/// Whether a path is the gateway's own.
fn is_own(path: &str) -> bool {
    path == "/.auth" || path.starts_with("/.auth/")
}

fn percent_decoded(path: &str) -> String {
    let name = path.replace('+', "%2b").replace('&', "%26").replace('=', "%3d");
    form_urlencoded::parse(name.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

// Covers: CVE-C8, I09.
#[tokio::test]
async fn no_other_parameter_sets_the_target() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for name in ["rd", "redirect", "redirect_uri", "target_link_uri", "url", "next", "post_logout_redirect_uri"] {
        for path in ["/.auth/logout", "/.auth/logout/done", "/.auth/login/idp/continue", "/.auth/login"] {
            let page =
                browser.navigate_without_following(world.at(&format!("{path}?{name}=https://evil.example"))).await;
            assert!(!page.body.contains("evil.example"), "{path} {name}: {}", page.body);
            assert!(page.header("location").is_none_or(|to| to == "/"), "{path} {name}: {:?}", page.header("location"));
        }
    }
}

const WORDS: &[&str] = &[
    "/",
    "//",
    "\\",
    "/\\",
    ".",
    "..",
    "/.",
    "/..",
    "/./",
    "/../",
    ";",
    "..;",
    "/..;/",
    "%2f",
    "%2F",
    "%5c",
    "%2e",
    "%2E%2e",
    "%25",
    "%252f",
    "%00",
    "%09",
    "%0d%0a",
    "%20",
    "%3b",
    "%3f",
    "%23",
    "\t",
    "\n",
    "\r",
    " ",
    "\0",
    "\u{a0}",
    "\u{2028}",
    "\u{202e}",
    "\u{3002}",
    "\u{ff0f}",
    "\u{2044}",
    "?",
    "#",
    "@",
    ":",
    "&",
    "=",
    "[::1]",
    "https:",
    "http:",
    "javascript:",
    "evil.example",
    "127.0.0.1",
    ".auth",
    "/.auth",
    "%2eauth",
    "logout",
    "x",
    "a/b",
    "~",
];
