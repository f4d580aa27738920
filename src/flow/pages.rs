//! Every page of ours, whole: what it says, and the ways on from it.

use super::{
    reasons::{self, REASONS, Reason},
    texts::{Label, Message},
};
use crate::web::{Language, Page};

/// Where a person may go from a page, and what the link is called.
pub type WayOn = (String, Label);

/// A refusal.
#[must_use]
pub fn refused(language: Language, reason: &Reason, request: String, way_on: Option<WayOn>) -> Page {
    let page = with_facts(language, page(language, reason.message), reason, request);
    match way_on {
        Some((href, label)) => page.link(href, label.text(language)),
        None => page,
    }
}

/// In a frame, instead of a part of a page that only signed-in people see.
#[must_use]
pub fn sign_in_for_part(language: Language, login: String, request: String) -> Page {
    let page = page(language, Message::SignInForPart).link_out_of_frame(login, Label::SignIn.text(language));
    with_facts(language, page, sign_in_required(), request)
}

/// In a frame, instead of a step of a sign-in.
#[must_use]
pub fn not_in_a_frame(language: Language, same_step: &str) -> Page {
    page(language, Message::NotInAFrame).link_out_of_frame(same_step, Label::Continue.text(language))
}

/// Instead of a form that came without a session.
#[must_use]
pub fn not_kept(language: Language, login: String, request: String) -> Page {
    let page = page(language, Message::NotKept).link(login, Label::SignIn.text(language));
    with_facts(language, page, sign_in_required(), request)
}

/// Comes back by itself as `again`.
pub(super) fn one_moment(language: Language, again: &str) -> Page {
    page(language, Message::OneMoment).refresh(again).link(again, Label::Continue.text(language))
}

/// Instead of the page that asks, when there is nobody.
pub(super) fn not_signed_in(language: Language) -> Page {
    page(language, Message::NotSignedIn).link("/", Label::ToFrontPage.text(language))
}

/// Asks whether to sign out `who`; the button posts `token` to `action`.
pub(super) fn sign_out(language: Language, who: &str, action: String, token: String) -> Page {
    let words = Message::SignOut.words(language);
    let page = Page::new(language, words.heading);
    let page = words.paragraphs.iter().fold(page, |page, text| page.paragraph(text.replace("{who}", who)));
    page.button(action, token, Label::SignOut.text(language)).link("/", Label::StaySignedIn.text(language))
}

/// After a sign-out; `there` when the provider has ended its session too.
pub(super) fn signed_out(language: Language, there: bool) -> Page {
    let message = if there { Message::SignedOut } else { Message::SignedOutHere };
    page(language, message).link("/", Label::SignInAgain.text(language))
}

/// One of each, in every language: for whoever wants to know beforehand whether they can all be shown.
#[must_use]
pub fn samples() -> Vec<Page> {
    Language::ALL.into_iter().flat_map(samples_in).collect()
}

fn samples_in(language: Language) -> Vec<Page> {
    let [way_on, action, token, request] = ["way-on", "form-action", "form-token", "request-1"].map(String::from);
    let mut pages = vec![
        sign_in_for_part(language, way_on.clone(), request.clone()),
        not_in_a_frame(language, &way_on),
        not_kept(language, way_on.clone(), request.clone()),
        one_moment(language, "again"),
        not_signed_in(language),
        sign_out(language, "Alice", action, token),
        signed_out(language, true),
        signed_out(language, false),
    ];
    for reason in REASONS {
        pages.push(refused(language, reason, request.clone(), None));
        pages.push(refused(language, reason, request.clone(), Some((way_on.clone(), Label::TryAgain))));
    }
    pages
}

fn page(language: Language, message: Message) -> Page {
    let words = message.words(language);
    words.paragraphs.iter().fold(Page::new(language, words.heading), |page, text| page.paragraph(*text))
}

fn with_facts(language: Language, page: Page, reason: &Reason, request: String) -> Page {
    page.facts((Label::Reason.text(language), reason.code), (Label::Request.text(language), request))
}

fn sign_in_required() -> &'static Reason {
    reasons::find("sign-in-required")
}
