//! Where a person goes after a sign-in: on this site, however the text is read, and never to a page of the gateway itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;
use vestibule::web::ReturnTo;

fuzz_target!(|text: &str| {
    let to = ReturnTo::parse(text, "/.auth");
    let place = to.as_str();
    assert!(place.len() <= 1024 && place.bytes().all(|byte| byte.is_ascii_graphic()), "{place}");
    // As the crudest reader would: one slash, and then nothing that could be a second.
    assert!(place.starts_with('/') && to.page() == place.split('#').next().unwrap_or_default(), "{place}");
    let path = to.page().split('?').next().unwrap_or_default();
    assert!(!path.contains("//") && !path.contains('\\'), "{place}");
    // As browsers do, and as they do once some proxy has unescaped the path, once or twice.
    let once = unescape(path);
    for read in [place, &once, &unescape(&once)] {
        for site in ["https://site.example/", "http://127.0.0.1:4180/x/y?z"] {
            let base = Url::parse(site).expect("a URL");
            let landed = base.join(read).expect("a path");
            assert_eq!(landed.origin(), base.origin(), "{text:?} {place} {read}");
            // Looking at what was kept changes nothing; every other page of ours is none to go to.
            let is_ours = landed.path() == "/.auth" || landed.path().starts_with("/.auth/");
            assert!(!is_ours || landed.path().starts_with("/.auth/resume"), "{text:?} {place} {read}");
        }
    }
    assert_eq!(ReturnTo::parse(place, "/.auth"), to, "what was read is read the same again");
});

/// `text` with its escapes taken for what they stand for.
fn unescape(text: &str) -> String {
    let named: String = text.replace('+', "%2b").replace('&', "%26").replace('=', "%3d");
    url::form_urlencoded::parse(named.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}
