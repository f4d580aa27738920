//! How a page becomes HTML: by our template, or by an operator's over it.
//!
//! An operator's templates have written every page there is, in every language, before they are used. Should one fail
//! all the same, ours writes the page: an answer is never lost to its looks.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::LazyLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context, value::Serde};
use tracing::warn;

use super::{language::Language, page::Page};
use crate::base::sha256;

/// Templates, ready to write any page.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// What the Content-Security-Policy must allow to each, by the name of its file.
    sources: BTreeMap<String, String>,
}

/// A page as HTML, and the policy that lets a browser show it as it is meant.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) html: String,
    pub(super) policy: String,
}

/// What is wrong with an operator's template.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {defect}")]
pub struct TemplateError {
    /// The name of the file, and the line in it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong there.
    #[source]
    pub defect: Defect,
}

/// What can be wrong with a template.
#[derive(Debug, thiserror::Error)]
pub enum Defect {
    /// It cannot be read, or not be written out.
    #[error("{kind} in `{code}`")]
    Template {
        /// What kind of mistake.
        kind: ErrorKind,
        /// The line as it stands there.
        code: String,
    },
    /// A page would be shown without something that it cannot do without.
    #[error("a page would be without its {}", .0.name())]
    Lacks(Part),
    /// The browser would not use it.
    #[error(
        "`{0}` has no effect: the Content-Security-Policy of these pages lets no other script run and nothing be loaded"
    )]
    Blocked(&'static str),
}

/// What a page cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Heading and text.
    Text,
    /// The way on.
    Link,
    /// The button.
    Form,
    /// The way on by itself.
    Refresh,
    /// The way on at once, with our script and without.
    Onward,
    /// Reason code and request name.
    Facts,
}

impl Templates {
    /// Ours alone.
    #[must_use]
    pub fn built_in() -> Self {
        let mut built_in = Self { environment: environment(), sources: BTreeMap::new() };
        let html = built_in.render(BUILT_IN, &Page::new(Language::English, "")).unwrap_or_default();
        built_in.sources.insert(BUILT_IN.to_owned(), format!("style-src {}", style_hashes(&html).join(" ")));
        built_in
    }

    /// `files` (name and text) over ours: `page.html` for every page, `<reason-code>.html` for the refusals of that
    /// reason. They must be able to write `samples`.
    pub fn with(files: &[(String, String)], samples: &[Page]) -> Result<Self, Vec<TemplateError>> {
        let mut templates = Self::built_in();
        let mut wrong = templates.add(files);
        if wrong.is_empty() {
            wrong = templates.try_all(samples, files);
        }
        wrong.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        wrong.dedup_by_key(|error| error.to_string());
        if wrong.is_empty() { Ok(templates) } else { Err(wrong) }
    }

    fn add(&mut self, files: &[(String, String)]) -> Vec<TemplateError> {
        let mut wrong = Vec::new();
        for (name, text) in files {
            // A browser reads a line's end as one line feed; the hash of a style is that of what it reads.
            match self.environment.add_template_owned(name.clone(), text.replace("\r\n", "\n")) {
                Ok(()) => drop(self.sources.insert(name.clone(), String::new())),
                Err(error) => wrong.push(TemplateError::of(&error, files)),
            }
        }
        wrong
    }

    /// Writes every page, and learns which styles each template needs.
    fn try_all(&mut self, samples: &[Page], files: &[(String, String)]) -> Vec<TemplateError> {
        let (mut wrong, mut styles) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
        for page in samples {
            match self.try_on(page, files) {
                Ok(hashes) => styles.entry(self.name(page).to_owned()).or_default().extend(hashes),
                Err(error) => wrong.push(error),
            }
        }
        for (name, hashes) in styles.into_iter().filter(|(name, _)| name != BUILT_IN) {
            let hashes = hashes.into_iter().reduce(|all, one| format!("{all} {one}")).unwrap_or("'none'".to_owned());
            // A picture within the page asks nobody for anything; a logo needs it.
            self.sources.insert(name, format!("style-src {hashes}; img-src data:"));
        }
        wrong
    }

    /// Writes `page`.
    pub(super) fn write(&self, page: &Page) -> Written {
        let name = self.name(page);
        match (self.render(name, page), self.sources.get(name)) {
            (Ok(html), Some(sources)) if page.onward.is_some() => {
                Written { html, policy: page.content_security_policy(&format!("{sources}; {}", *SCRIPT_SOURCE)) }
            }
            (Ok(html), Some(sources)) => Written { html, policy: page.content_security_policy(sources) },
            (Err(error), _) if name != BUILT_IN => {
                warn!(template = name, line = error.line(), %error, "a template failed; the page is shown in the built-in one");
                OURS.write(page)
            }
            // Our template is part of the program and every test of a page writes it: what fails here is only memory.
            _ => Written {
                html: page.heading.clone().into_owned(),
                policy: page.content_security_policy("style-src 'none'"),
            },
        }
    }

    /// The template that writes `page`.
    fn name(&self, page: &Page) -> &str {
        let own = page.reason.map(|reason| format!("{reason}.html"));
        let known = |name: &str| self.sources.get_key_value(name).map(|(name, _)| name.as_str());
        own.as_deref().and_then(known).or_else(|| known(PAGE)).unwrap_or(BUILT_IN)
    }

    fn render(&self, name: &str, page: &Page) -> Result<String, minijinja::Error> {
        let [style, script] = [STYLE, SCRIPT].map(|text| Value::from_safe_string(text.to_owned()));
        self.environment.get_template(name)?.render(context! { style, script, ..Value::from(Serde(page)) })
    }

    /// The hashes of the styles of `page`, when it can be written and shows what it must.
    fn try_on(&self, page: &Page, files: &[(String, String)]) -> Result<Vec<String>, TemplateError> {
        let name = self.name(page);
        let html = self.render(name, page).map_err(|error| TemplateError::of(&error, files))?;
        if name == BUILT_IN {
            return Ok(style_hashes(&html));
        }
        let error = |line, defect| TemplateError { file: name.to_owned(), line, defect };
        let foreign = if page.onward.is_some() { html.replace(&*SCRIPT_ELEMENT, "") } else { html.clone() };
        if let Some(blocked) = BLOCKED.iter().find(|blocked| foreign.to_ascii_lowercase().contains(**blocked)) {
            let text = files.iter().find(|(file, _)| file == name).map(|(_, text)| text.to_ascii_lowercase());
            let at = text.as_ref().and_then(|text| text.lines().position(|line| line.contains(*blocked)));
            return Err(error(at.map_or(1, |at| at + 1), Defect::Blocked(blocked)));
        }
        match lacking(page, &html, name == PAGE) {
            Some(part) => Err(error(1, Defect::Lacks(part))),
            None => Ok(style_hashes(&html)),
        }
    }
}

impl TemplateError {
    /// The innermost mistake: the others only say that something they include has one.
    fn of(error: &minijinja::Error, files: &[(String, String)]) -> Self {
        let mut innermost = error;
        while let Some(source) = innermost.source().and_then(|source| source.downcast_ref()) {
            innermost = source;
        }
        let (file, line) = (innermost.name().unwrap_or_default(), innermost.line().unwrap_or(1));
        let text = files.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text);
        let code = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
        let code = innermost.detail().filter(|_| code.is_empty()).unwrap_or(code).to_owned();
        Self { file: file.to_owned(), line, defect: Defect::Template { kind: innermost.kind(), code } }
    }
}

impl Defect {
    /// What to write instead.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Template { kind: ErrorKind::UndefinedError, .. } => "the variables are listed in docs/pages.md",
            Self::Template { .. } => "see docs/pages.md, and https://docs.rs/minijinja for the syntax",
            Self::Lacks(part) => part.mend(),
            Self::Blocked(_) => "write styles into <style> and pictures as data: addresses, and leave the rest out",
        }
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "heading or text",
            Self::Link => "link",
            Self::Form => "button",
            Self::Refresh => "way on by itself",
            Self::Onward => "way on at once, with the script or without",
            Self::Facts => "reason code or request",
        }
    }

    fn mend(self) -> &'static str {
        match self {
            Self::Text => "write <h1>{{ heading }}</h1>{% for paragraph in text %}<p>{{ paragraph }}</p>{% endfor %}",
            Self::Link => {
                "write {% if link %}<a href=\"{{ link.href }}\"{% if link.whole_tab %} target=\"_top\"{% endif %}>{{ link.label }}</a>{% endif %}"
            }
            Self::Form => {
                "write {% if form %}<form method=\"post\" action=\"{{ form.action }}\"><input type=\"hidden\" name=\"{{ form.field }}\" value=\"{{ form.value }}\"><button>{{ form.label }}</button></form>{% endif %}"
            }
            Self::Refresh => {
                "write {% if refresh %}<meta http-equiv=\"refresh\" content=\"1; url={{ refresh }}\">{% endif %} into the head"
            }
            Self::Onward => {
                "write {% if onward %}<noscript><meta http-equiv=\"refresh\" content=\"0; url={{ link.href }}\"></noscript>{% endif %} into the head, {% if onward %}id=\"on\" data-login=\"{{ onward.login }}\"{% endif %} into the <a> of the link, and {% if onward %}<script>{{ script }}</script>{% endif %} behind it"
            }
            Self::Facts => "write {% for fact in facts %}{{ fact.label }}: {{ fact.value }}{% endfor %}",
        }
    }
}

/// What `html` does not have of `page`, one of the samples.
fn lacking(page: &Page, html: &str, with_text: bool) -> Option<Part> {
    let readable = html.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&quot;", "\"");
    let unquoted = readable.replace(['"', '\''], "");
    let shows = |text: &str| readable.contains(text);
    let has_all = |wanted: &[String]| wanted.iter().all(|wanted| unquoted.contains(wanted));
    let missing_text = with_text && !(shows(&page.heading) && page.text.iter().all(|text| shows(text)));
    let missing_link = page.link.as_ref().is_some_and(|link| {
        !has_all(&[format!("href={}", link.href)]) || (link.whole_tab && !has_all(&["target=_top".to_owned()]))
    });
    let missing_form = page.form.as_ref().is_some_and(|form| {
        let fields = ["method=post".to_owned(), format!("name={}", form.field)];
        !has_all(&fields) || !has_all(&[format!("action={}", form.action), format!("value={}", form.value)])
    });
    let missing_refresh = page.refresh.as_ref().is_some_and(|to| !has_all(&[format!("url={to}")]));
    let missing_onward = page.onward.as_ref().is_some_and(|onward| {
        let to = page.link.as_ref().map_or("", |link| &link.href);
        let marks = ["id=on".to_owned(), format!("data-login={}", onward.login)];
        // Outside of `noscript` the browser would be gone before the script has read the fragment.
        let without = format!("<noscript><meta http-equiv=refresh content=0; url={to}></noscript>");
        !has_all(&marks) || !has_all(&[without]) || !html.contains(&*SCRIPT_ELEMENT)
    });
    [
        (missing_text, Part::Text),
        (missing_link, Part::Link),
        (missing_form, Part::Form),
        (missing_refresh, Part::Refresh),
        (missing_onward, Part::Onward),
        (!page.facts.iter().all(|fact| shows(&fact.value)), Part::Facts),
    ]
    .into_iter()
    .find_map(|(missing, part)| missing.then_some(part))
}

/// The sources of all styles in `html` (CSP 3 §2.3.1).
fn style_hashes(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    let starts = lower.match_indices("<style").map(|(at, _)| at);
    let content = |start: usize| {
        let begin = start + lower[start..].find('>')? + 1;
        Some(&html[begin..begin + lower[begin..].find("</style")?])
    };
    starts.filter_map(content).map(|style| format!("'sha256-{}'", STANDARD.encode(sha256(style.as_bytes())))).collect()
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template that does not parse leaves the environment empty; ours is tested on every field.
    let _parsed = environment.add_template(BUILT_IN, include_str!("pages/page.html"));
    environment
}

static OURS: LazyLock<Templates> = LazyLock::new(Templates::built_in);

static SCRIPT_ELEMENT: LazyLock<String> = LazyLock::new(|| format!("<script>{SCRIPT}</script>"));

/// The source of our script (CSP 3 §2.3.1).
static SCRIPT_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("script-src 'sha256-{}'", STANDARD.encode(sha256(SCRIPT.as_bytes()))));

const BUILT_IN: &str = "built-in.html";
const PAGE: &str = "page.html";
const STYLE: &str = include_str!("pages/page.css");
const SCRIPT: &str = include_str!("pages/onward.js");
const BLOCKED: &[&str] =
    &["<script", "<link", "<iframe", " style=", "src=\"http", "src=http", "src=\"/", "@import", "url(http"];

#[cfg(test)]
mod tests;
