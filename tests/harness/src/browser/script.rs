//! The one script that this browser runs: recognized by its exact text, and run only if the page's policy allows it (CSP 3, section 2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};

use url::Url;

use super::{
    form,
    page::{Response, text},
};

/// The URL to which the page's script navigates, if the page has that script.
pub(crate) fn goes_to(page: &Url, response: &Response) -> Option<Url> {
    let (_, rest) = response.body.split_once("<script>")?;
    let script = rest.split_once("</script>").map(|(script, _)| script).filter(|script| *script == ONWARD)?;
    let policy = text(&response.headers, "content-security-policy").unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
    let hash = format!("script-src 'sha256-{}'", STANDARD.encode(digest));
    assert!(policy.split("; ").any(|directive| directive == hash), "the policy forbids the script: {policy}");

    let href = form::attribute_of(&response.body, "on", "href").expect("a link to go on by");
    let login = form::attribute_of(&response.body, "on", "data-login").unwrap_or_default();
    let fragment = page.fragment().filter(|fragment| !fragment.is_empty()).map(|fragment| format!("#{fragment}"));
    match fragment.filter(|fragment| !login.is_empty() && may_be_told(fragment)) {
        Some(fragment) => page.join(&(login + &encode_uri_component(&fragment))).ok(),
        None => page.join(&href).ok(),
    }
}

fn may_be_told(fragment: &str) -> bool {
    let begins = |at: usize| ["access_token=", "id_token="].iter().any(|name| fragment[at..].starts_with(name));
    let holds_a_token = fragment.match_indices(['#', '?', '&']).any(|(at, _)| begins(at + 1));
    fragment.len() < 1000 && !holds_a_token
}

/// `encodeURIComponent` of ECMA-262, section 19.2.6.4, for ASCII text, as fragments are.
fn encode_uri_component(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

/// The text of the script.
const ONWARD: &str = r#"const on = document.getElementById("on"), login = on.dataset.login, fragment = location.hash;
const fits = fragment.length < 1000 && !/[#?&](access|id)_token=/.test(fragment);
location.replace(login && fragment && fits ? login + encodeURIComponent(fragment) : on.href);
"#;
