//! Form bodies and query strings: what is ambiguous is refused, and what is accepted reads as in any other parser.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;
use vestibule::web::{Form, encode_form};

fuzz_target!(|body: &[u8]| {
    let Ok(form) = Form::parse(body) else { return };
    let pairs: Vec<_> = form_urlencoded::parse(body).collect();
    let names: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(names.len(), pairs.len(), "each name once");
    assert!(pairs.len() <= 64);
    for (name, value) in &pairs {
        assert_eq!(form.value(name), Some(&**value));
    }
    let text: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode_form(name), encode_form(value))).collect();
    let again = Form::parse(text.join("&").as_bytes()).expect("our own encoding");
    for (name, value) in &pairs {
        assert_eq!(again.value(name), Some(&**value));
    }
    let shown: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
    assert_eq!(format!("{form:?}"), format!("{shown:?}").replacen('[', "{", 1).trim_end_matches(']').to_owned() + "}");
});
