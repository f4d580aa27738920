//! The gateway's pages: the message of each, and its links.

use std::borrow::Cow;

use super::texts::{Label, words};
use crate::{
    reason::{PageMessage, ReasonCode},
    session::Session,
    web::{Language, Page, ProblemDetails, RequestId},
};

/// The URL of a link, and its label.
pub(crate) type NextLink = (String, Label);

/// The page for a refusal.
#[must_use]
pub(crate) fn refusal_page(language: Language, reason: ReasonCode, request: String, next: Option<NextLink>) -> Page {
    let page = with_facts(language, page(language, reason.message()), reason, request);
    match next {
        Some((href, label)) => page.link(href, label.text(language)),
        None => page,
    }
}

/// Problem details for a script, in English, about a refusal of `request`. `login` is the URL of a sign-in, if one
/// would help.
#[must_use]
pub(crate) fn problem_details(reason: ReasonCode, request: RequestId, login: Option<&str>) -> ProblemDetails<'_> {
    let words = words(reason.message(), Language::English);
    ProblemDetails { reason, title: words.heading, detail: words.paragraphs.join(" "), request, login }
}

/// The page in a frame whose content needs a sign-in.
#[must_use]
pub(crate) fn sign_in_needed_in_frame(language: Language, login: String, request: String) -> Page {
    let page = page(language, PageMessage::SignInNeededInFrame).link_out_of_frame(login, Label::SignIn.text(language));
    with_facts(language, page, ReasonCode::SignInRequired, request)
}

/// The page in a frame that loaded a step of a sign-in; the link opens `step` in the whole tab.
#[must_use]
pub(crate) fn no_sign_in_in_frame(language: Language, step: &str) -> Page {
    page(language, PageMessage::NoSignInInFrame).link_out_of_frame(step, Label::Continue.text(language))
}

/// The page for a form that was sent without a session and is not preserved.
#[must_use]
pub(crate) fn form_not_preserved(language: Language, login: String, request: String) -> Page {
    let page = page(language, PageMessage::FormNotPreserved).link(login, Label::SignIn.text(language));
    with_facts(language, page, ReasonCode::SignInRequired, request)
}

/// The page that loads `next` by itself.
pub(super) fn reload(language: Language, next: &str) -> Page {
    page(language, PageMessage::SigningIn).refresh(next).link(next, Label::Continue.text(language))
}

/// The page that loads the provider at `to`, or, when the URL of the page has a `#fragment`, `login` with that fragment.
pub(super) fn to_provider(language: Language, to: String, login: String) -> Page {
    page(language, PageMessage::SigningIn).onward(to, Some(login), Label::Continue.text(language))
}

/// The page that loads the provider at `to` while a form is preserved. A fragment of its URL is dropped: it belongs to the
/// response to the form, which does not exist yet.
pub(super) fn form_preserved(language: Language, to: String) -> Page {
    page(language, PageMessage::FormPreserved).onward(to, None, Label::Continue.text(language))
}

/// What [`confirm_send`] shows of a preserved form.
pub(super) struct PreservedForm<'a> {
    /// The name of the person who would send the form.
    pub(super) who: &'a str,
    /// The origin to which the form is sent.
    pub(super) origin: &'a str,
    /// Path and query on that origin.
    pub(super) target: &'a str,
}

/// The page that asks whether to send a preserved form; the button posts `field` with `value` to the URL of the form.
pub(super) fn confirm_send(language: Language, form: &PreservedForm<'_>, field: &'static str, value: String) -> Page {
    let address = format!("{}{}", form.origin, form.target);
    page_with(language, PageMessage::ConfirmSend, &[("{who}", form.who), ("{address}", &address)])
        .button(form.target, field, value, Label::SendNow.text(language))
        .link(form.target, Label::ToPageWithoutSending.text(language))
}

/// The sign-out page without a session.
pub(super) fn not_signed_in(language: Language, front: &str) -> Page {
    page(language, PageMessage::NotSignedIn).link(front, Label::ToFrontPage.text(language))
}

/// The page that asks whether to sign out `who`; the button posts `token` to `action`.
pub(super) fn confirm_sign_out(language: Language, who: &str, (action, token): (String, String), front: &str) -> Page {
    page_with(language, PageMessage::ConfirmSignOut, &[("{who}", who)])
        .button(action, "token", token, Label::SignOut.text(language))
        .link(front, Label::StaySignedIn.text(language))
}

/// The page after a sign-out; `at_provider` when the provider has ended its session too.
pub(super) fn signed_out(language: Language, at_provider: bool, front: &str) -> Page {
    let message = if at_provider { PageMessage::SignedOut } else { PageMessage::SignedOutHereOnly };
    page(language, message).link(front, Label::SignInAgain.text(language))
}

/// One page of each kind in every language, to check templates before they are used.
#[must_use]
pub(crate) fn sample_pages() -> Vec<Page> {
    Language::ALL.into_iter().flat_map(samples_in).collect()
}

fn samples_in(language: Language) -> Vec<Page> {
    let [link, action, token, request] = ["next-link", "form-action", "form-token", "request-1"].map(String::from);
    let form = PreservedForm { who: "Alice", origin: "origin", target: "/form-target" };
    let mut pages = vec![
        sign_in_needed_in_frame(language, link.clone(), request.clone()),
        no_sign_in_in_frame(language, &link),
        form_not_preserved(language, link.clone(), request.clone()),
        reload(language, "again"),
        to_provider(language, link.clone(), "login".to_owned()),
        form_preserved(language, link.clone()),
        confirm_send(language, &form, "form-field", token.clone()),
        not_signed_in(language, &link),
        confirm_sign_out(language, "Alice", (action, token), &link),
        signed_out(language, true, &link),
        signed_out(language, false, &link),
    ];
    for reason in ReasonCode::ALL.iter().copied() {
        pages.push(refusal_page(language, reason, request.clone(), None));
        pages.push(refusal_page(language, reason, request.clone(), Some((link.clone(), Label::TryAgain))));
    }
    pages
}

/// The name of the person of a session, as pages show it.
pub(super) fn display_name(session: &Session) -> Cow<'_, str> {
    let identity = session.identity();
    identity.name().or_else(|| identity.preferred_username()).unwrap_or(Cow::Borrowed(identity.subject()))
}

fn page(language: Language, message: PageMessage) -> Page {
    page_with(language, message, &[])
}

/// Fills in `values`, pairs of a placeholder in braces and its value. A paragraph has at most one placeholder, so
/// placeholders inside values are not replaced.
fn page_with(language: Language, message: PageMessage, values: &[(&str, &str)]) -> Page {
    let words = words(message, language);
    let fill = |text: &'static str| match values.iter().find(|(placeholder, _)| text.contains(placeholder)) {
        Some((placeholder, value)) => Cow::Owned(text.replace(placeholder, value)),
        None => Cow::Borrowed(text),
    };
    words.paragraphs.iter().fold(Page::new(language, words.heading), |page, text| page.paragraph(fill(text)))
}

fn with_facts(language: Language, page: Page, reason: ReasonCode, request: String) -> Page {
    page.facts((Label::Reason.text(language), reason.as_str()), (Label::Request.text(language), request))
}
