//! A page of the gateway's own, before it is written out: words already chosen, and the ways on.

use std::borrow::Cow;

use serde::Serialize;

use super::language::Language;

/// One page. Everything in it is escaped when it is written out. Its fields are what templates see
/// (`docs/pages.md`).
#[derive(Clone, Debug, Serialize)]
pub struct Page {
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

/// What an operator needs to find a refusal in the log.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fact {
    name: &'static str,
    label: &'static str,
    pub(super) value: Cow<'static, str>,
}

impl Page {
    /// A page with a heading and nothing else yet.
    #[must_use]
    pub fn new(language: Language, heading: impl Into<Cow<'static, str>>) -> Self {
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

    /// The reason code and the request's name, each after its label.
    #[must_use]
    pub fn facts(mut self, reason: (&'static str, &'static str), request: (&'static str, String)) -> Self {
        self.reason = Some(reason.1);
        self.facts = vec![
            Fact { name: "reason", label: reason.0, value: reason.1.into() },
            Fact { name: "request", label: request.0, value: request.1.into() },
        ];
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

    /// The language it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The Content-Security-Policy of this page: what its template needs (`sources`), nothing else.
    ///
    /// A page with a button names no `form-action`: Chromium applies it to the redirect that follows the POST, which
    /// leads to the provider. A page that leads out of a frame must be seen in one; all that a click there does is that.
    pub(super) fn content_security_policy(&self, sources: &str) -> String {
        let rest = match (&self.form, &self.link) {
            (Some(_), _) => "frame-ancestors 'none'",
            (None, Some(link)) if link.whole_tab => "form-action 'none'",
            (None, _) => "frame-ancestors 'none'; form-action 'none'",
        };
        format!("default-src 'none'; {sources}; base-uri 'none'; {rest}")
    }

    /// The Referrer-Policy of this page: with `no-referrer` a browser would write `Origin: null` on the POST.
    #[must_use]
    pub fn referrer_policy(&self) -> &'static str {
        if self.form.is_some() { "same-origin" } else { "no-referrer" }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn tag<S: serde::Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(language.tag())
}
