//! The text of every message and label. Each language is a file of this module; a missing text does not compile.

use super::{english, french, german, japanese, label::Label};
use crate::{reason::PageMessage, web::Language};

/// A message in one language: plain text, with the placeholders `{who}` and `{address}` where the message has them.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The heading: what happened, in at most 60 characters.
    pub heading: &'static str,
    /// The paragraphs: what happened, and what to do next.
    pub paragraphs: &'static [&'static str],
}

/// The text of `message` in `language`.
#[must_use]
pub fn words(message: PageMessage, language: Language) -> Words {
    let (heading, paragraphs) = match language {
        Language::English => english::message(message),
        Language::German => german::message(message),
        Language::Japanese => japanese::message(message),
        Language::French => french::message(message),
    };
    Words { heading, paragraphs }
}

impl Label {
    /// The label in `language`.
    #[must_use]
    pub(crate) fn text(self, language: Language) -> &'static str {
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
    use super::{Label, words};
    use crate::{
        reason::{PageMessage, ReasonCode},
        web::Language,
    };

    #[test]
    fn every_text_is_short_complete_and_translated() {
        let messages = ReasonCode::ALL.iter().map(|reason| reason.message()).chain(NO_REASON);
        for message in messages {
            let english = words(message, Language::English);
            for language in Language::ALL {
                let words = words(message, language);
                let about = format!("{message:?} in {language:?}");
                assert!((4..=60).contains(&words.heading.chars().count()), "{about}: {}", words.heading);
                assert!(!words.heading.ends_with(['.', '。']), "{about}: {}", words.heading);
                assert_eq!(words.paragraphs.len(), english.paragraphs.len(), "{about}");
                for (text, original) in words.paragraphs.iter().zip(english.paragraphs) {
                    assert!((8..=260).contains(&text.chars().count()), "{about}: {text}");
                    assert!(text.ends_with(['.', '。']), "{about}: {text}");
                    let counts = PLACEHOLDERS.map(|placeholder| text.matches(placeholder).count());
                    assert_eq!(
                        counts,
                        PLACEHOLDERS.map(|placeholder| original.matches(placeholder).count()),
                        "{about}: {text}"
                    );
                    let placeholders: usize = counts.into_iter().sum();
                    assert!(placeholders <= 1, "one placeholder in a paragraph: {about}: {text}");
                    assert_eq!(text.matches(['{', '}']).count(), 2 * placeholders, "{about}: {text}");
                    assert!(language == Language::English || text != original, "{about}: {text}");
                    assert_typography(language, text);
                }
                assert_typography(language, words.heading);
            }
        }
    }

    #[test]
    fn every_label_is_short_and_in_its_own_language() {
        for label in LABELS {
            let texts = Language::ALL.map(|language| label.text(language));
            assert!(texts.iter().all(|text| (2..=35).contains(&text.chars().count())), "{texts:?}");
            assert!(texts[1..].iter().all(|text| *text != texts[0]), "{texts:?}");
            Language::ALL.into_iter().zip(texts).for_each(|(language, text)| assert_typography(language, text));
        }
    }

    fn assert_typography(language: Language, text: &str) {
        // An upper-case letter inside a word is the name of a type, not a word of any language.
        let letters: Vec<char> = text.chars().collect();
        let inside = letters.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase());
        assert!(!inside, "{text}");
        assert!(!text.contains("  ") && text.trim() == text, "{text}");
        let is_kana =
            |letter: char| ('\u{3040}'..='\u{30ff}').contains(&letter) || ('\u{4e00}'..='\u{9fff}').contains(&letter);
        assert_eq!(text.contains(is_kana), language == Language::Japanese, "{text}");
        if language == Language::French {
            // The typographic apostrophe, and no ordinary space before a mark: a line would break there.
            assert!(
                !text.contains(['\'', '«']) && ![" ?", " !", " :", " ;"].iter().any(|mark| text.contains(mark)),
                "{text}"
            );
        }
    }

    const PLACEHOLDERS: [&str; 2] = ["{who}", "{address}"];

    /// The messages that do not belong to a reason code.
    const NO_REASON: [PageMessage; 10] = [
        PageMessage::SignInNeededInFrame,
        PageMessage::NoSignInInFrame,
        PageMessage::FormNotPreserved,
        PageMessage::SigningIn,
        PageMessage::FormPreserved,
        PageMessage::ConfirmSend,
        PageMessage::NotSignedIn,
        PageMessage::ConfirmSignOut,
        PageMessage::SignedOut,
        PageMessage::SignedOutHereOnly,
    ];

    const LABELS: [Label; 16] = [
        Label::SignIn,
        Label::SignInAgain,
        Label::SignInWithOtherAccount,
        Label::Continue,
        Label::TryAgain,
        Label::TryOtherAccount,
        Label::StartAgain,
        Label::SignOut,
        Label::StaySignedIn,
        Label::ToSignOutPage,
        Label::ToFrontPage,
        Label::ToPage,
        Label::SendNow,
        Label::ToPageWithoutSending,
        Label::Reason,
        Label::Request,
    ];
}
