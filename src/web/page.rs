//! A page of the gateway, before it is rendered: its texts, links and forms.

use std::borrow::Cow;

use serde::Serialize;

use super::language::Language;

/// A page of the gateway. All texts are escaped when the page is rendered. The fields are the variables of templates
/// (`docs/pages.md`).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Page {
    #[serde(serialize_with = "tag")]
    pub(super) language: Language,
    pub(super) heading: Cow<'static, str>,
    pub(super) text: Vec<Cow<'static, str>>,
    pub(super) link: Option<Link>,
    pub(super) form: Option<FormButton>,
    pub(super) reason: Option<&'static str>,
    pub(super) facts: Vec<Fact>,
    pub(super) refresh: Option<String>,
    pub(super) onward: Option<Onward>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Link {
    pub(super) href: String,
    label: Cow<'static, str>,
    pub(super) whole_tab: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Onward {
    pub(super) login: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct FormButton {
    pub(super) action: String,
    pub(super) field: &'static str,
    pub(super) value: String,
    label: Cow<'static, str>,
}

/// A value that identifies a refusal in the log.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fact {
    name: &'static str,
    label: &'static str,
    pub(super) value: Cow<'static, str>,
}

impl Page {
    /// A page with a heading only.
    #[must_use]
    pub(crate) fn new(language: Language, heading: impl Into<Cow<'static, str>>) -> Self {
        Self {
            language,
            heading: heading.into(),
            text: Vec::new(),
            link: None,
            form: None,
            reason: None,
            facts: Vec::new(),
            refresh: None,
            onward: None,
        }
    }

    /// This page with one more paragraph.
    #[must_use]
    pub(crate) fn paragraph(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text.push(text.into());
        self
    }

    /// This page with a link to `href`, a path of the gateway's own origin.
    #[must_use]
    pub(crate) fn link(mut self, href: impl Into<String>, label: impl Into<Cow<'static, str>>) -> Self {
        self.link = Some(Link { href: href.into(), label: label.into(), whole_tab: false });
        self
    }

    /// This page with a link to `href` that opens in the top-level browsing context instead of the frame of this page.
    #[must_use]
    pub(crate) fn link_out_of_frame(mut self, href: impl Into<String>, label: impl Into<Cow<'static, str>>) -> Self {
        self.link = Some(Link { href: href.into(), label: label.into(), whole_tab: true });
        self
    }

    /// This page with a button that posts `field` with the secret `value` to `action`.
    #[must_use]
    pub(crate) fn button(
        mut self,
        action: impl Into<String>,
        field: &'static str,
        value: String,
        label: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.form = Some(FormButton { action: action.into(), field, value, label: label.into() });
        self
    }

    /// This page with a reason code and a request identifier. Both arguments are a label and its value.
    #[must_use]
    pub(crate) fn facts(mut self, reason: (&'static str, &'static str), request: (&'static str, String)) -> Self {
        self.reason = Some(reason.1);
        self.facts = vec![
            Fact { name: "reason", label: reason.0, value: reason.1.into() },
            Fact { name: "request", label: request.0, value: request.1.into() },
        ];
        self
    }

    /// This page, which moves to `href`, a path of the gateway's own origin, after one second.
    #[must_use]
    pub(crate) fn refresh(mut self, href: impl Into<String>) -> Self {
        self.refresh = Some(href.into());
        self
    }

    /// This page, which moves to `to` at once: by a script, or by a refresh where scripts do not run. With `login`, the script
    /// preserves the `#fragment` of the current URL, which browsers do not send: it moves to `login` followed by the
    /// escaped fragment. A fragment with a token is left out, because servers must not receive it.
    #[must_use]
    pub(crate) fn onward(
        self,
        to: impl Into<String>,
        login: Option<String>,
        label: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { onward: Some(Onward { login: login.unwrap_or_default() }), ..self.link(to, label) }
    }

    /// The language of the page.
    #[must_use]
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The Content-Security-Policy of this page. `sources` are the directives that its template needs; nothing else is
    /// allowed.
    ///
    /// A page with a button has no `form-action` directive: Chromium applies it to the redirect after the POST, which leads
    /// to the provider. A page whose link leaves a frame can be framed; a click on that link changes nothing else.
    pub(super) fn content_security_policy(&self, sources: &str) -> String {
        let rest = match (&self.form, &self.link) {
            (Some(_), _) => "frame-ancestors 'none'",
            (None, Some(link)) if link.whole_tab => "form-action 'none'",
            (None, _) => "frame-ancestors 'none'; form-action 'none'",
        };
        format!("default-src 'none'; {sources}; base-uri 'none'; {rest}")
    }

    /// The Referrer-Policy of this page. With `no-referrer`, browsers would send `Origin: null` with the POST of a form.
    #[must_use]
    pub(super) fn referrer_policy(&self) -> &'static str {
        if self.form.is_some() { "same-origin" } else { "no-referrer" }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn tag<S: serde::Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(language.tag())
}
