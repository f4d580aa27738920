//! Parameters appended to an endpoint's address.
//!
//! RFC 6749 §3.1: a query that the endpoint already has stays as it is.

use crate::web::encode_form;

/// `endpoint` with `parameters` behind whatever query it has.
pub(super) fn request_url<'a>(endpoint: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut address = endpoint.to_owned();
    for (name, value) in parameters {
        let separator = match address.find('?') {
            None => "?",
            Some(_) if address.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        address.push_str(separator);
        address.push_str(&encode_form(name));
        address.push('=');
        address.push_str(&encode_form(value));
    }
    address
}
