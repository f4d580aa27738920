//! German, with „Sie“.

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::NotTrusted => (
            FAILED,
            &["Die Antwort des Anmeldedienstes war nicht vertrauenswürdig und wurde deshalb nicht verwendet.", TRY],
        ),
        PageMessage::CannotMend => (FAILED, &[TELL]),
        PageMessage::NotPossibleNow => ("Anmeldung zurzeit nicht möglich", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Anmeldung zurzeit nicht möglich",
            &["Der Anmeldedienst ist im Moment nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal."],
        ),
        PageMessage::ProviderBusy => (
            "Anmeldung zurzeit nicht möglich",
            &["Der Anmeldedienst hat im Moment eine Störung. Bitte versuchen Sie es in einer Minute noch einmal."],
        ),
        PageMessage::NeedsMore => {
            (FAILED, &["Der Anmeldedienst brauchte noch eine Angabe von Ihnen und hat sie nicht erhalten.", TRY])
        }
        PageMessage::ProviderRefused => (FAILED, &["Der Anmeldedienst hat die Anmeldung abgelehnt.", TRY]),
        PageMessage::Declined => {
            ("Anmeldung abgebrochen", &["Die Anmeldung wurde beim Anmeldedienst abgebrochen oder abgelehnt."])
        }
        PageMessage::ClocksDiffer => (
            FAILED,
            &[
                "Die Uhren dieser Website und des Anmeldedienstes gehen unterschiedlich. Bitte wenden Sie sich mit den Angaben unten an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::NoCookies => (
            "Anmeldung konnte nicht abgeschlossen werden",
            &[
                "Ihr Browser hat das Cookie dieser Anmeldung nicht zurückgeschickt. Entweder sind Cookies für diese Website blockiert, oder die Anmeldung wurde vor längerer Zeit abgeschlossen oder abgebrochen.",
                "Bitte erlauben Sie Cookies und beginnen Sie dann von vorn.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "Diese Anmeldung wurde in einem anderen Browser oder Fenster begonnen und kann hier nicht abgeschlossen werden. Bitte beginnen Sie von vorn.",
            ],
        ),
        PageMessage::Restarted => (
            "Bitte beginnen Sie von vorn",
            &["Diese Website wurde während Ihrer Anmeldung neu gestartet. Bitte beginnen Sie von vorn."],
        ),
        PageMessage::NotOurs => {
            (FAILED, &["Diese Antwort gehört zu keiner Anmeldung dieser Website. Bitte beginnen Sie von vorn."])
        }
        PageMessage::Interrupted => {
            (FAILED, &["Ihre Anmeldung wurde unterbrochen. Bitte versuchen Sie es noch einmal."])
        }
        PageMessage::Loop => (
            "Die Anmeldung dreht sich im Kreis",
            &[
                "Sie kamen mehrmals hintereinander vom Anmeldedienst zurück und blieben nie angemeldet. Meist liegt es daran, dass der Browser die Cookies dieser Website nicht behält oder dass eine Uhr falsch geht.",
                "Bitte prüfen Sie, ob Cookies für diese Website erlaubt sind, und versuchen Sie es dann noch einmal.",
            ],
        ),
        PageMessage::Busy => (
            "Bitte versuchen Sie es in einer Minute noch einmal",
            &["Diese Website ist im Moment zu stark ausgelastet, um Sie anzumelden."],
        ),
        PageMessage::StoreUnreachable => (
            "Bitte versuchen Sie es in einer Minute noch einmal",
            &["Diese Website kann Anmeldungen im Moment nicht nachschlagen."],
        ),
        PageMessage::NoAccess => (
            "Kein Zugriff",
            &[
                "Sie sind angemeldet, aber Ihr Konto hat keinen Zugriff auf diese Seite. Wenn Sie ihn haben sollten, wenden Sie sich bitte an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::StrongerNeeded => (
            "Stärkere Anmeldung nötig",
            &[
                "Diese Seite verlangt eine stärkere Anmeldung als die, die verwendet wurde. Bitte nutzen Sie das Verfahren, das Ihr Anmeldedienst dafür anbietet.",
                TRY,
            ],
        ),
        PageMessage::FreshNeeded => (
            "Neue Anmeldung nötig",
            &[
                "Diese Seite verlangt eine Anmeldung, die kürzer zurückliegt als die, die Ihr Anmeldedienst kennt. Bitte versuchen Sie es noch einmal und melden Sie sich dort neu an.",
            ],
        ),
        PageMessage::SignInOnceMore => (
            "Bitte melden Sie sich noch einmal an",
            &[
                "Für diese Seite muss Ihre Anmeldung jünger oder stärker sein. Falls Sie etwas abgeschickt haben, wurde es nicht übermittelt.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Eine andere SubjectHash hat sich angemeldet",
            &[
                "Sie sind hier weiterhin angemeldet, aber bei Ihrem Anmeldedienst hat sich jemand anderes angemeldet. Es wurde nichts geändert. Um als diese SubjectHash fortzufahren, melden Sie sich hier bitte zuerst ab.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "Kein Zugriff",
            &[
                "Sie sind angemeldet, gehören aber so vielen Gruppen an, dass der Anmeldedienst sie nicht genannt hat. Wenn Sie Zugriff haben sollten, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::OtherTenant => (
            "Kein Zugriff",
            &[
                "Sie haben sich mit dem Konto einer Organisation angemeldet, die keinen Zugriff auf diese Website hat. Bitte versuchen Sie es mit einem anderen Konto. Wenn sie Zugriff haben sollte, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::NotFound => ("Seite nicht gefunden", &["Unter dieser Adresse gibt es nichts."]),
        PageMessage::UnknownHost => {
            ("Keine Website dieses Servers", &["Dieser Server ist für die aufgerufene Adresse nicht zuständig."])
        }
        PageMessage::HttpsNeeded => (
            "Sichere Verbindung erforderlich",
            &[
                "Diese Anfrage wurde unverschlüsselt gesendet und deshalb abgelehnt. Bitte verwenden Sie die Adresse mit https://.",
            ],
        ),
        PageMessage::WrongMethod => ("So nicht möglich", &["Diese Adresse nimmt Anfragen dieser Art nicht an."]),
        PageMessage::TooMuch => ("Zu viele Daten", &["Das Formular war größer, als diese Adresse annimmt."]),
        PageMessage::AmbiguousRequest => {
            ("Anfrage nicht verstanden", &["Die Anfrage ist mehrdeutig und wurde deshalb abgelehnt."])
        }
        PageMessage::AmbiguousAddress => {
            ("Adresse nicht verstanden", &["Die Adresse ist mehrdeutig und wurde deshalb abgelehnt."])
        }
        PageMessage::BrokenOff => (
            "Die Anfrage ist nicht vollständig angekommen",
            &[
                "Die Verbindung wurde unterbrochen, während Ihr Browser noch sendete. Bitte versuchen Sie es noch einmal.",
            ],
        ),
        PageMessage::ServiceWorker => {
            ("Nicht erlaubt", &["Diese Anwendung darf hier keinen Service Worker installieren."])
        }
        PageMessage::ForeignConnection => {
            ("Nicht erlaubt", &["Eine Seite einer anderen Website wollte eine Verbindung zu dieser Website öffnen."])
        }
        PageMessage::ForeignSignOut => (
            "Die Abmeldung wurde nicht hier angefordert",
            &["Abmelden können Sie sich nur auf einer Seite dieser Website. Bitte verwenden Sie die Abmeldeseite."],
        ),
        PageMessage::ForeignSend => (
            "Nicht abgesendet",
            &[
                "Dieses Formular wurde nicht abgesendet, weil die Aufforderung dazu nicht von einer Seite dieser Website kam.",
            ],
        ),
        PageMessage::KeptGone => (
            "Dieses Formular ist nicht mehr vorhanden",
            &[
                "Ihre Eingaben wurden bereits übermittelt, haben länger als eine Stunde gewartet, oder diese Website wurde neu gestartet. Bitte prüfen Sie, ob sie angekommen sind, bevor Sie alles noch einmal schreiben.",
            ],
        ),
        PageMessage::BadApplication => (
            "Die Anwendung antwortet nicht richtig",
            &[
                "Die Antwort der Anwendung hinter dieser Seite war nicht zu verstehen. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::SlowApplication => (
            "Die Anwendung braucht zu lange",
            &[
                "Die Anwendung hinter dieser Seite hat nicht rechtzeitig geantwortet. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::NoApplication => (
            "Die Anwendung ist nicht erreichbar",
            &[
                "Die Anwendung hinter dieser Seite ist im Moment nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::Broken => ("Hier ist etwas schiefgegangen", &[TELL]),
        PageMessage::SignIn => ("Bitte melden Sie sich an", &["Um diese Seite zu sehen, müssen Sie angemeldet sein."]),
        PageMessage::SignInForPart => (
            "Bitte melden Sie sich an",
            &["Für diesen Teil der Seite müssen Sie angemeldet sein. Die Anmeldung öffnet sich im ganzen Tab."],
        ),
        PageMessage::NotInAFrame => (
            "Bitte melden Sie sich an",
            &["In einem eingebetteten Bereich ist keine Anmeldung möglich. Sie öffnet sich im ganzen Tab."],
        ),
        PageMessage::NotKept => (
            "Ihre Sitzung ist beendet",
            &[
                "Sie sind nicht mehr angemeldet. Ihre Eingaben wurden deshalb weder übermittelt noch gespeichert.",
                "Um sie zu behalten, gehen Sie mit der Zurück-Taste Ihres Browsers zurück und kopieren Sie sie. Melden Sie sich dann an und senden Sie sie noch einmal.",
            ],
        ),
        PageMessage::OneMoment => ("Einen Moment, bitte", &[ON_THE_WAY]),
        PageMessage::FormKept => (
            "Einen Moment, bitte",
            &[
                ON_THE_WAY,
                "Ihre Eingaben wurden noch nicht übermittelt. Sie sind vorläufig gespeichert, und Sie können sie absenden, sobald Sie angemeldet sind.",
            ],
        ),
        PageMessage::SendKept => (
            "Möchten Sie Ihr Formular jetzt absenden?",
            &[
                "Sie sind angemeldet als {who}.",
                "Als ein Formular an {address} gesendet wurde, war niemand mehr angemeldet. Es wurde aufbewahrt und noch nicht übermittelt.",
            ],
        ),
        PageMessage::NotSignedIn => ("Sie sind nicht angemeldet", &["Eine Abmeldung ist nicht nötig."]),
        PageMessage::SignOut => ("Abmelden?", &["Sie sind angemeldet als {who}."]),
        PageMessage::SignedOut => {
            ("Sie sind abgemeldet", &["Ihre Sitzung auf dieser Website und beim Anmeldedienst ist beendet."])
        }
        PageMessage::SignedOutHere => (
            "Sie sind abgemeldet",
            &[
                "Ihre Sitzung auf dieser Website ist beendet.",
                "Beim Anmeldedienst sind Sie möglicherweise noch angemeldet. An einem gemeinsam genutzten Computer melden Sie sich bitte auch dort ab oder schließen Sie den Browser.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Anmelden",
        Label::SignInAgain => "Erneut anmelden",
        Label::SignInAsSomebodyElse => "Mit einem anderen Konto anmelden",
        Label::Continue => "Weiter",
        Label::ChooseAccount => "Mit anderem Konto erneut versuchen",
        Label::TryAgain => "Noch einmal versuchen",
        Label::StartAgain => "Von vorn beginnen",
        Label::SignOut => "Abmelden",
        Label::StaySignedIn => "Angemeldet bleiben",
        Label::ToSignOutPage => "Zur Abmeldeseite",
        Label::ToFrontPage => "Zur Startseite",
        Label::ToPage => "Zur Seite",
        Label::SendNow => "Jetzt absenden",
        Label::ToPageUnsent => "Ohne Absenden zur Seite",
        Label::Reason => "Grund",
        Label::Request => "Anfrage",
    }
}

const FAILED: &str = "Anmeldung fehlgeschlagen";
const TRY: &str = "Bitte versuchen Sie es noch einmal. Wenn es wieder geschieht, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.";
const TELL: &str = "Das lässt sich von Ihrer Seite aus nicht beheben. Bitte wenden Sie sich mit den Angaben unten an die Betreiber dieser Website.";
const ON_THE_WAY: &str = "Sie werden angemeldet. Wenn diese Seite stehen bleibt, verwenden Sie bitte den Link.";
