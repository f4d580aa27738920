//! German, with „Sie“.

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::ResponseNotTrusted => (
            FAILED,
            &[
                "Die Antwort Ihres Anmeldedienstes konnte nicht überprüft werden und wurde deshalb nicht verwendet.",
                TRY,
            ],
        ),
        PageMessage::OperatorMustFix => (FAILED, &[TELL]),
        PageMessage::SignInUnavailable => ("Anmeldung zurzeit nicht möglich", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Anmeldung zurzeit nicht möglich",
            &["Ihr Anmeldedienst ist im Moment nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal."],
        ),
        PageMessage::ProviderBusy => (
            "Anmeldung zurzeit nicht möglich",
            &[
                "Ihr Anmeldedienst hat im Moment eine technische Störung. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::InteractionNeeded => {
            (FAILED, &["Ihr Anmeldedienst hat einen weiteren Schritt verlangt, der nicht abgeschlossen wurde.", TRY])
        }
        PageMessage::ProviderRefused => (FAILED, &["Ihr Anmeldedienst hat die Anmeldung abgelehnt.", TRY]),
        PageMessage::Declined => (
            "Anmeldung abgebrochen oder abgelehnt",
            &[
                "Die Anmeldung wurde abgebrochen oder von Ihrem Anmeldedienst nicht zugelassen. Sie können es mit einem anderen Konto noch einmal versuchen.",
            ],
        ),
        PageMessage::ClocksDiffer => {
            (FAILED, &["Die Uhren dieser Website und Ihres Anmeldedienstes stimmen nicht überein.", TELL])
        }
        PageMessage::CookieMissing => (
            "Anmeldung konnte nicht abgeschlossen werden",
            &[
                "Ihr Browser hat das Cookie dieser Anmeldung nicht zurückgesendet. Entweder blockiert er Cookies für diese Website, oder die Anmeldung wurde vor einiger Zeit abgeschlossen oder abgebrochen.",
                "Bitte erlauben Sie Cookies für diese Website und beginnen Sie dann von vorn.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "Diese Anmeldung wurde in einem anderen Browser oder Fenster begonnen und kann hier nicht abgeschlossen werden. Bitte beginnen Sie von vorn.",
            ],
        ),
        PageMessage::SiteRestarted => (
            "Bitte beginnen Sie von vorn",
            &["Diese Website wurde während Ihrer Anmeldung neu gestartet. Bitte beginnen Sie von vorn."],
        ),
        PageMessage::UnknownSignIn => (
            FAILED,
            &[
                "Die Antwort Ihres Anmeldedienstes gehört zu keiner Anmeldung auf dieser Website. Bitte beginnen Sie von vorn.",
            ],
        ),
        PageMessage::SignInInterrupted => {
            (FAILED, &["Ihre Anmeldung wurde unterbrochen. Bitte versuchen Sie es noch einmal."])
        }
        PageMessage::SignInLoop => (
            "Die Anmeldung wiederholt sich",
            &[
                "Sie sind mehrmals hintereinander von Ihrem Anmeldedienst zurückgekehrt, ohne angemeldet zu bleiben. Meist speichert der Browser die Cookies dieser Website nicht, oder eine Uhr geht falsch.",
                "Bitte prüfen Sie, ob Cookies für diese Website erlaubt sind, und versuchen Sie es dann noch einmal.",
            ],
        ),
        PageMessage::SiteBusy => (
            "Bitte versuchen Sie es in einer Minute noch einmal",
            &["Diese Website ist im Moment zu stark ausgelastet, um Sie anzumelden."],
        ),
        PageMessage::TooManyRequests => (
            "Bitte versuchen Sie es in einer Minute noch einmal",
            &["Aus Ihrem Netzwerk kamen zu viele Anfragen gleichzeitig."],
        ),
        PageMessage::StoreUnreachable => (
            "Bitte versuchen Sie es in einer Minute noch einmal",
            &["Diese Website kann im Moment nicht prüfen, wer angemeldet ist."],
        ),
        PageMessage::NoAccess => (
            "Kein Zugriff",
            &[
                "Sie sind angemeldet, aber Ihr Konto hat keinen Zugriff auf diese Seite. Wenn Sie Zugriff benötigen, wenden Sie sich bitte an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::StrongerSignInNeeded => (
            "Stärkere Anmeldung erforderlich",
            &[
                "Diese Seite erfordert ein stärkeres Anmeldeverfahren als das verwendete. Bitte nutzen Sie das stärkere Verfahren, das Ihr Anmeldedienst anbietet.",
                TRY,
            ],
        ),
        PageMessage::RecentSignInNeeded => (
            "Aktuelle Anmeldung erforderlich",
            &[
                "Diese Seite erfordert eine aktuellere Anmeldung als die, die Ihr Anmeldedienst gespeichert hat. Bitte versuchen Sie es noch einmal und melden Sie sich dort erneut an.",
            ],
        ),
        PageMessage::StepUpNeeded => (
            "Bitte melden Sie sich erneut an",
            &[
                "Diese Seite erfordert eine aktuellere oder stärkere Anmeldung als Ihre. Falls Sie etwas abgesendet haben, wurde es nicht übermittelt.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Eine andere Person hat sich angemeldet",
            &[
                "Sie sind hier weiterhin angemeldet, aber bei Ihrem Anmeldedienst hat sich eine andere Person angemeldet. Es wurde nichts geändert. Um als diese Person fortzufahren, melden Sie sich hier bitte zuerst ab.",
            ],
        ),
        PageMessage::OtherProvider => (
            "Ein anderes Konto ist erforderlich",
            &[
                "Sie sind angemeldet, aber diese Seite ist für Konten eines anderen Anmeldedienstes. Wenn Sie dort ein Konto haben, können Sie sich damit anmelden. Ihre jetzige Anmeldung hier endet dann.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "Kein Zugriff",
            &[
                "Sie sind angemeldet, gehören aber so vielen Gruppen an, dass Ihr Anmeldedienst sie nicht aufgeführt hat. Wenn Sie Zugriff benötigen, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::TenantNotAllowed => (
            "Kein Zugriff",
            &[
                "Sie haben sich mit dem Konto einer Organisation angemeldet, die keinen Zugriff auf diese Website hat. Bitte versuchen Sie es mit einem anderen Konto. Wenn Sie Zugriff benötigen, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.",
            ],
        ),
        PageMessage::NotFound => {
            ("Seite nicht gefunden", &["Unter dieser Adresse gibt es keine Seite. Bitte prüfen Sie die Adresse."])
        }
        PageMessage::UnknownHost => (
            "Unbekannte Website",
            &["Dieser Server ist für die aufgerufene Adresse nicht zuständig. Bitte prüfen Sie die Adresse."],
        ),
        PageMessage::HttpsNeeded => (
            "Sichere Verbindung erforderlich",
            &[
                "Diese Anfrage wurde unverschlüsselt gesendet und deshalb abgelehnt. Bitte verwenden Sie die Adresse mit https://.",
            ],
        ),
        PageMessage::MethodNotAllowed => {
            ("Anfrage nicht angenommen", &["Diese Adresse nimmt Anfragen dieser Art nicht an."])
        }
        PageMessage::FormTooLarge => {
            ("Formular zu groß", &["Das gesendete Formular ist größer, als diese Adresse zulässt."])
        }
        PageMessage::AmbiguousRequest => {
            ("Anfrage nicht verstanden", &["Die Anfrage ist mehrdeutig und wurde deshalb abgelehnt."])
        }
        PageMessage::AmbiguousAddress => (
            "Adresse nicht verstanden",
            &["Die Adresse ist mehrdeutig und wurde deshalb abgelehnt. Bitte prüfen Sie die Adresse."],
        ),
        PageMessage::AddressTooLong => {
            ("Adresse zu lang", &["Die Adresse ist länger, als diese Website erlaubt. Bitte prüfen Sie die Adresse."])
        }
        PageMessage::RequestIncomplete => (
            "Die Anfrage war unvollständig",
            &[
                "Die Verbindung wurde unterbrochen, während Ihr Browser noch sendete. Bitte versuchen Sie es noch einmal.",
            ],
        ),
        PageMessage::ServiceWorker => {
            ("Nicht erlaubt", &["Diese Anwendung darf hier keinen Service Worker installieren."])
        }
        PageMessage::CrossSiteConnection => (
            "Nicht erlaubt",
            &["Eine Seite einer anderen Website hat versucht, eine Verbindung zu dieser Website zu öffnen."],
        ),
        PageMessage::CrossSiteSignOut => (
            "Die Abmeldung wurde nicht hier angefordert",
            &["Sie können sich nur auf einer Seite dieser Website abmelden. Bitte verwenden Sie die Abmeldeseite."],
        ),
        PageMessage::CrossSiteSend => (
            "Nicht gesendet",
            &[
                "Dieses Formular wurde nicht gesendet, weil die Aufforderung dazu nicht von einer Seite dieser Website kam.",
            ],
        ),
        PageMessage::PreservedFormGone => (
            "Dieses Formular ist nicht mehr vorhanden",
            &[
                "Ihr Formular wurde bereits übermittelt, wurde länger als eine Stunde aufbewahrt oder ging bei einem Neustart dieser Website verloren. Bitte prüfen Sie, ob es angekommen ist, bevor Sie es erneut ausfüllen.",
            ],
        ),
        PageMessage::ApplicationProtocolError => (
            "Die Anwendung antwortet nicht richtig",
            &[
                "Die Anwendung hinter dieser Seite hat eine unverständliche Antwort gesendet. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::ApplicationTimeout => (
            "Die Anwendung braucht zu lange",
            &[
                "Die Anwendung hinter dieser Seite hat nicht rechtzeitig geantwortet. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::ApplicationUnreachable => (
            "Die Anwendung ist nicht verfügbar",
            &[
                "Die Anwendung hinter dieser Seite ist im Moment nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal.",
            ],
        ),
        PageMessage::InternalError => ("Es ist ein Fehler aufgetreten", &[TELL]),
        PageMessage::SignInNeeded => {
            ("Bitte melden Sie sich an", &["Um diese Seite zu sehen, müssen Sie angemeldet sein."])
        }
        PageMessage::SignInNeededInFrame => (
            "Bitte melden Sie sich an",
            &["Für diesen Teil der Seite müssen Sie angemeldet sein. Die Anmeldung öffnet sich im ganzen Tab."],
        ),
        PageMessage::NoSignInInFrame => (
            "Bitte melden Sie sich an",
            &["In einem eingebetteten Bereich ist keine Anmeldung möglich. Sie öffnet sich im ganzen Tab."],
        ),
        PageMessage::FormNotPreserved => (
            "Ihre Sitzung ist beendet",
            &[
                "Sie sind nicht mehr angemeldet. Ihre Eingaben wurden weder übermittelt noch gespeichert.",
                "Um Ihre Eingaben zu behalten, gehen Sie mit der Zurück-Taste Ihres Browsers zurück und kopieren Sie sie. Melden Sie sich dann an und senden Sie sie noch einmal.",
            ],
        ),
        PageMessage::SigningIn => ("Einen Moment, bitte", &[SIGNING_IN]),
        PageMessage::FormPreserved => (
            "Einen Moment, bitte",
            &[
                SIGNING_IN,
                "Ihre Eingaben wurden noch nicht übermittelt. Sie sind vorläufig gespeichert, und Sie können sie absenden, sobald Sie angemeldet sind.",
            ],
        ),
        PageMessage::ConfirmSend => (
            "Möchten Sie Ihr Formular jetzt absenden?",
            &[
                "Sie sind angemeldet als {who}.",
                "Als ein Formular an {address} gesendet wurde, war die Sitzung beendet. Das Formular wurde aufbewahrt und noch nicht übermittelt.",
            ],
        ),
        PageMessage::NotSignedIn => ("Sie sind nicht angemeldet", &["Eine Abmeldung ist nicht nötig."]),
        PageMessage::ConfirmSignOut => ("Abmelden?", &["Sie sind angemeldet als {who}."]),
        PageMessage::SignedOut => {
            ("Sie sind abgemeldet", &["Ihre Sitzung auf dieser Website und bei Ihrem Anmeldedienst ist beendet."])
        }
        PageMessage::SignedOutHereOnly => (
            "Sie sind abgemeldet",
            &[
                "Ihre Sitzung auf dieser Website ist beendet.",
                "Bei Ihrem Anmeldedienst sind Sie möglicherweise noch angemeldet. An einem gemeinsam genutzten Computer melden Sie sich bitte auch dort ab oder schließen Sie den Browser.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Anmelden",
        Label::SignInAgain => "Erneut anmelden",
        Label::SignInWithOtherAccount => "Mit einem anderen Konto anmelden",
        Label::Continue => "Weiter",
        Label::TryAgain => "Noch einmal versuchen",
        Label::TryOtherAccount => "Mit anderem Konto erneut versuchen",
        Label::StartAgain => "Von vorn beginnen",
        Label::SignOut => "Abmelden",
        Label::StaySignedIn => "Angemeldet bleiben",
        Label::ToSignOutPage => "Zur Abmeldeseite",
        Label::ToFrontPage => "Zur Startseite",
        Label::ToPage => "Zur Seite",
        Label::SendNow => "Jetzt absenden",
        Label::ToPageWithoutSending => "Ohne Absenden zur Seite",
        Label::Reason => "Grund",
        Label::Request => "Anfrage",
    }
}

const FAILED: &str = "Anmeldung fehlgeschlagen";
const TRY: &str = "Bitte versuchen Sie es noch einmal. Wenn das Problem erneut auftritt, wenden Sie sich bitte mit den Angaben unten an die Betreiber dieser Website.";
const TELL: &str = "Sie können dieses Problem nicht selbst beheben. Bitte wenden Sie sich mit den Angaben unten an die Betreiber dieser Website.";
const SIGNING_IN: &str = "Sie werden angemeldet. Wenn es nicht von selbst weitergeht, verwenden Sie bitte den Link.";
