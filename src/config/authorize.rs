//! What is asked of a provider beyond who somebody is: `authorize`, what a link may pass on, the query of the redirect URI,
//! and how a route demands that people sign in.

use std::time::Duration;

use super::{
    problem::Spot,
    section::{Section, short},
    spelling,
};
use crate::{
    identity::AuthnRequirement,
    oidc::{ParameterError, Parameters, RedirectQuery, RedirectQueryError, may_pass_through},
};

/// Reads `authorize`, a table of parameters, in a provider or a route.
pub(super) fn parameters(section: &Section<'_>, most: usize) -> Parameters {
    let mut read = Parameters::default();
    for pair in section.pairs("authorize").unwrap_or_default() {
        let (name, text) = pair.value;
        let taken = match (name, seconds(text)) {
            ("max_age", Some(seconds)) => read.set(name, &seconds.to_string()),
            ("max_age", None) => Err(ParameterError::MaxAge),
            _ => read.set(name, text),
        };
        if let Err(error) = taken {
            section.reader.wrong(&pair.spot, error.to_string(), mend(error));
        }
    }
    if read.prompts_for("select_account") && read.value("login_hint").is_some() {
        let wrong = "has a login_hint beside prompt = \"select_account\", which is not sent: the person is to choose";
        section.reader.warn(&section.spot("authorize"), wrong, "leave one of them out");
    }
    check_weight(section, &section.spot("authorize"), &read, most);
    read
}

/// Notes parameters that would make addresses, or the login cookie that carries them, too long.
pub(super) fn check_weight(section: &Section<'_>, spot: &Spot, parameters: &Parameters, most: usize) {
    if parameters.encoded_len() > most {
        let wrong = format!("is longer than {most} bytes, when it is written into an address");
        section.reader.wrong(spot, wrong, "shorten it: browsers and providers cut or refuse what is too long");
    }
}

/// Reads `pass_through`.
pub(super) fn pass_through(section: &Section<'_>) -> Vec<String> {
    let names = section.texts("pass_through").unwrap_or_default();
    for name in names.iter().filter(|name| !may_pass_through(name.value)) {
        let known = ["domain_hint", "login_hint", "prompt", "ui_locales"];
        let mend = spelling::meant(name.value, &known).map_or_else(
            || format!("write some of: {}", known.join(", ")),
            |meant| format!("did you mean \"{meant}\"?"),
        );
        section.reader.wrong(&name.spot, "is no parameter that a link may set: any site can write links", mend);
    }
    names.into_iter().map(|name| name.value.to_owned()).collect()
}

/// Reads `redirect_query`.
pub(super) fn redirect_query(section: &Section<'_>) -> Option<RedirectQuery> {
    let text = section.text("redirect_query")?;
    let error = match RedirectQuery::parse(text.value) {
        Ok(query) => return Some(query),
        Err(error) => error,
    };
    let mend = match error {
        RedirectQueryError::Malformed => "write it exactly as it is registered, without the question mark",
        RedirectQueryError::Reserved(_) => "register another name",
    };
    section.reader.wrong(&text.spot, error.to_string(), mend);
    None
}

/// Reads how people must have signed in, in `[route.allow]`.
pub(super) fn demand(allow: &Section<'_>) -> AuthnRequirement {
    let values = |key| {
        let texts = allow.filled(key, "name those that are enough, or leave it out");
        for odd in texts.iter().filter(|text| text.value.contains(' ')) {
            allow.reader.wrong(&odd.spot, "has a blank, which parts values", "write a list, one value in each text");
        }
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    AuthnRequirement {
        max_age: allow.duration("max_age", LEAST_AGE..=MOST_AGE).map(|age| age.value),
        acr: values("acr"),
        acrs: values("acrs"),
    }
}

fn mend(error: ParameterError) -> String {
    match error {
        ParameterError::Reserved => "leave it out; scopes and response_type have keys of their own".to_owned(),
        ParameterError::Text => "write 1 to 1024 characters of plain text, or leave it out".to_owned(),
        ParameterError::Prompt => {
            "write words out of login, consent, select_account and create, or \"none\" alone".to_owned()
        }
        ParameterError::PromptNone => "write \"none\" alone, or leave it out".to_owned(),
        ParameterError::MaxAge => format!("write a duration up to \"{}\", such as \"15m\"", short(MOST_AGE)),
        ParameterError::Claims => "write JSON such as '{\"id_token\": {\"acr\": {\"essential\": true}}}'".to_owned(),
        ParameterError::Resource => "write one, such as \"https://api.example.com\"".to_owned(),
        ParameterError::Locales => "write tags such as \"de-AT de en\", the most wanted first".to_owned(),
    }
}

/// A duration as a configuration has them, in whole seconds.
fn seconds(text: &str) -> Option<u64> {
    let duration =
        super::section::duration(text).filter(|duration| *duration <= MOST_AGE && duration.subsec_nanos() == 0);
    duration.map(|duration| duration.as_secs())
}

/// The provider's parameters go into an address.
pub(super) const MOST_OF_PROVIDER: usize = 2048;

/// A route's travel in the login cookie too, beside a path of 1 KiB: a browser keeps 4 KiB.
pub(super) const MOST_OF_ROUTE: usize = 640;

/// Whoever types a password on a page needs about so long.
const LEAST_AGE: Duration = Duration::from_secs(60);
const MOST_AGE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
