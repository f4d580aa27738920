//! Valid and invalid provider names.

use super::ProviderName;
use proptest::prelude::proptest;

#[test]
fn provider_names_are_safe_in_paths_and_cookies() {
    for name in ["entra", "a", "idp-2", &"x".repeat(32)] {
        assert_eq!(ProviderName::parse(name).map(|name| name.as_str().to_owned()), Ok(name.to_owned()));
    }
    for name in ["", "Entra", "a b", "a/b", "a.b", "ä", "a_b", &"x".repeat(33)] {
        assert!(ProviderName::parse(name).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".*") {
        let _result = ProviderName::parse(&text);
    }
}
