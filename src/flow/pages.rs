//! Every page of ours, whole: what it says, and the ways on from it.

use std::borrow::Cow;

use super::texts::{Label, words};
use crate::{
    reason::{PageMessage, ReasonCode},
    web::{Language, Page, ProblemDetails, RequestId},
};

/// Where a person may go from a page, and what the link is called.
pub type WayOn = (String, Label);

/// A refusal.
#[must_use]
pub fn refused(language: Language, reason: ReasonCode, request: String, way_on: Option<WayOn>) -> Page {
    let page = with_facts(language, page(language, reason.message()), reason, request);
    match way_on {
        Some((href, label)) => page.link(href, label.text(language)),
        None => page,
    }
}

/// A refusal for a script, about `request`: problem details in English. `login` is where a sign-in begins, if one helps.
pub fn problem_details(reason: ReasonCode, request: RequestId, login: Option<&str>) -> ProblemDetails<'_> {
    let words = words(reason.message(), Language::English);
    ProblemDetails { reason, title: words.heading, detail: words.paragraphs.join(" "), request, login }
}

/// In a frame, instead of a part of a page that only signed-in people see.
#[must_use]
pub fn sign_in_for_part(language: Language, login: String, request: String) -> Page {
    let page = page(language, PageMessage::SignInNeededInFrame).link_out_of_frame(login, Label::SignIn.text(language));
    with_facts(language, page, ReasonCode::SignInRequired, request)
}

/// In a frame, instead of a step of a sign-in.
#[must_use]
pub fn not_in_a_frame(language: Language, same_step: &str) -> Page {
    page(language, PageMessage::NoSignInInFrame).link_out_of_frame(same_step, Label::Continue.text(language))
}

/// Instead of a form that came without a session.
#[must_use]
pub fn not_kept(language: Language, login: String, request: String) -> Page {
    let page = page(language, PageMessage::FormNotPreserved).link(login, Label::SignIn.text(language));
    with_facts(language, page, ReasonCode::SignInRequired, request)
}

/// Comes back by itself as `again`.
pub(super) fn one_moment(language: Language, again: &str) -> Page {
    page(language, PageMessage::SigningIn).refresh(again).link(again, Label::Continue.text(language))
}

/// Goes on to the provider, `to`; or to `login`, which is told the `#fragment` of the page's address.
pub(super) fn on_the_way(language: Language, to: String, login: String) -> Page {
    page(language, PageMessage::SigningIn).onward(to, Some(login), Label::Continue.text(language))
}

/// Goes on to the provider, `to`, while a form is kept. A fragment would be of the answer to it, which is not there yet.
pub(super) fn form_kept(language: Language, to: String) -> Page {
    page(language, PageMessage::FormPreserved).onward(to, None, Label::Continue.text(language))
}

/// What [`send_kept`] tells of a kept form.
pub(super) struct Offer<'a> {
    /// Who would send it.
    pub(super) who: &'a str,
    /// Where.
    pub(super) origin: &'a str,
    /// Path and query there.
    pub(super) target: &'a str,
}

/// Asks whether to send what was kept; the button posts `field` with `value` to where the form was sent to.
pub(super) fn send_kept(language: Language, offer: &Offer<'_>, field: &'static str, value: String) -> Page {
    let address = format!("{}{}", offer.origin, offer.target);
    page_with(language, PageMessage::ConfirmSend, &[("{who}", offer.who), ("{address}", &address)])
        .button(offer.target, field, value, Label::SendNow.text(language))
        .link(offer.target, Label::ToPageWithoutSending.text(language))
}

/// Instead of the page that asks, when there is nobody.
pub(super) fn not_signed_in(language: Language, front: &str) -> Page {
    page(language, PageMessage::NotSignedIn).link(front, Label::ToFrontPage.text(language))
}

/// Asks whether to sign out `who`; the button posts `token` to `action`.
pub(super) fn sign_out(language: Language, who: &str, action: String, token: String, front: &str) -> Page {
    page_with(language, PageMessage::ConfirmSignOut, &[("{who}", who)])
        .button(action, "token", token, Label::SignOut.text(language))
        .link(front, Label::StaySignedIn.text(language))
}

/// After a sign-out; `there` when the provider has ended its session too.
pub(super) fn signed_out(language: Language, there: bool, front: &str) -> Page {
    let message = if there { PageMessage::SignedOut } else { PageMessage::SignedOutHereOnly };
    page(language, message).link(front, Label::SignInAgain.text(language))
}

/// One of each, in every language: for whoever wants to know beforehand whether they can all be shown.
#[must_use]
pub fn samples() -> Vec<Page> {
    Language::ALL.into_iter().flat_map(samples_in).collect()
}

fn samples_in(language: Language) -> Vec<Page> {
    let [way_on, action, token, request] = ["way-on", "form-action", "form-token", "request-1"].map(String::from);
    let offer = Offer { who: "Alice", origin: "origin", target: "/form-target" };
    let mut pages = vec![
        sign_in_for_part(language, way_on.clone(), request.clone()),
        not_in_a_frame(language, &way_on),
        not_kept(language, way_on.clone(), request.clone()),
        one_moment(language, "again"),
        on_the_way(language, way_on.clone(), "login".to_owned()),
        form_kept(language, way_on.clone()),
        send_kept(language, &offer, "form-field", token.clone()),
        not_signed_in(language, &way_on),
        sign_out(language, "Alice", action, token, &way_on),
        signed_out(language, true, &way_on),
        signed_out(language, false, &way_on),
    ];
    for reason in ReasonCode::ALL.iter().copied() {
        pages.push(refused(language, reason, request.clone(), None));
        pages.push(refused(language, reason, request.clone(), Some((way_on.clone(), Label::TryAgain))));
    }
    pages
}

fn page(language: Language, message: PageMessage) -> Page {
    page_with(language, message, &[])
}

/// The page with names in the places of their names in braces; a paragraph has one at most, so no name is read again.
fn page_with(language: Language, message: PageMessage, names: &[(&str, &str)]) -> Page {
    let words = words(message, language);
    let fill = |text: &'static str| match names.iter().find(|(place, _)| text.contains(place)) {
        Some((place, name)) => Cow::Owned(text.replace(place, name)),
        None => Cow::Borrowed(text),
    };
    words.paragraphs.iter().fold(Page::new(language, words.heading), |page, text| page.paragraph(fill(text)))
}

fn with_facts(language: Language, page: Page, reason: ReasonCode, request: String) -> Page {
    page.facts((Label::Reason.text(language), reason.as_str()), (Label::Request.text(language), request))
}
