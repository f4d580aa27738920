//! The pages that the gateway itself shows: one quiet layout, readable on a phone, without need of script.

use std::{borrow::Cow, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::{AutoEscape, Environment, Value, value::Serde};
use serde::Serialize;

use crate::base::sha256;

/// One page. Everything in it is escaped when it is written out.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    heading: Cow<'static, str>,
    text: Vec<Cow<'static, str>>,
    link: Option<Link>,
    form: Option<FormButton>,
    facts: Option<Facts>,
    refresh: Option<String>,
    onward: Option<Onward>,
}

#[derive(Clone, Debug, Serialize)]
struct Onward {
    login: String,
}

#[derive(Clone, Debug, Serialize)]
struct Link {
    href: String,
    label: Cow<'static, str>,
    whole_tab: bool,
}

#[derive(Clone, Debug, Serialize)]
struct FormButton {
    action: String,
    field: &'static str,
    value: String,
    label: Cow<'static, str>,
}

#[derive(Clone, Debug, Serialize)]
struct Facts {
    reason: &'static str,
    request: String,
}

impl Page {
    /// A page with a heading and nothing else yet.
    #[must_use]
    pub fn new(heading: impl Into<Cow<'static, str>>) -> Self {
        Self {
            heading: heading.into(),
            text: Vec::new(),
            link: None,
            form: None,
            facts: None,
            refresh: None,
            onward: None,
        }
    }

    /// One more paragraph.
    #[must_use]
    pub fn paragraph(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text.push(text.into());
        self
    }

    /// The way on from here: a path of our own site.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, label: impl Into<Cow<'static, str>>) -> Self {
        self.link = Some(Link { href: href.into(), label: label.into(), whole_tab: false });
        self
    }

    /// The way on from here, out of the frame that shows this page.
    #[must_use]
    pub fn link_out_of_frame(mut self, href: impl Into<String>, label: impl Into<Cow<'static, str>>) -> Self {
        self.link = Some(Link { href: href.into(), label: label.into(), whole_tab: true });
        self
    }

    /// A button that posts `field` with `value`, which is for us alone to know, to `action`.
    #[must_use]
    pub fn button(
        mut self,
        action: impl Into<String>,
        field: &'static str,
        value: String,
        label: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.form = Some(FormButton { action: action.into(), field, value, label: label.into() });
        self
    }

    /// What an operator needs to find this refusal in the log.
    #[must_use]
    pub fn facts(mut self, reason: &'static str, request: String) -> Self {
        self.facts = Some(Facts { reason, request });
        self
    }

    /// Moves on to `href`, a path of our own site, by itself after a second.
    #[must_use]
    pub fn refresh(mut self, href: impl Into<String>) -> Self {
        self.refresh = Some(href.into());
        self
    }

    /// Goes on to `to` at once: by script, or, where none runs, by itself. With a `login` the script takes the address's
    /// `#fragment` along, which no server sees otherwise: it goes to `login` followed by the fragment, escaped. Not one
    /// that holds a token: that stays out of what servers see.
    #[must_use]
    pub fn onward(self, to: impl Into<String>, login: Option<String>, label: impl Into<Cow<'static, str>>) -> Self {
        Self { onward: Some(Onward { login: login.unwrap_or_default() }), ..self.link(to, label) }
    }

    /// The page as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let [style, script] = [STYLE, SCRIPT].map(|text| Value::from_safe_string(text.to_owned()));
        let context = minijinja::context! { style, script, ..Value::from(Serde(self)) };
        let written = TEMPLATES.get_template(TEMPLATE_NAME).and_then(|template| template.render(context));
        // The template is part of the program and every test of a page writes it: what fails here is only memory.
        written.unwrap_or_else(|_| self.heading.clone().into_owned())
    }

    /// The Content-Security-Policy of this page: its own style, the one script where it is needed, nothing else.
    ///
    /// A page with a button names no `form-action`: Chromium applies it to the redirect that follows the POST, which
    /// leads to the provider. A page that leads out of a frame must be seen in one; all that a click there does is that.
    #[must_use]
    pub fn content_security_policy(&self) -> &'static str {
        if self.onward.is_some() {
            return &POLICY_WITH_SCRIPT;
        }
        match (&self.form, &self.link) {
            (Some(_), _) => &POLICY_WITH_FORM,
            (None, Some(link)) if link.whole_tab => &POLICY_IN_FRAME,
            (None, _) => &POLICY,
        }
    }

    /// The Referrer-Policy of this page: with `no-referrer` a browser would write `Origin: null` on the POST.
    #[must_use]
    pub fn referrer_policy(&self) -> &'static str {
        if self.form.is_some() { "same-origin" } else { "no-referrer" }
    }
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // A template that does not parse leaves the environment empty; `html` is tested on every field.
    let _parsed = environment.add_template(TEMPLATE_NAME, include_str!("pages/page.html"));
    environment
});

static POLICY_WITH_FORM: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", *POLICY_BASE));

static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; form-action 'none'", *POLICY_WITH_FORM));

static POLICY_WITH_SCRIPT: LazyLock<String> =
    LazyLock::new(|| format!("{}; script-src 'sha256-{}'", *POLICY, STANDARD.encode(sha256(SCRIPT.as_bytes()))));

static POLICY_IN_FRAME: LazyLock<String> = LazyLock::new(|| format!("{}; form-action 'none'", *POLICY_BASE));

static POLICY_BASE: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(sha256(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'")
});

const TEMPLATE_NAME: &str = "page.html";
const STYLE: &str = include_str!("pages/page.css");
const SCRIPT: &str = include_str!("pages/onward.js");

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn cve_h06_nothing_in_a_page_is_markup() {
        let evil = "\"'></p><script>alert(1)</script>";
        let page = Page::new(evil)
            .paragraph(evil)
            .link(evil, evil)
            .button(evil, "field", evil.to_owned(), evil)
            .facts("some-reason", evil.to_owned())
            .refresh(evil);
        let html = page.html();
        assert!(!html.contains("<script") && !html.contains("\"'>"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 10, "{html}");
        assert!(html.contains("<dd id=\"reason\">some-reason</dd>"), "{html}");
    }

    #[test]
    fn a_page_that_goes_on_has_the_one_script_and_needs_none() {
        let page = Page::new("x").onward("https://idp.example/?a=1&b=2", Some("/login?r=%2F".to_owned()), "Continue");
        let html = page.html();
        let (_, script) = html.split_once("<script>").expect("a script");
        assert_eq!(script.split_once("</script>").map(|(script, _)| script), Some(super::SCRIPT));
        let address = "https:&#x2f;&#x2f;idp.example&#x2f;?a=1&amp;b=2";
        let refresh = format!("<noscript><meta http-equiv=\"refresh\" content=\"0; url={address}\"></noscript>");
        assert!(html.contains(&refresh) && html.contains(&format!("href=\"{address}\"")), "{html}");
        assert!(page.content_security_policy().contains("; script-src 'sha256-"));
        assert!(page.content_security_policy().contains("frame-ancestors 'none'; form-action 'none'"));
        assert!(!Page::new("x").link("/", "x").content_security_policy().contains("script-src"));
        assert_eq!(page.referrer_policy(), "no-referrer");
    }

    #[test]
    fn the_policy_allows_our_style_and_no_script() {
        let plain = Page::new("x");
        assert!(plain.content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(plain.content_security_policy().contains("form-action 'none'"));
        let form = Page::new("x").button("/", "token", String::new(), "go");
        assert!(!form.content_security_policy().contains("form-action"));
        let framed = Page::new("x").link_out_of_frame("/", "go");
        assert!(plain.content_security_policy().contains("frame-ancestors 'none'"));
        assert!(form.content_security_policy().contains("frame-ancestors 'none'"));
        assert!(!framed.content_security_policy().contains("frame-ancestors"), "it is made to be seen in a frame");
        assert_eq!((plain.referrer_policy(), form.referrer_policy()), ("no-referrer", "same-origin"));
        assert!(plain.html().contains("<style>:root{"), "the style is written as it is");
    }
}
