//! `Cookie` fields, one on each line: several fields are read as one list, and every pair that is read stands in a field.
#![no_main]

use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use vestibule::web::{Cookies, cookie_pairs, is_own_cookie};

fuzz_target!(|text: &[u8]| {
    let fields: Vec<_> =
        text.split(|byte| *byte == b'\n').filter_map(|field| HeaderValue::from_bytes(field).ok()).collect();
    let mut headers = HeaderMap::new();
    for field in &fields {
        headers.append(header::COOKIE, field.clone());
    }
    let cookies = Cookies::read(&headers);
    let all: Vec<_> = cookies.all().collect();
    let each: Vec<_> = fields.iter().flat_map(|field| cookie_pairs(field.as_bytes())).collect();
    assert_eq!(all, each, "several fields are one list");
    for (name, value) in &all {
        assert!(!name.is_empty() && !name.contains(['=', ';']) && !value.contains(';'));
        // The gateway's cookies are recognized in every letter case, with or without the `__Host-` prefix.
        let own = is_own_cookie(name);
        assert_eq!(is_own_cookie(&name.to_ascii_uppercase()), own);
        assert!(!own || name.to_ascii_lowercase().contains("vestibule"));
    }
    let wanted = ["vestibule", "__Host-vestibule"].map(|name| cookies.values(name).count());
    let there = ["vestibule", "__Host-vestibule"].map(|name| all.iter().filter(|(its, _)| *its == name).count());
    assert_eq!(wanted, there);
});
