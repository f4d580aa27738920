//! The URL of a request that the browser makes at an endpoint of the provider.
//!
//! RFC 6749 §3.1: an existing query of the endpoint is kept.

use crate::web::encode_form;

/// `endpoint` with form-encoded `parameters` appended to its query.
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
