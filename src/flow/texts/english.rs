//! English.

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::NotTrusted => {
            (FAILED, &["The sign-in provider sent an answer that could not be trusted, so it was not used.", TRY])
        }
        PageMessage::CannotMend => (FAILED, &[TELL]),
        PageMessage::NotPossibleNow => ("Sign-in is not possible now", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Sign-in is not possible now",
            &["The sign-in provider cannot be reached at the moment. Please try again in a minute."],
        ),
        PageMessage::ProviderBusy => (
            "Sign-in is not possible now",
            &["The sign-in provider has a problem at the moment. Please try again in a minute."],
        ),
        PageMessage::NeedsMore => {
            (FAILED, &["The sign-in provider needed something more from you, and did not get it.", TRY])
        }
        PageMessage::ProviderRefused => (FAILED, &["The sign-in provider refused the sign-in.", TRY]),
        PageMessage::Declined => {
            ("Sign-in was declined", &["The sign-in was cancelled or declined at the sign-in provider."])
        }
        PageMessage::ClocksDiffer => (
            FAILED,
            &[
                "The clocks of this site and of the sign-in provider differ. Please tell the people who run this site, with the lines below.",
            ],
        ),
        PageMessage::NoCookies => (
            "Sign-in could not be completed",
            &[
                "Your browser did not bring back the cookie of this sign-in. Either cookies are blocked for this site, or the sign-in was finished or given up long ago.",
                "Allow cookies, then start again.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &["This sign-in was begun in another browser or window and cannot be finished here. Please start again."],
        ),
        PageMessage::Restarted => {
            ("Please start again", &["This site was restarted while you were signing in. Please start again."])
        }
        PageMessage::NotOurs => {
            (FAILED, &["This answer does not belong to a sign-in of this site. Please start again."])
        }
        PageMessage::Interrupted => (FAILED, &["Your sign-in was interrupted on its way. Please try again."]),
        PageMessage::Loop => (
            "Sign-in goes round in circles",
            &[
                "You came back from the sign-in provider several times in a row, and never stayed signed in. Most often the browser does not keep this site's cookies, or a clock is wrong.",
                "Check that cookies are allowed for this site, then try again.",
            ],
        ),
        PageMessage::Busy => ("Please try again in a minute", &["This site is too busy to sign you in at the moment."]),
        PageMessage::StoreUnreachable => {
            ("Please try again in a minute", &["This site cannot look up sign-ins at the moment."])
        }
        PageMessage::NoAccess => (
            "No access",
            &[
                "You are signed in, but your account has no access to this page. If you should have it, ask the people who run this site.",
            ],
        ),
        PageMessage::StrongerNeeded => (
            "A stronger sign-in is needed",
            &[
                "This page asks for a stronger way of signing in than the one that was used. Use the one that your sign-in provider offers for it.",
                TRY,
            ],
        ),
        PageMessage::FreshNeeded => (
            "A fresh sign-in is needed",
            &[
                "This page asks for a sign-in that is more recent than the one your sign-in provider remembers. Please try again, and sign in there anew.",
            ],
        ),
        PageMessage::SignInOnceMore => (
            "Please sign in once more",
            &[
                "This page needs a sign-in that is more recent, or stronger, than yours. If you sent something, it was not delivered.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Another person signed in",
            &[
                "You are still signed in here, but at your sign-in provider somebody else signed in. Nothing was changed. To go on as that person, sign out here first.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "No access",
            &[
                "You are signed in, but you are in so many groups that the sign-in provider did not say which ones. If you should have access, tell the people who run this site, with the lines below.",
            ],
        ),
        PageMessage::OtherTenant => (
            "No access",
            &[
                "You signed in with an account of an organization that has no access to this site. Please try again with another account. If it should have access, tell the people who run this site, with the lines below.",
            ],
        ),
        PageMessage::NotFound => ("Page not found", &["There is nothing at this address."]),
        PageMessage::UnknownHost => {
            ("Not a site of this server", &["This server does not serve the address you asked for."])
        }
        PageMessage::HttpsNeeded => (
            "Secure connection needed",
            &["This request was sent without encryption and was refused. Please use the https:// address."],
        ),
        PageMessage::WrongMethod => ("Not possible this way", &["This address does not take that kind of request."]),
        PageMessage::TooMuch => ("Too much was sent", &["The form was larger than this address takes."]),
        PageMessage::AmbiguousRequest => {
            ("Request not understood", &["The request can be read in more than one way, so it was refused."])
        }
        PageMessage::AmbiguousAddress => {
            ("Address not understood", &["The address can be read in more than one way, so it was refused."])
        }
        PageMessage::BrokenOff => (
            "The request did not arrive whole",
            &["The connection broke while your browser was sending. Please try again."],
        ),
        PageMessage::ServiceWorker => ("Not allowed", &["This application may not install a service worker here."]),
        PageMessage::ForeignConnection => {
            ("Not allowed", &["A page of another site tried to open a connection to this one."])
        }
        PageMessage::ForeignSignOut => (
            "Sign-out was not asked for here",
            &["A sign-out can only be asked for on a page of this site. Please use the sign-out page."],
        ),
        PageMessage::ForeignSend => (
            "Not sent",
            &["This form was not sent, because the request to send it did not come from a page of this site."],
        ),
        PageMessage::KeptGone => (
            "This form is not here any more",
            &[
                "What you had sent was delivered already, or it waited for more than an hour, or this site was restarted. Look whether it arrived before you write it again.",
            ],
        ),
        PageMessage::BadApplication => (
            "The application does not answer properly",
            &[
                "The application behind this page sent an answer that could not be understood. Please try again in a minute.",
            ],
        ),
        PageMessage::SlowApplication => (
            "The application takes too long",
            &["The application behind this page did not answer in time. Please try again in a minute."],
        ),
        PageMessage::NoApplication => (
            "The application is not running",
            &["The application behind this page cannot be reached at the moment. Please try again in a minute."],
        ),
        PageMessage::Broken => ("Something went wrong here", &[TELL]),
        PageMessage::SignIn => ("Please sign in", &["You need to sign in to see this page."]),
        PageMessage::SignInForPart => {
            ("Please sign in", &["This part of the page needs you to be signed in. Signing in opens in the whole tab."])
        }
        PageMessage::NotInAFrame => {
            ("Please sign in", &["Signing in does not work within a frame. It opens in the whole tab."])
        }
        PageMessage::NotKept => (
            "Your session has ended",
            &[
                "You are not signed in any more, so what you sent was not delivered and was not kept.",
                "To keep what you typed, go back with your browser's back button and copy it first. Then sign in and send it again.",
            ],
        ),
        PageMessage::OneMoment => ("One moment, please", &[ON_THE_WAY]),
        PageMessage::FormKept => (
            "One moment, please",
            &[
                ON_THE_WAY,
                "What you sent has not been delivered yet. It is kept, and you can send it when you are signed in.",
            ],
        ),
        PageMessage::SendKept => (
            "Send your form now?",
            &[
                "You are signed in as {who}.",
                "When a form was sent to {address}, nobody was signed in any more. It was kept and has not been sent yet.",
            ],
        ),
        PageMessage::NotSignedIn => ("You are not signed in", &["There is nothing to sign out of."]),
        PageMessage::SignOut => ("Sign out?", &["You are signed in as {who}."]),
        PageMessage::SignedOut => {
            ("You are signed out", &["Your session at this site and at your sign-in provider has ended."])
        }
        PageMessage::SignedOutHere => (
            "You are signed out",
            &[
                "Your session at this site has ended.",
                "You may still be signed in at your sign-in provider. On a shared computer, sign out there too, or close the browser.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Sign in",
        Label::SignInAgain => "Sign in again",
        Label::SignInAsSomebodyElse => "Sign in as somebody else",
        Label::Continue => "Continue",
        Label::ChooseAccount => "Try again with another account",
        Label::TryAgain => "Try again",
        Label::StartAgain => "Start again",
        Label::SignOut => "Sign out",
        Label::StaySignedIn => "Stay signed in",
        Label::ToSignOutPage => "Go to the sign-out page",
        Label::ToFrontPage => "Go to the front page",
        Label::ToPage => "Go to the page",
        Label::SendNow => "Send it now",
        Label::ToPageUnsent => "Go to the page without sending it",
        Label::Reason => "Reason",
        Label::Request => "Request",
    }
}

const FAILED: &str = "Sign-in failed";
const TRY: &str = "Please try again. If it happens again, tell the people who run this site, with the lines below.";
const TELL: &str =
    "This cannot be mended from your side. Please tell the people who run this site, with the lines below.";
const ON_THE_WAY: &str = "You are being signed in. If this page stays, use the link.";
