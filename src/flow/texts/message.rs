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
    /// The provider is there, and not well.
    ProviderBusy,
    /// The provider wanted something more of the person.
    NeedsMore,
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
    /// The provider did not sign the person in as strongly as the page demands.
    StrongerNeeded,
    /// The provider did not sign the person in anew, as the page demands.
    FreshNeeded,
    /// Somebody is signed in, and has to do it once more.
    SignInOnceMore,
    /// Another person came back from the provider than the one who is signed in.
    OtherPerson,
    /// Signed in, and the provider did not say in which groups.
    GroupsUnknown,
    /// Signed in with an account of an organization that is not let in.
    OtherTenant,
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
    /// A press of the button that sends a kept form, from no page of ours.
    ForeignSend,
    /// The kept form is not there any more.
    KeptGone,
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
    /// The sign-in goes on by itself, and a form is kept meanwhile.
    FormKept,
    /// Whether to send, as `{who}`, the form that was sent to `{address}` and kept.
    SendKept,
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
    /// The same again, with a choice of accounts at the provider.
    ChooseAccount,
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
    /// To the page that a kept form was sent to.
    ToPage,
    /// The button that sends a kept form.
    SendNow,
    /// To the page that a kept form was sent to, without sending it.
    ToPageUnsent,
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

#[cfg(test)]
mod tests {
    use super::{Label, Message};
    use crate::{flow::reasons::REASONS, web::Language};

    #[test]
    fn every_text_is_short_whole_and_in_its_own_language() {
        let messages = REASONS.iter().map(|reason| reason.message).chain(NO_REASON);
        for message in messages {
            let english = message.words(Language::English);
            for language in Language::ALL {
                let words = message.words(language);
                let about = format!("{message:?} in {language:?}");
                assert!((4..=60).contains(&words.heading.chars().count()), "{about}: {}", words.heading);
                assert!(!words.heading.ends_with(['.', '。']), "{about}: {}", words.heading);
                assert_eq!(words.paragraphs.len(), english.paragraphs.len(), "{about}");
                for (text, original) in words.paragraphs.iter().zip(english.paragraphs) {
                    assert!((8..=260).contains(&text.chars().count()), "{about}: {text}");
                    assert!(text.ends_with(['.', '。']), "{about}: {text}");
                    let places = PLACES.map(|place| text.matches(place).count());
                    assert_eq!(places, PLACES.map(|place| original.matches(place).count()), "{about}: {text}");
                    let places: usize = places.into_iter().sum();
                    assert!(places <= 1, "names are filled in paragraph by paragraph: {about}: {text}");
                    assert_eq!(text.matches(['{', '}']).count(), 2 * places, "{about}: {text}");
                    assert!(language == Language::English || text != original, "{about}: {text}");
                    assert_is_well_set(language, text);
                }
                assert_is_well_set(language, words.heading);
            }
        }
    }

    #[test]
    fn every_label_is_short_and_in_its_own_language() {
        for label in LABELS {
            let texts = Language::ALL.map(|language| label.text(language));
            assert!(texts.iter().all(|text| (2..=35).contains(&text.chars().count())), "{texts:?}");
            assert!(texts[1..].iter().all(|text| *text != texts[0]), "{texts:?}");
            Language::ALL.into_iter().zip(texts).for_each(|(language, text)| assert_is_well_set(language, text));
        }
    }

    fn assert_is_well_set(language: Language, text: &str) {
        assert!(!text.contains("  ") && text.trim() == text, "{text}");
        let is_kana =
            |letter: char| ('\u{3040}'..='\u{30ff}').contains(&letter) || ('\u{4e00}'..='\u{9fff}').contains(&letter);
        assert_eq!(text.contains(is_kana), language == Language::Japanese, "{text}");
        if language == Language::French {
            // The apostrophe is a letter of print; a line never begins with a mark.
            assert!(
                !text.contains(['\'', '«']) && ![" ?", " !", " :", " ;"].iter().any(|mark| text.contains(mark)),
                "{text}"
            );
        }
    }

    /// What is filled in.
    const PLACES: [&str; 2] = ["{who}", "{address}"];

    /// What no reason says.
    const NO_REASON: [Message; 10] = [
        Message::SignInForPart,
        Message::NotInAFrame,
        Message::NotKept,
        Message::OneMoment,
        Message::FormKept,
        Message::SendKept,
        Message::NotSignedIn,
        Message::SignOut,
        Message::SignedOut,
        Message::SignedOutHere,
    ];

    const LABELS: [Label; 16] = [
        Label::SignIn,
        Label::SignInAgain,
        Label::SignInAsSomebodyElse,
        Label::Continue,
        Label::TryAgain,
        Label::ChooseAccount,
        Label::StartAgain,
        Label::SignOut,
        Label::StaySignedIn,
        Label::ToSignOutPage,
        Label::ToFrontPage,
        Label::ToPage,
        Label::SendNow,
        Label::ToPageUnsent,
        Label::Reason,
        Label::Request,
    ];
}
