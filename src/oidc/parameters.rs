//! Additional parameters of the authorization request, each validated before it is accepted.
//!
//! OpenID Connect Core §3.1.2.1 and §5.5, RFC 8707 §2. The `id_token` must meet what they request as essential.

use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    identity::AuthnRequirement,
    jose::strict_object,
    web::{Form, encode_form},
};

/// Parameters of an authorization request that the protocol itself does not set; each name occurs once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// Why a parameter is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    /// The gateway sets this parameter itself.
    #[error("is a parameter that only the gateway sets, because the security of the sign-in depends on it")]
    Reserved,
    /// The value is empty, has control characters, or is longer than 1 KiB.
    #[error("is empty, longer than 1 KiB, or has control characters")]
    Text,
    /// A value of `prompt` is unknown or occurs twice.
    #[error("has an unknown prompt value, or one value twice")]
    Prompt,
    /// `none` is combined with another value of `prompt`.
    #[error("combines \"none\" with another prompt value, which contradicts it")]
    PromptNone,
    /// `max_age` is not a number of seconds.
    #[error("is not a number of seconds")]
    MaxAge,
    /// `claims` is not a JSON object whose `id_token` and `userinfo` are objects.
    #[error("is not a JSON object whose \"id_token\" and \"userinfo\" are objects")]
    Claims,
    /// `resource` is not an absolute URI, or has a fragment.
    #[error("is not an absolute URI without a fragment")]
    Resource,
    /// `ui_locales` or `claims_locales` is not a list of language tags.
    #[error("is not a list of language tags separated by spaces")]
    Locales,
}

impl Parameters {
    /// Adds a parameter, or replaces the one of that name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), ParameterError> {
        check(name, value)?;
        self.put(name, value.to_owned());
        Ok(())
    }

    /// The value of the parameter `name`.
    #[must_use]
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// The names and values, in the order in which they were added.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The length of [`Parameters::text`] in bytes.
    #[must_use]
    pub(crate) fn encoded_len(&self) -> usize {
        self.text().len()
    }

    /// The parameters in form encoding.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let pair = |(name, value)| format!("{}={}", encode_form(name), encode_form(value));
        self.pairs().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Reads the form encoding that [`Parameters::text`] writes.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parameters = Self::default();
        for (name, value) in Form::parse(text.as_bytes()).ok()?.pairs() {
            parameters.set(name, value).ok()?;
        }
        Some(parameters)
    }

    /// The parameters that a link may pass through: those of `form` that are listed in `allowed`, are hints without
    /// effect on security, and have valid values. All others are ignored.
    #[must_use]
    pub(crate) fn passed_through(form: &Form, allowed: &[String]) -> Self {
        let mut passed = Self::default();
        for name in PASS_THROUGH.iter().filter(|name| allowed.iter().any(|allowed| allowed == *name)) {
            if let Some(value) = form.value(name) {
                passed.add_hint_within(MAX_PASSED, name, value);
            }
        }
        passed
    }

    /// Adds a hint that is not present yet. An invalid hint, or one that would make the login cookie too long, is
    /// ignored.
    pub(crate) fn add_hint(&mut self, name: &str, value: &str) {
        self.add_hint_within(MAX_HINTED, name, value);
    }

    fn add_hint_within(&mut self, max_len: usize, name: &str, value: &str) {
        let fits = value.len() <= MAX_HINT && self.value(name).is_none() && check(name, value).is_ok();
        let len = 2 + encode_form(name).len() + encode_form(value).len();
        if fits && self.encoded_len() + len <= max_len {
            self.put(name, value.to_owned());
        }
    }

    /// These parameters, and those of `below` that are missing here. The shorter `max_age` applies and `claims`
    /// requests are merged, so that no requirement of `below` is lost.
    #[must_use]
    pub(crate) fn merged_over(&self, below: &Self) -> Self {
        let mut merged = self.clone();
        for (name, value) in below.pairs() {
            let value = match (name, self.value(name)) {
                ("max_age", Some(current)) => {
                    if seconds(current) < seconds(value) { current } else { value }.to_owned()
                }
                ("claims", Some(current)) => merge_claims(current, value),
                (_, Some(current)) => current.to_owned(),
                (_, None) => value.to_owned(),
            };
            merged.put(name, value);
        }
        // Entra ID refuses both together: a hint names an account, and this prompt lets the person choose one.
        if merged.prompts_for("select_account") {
            merged.0.retain(|(name, _)| name != "login_hint");
        }
        merged
    }

    /// These parameters, which also request what `requirement` needs.
    #[must_use]
    pub(crate) fn requiring(&self, requirement: &AuthnRequirement) -> Self {
        let mut required = Self::default();
        if let Some(max_age) = requirement.max_age {
            required.put("max_age", max_age.as_secs().to_string());
        }
        // Core §5.5.1.1: only an essential claim makes a level mandatory, and not every provider supports `claims`.
        let mut claims = Map::new();
        if !requirement.acr.is_empty() {
            required.put("acr_values", requirement.acr.join(" "));
            claims.insert("acr".to_owned(), json!({"essential": true, "values": requirement.acr}));
        }
        match requirement.acrs.as_slice() {
            [] => {}
            // Entra ID documents the single `value`.
            [one] => drop(claims.insert("acrs".to_owned(), json!({"essential": true, "value": one}))),
            several => drop(claims.insert("acrs".to_owned(), json!({"essential": true, "values": several}))),
        }
        if !claims.is_empty() {
            required.put("claims", json!({ "id_token": claims }).to_string());
        }
        required.merged_over(self)
    }

    /// These parameters, with a prompt to select an account.
    #[must_use]
    pub(crate) fn with_account_selection(&self) -> Self {
        let mut parameters = self.clone();
        parameters.put("prompt", "select_account".to_owned());
        parameters
    }

    /// These parameters without `prompt=none`: the provider may show pages.
    #[must_use]
    pub(crate) fn without_prompt_none(mut self) -> Self {
        self.0.retain(|(name, value)| name != "prompt" || value != "none");
        self
    }

    /// Also requests `claims`, provided that they are a valid `claims` request and fit into the login cookie.
    pub(crate) fn request_claims(&mut self, claims: &Map<String, Value>) {
        let claims = Value::Object(claims.clone()).to_string();
        let mut request = Self::default();
        if request.set("claims", &claims).is_ok() {
            let merged = request.merged_over(self);
            if merged.encoded_len() <= MAX_HINTED {
                *self = merged;
            }
        }
    }

    /// The authentication that the `id_token` must show: `max_age` (Core §3.1.3.7 step 13) and the essential `acr`
    /// (§5.5.1.1) and `acrs`.
    #[must_use]
    pub(crate) fn authn_requirement(&self) -> AuthnRequirement {
        let claims = self.value("claims").map(members).unwrap_or_default();
        let essential = |name: &str| {
            let request = claims.get("id_token").and_then(|token| token.get(name));
            let request = request.filter(|request| request.get("essential") == Some(&Value::Bool(true)));
            let values =
                request.map(|request| request.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
            let value = request.and_then(|request| request.get("value"));
            let texts = values.unwrap_or_default().iter().chain(value).filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        AuthnRequirement {
            max_age: self.value("max_age").and_then(seconds).map(Duration::from_secs),
            acr: essential("acr"),
            acrs: essential("acrs"),
        }
    }

    /// Whether `value` is one of the values of `prompt`.
    #[must_use]
    pub(crate) fn prompts_for(&self, value: &str) -> bool {
        self.value("prompt").is_some_and(|prompt| prompt.split(' ').any(|candidate| candidate == value))
    }

    fn put(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(candidate, _)| candidate == name) {
            Some(pair) => pair.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

/// Whether the parameter `name` is a hint without effect on security, so that the settings may allow links to pass it
/// through.
#[must_use]
pub(crate) fn may_pass_through(name: &str) -> bool {
    PASS_THROUGH.contains(&name)
}

fn check(name: &str, value: &str) -> Result<(), ParameterError> {
    if RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(ParameterError::Reserved);
    }
    if value.is_empty() || value.len() > MAX_VALUE || value.chars().any(char::is_control) {
        return Err(ParameterError::Text);
    }
    match name {
        "prompt" => check_prompt(value),
        "max_age" => seconds(value).map(drop).ok_or(ParameterError::MaxAge),
        "claims" if !is_claims_request(value) => Err(ParameterError::Claims),
        "resource" if !is_resource(value) => Err(ParameterError::Resource),
        "ui_locales" | "claims_locales" if !value.split(' ').all(is_language_tag) => Err(ParameterError::Locales),
        _ => Ok(()),
    }
}

/// Core §3.1.2.1; `create` is defined by Initiating User Registration via OpenID Connect 1.0.
fn check_prompt(value: &str) -> Result<(), ParameterError> {
    let words: Vec<&str> = value.split(' ').collect();
    let is_known = |word: &&str| ["none", "login", "consent", "select_account", "create"].contains(word);
    let is_twice = |at: usize| words[..at].contains(&words[at]);
    if !words.iter().all(is_known) || (0..words.len()).any(is_twice) {
        return Err(ParameterError::Prompt);
    }
    if words.len() > 1 && words.contains(&"none") { Err(ParameterError::PromptNone) } else { Ok(()) }
}

fn seconds(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u32>().ok().filter(|_| is_number).map(u64::from)
}

fn is_claims_request(text: &str) -> bool {
    let is_part = |part: Option<&Value>| part.is_none_or(Value::is_object);
    strict_object(text.as_bytes())
        .is_ok_and(|claims| is_part(claims.get("id_token")) && is_part(claims.get("userinfo")))
}

fn is_resource(text: &str) -> bool {
    Url::parse(text).is_ok_and(|_| !text.contains(['#', ' ']))
}

/// The syntax of a language tag (RFC 5646 §2.1), without registered values.
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_language = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    subtags.next().is_some_and(is_language) && subtags.all(is_subtag)
}

/// Merges two `claims` requests; where both request a claim, `above` takes precedence.
fn merge_claims(above: &str, below: &str) -> String {
    let mut merged = members(below);
    for (name, value) in members(above) {
        match (merged.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, value) => drop(merged.insert(name, value)),
        }
    }
    Value::Object(merged).to_string()
}

/// The members of a `claims` request that was validated by [`check`].
fn members(text: &str) -> Map<String, Value> {
    strict_object(text.as_bytes()).unwrap_or_default()
}

const RESERVED: &[&str] = &["state", "nonce", "scope", "redirect_uri"];
const RESERVED_PREFIXES: &[&str] = &["client_", "response_", "code_challenge", "request"];

/// The hints that a link from another site may pass to the provider.
const PASS_THROUGH: &[&str] = &["domain_hint", "login_hint", "prompt", "ui_locales"];

const MAX_VALUE: usize = 1024;

/// Limits in bytes for one hint, for all hints of a link, and for all parameters of a sign-in once a hint is added.
/// The login cookie contains the parameters and a path of up to 1 KiB, and browsers limit a cookie to 4 KiB.
const MAX_HINT: usize = 256;
const MAX_PASSED: usize = 768;
const MAX_HINTED: usize = 1408;

#[cfg(test)]
mod tests;
