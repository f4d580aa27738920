//! Rendering of pages to HTML, by the built-in template or by templates of the operator.
//!
//! Templates of the operator must render every page in every language before they are used. If one still fails later,
//! the built-in template renders the page.

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

/// Templates that can render every page.
#[derive(Clone, Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
    /// The Content-Security-Policy directives that each template needs, by file name.
    sources: BTreeMap<String, String>,
}

/// A page as HTML, with the Content-Security-Policy that it needs.
#[derive(Debug)]
pub(super) struct RenderedPage {
    pub(super) html: String,
    pub(super) policy: String,
}

/// A mistake in a template of the operator.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {defect}")]
pub(crate) struct TemplateError {
    /// The name of the file.
    pub(crate) file: String,
    /// The line in the file, from 1.
    pub(crate) line: usize,
    /// The kind of mistake.
    #[source]
    pub(crate) defect: Defect,
}

/// A kind of mistake in a template.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Defect {
    /// The template cannot be parsed or rendered.
    #[error("{kind} in `{code}`")]
    Template {
        /// The error kind of the template engine.
        kind: ErrorKind,
        /// The line with the mistake.
        code: String,
    },
    /// The template renders a page without a required part.
    #[error("a page would be without its {}", .0.name())]
    Missing(Part),
    /// The template has an element that the Content-Security-Policy blocks.
    #[error(
        "`{0}` has no effect: the Content-Security-Policy of these pages blocks all other scripts and external resources"
    )]
    Blocked(&'static str),
}

/// A required part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The heading and the text.
    Text,
    /// The link.
    Link,
    /// The button.
    Form,
    /// The refresh after one second.
    Refresh,
    /// The immediate move to another page, with and without script.
    Onward,
    /// The reason code and the request identifier.
    Facts,
}

impl Templates {
    /// The built-in template alone.
    #[must_use]
    pub(crate) fn built_in() -> Self {
        let mut built_in = Self { environment: environment(), sources: BTreeMap::new() };
        let html = built_in.render_with(BUILT_IN, &Page::new(Language::English, "")).unwrap_or_default();
        built_in.sources.insert(BUILT_IN.to_owned(), format!("style-src {}", style_hashes(&html).join(" ")));
        built_in
    }

    /// The built-in template with `files` (name and text) as overrides: `page.html` for every page,
    /// `<reason-code>.html` for refusals with that reason. All mistakes that parsing them and rendering `samples` finds
    /// are returned.
    pub(crate) fn with(files: &[(String, String)], samples: &[Page]) -> Result<Self, Vec<TemplateError>> {
        let mut templates = Self::built_in();
        let mut errors = templates.add(files);
        if errors.is_empty() {
            errors = templates.check_samples(samples, files);
        }
        errors.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        errors.dedup_by_key(|error| error.to_string());
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    fn add(&mut self, files: &[(String, String)]) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        for (name, text) in files {
            // Browsers normalize line ends before they hash a style.
            match self.environment.add_template_owned(name.clone(), text.replace("\r\n", "\n")) {
                Ok(()) => drop(self.sources.insert(name.clone(), String::new())),
                Err(error) => errors.push(TemplateError::of(&error, files)),
            }
        }
        errors
    }

    /// Renders every sample and collects the styles that each template needs.
    fn check_samples(&mut self, samples: &[Page], files: &[(String, String)]) -> Vec<TemplateError> {
        let (mut errors, mut styles) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
        for page in samples {
            match self.check_sample(page, files) {
                Ok(hashes) => styles.entry(self.name(page).to_owned()).or_default().extend(hashes),
                Err(error) => errors.push(error),
            }
        }
        for (name, hashes) in styles.into_iter().filter(|(name, _)| name != BUILT_IN) {
            let hashes = hashes.into_iter().reduce(|all, one| format!("{all} {one}")).unwrap_or("'none'".to_owned());
            // An image in a data: URL, such as a logo, causes no request.
            self.sources.insert(name, format!("style-src {hashes}; img-src data:"));
        }
        errors
    }

    /// Renders `page`.
    pub(super) fn render(&self, page: &Page) -> RenderedPage {
        let name = self.name(page);
        match (self.render_with(name, page), self.sources.get(name)) {
            (Ok(html), Some(sources)) if page.onward.is_some() => {
                RenderedPage { html, policy: page.content_security_policy(&format!("{sources}; {}", *SCRIPT_SOURCE)) }
            }
            (Ok(html), Some(sources)) => RenderedPage { html, policy: page.content_security_policy(sources) },
            (Err(error), _) if name != BUILT_IN => {
                warn!(template = name, line = error.line(), %error, "a template failed; the built-in template is used");
                BUILT_IN_TEMPLATES.render(page)
            }
            // The built-in template renders every page in the tests, so this arm serves only as a fallback.
            _ => RenderedPage {
                html: page.heading.clone().into_owned(),
                policy: page.content_security_policy("style-src 'none'"),
            },
        }
    }

    /// The name of the template for `page`.
    fn name(&self, page: &Page) -> &str {
        let by_reason = page.reason.map(|reason| format!("{reason}.html"));
        let known = |name: &str| self.sources.get_key_value(name).map(|(name, _)| name.as_str());
        by_reason.as_deref().and_then(known).or_else(|| known(PAGE)).unwrap_or(BUILT_IN)
    }

    fn render_with(&self, name: &str, page: &Page) -> Result<String, minijinja::Error> {
        let [style, script] = [STYLE, SCRIPT].map(|text| Value::from_safe_string(text.to_owned()));
        self.environment.get_template(name)?.render(context! { style, script, ..Value::from(Serde(page)) })
    }

    /// The hashes of the styles of `page`, if it can be rendered and has all required parts.
    fn check_sample(&self, page: &Page, files: &[(String, String)]) -> Result<Vec<String>, TemplateError> {
        let name = self.name(page);
        let html = self.render_with(name, page).map_err(|error| TemplateError::of(&error, files))?;
        if name == BUILT_IN {
            return Ok(style_hashes(&html));
        }
        let error = |line, defect| TemplateError { file: name.to_owned(), line, defect };
        let without_script = if page.onward.is_some() { html.replace(&*SCRIPT_ELEMENT, "") } else { html.clone() };
        if let Some(blocked) = BLOCKED.iter().find(|blocked| without_script.to_ascii_lowercase().contains(**blocked)) {
            let text = files.iter().find(|(file, _)| file == name).map(|(_, text)| text.to_ascii_lowercase());
            let at = text.as_ref().and_then(|text| text.lines().position(|line| line.contains(*blocked)));
            return Err(error(at.map_or(1, |at| at + 1), Defect::Blocked(blocked)));
        }
        match missing_part(page, &html, name == PAGE) {
            Some(part) => Err(error(1, Defect::Missing(part))),
            None => Ok(style_hashes(&html)),
        }
    }
}

impl TemplateError {
    /// The innermost error of the template engine; the outer errors only name the templates that include the faulty
    /// one.
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
    /// How to fix the template.
    #[must_use]
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Template { kind: ErrorKind::UndefinedError, .. } => "the variables are listed in docs/pages.md",
            Self::Template { .. } => "see docs/pages.md, and https://docs.rs/minijinja for the syntax",
            Self::Missing(part) => part.help(),
            Self::Blocked(_) => "write styles into <style> and images as data: URLs, and remove everything else",
        }
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "heading or text",
            Self::Link => "link",
            Self::Form => "button",
            Self::Refresh => "refresh",
            Self::Onward => "immediate move to the next page, with the script or without",
            Self::Facts => "reason code or request",
        }
    }

    fn help(self) -> &'static str {
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
                "write {% if onward %}<noscript><meta http-equiv=\"refresh\" content=\"0; url={{ link.href }}\"></noscript>{% endif %} into the head, {% if onward %}id=\"on\" data-login=\"{{ onward.login }}\"{% endif %} into the <a> of the link, and {% if onward %}<script>{{ script }}</script>{% endif %} after it"
            }
            Self::Facts => "write {% for fact in facts %}{{ fact.label }}: {{ fact.value }}{% endfor %}",
        }
    }
}

/// The first required part of `page` that `html` lacks.
fn missing_part(page: &Page, html: &str, with_text: bool) -> Option<Part> {
    let readable = html.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&quot;", "\"");
    let unquoted = readable.replace(['"', '\''], "");
    let shows = |text: &str| readable.contains(text);
    let has_all = |parts: &[String]| parts.iter().all(|part| unquoted.contains(part));
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
        // Outside of `noscript`, the refresh would leave the page before the script reads the fragment.
        let refresh = format!("<noscript><meta http-equiv=refresh content=0; url={to}></noscript>");
        !has_all(&marks) || !has_all(&[refresh]) || !html.contains(&*SCRIPT_ELEMENT)
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

/// The source expressions for all styles in `html` (CSP 3 §2.3.1).
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
    // The built-in template is tested, so this cannot fail.
    let _parsed = environment.add_template(BUILT_IN, include_str!("pages/page.html"));
    environment
}

static BUILT_IN_TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::built_in);

static SCRIPT_ELEMENT: LazyLock<String> = LazyLock::new(|| format!("<script>{SCRIPT}</script>"));

/// The `script-src` directive for the built-in script (CSP 3 §2.3.1).
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
