//! `strip_headers`: a name that no header can have is refused.

use super::fixture::{Fixture, VALID, with_line};

#[test]
fn a_name_that_no_header_can_have_is_refused() {
    let line = "upstream = \"http://h:1\"\nstrip_headers = [\"X-SSO\", \"a b\"]";
    let errors = Fixture::new().errors(&with_line(VALID, 14, line), &[]);
    let found = errors.list.iter().map(|error| (errors.location(error), &*error.span.key, &*error.help));
    let expected = ("v.toml:15:27".to_owned(), "route[0].strip_headers[1]", "use letters, digits and hyphens");
    assert_eq!(found.collect::<Vec<_>>(), [expected]);
}
