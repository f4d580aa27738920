//! The URL of a request that the browser makes at an endpoint of the provider.
//!
//! RFC 6749 §3.1: an existing query of the endpoint is preserved.

use crate::web::encode_form;

/// `endpoint` with form-encoded `parameters` appended to its query.
pub(super) fn request_url<'a>(endpoint: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut url = endpoint.to_owned();
    for (name, value) in parameters {
        let separator = match url.find('?') {
            None => "?",
            Some(_) if url.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        url.push_str(separator);
        url.push_str(&encode_form(name));
        url.push('=');
        url.push_str(&encode_form(value));
    }
    url
}
