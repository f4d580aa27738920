//! Return paths: every URL parser resolves them to the site's own origin, and none leads to an endpoint of the gateway that changes state.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;
use vestibule::web::ReturnTo;

fuzz_target!(|text: &str| {
    let to = ReturnTo::parse(text, "/.auth");
    let place = to.as_str();
    assert!(place.len() <= 1024 && place.bytes().all(|byte| byte.is_ascii_graphic()), "{place}");
    // For a parser without URL rules: one slash, with no second slash or backslash behind it.
    assert!(place.starts_with('/') && to.page() == place.split('#').next().unwrap_or_default(), "{place}");
    let path = to.page().split('?').next().unwrap_or_default();
    assert!(!path.contains("//") && !path.contains('\\'), "{place}");
    // For a browser, and for a browser behind a proxy that decodes the path once or twice.
    let once = unescape(path);
    for read in [place, &once, &unescape(&once)] {
        for site in ["https://site.example/", "http://127.0.0.1:4180/x/y?z"] {
            let base = Url::parse(site).expect("a URL");
            let landed = base.join(read).expect("a path");
            assert_eq!(landed.origin(), base.origin(), "{text:?} {place} {read}");
            // The page of a preserved POST is safe to open. Every other endpoint of the gateway is refused.
            let is_ours = landed.path() == "/.auth" || landed.path().starts_with("/.auth/");
            assert!(!is_ours || landed.path().starts_with("/.auth/resume"), "{text:?} {place} {read}");
        }
    }
    assert_eq!(ReturnTo::parse(place, "/.auth"), to, "parsing the result gives the same result");
});

/// `text` with its percent-escapes decoded.
fn unescape(text: &str) -> String {
    let named: String = text.replace('+', "%2b").replace('&', "%26").replace('=', "%3d");
    url::form_urlencoded::parse(named.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}
