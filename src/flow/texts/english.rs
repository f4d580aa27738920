//! English.

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::ResponseNotTrusted => {
            (FAILED, &["The answer from your sign-in provider could not be verified, so it was not used.", TRY])
        }
        PageMessage::OperatorMustFix => (FAILED, &[TELL]),
        PageMessage::SignInUnavailable => ("Sign-in is currently unavailable", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Sign-in is currently unavailable",
            &["Your sign-in provider cannot be reached at the moment. Please try again in a minute."],
        ),
        PageMessage::ProviderBusy => (
            "Sign-in is currently unavailable",
            &["Your sign-in provider has a technical problem at the moment. Please try again in a minute."],
        ),
        PageMessage::InteractionNeeded => {
            (FAILED, &["Your sign-in provider asked for a further step, and it was not completed.", TRY])
        }
        PageMessage::ProviderRefused => (FAILED, &["Your sign-in provider refused the sign-in.", TRY]),
        PageMessage::Declined => (
            "Sign-in was declined",
            &[
                "The sign-in was cancelled, or your sign-in provider did not allow it. You can try again with another account.",
            ],
        ),
        PageMessage::ClocksDiffer => {
            (FAILED, &["The clocks of this site and of your sign-in provider do not agree.", TELL])
        }
        PageMessage::CookieMissing => (
            "Sign-in could not be completed",
            &[
                "Your browser did not send back the cookie of this sign-in. Either it blocks cookies for this site, or the sign-in was completed or abandoned some time ago.",
                "Please allow cookies for this site, then start again.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "This sign-in was started in another browser or window and cannot be completed here. Please start again.",
            ],
        ),
        PageMessage::SiteRestarted => {
            ("Please start again", &["This site was restarted while you were signing in. Please start again."])
        }
        PageMessage::UnknownSignIn => (
            FAILED,
            &["The answer from your sign-in provider does not belong to a sign-in at this site. Please start again."],
        ),
        PageMessage::SignInInterrupted => (FAILED, &["Your sign-in was interrupted. Please try again."]),
        PageMessage::SignInLoop => (
            "Sign-in keeps repeating",
            &[
                "You came back from your sign-in provider several times in a row without staying signed in. Most often the browser does not keep this site's cookies, or a clock is wrong.",
                "Please check that cookies are allowed for this site, then try again.",
            ],
        ),
        PageMessage::SiteBusy => {
            ("Please try again in a minute", &["This site is too busy to sign you in at the moment."])
        }
        PageMessage::TooManyRequests => {
            ("Please try again in a minute", &["Too many requests arrived from your network at the same time."])
        }
        PageMessage::StoreUnreachable => {
            ("Please try again in a minute", &["This site cannot check who is signed in at the moment."])
        }
        PageMessage::NoAccess => (
            "No access",
            &[
                "You are signed in, but your account has no access to this page. If you need access, please contact the people who run this site.",
            ],
        ),
        PageMessage::StrongerSignInNeeded => (
            "A stronger sign-in is needed",
            &[
                "This page requires a stronger sign-in method than the one that was used. Please use the stronger method that your sign-in provider offers.",
                TRY,
            ],
        ),
        PageMessage::RecentSignInNeeded => (
            "A recent sign-in is needed",
            &[
                "This page requires a more recent sign-in than the one that your sign-in provider remembers. Please try again, and sign in there once more.",
            ],
        ),
        PageMessage::StepUpNeeded => (
            "Please sign in again",
            &[
                "This page requires a more recent or a stronger sign-in than yours. If you submitted something, it was not delivered.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Another person signed in",
            &[
                "You are still signed in here, but another person signed in at your sign-in provider. Nothing was changed. To continue as that person, please sign out here first.",
            ],
        ),
        PageMessage::OtherProvider => (
            "Another account is needed",
            &[
                "You are signed in, but this page is for accounts of another sign-in provider. If you have such an account, you can sign in with it. Your current sign-in here then ends.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "No access",
            &[
                "You are signed in, but you belong to so many groups that your sign-in provider did not list them. If you need access, please contact the people who run this site and give them the details below.",
            ],
        ),
        PageMessage::TenantNotAllowed => (
            "No access",
            &[
                "You signed in with an account of an organization that has no access to this site. Please try again with another account. If you need access, please contact the people who run this site and give them the details below.",
            ],
        ),
        PageMessage::NotFound => ("Page not found", &["There is no page at this address. Please check the address."]),
        PageMessage::UnknownHost => {
            ("Unknown site", &["This server does not serve the address you asked for. Please check the address."])
        }
        PageMessage::HttpsNeeded => (
            "Secure connection required",
            &["This request was sent without encryption, so it was refused. Please use the https:// address."],
        ),
        PageMessage::MethodNotAllowed => {
            ("Request not accepted", &["This address does not accept this kind of request."])
        }
        PageMessage::FormTooLarge => {
            ("Form too large", &["The form that was sent is larger than this address accepts."])
        }
        PageMessage::AmbiguousRequest => {
            ("Request not understood", &["The request can be read in more than one way, so it was refused."])
        }
        PageMessage::AmbiguousAddress => (
            "Address not understood",
            &["The address can be read in more than one way, so it was refused. Please check the address."],
        ),
        PageMessage::AddressTooLong => {
            ("Address too long", &["The address is longer than this site accepts. Please check the address."])
        }
        PageMessage::RequestIncomplete => (
            "The request was incomplete",
            &["The connection was interrupted while your browser was sending. Please try again."],
        ),
        PageMessage::ServiceWorker => ("Not allowed", &["This application may not install a service worker here."]),
        PageMessage::CrossSiteConnection => {
            ("Not allowed", &["A page of another site tried to open a connection to this site."])
        }
        PageMessage::CrossSiteSignOut => (
            "Sign-out was not requested here",
            &["You can only sign out from a page of this site. Please use the sign-out page."],
        ),
        PageMessage::CrossSiteSend => (
            "Not sent",
            &["This form was not sent, because the request to send it did not come from a page of this site."],
        ),
        PageMessage::PreservedFormGone => (
            "This form is no longer available",
            &[
                "Your form was already delivered, was kept for more than an hour, or was lost when this site was restarted. Please check whether it arrived before you fill it in again.",
            ],
        ),
        PageMessage::ApplicationProtocolError => (
            "The application does not respond properly",
            &[
                "The application behind this page sent a response that could not be understood. Please try again in a minute.",
            ],
        ),
        PageMessage::ApplicationTimeout => (
            "The application takes too long",
            &["The application behind this page did not respond in time. Please try again in a minute."],
        ),
        PageMessage::ApplicationUnreachable => (
            "The application is not available",
            &["The application behind this page cannot be reached at the moment. Please try again in a minute."],
        ),
        PageMessage::InternalError => ("Something went wrong", &[TELL]),
        PageMessage::SignInNeeded => ("Please sign in", &["You need to sign in to see this page."]),
        PageMessage::SignInNeededInFrame => (
            "Please sign in",
            &["You need to sign in to see this part of the page. The sign-in opens in the whole tab."],
        ),
        PageMessage::NoSignInInFrame => {
            ("Please sign in", &["You cannot sign in inside a frame. The sign-in opens in the whole tab."])
        }
        PageMessage::FormNotPreserved => (
            "Your session has ended",
            &[
                "You are no longer signed in. What you sent was not delivered and was not kept.",
                "To keep what you typed, go back with your browser's Back button and copy it. Then sign in and send it again.",
            ],
        ),
        PageMessage::SigningIn => ("One moment, please", &[SIGNING_IN]),
        PageMessage::FormPreserved => (
            "One moment, please",
            &[
                SIGNING_IN,
                "What you sent has not been delivered yet. It is kept, and you can send it once you are signed in.",
            ],
        ),
        PageMessage::ConfirmSend => (
            "Send your form now?",
            &[
                "You are signed in as {who}.",
                "When a form was sent to {address}, the session had ended. The form was kept and has not been sent yet.",
            ],
        ),
        PageMessage::NotSignedIn => ("You are not signed in", &["You do not need to sign out."]),
        PageMessage::ConfirmSignOut => ("Sign out?", &["You are signed in as {who}."]),
        PageMessage::SignedOut => {
            ("You are signed out", &["Your session at this site and at your sign-in provider has ended."])
        }
        PageMessage::SignedOutHereOnly => (
            "You are signed out",
            &[
                "Your session at this site has ended.",
                "You may still be signed in at your sign-in provider. On a shared computer, please sign out there too, or close the browser.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Sign in",
        Label::SignInAgain => "Sign in again",
        Label::SignInWithOtherAccount => "Sign in with another account",
        Label::Continue => "Continue",
        Label::TryAgain => "Try again",
        Label::TryOtherAccount => "Try again with another account",
        Label::StartAgain => "Start again",
        Label::SignOut => "Sign out",
        Label::StaySignedIn => "Stay signed in",
        Label::ToSignOutPage => "Go to the sign-out page",
        Label::ToFrontPage => "Go to the front page",
        Label::ToPage => "Go to the page",
        Label::SendNow => "Send it now",
        Label::ToPageWithoutSending => "Go to the page without sending it",
        Label::Reason => "Reason",
        Label::Request => "Request",
    }
}

const FAILED: &str = "Sign-in failed";
const TRY: &str =
    "Please try again. If it happens again, contact the people who run this site and give them the details below.";
const TELL: &str =
    "You cannot fix this yourself. Please contact the people who run this site and give them the details below.";
const SIGNING_IN: &str = "You are being signed in. If this page does not move on, please use the link.";
