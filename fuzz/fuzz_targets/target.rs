//! Request targets: one canonical form, which every server reads as one path.
#![no_main]

use http::uri::PathAndQuery;
use libfuzzer_sys::fuzz_target;
use vestibule::web::{Target, below};

fuzz_target!(|text: &[u8]| {
    let Ok(given) = PathAndQuery::try_from(text) else { return };
    let Ok(target) = Target::new(&given) else { return };
    let path = target.path();
    assert!(path.starts_with('/') && !path.contains("//") && !path.contains(['\\', '#', ' ']), "{path}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
    assert_eq!(target.query(), given.query(), "the query is unchanged");
    assert_eq!(Target::new(target.path_and_query()).as_ref(), Ok(&target), "the canonical form is stable");
    for segment in path.split('/') {
        assert!(!matches!(segment, "." | ".."), "{path}");
        assert!(!segment.starts_with("..;") && !segment.starts_with(".;"), "{path}");
    }
    for (at, _) in path.match_indices('%') {
        let escape = path.get(at + 1..at + 3).expect("two digits");
        assert!(escape.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')), "{path}");
        let byte = u8::from_str_radix(escape, 16).expect("two digits");
        let stays = !byte.is_ascii_alphanumeric() && !b"-._~/\\%;?#".contains(&byte) && !byte.is_ascii_control();
        assert!(stays, "{path}");
    }
    let depth = |text: &str| text.split('/').filter(|segment| !segment.is_empty()).count();
    if let Some(lenient) = target.lenient_path() {
        assert!(lenient.starts_with('/') && !lenient.contains("//") && !lenient.contains(';'), "{path} {lenient}");
        assert!(!lenient.bytes().any(|byte| byte.is_ascii_uppercase()), "{path} {lenient}");
        assert!(depth(&lenient) <= depth(path), "{path} {lenient}");
        assert!(!lenient.split('/').any(|segment| matches!(segment, "." | "..")), "{path} {lenient}");
    }
    assert_eq!(below(path, path), Some(""));
    assert!(below(path, "/").is_some());
    assert_eq!(target.below("/.auth").is_some(), path == "/.auth" || path.starts_with("/.auth/"));
});
