//! What there is to say. Each language is one file beside this one, and says all of it, or does not compile.

use super::{english, french, german, japanese};
use crate::web::Language;

/// What a page says: several reasons that mean the same to a person share a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The sign-in failed; trying again may help.
    TryAgain,
    /// The sign-in failed: the provider's answer was not what it should be.
    NotTrusted,
    /// The sign-in failed, and only operators can mend it.
    CannotMend,
    /// No sign-in is possible until operators have mended something.
    NotPossibleNow,
    /// The provider cannot be reached.
    ProviderUnreachable,
    /// The provider said no.
    ProviderRefused,
    /// The person said no at the provider, or the provider to this person.
    Declined,
    /// Our clock and the provider's differ.
    ClocksDiffer,
    /// The cookie of the sign-in did not come back.
    NoCookies,
    /// The sign-in was begun in another browser.
    OtherBrowser,
    /// The sign-in was begun before a restart.
    Restarted,
    /// The answer is of no sign-in of ours.
    NotOurs,
    /// The sign-in was interrupted on its way.
    Interrupted,
    /// One sign-in follows the other.
    Loop,
    /// The store has no room.
    Busy,
    /// The store does not answer.
    StoreUnreachable,
    /// Signed in, but not allowed to see this.
    NoAccess,
    /// There is no such page.
    NotFound,
    /// There is no such site.
    UnknownHost,
    /// https is needed.
    HttpsNeeded,
    /// The address takes no such request.
    WrongMethod,
    /// The form was too large.
    TooMuch,
    /// The request can be read in two ways.
    AmbiguousRequest,
    /// The address can be read in two ways.
    AmbiguousAddress,
    /// The request broke off.
    BrokenOff,
    /// The application may install no service worker.
    ServiceWorker,
    /// A page of another site wanted a connection.
    ForeignConnection,
    /// A sign-out that no page of ours asked for.
    ForeignSignOut,
    /// The application answers nonsense.
    BadApplication,
    /// The application is too slow.
    SlowApplication,
    /// The application is not there.
    NoApplication,
    /// A fault of our own.
    Broken,
    /// Somebody must sign in to see this.
    SignIn,
    /// Somebody must sign in to see this part of a page.
    SignInForPart,
    /// No sign-in begins in a frame.
    NotInAFrame,
    /// The session ended before a form was sent.
    NotKept,
    /// The sign-in goes on by itself.
    OneMoment,
    /// There is nobody to sign out.
    NotSignedIn,
    /// Whether to sign out `{who}`.
    SignOut,
    /// Signed out here and at the provider.
    SignedOut,
    /// Signed out here; the provider was not asked, or did not say.
    SignedOutHere,
}

/// What a link, a button or a line is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// To the sign-in.
    SignIn,
    /// To the sign-in, after a sign-out.
    SignInAgain,
    /// To the sign-out, for who wants to be somebody else.
    SignInAsSomebodyElse,
    /// On with what was begun.
    Continue,
    /// The same again.
    TryAgain,
    /// The sign-in from its beginning.
    StartAgain,
    /// The button that signs out.
    SignOut,
    /// Back, without signing out.
    StaySignedIn,
    /// To the page that asks whether to sign out.
    ToSignOutPage,
    /// To the front page.
    ToFrontPage,
    /// Before the reason code.
    Reason,
    /// Before the request's name.
    Request,
}

/// A message in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// In a few words.
    pub heading: &'static str,
    /// In a paragraph each: what happened, and what to do.
    pub paragraphs: &'static [&'static str],
}

impl Message {
    /// The message in `language`.
    #[must_use]
    pub fn words(self, language: Language) -> Words {
        let (heading, paragraphs) = match language {
            Language::English => english::message(self),
            Language::German => german::message(self),
            Language::Japanese => japanese::message(self),
            Language::French => french::message(self),
        };
        Words { heading, paragraphs }
    }
}

impl Label {
    /// The label in `language`.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match language {
            Language::English => english::label(self),
            Language::German => german::label(self),
            Language::Japanese => japanese::label(self),
            Language::French => french::label(self),
        }
    }
}
