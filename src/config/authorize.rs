//! Parameters of the authorization request: `authorize`, `pass_through` and `redirect_query`; and the requirements on
//! the authentication in `[route.allow]`.

use std::time::Duration;

use super::{
    diagnostic::Span,
    duration,
    section::{Section, quoted},
    suggestion,
};
use crate::{
    identity::AuthnRequirement,
    oidc::{ParameterError, Parameters, RedirectQuery, RedirectQueryError, may_pass_through},
};

/// Reads `authorize` of a provider or a route: a table of parameters, of at most `max_bytes` in an URL.
pub(super) fn parameters(section: &Section<'_>, max_bytes: usize) -> Parameters {
    let mut parameters = Parameters::default();
    for pair in section.pairs("authorize") {
        let (name, text) = pair.value;
        let result = match (name, max_age_seconds(text)) {
            ("max_age", Some(seconds)) => parameters.set(name, &seconds.to_string()),
            ("max_age", None) => Err(ParameterError::MaxAge),
            _ => parameters.set(name, text),
        };
        if let Err(error) = result {
            let (message, help) = describe(error);
            section.reader.error(&pair.span, message, help);
        }
    }
    if parameters.prompts_for("select_account") && parameters.value("login_hint").is_some() {
        let message =
            "login_hint is not sent beside prompt = \"select_account\", which lets the user choose the account";
        section.reader.warn(&section.span("authorize"), message, "remove one of the two");
    }
    check_length(section, &section.span("authorize"), &parameters, max_bytes);
    parameters
}

/// Reports an error at `span` if `parameters` need more than `max_bytes` in an URL.
pub(super) fn check_length(section: &Section<'_>, span: &Span, parameters: &Parameters, max_bytes: usize) {
    if parameters.encoded_len() > max_bytes {
        let message = format!("longer than {max_bytes} bytes when encoded in an URL");
        section.reader.error(span, message, "shorten the values: browsers and providers cut or refuse long URLs");
    }
}

/// Reads `pass_through`: the parameters that a link to `{prefix}/login` may set.
pub(super) fn pass_through(section: &Section<'_>) -> Vec<String> {
    let names = section.strings("pass_through");
    for name in names.iter().filter(|name| !may_pass_through(name.value)) {
        let known = ["domain_hint", "login_hint", "prompt", "ui_locales"];
        let help = suggestion::help(name.value, &known, format!("write some of: {}", known.join(", ")));
        let message = format!("links may not set the parameter {}: any site can contain a link", quoted(name.value));
        section.reader.error(&name.span, message, help);
    }
    names.into_iter().map(|name| name.value.to_owned()).collect()
}

/// Reads `redirect_query`: the query of the registered redirect URI.
pub(super) fn redirect_query(section: &Section<'_>) -> Option<RedirectQuery> {
    let text = section.string("redirect_query")?;
    let (message, help) = match RedirectQuery::parse(text.value) {
        Ok(query) => return Some(query),
        Err(RedirectQueryError::Malformed) => (
            format!("invalid query {}", quoted(text.value)),
            "write it exactly as registered, such as \"tenant=a&site=b\": without the question mark, each name once",
        ),
        Err(RedirectQueryError::Reserved(name)) => (
            format!("parameter {} is reserved for the authorization response", quoted(&name)),
            "register a redirect URI with another name",
        ),
    };
    section.reader.error(&text.span, message, help);
    None
}

/// Reads `acr`, `acrs` and `max_age` of `[route.allow]`.
pub(super) fn authn_requirement(allow: &Section<'_>) -> AuthnRequirement {
    let values = |key| {
        let texts = allow.non_empty_strings(key, "add the values that suffice, or remove the key");
        for text in texts.iter().filter(|text| text.value.contains(' ')) {
            let message = format!("space in the value {}", quoted(text.value));
            allow.reader.error(&text.span, message, "write an array, with one value in each string");
        }
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    AuthnRequirement {
        max_age: allow.duration("max_age", MIN_AGE..=MAX_AGE).map(|age| age.value),
        acr: values("acr"),
        acrs: values("acrs"),
    }
}

/// Message and help for a parameter that is refused.
fn describe(error: ParameterError) -> (&'static str, String) {
    let (message, help) = match error {
        ParameterError::Reserved => (
            "reserved parameter: the gateway sets it, and the security of the sign-in depends on it",
            "remove it; scopes and response_type have keys of their own",
        ),
        ParameterError::Text => {
            ("empty, too long, or not plain text", "write 1 to 1024 characters of plain text, or remove the parameter")
        }
        ParameterError::Prompt => (
            "unknown or repeated value in prompt",
            "write values out of login, consent, select_account and create, or \"none\" alone",
        ),
        ParameterError::PromptNone => {
            ("prompt \"none\" contradicts any other value", "write \"none\" alone, or remove it")
        }
        ParameterError::MaxAge => {
            let help = format!(
                "write a duration in whole seconds, such as \"15m\"; at most \"{}\"",
                duration::display(MAX_AGE)
            );
            return ("invalid duration", help);
        }
        ParameterError::Claims => (
            "not a JSON object with objects for \"id_token\" and \"userinfo\"",
            "write JSON such as '{\"id_token\": {\"acr\": {\"essential\": true}}}'",
        ),
        ParameterError::Resource => {
            ("not an absolute URI without a fragment", "write one URI, such as \"https://api.example.com\"")
        }
        ParameterError::Locales => (
            "not a list of language tags separated by spaces",
            "write tags in order of preference, such as \"de-AT de en\"",
        ),
    };
    (message, help.to_owned())
}

/// The duration `text` in seconds. `None` unless it is a whole number of seconds up to [`MAX_AGE`].
fn max_age_seconds(text: &str) -> Option<u64> {
    let duration = duration::parse(text).ok()?;
    (duration <= MAX_AGE && duration.subsec_nanos() == 0).then_some(duration.as_secs())
}

/// The limit for a provider's parameters, which are sent in an URL.
pub(super) const PROVIDER_MAX_BYTES: usize = 2048;

/// The limit for a route's parameters. They are also stored in the login cookie, together with a path of up to 1 KiB, and
/// browsers limit a cookie to 4 KiB.
pub(super) const ROUTE_MAX_BYTES: usize = 640;

/// A shorter age could pass while the user enters a password.
const MIN_AGE: Duration = Duration::from_secs(60);
const MAX_AGE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
