//! Parameters of the authorization request beyond those that the protocol itself needs, each read before it is taken.
//!
//! OpenID Connect Core §3.1.2.1 and §5.5, RFC 8707 §2. What they ask for as essential is what the answer is held to.

use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    identity::AuthnRequirement,
    jose::strict_object,
    web::{Form, encode_form},
};

/// Names and values, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// Why a parameter is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// What it says decides over the safety of the sign-in.
    #[error("is a parameter that the gateway sets itself: the safety of the sign-in rests on it")]
    Reserved,
    /// It is empty, has control characters, or is longer than 1 KiB.
    #[error("is empty, too long or no plain text")]
    Text,
    /// A word of `prompt` is unknown or stands there twice.
    #[error("holds a word that no provider knows as a prompt, or holds one twice")]
    Prompt,
    /// `none` stands beside another word of `prompt`.
    #[error("holds \"none\" beside another prompt, which contradicts it")]
    PromptNone,
    /// `max_age` is no number of seconds.
    #[error("is no number of seconds")]
    MaxAge,
    /// `claims` is no JSON object of `id_token` and `userinfo`.
    #[error("is no JSON object whose \"id_token\" and \"userinfo\" are objects")]
    Claims,
    /// `resource` is no absolute URI, or has a fragment.
    #[error("is no absolute URI without a fragment")]
    Resource,
    /// `ui_locales` is no list of language tags.
    #[error("is no list of language tags with blanks between them")]
    Locales,
}

impl Parameters {
    /// Takes one more, in the place of one of that name.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ParameterError> {
        check(name, value)?;
        self.put(name, value.to_owned());
        Ok(())
    }

    /// The value called `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str())
    }

    /// Names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How long they are, written down.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.text().len()
    }

    /// They, written down as a form.
    #[must_use]
    pub fn text(&self) -> String {
        let pair = |(name, value)| format!("{}={}", encode_form(name), encode_form(value));
        self.pairs().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Reads what [`Parameters::text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in Form::parse(text.as_bytes()).ok()?.pairs() {
            read.set(name, value).ok()?;
        }
        Some(read)
    }

    /// What a link may pass on: of `form`, the names in `allowed` that are harmless, with values that are what they must be
    /// (CVE row D21). The rest is as if it were not there.
    #[must_use]
    pub fn passed_through(form: &Form, allowed: &[String]) -> Self {
        let mut passed = Self::default();
        for name in PASS_THROUGH.iter().filter(|name| allowed.iter().any(|allowed| allowed == *name)) {
            if let Some(value) = form.value(name) {
                passed.add_hint_within(MAX_PASSED, name, value);
            }
        }
        passed
    }

    /// Takes a hint that is not there yet. One that cannot be read, or is too long for a cookie, is no hint.
    pub fn add_hint(&mut self, name: &str, value: &str) {
        self.add_hint_within(MAX_HINTED, name, value);
    }

    fn add_hint_within(&mut self, most: usize, name: &str, value: &str) {
        let fits = value.len() <= MAX_HINT && self.value(name).is_none() && check(name, value).is_ok();
        let weight = 2 + encode_form(name).len() + encode_form(value).len();
        if fits && self.encoded_len() + weight <= most {
            self.put(name, value.to_owned());
        }
    }

    /// These, with those of `below` that are not here. Of two ages the shorter counts, and `claims` are joined: what was
    /// demanded below stays demanded.
    #[must_use]
    pub fn merged_over(&self, below: &Self) -> Self {
        let mut joined = self.clone();
        for (name, value) in below.pairs() {
            let value = match (name, self.value(name)) {
                ("max_age", Some(own)) => if seconds(own) < seconds(value) { own } else { value }.to_owned(),
                ("claims", Some(own)) => joined_claims(own, value),
                (_, Some(own)) => own.to_owned(),
                (_, None) => value.to_owned(),
            };
            joined.put(name, value);
        }
        // Entra ID refuses both together: a hint names an account, and here the person is to choose one.
        if joined.prompts_for("select_account") {
            joined.0.retain(|(name, _)| name != "login_hint");
        }
        joined
    }

    /// These, which now also ask for what `demand` says.
    #[must_use]
    pub fn requiring(&self, requirement: &AuthnRequirement) -> Self {
        let mut asking = Self::default();
        if let Some(max_age) = requirement.max_age {
            asking.put("max_age", max_age.as_secs().to_string());
        }
        // Core §5.5.1.1: only as an essential claim is a level more than a wish; not every provider reads `claims`.
        let mut claims = Map::new();
        if !requirement.acr.is_empty() {
            asking.put("acr_values", requirement.acr.join(" "));
            claims.insert("acr".to_owned(), json!({"essential": true, "values": requirement.acr}));
        }
        match requirement.acrs.as_slice() {
            [] => {}
            // Entra ID documents the single value.
            [one] => drop(claims.insert("acrs".to_owned(), json!({"essential": true, "value": one}))),
            several => drop(claims.insert("acrs".to_owned(), json!({"essential": true, "values": several}))),
        }
        if !claims.is_empty() {
            asking.put("claims", json!({ "id_token": claims }).to_string());
        }
        asking.merged_over(self)
    }

    /// The same, where the person shall choose an account first.
    #[must_use]
    pub fn with_account_selection(&self) -> Self {
        let mut choosing = self.clone();
        choosing.put("prompt", "select_account".to_owned());
        choosing
    }

    /// The same, and never silent.
    #[must_use]
    pub fn without_prompt_none(mut self) -> Self {
        self.0.retain(|(name, value)| name != "prompt" || value != "none");
        self
    }

    /// Asks for these claims as well, as far as they are a claims request that fits into the login cookie.
    pub fn request_claims(&mut self, claims: &Map<String, Value>) {
        let claims = Value::Object(claims.clone()).to_string();
        let mut asking = Self::default();
        if asking.set("claims", &claims).is_ok() {
            let joined = asking.merged_over(self);
            if joined.encoded_len() <= MAX_HINTED {
                *self = joined;
            }
        }
    }

    /// What the answer is held to: `max_age` (Core §3.1.3.7 step 13) and the essential `acr` (§5.5.1.1) and `acrs`.
    #[must_use]
    pub fn authn_requirement(&self) -> AuthnRequirement {
        let claims = self.value("claims").map(members).unwrap_or_default();
        let essential = |name: &str| {
            let asked = claims.get("id_token").and_then(|token| token.get(name));
            let asked = asked.filter(|asked| asked.get("essential") == Some(&Value::Bool(true)));
            let values =
                asked.map(|asked| asked.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
            let one = asked.and_then(|asked| asked.get("value"));
            let texts = values.unwrap_or_default().iter().chain(one).filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        AuthnRequirement {
            max_age: self.value("max_age").and_then(seconds).map(Duration::from_secs),
            acr: essential("acr"),
            acrs: essential("acrs"),
        }
    }

    /// Whether `prompt` has the word `word`.
    #[must_use]
    pub fn prompts_for(&self, word: &str) -> bool {
        self.value("prompt").is_some_and(|prompt| prompt.split(' ').any(|its| its == word))
    }

    fn put(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(its, _)| its == name) {
            Some(pair) => pair.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

/// Whether a link may ever pass on the parameter `name`: it is a hint, and decides nothing.
#[must_use]
pub fn may_pass_through(name: &str) -> bool {
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

/// Core §3.1.2.1, and `create` of Initiating User Registration 1.0.
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

/// The shape of a language tag (RFC 5646 §2.1).
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_language = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    subtags.next().is_some_and(is_language) && subtags.all(is_subtag)
}

/// Two `claims` requests in one; where both ask for a claim, `above` says how.
fn joined_claims(above: &str, below: &str) -> String {
    let mut joined = members(below);
    for (name, value) in members(above) {
        match (joined.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, value) => drop(joined.insert(name, value)),
        }
    }
    Value::Object(joined).to_string()
}

/// The members of a `claims` request that was checked when it was taken.
fn members(text: &str) -> Map<String, Value> {
    strict_object(text.as_bytes()).unwrap_or_default()
}

const RESERVED: &[&str] = &["state", "nonce", "scope", "redirect_uri"];
const RESERVED_PREFIXES: &[&str] = &["client_", "response_", "code_challenge", "request"];

/// What a stranger's link may say to the provider in a person's name.
const PASS_THROUGH: &[&str] = &["domain_hint", "login_hint", "prompt", "ui_locales"];

const MAX_VALUE: usize = 1024;

/// For a hint as it is, for all hints of a link, and for all that a sign-in asks for once a hint is added: the login cookie
/// carries it, beside a path of 1 KiB, and a browser keeps 4 KiB.
const MAX_HINT: usize = 256;
const MAX_PASSED: usize = 768;
const MAX_HINTED: usize = 1408;

#[cfg(test)]
mod tests;
