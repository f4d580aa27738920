//! French, with « vous »; a no-break space stands before `?` and `:`.

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::NotTrusted => (
            FAILED,
            &[
                "La réponse du service d’authentification n’était pas digne de confiance et n’a donc pas été utilisée.",
                TRY,
            ],
        ),
        PageMessage::CannotMend => (FAILED, &[TELL]),
        PageMessage::NotPossibleNow => ("Connexion impossible pour le moment", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Connexion impossible pour le moment",
            &["Le service d’authentification est injoignable pour le moment. Veuillez réessayer dans une minute."],
        ),
        PageMessage::ProviderBusy => (
            "Connexion impossible pour le moment",
            &["Le service d’authentification rencontre un problème. Veuillez réessayer dans une minute."],
        ),
        PageMessage::NeedsMore => {
            (FAILED, &["Le service d’authentification attendait autre chose de vous et ne l’a pas reçu.", TRY])
        }
        PageMessage::ProviderRefused => (FAILED, &["Le service d’authentification a refusé la connexion.", TRY]),
        PageMessage::Declined => {
            ("Connexion annulée", &["La connexion a été annulée ou refusée auprès du service d’authentification."])
        }
        PageMessage::ClocksDiffer => (
            FAILED,
            &[
                "Les horloges de ce site et du service d’authentification ne concordent pas. Veuillez contacter les responsables de ce site en leur indiquant les informations ci-dessous.",
            ],
        ),
        PageMessage::NoCookies => (
            "La connexion n’a pas pu aboutir",
            &[
                "Votre navigateur n’a pas renvoyé le cookie de cette connexion. Soit les cookies sont bloqués pour ce site, soit cette connexion est terminée ou abandonnée depuis longtemps.",
                "Autorisez les cookies, puis recommencez.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "Cette connexion a été commencée dans un autre navigateur ou une autre fenêtre et ne peut pas se terminer ici. Veuillez recommencer.",
            ],
        ),
        PageMessage::Restarted => {
            ("Veuillez recommencer", &["Ce site a redémarré pendant votre connexion. Veuillez recommencer."])
        }
        PageMessage::NotOurs => {
            (FAILED, &["Cette réponse ne correspond à aucune connexion de ce site. Veuillez recommencer."])
        }
        PageMessage::Interrupted => {
            (FAILED, &["Votre connexion a été interrompue en cours de route. Veuillez réessayer."])
        }
        PageMessage::Loop => (
            "La connexion tourne en rond",
            &[
                "Vous êtes revenu plusieurs fois de suite du service d’authentification sans jamais rester connecté. Le plus souvent, le navigateur ne conserve pas les cookies de ce site, ou une horloge n’est pas à l’heure.",
                "Vérifiez que les cookies sont autorisés pour ce site, puis réessayez.",
            ],
        ),
        PageMessage::Busy => {
            ("Veuillez réessayer dans une minute", &["Ce site est trop sollicité pour vous connecter en ce moment."])
        }
        PageMessage::StoreUnreachable => {
            ("Veuillez réessayer dans une minute", &["Ce site ne peut pas vérifier les connexions en ce moment."])
        }
        PageMessage::NoAccess => (
            "Accès refusé",
            &[
                "Vous êtes connecté, mais votre compte n’a pas accès à cette page. Si vous devriez y avoir accès, adressez-vous aux responsables de ce site.",
            ],
        ),
        PageMessage::StrongerNeeded => (
            "Une connexion plus forte est nécessaire",
            &[
                "Cette page exige une méthode de connexion plus forte que celle qui a été utilisée. Utilisez celle que propose votre service d’authentification.",
                TRY,
            ],
        ),
        PageMessage::FreshNeeded => (
            "Une nouvelle connexion est nécessaire",
            &[
                "Cette page exige une connexion plus récente que celle que connaît votre service d’authentification. Veuillez réessayer et vous y connecter à nouveau.",
            ],
        ),
        PageMessage::SignInOnceMore => (
            "Veuillez vous connecter à nouveau",
            &[
                "Cette page exige une connexion plus récente ou plus forte que la vôtre. Si vous avez envoyé quelque chose, cela n’a pas été transmis.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Une autre personne s’est connectée",
            &[
                "Vous êtes toujours connecté ici, mais quelqu’un d’autre s’est connecté auprès de votre service d’authentification. Rien n’a été modifié. Pour continuer en tant que cette personne, déconnectez-vous d’abord ici.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "Accès refusé",
            &[
                "Vous êtes connecté, mais vous appartenez à tant de groupes que le service d’authentification ne les a pas indiqués. Si vous devriez avoir accès, contactez les responsables de ce site en leur indiquant les informations ci-dessous.",
            ],
        ),
        PageMessage::OtherTenant => (
            "Accès refusé",
            &[
                "Vous vous êtes connecté avec un compte d’une organisation qui n’a pas accès à ce site. Veuillez réessayer avec un autre compte. Si elle devrait y avoir accès, contactez les responsables de ce site en leur indiquant les informations ci-dessous.",
            ],
        ),
        PageMessage::NotFound => ("Page introuvable", &["Il n’y a rien à cette adresse."]),
        PageMessage::UnknownHost => ("Site inconnu de ce serveur", &["Ce serveur ne dessert pas l’adresse demandée."]),
        PageMessage::HttpsNeeded => (
            "Connexion sécurisée requise",
            &[
                "Cette requête a été envoyée sans chiffrement et a été refusée. Veuillez utiliser l’adresse en https://.",
            ],
        ),
        PageMessage::WrongMethod => ("Impossible de cette façon", &["Cette adresse n’accepte pas ce type de requête."]),
        PageMessage::TooMuch => {
            ("Trop de données envoyées", &["Le formulaire dépasse la taille acceptée à cette adresse."])
        }
        PageMessage::AmbiguousRequest => {
            ("Requête incomprise", &["La requête peut se lire de plusieurs façons et a donc été refusée."])
        }
        PageMessage::AmbiguousAddress => {
            ("Adresse incomprise", &["L’adresse peut se lire de plusieurs façons et a donc été refusée."])
        }
        PageMessage::BrokenOff => (
            "La requête est arrivée incomplète",
            &["La liaison a été coupée pendant l’envoi par votre navigateur. Veuillez réessayer."],
        ),
        PageMessage::ServiceWorker => {
            ("Non autorisé", &["Cette application n’est pas autorisée à installer un service worker ici."])
        }
        PageMessage::ForeignConnection => {
            ("Non autorisé", &["Une page d’un autre site a tenté d’ouvrir une connexion vers celui-ci."])
        }
        PageMessage::ForeignSignOut => (
            "La déconnexion n’a pas été demandée ici",
            &[
                "La déconnexion ne peut être demandée que sur une page de ce site. Veuillez utiliser la page de déconnexion.",
            ],
        ),
        PageMessage::ForeignSend => (
            "Formulaire non envoyé",
            &["Ce formulaire n’a pas été envoyé, car la demande d’envoi ne provenait pas d’une page de ce site."],
        ),
        PageMessage::KeptGone => (
            "Ce formulaire n’est plus disponible",
            &[
                "Votre saisie a déjà été transmise, ou elle a attendu plus d’une heure, ou bien ce site a redémarré. Vérifiez si elle est arrivée avant de la rédiger de nouveau.",
            ],
        ),
        PageMessage::BadApplication => (
            "L’application ne répond pas correctement",
            &[
                "L’application à l’origine de cette page a envoyé une réponse incompréhensible. Veuillez réessayer dans une minute.",
            ],
        ),
        PageMessage::SlowApplication => (
            "L’application met trop de temps à répondre",
            &["L’application à l’origine de cette page n’a pas répondu à temps. Veuillez réessayer dans une minute."],
        ),
        PageMessage::NoApplication => (
            "L’application est indisponible",
            &[
                "L’application à l’origine de cette page est injoignable pour le moment. Veuillez réessayer dans une minute.",
            ],
        ),
        PageMessage::Broken => ("Une erreur s’est produite ici", &[TELL]),
        PageMessage::SignIn => ("Veuillez vous connecter", &["Vous devez vous connecter pour voir cette page."]),
        PageMessage::SignInForPart => (
            "Veuillez vous connecter",
            &["Vous devez être connecté pour voir cette partie de la page. La connexion s’ouvre dans l’onglet entier."],
        ),
        PageMessage::NotInAFrame => (
            "Veuillez vous connecter",
            &["La connexion ne fonctionne pas dans un cadre. Elle s’ouvre dans l’onglet entier."],
        ),
        PageMessage::NotKept => (
            "Votre session a pris fin",
            &[
                "Vous n’êtes plus connecté\u{a0}: votre saisie n’a été ni transmise ni conservée.",
                "Pour ne pas la perdre, revenez en arrière avec le bouton Précédent de votre navigateur et copiez-la. Connectez-vous ensuite, puis envoyez-la de nouveau.",
            ],
        ),
        PageMessage::OneMoment => ("Un instant, s’il vous plaît", &[ON_THE_WAY]),
        PageMessage::FormKept => (
            "Un instant, s’il vous plaît",
            &[
                ON_THE_WAY,
                "Votre saisie n’a pas encore été transmise. Elle est conservée, et vous pourrez l’envoyer une fois connecté.",
            ],
        ),
        PageMessage::SendKept => (
            "Envoyer votre formulaire maintenant\u{a0}?",
            &[
                "Vous êtes connecté en tant que {who}.",
                "Lorsqu’un formulaire a été envoyé à {address}, plus personne n’était connecté. Il a été conservé et n’a pas encore été transmis.",
            ],
        ),
        PageMessage::NotSignedIn => ("Vous n’êtes pas connecté", &["Il n’y a aucune session à fermer."]),
        PageMessage::SignOut => ("Se déconnecter\u{a0}?", &["Vous êtes connecté en tant que {who}."]),
        PageMessage::SignedOut => (
            "Vous êtes déconnecté",
            &["Votre session sur ce site et auprès du service d’authentification est terminée."],
        ),
        PageMessage::SignedOutHere => (
            "Vous êtes déconnecté",
            &[
                "Votre session sur ce site est terminée.",
                "Il se peut que vous soyez encore connecté auprès du service d’authentification. Sur un ordinateur partagé, déconnectez-vous aussi de ce service ou fermez le navigateur.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Se connecter",
        Label::SignInAgain => "Se reconnecter",
        Label::SignInAsSomebodyElse => "Se connecter avec un autre compte",
        Label::Continue => "Continuer",
        Label::ChooseAccount => "Réessayer avec un autre compte",
        Label::TryAgain => "Réessayer",
        Label::StartAgain => "Recommencer",
        Label::SignOut => "Se déconnecter",
        Label::StaySignedIn => "Rester connecté",
        Label::ToSignOutPage => "Aller à la page de déconnexion",
        Label::ToFrontPage => "Aller à la page d’accueil",
        Label::ToPage => "Aller à la page",
        Label::SendNow => "Envoyer maintenant",
        Label::ToPageUnsent => "Aller à la page sans envoyer",
        Label::Reason => "Motif",
        Label::Request => "Requête",
    }
}

const FAILED: &str = "Échec de la connexion";
const TRY: &str = "Veuillez réessayer. Si le problème persiste, contactez les responsables de ce site en leur indiquant les informations ci-dessous.";
const TELL: &str = "Vous ne pouvez pas résoudre ce problème de votre côté. Veuillez contacter les responsables de ce site en leur indiquant les informations ci-dessous.";
const ON_THE_WAY: &str = "Votre connexion est en cours. Si cette page reste affichée, utilisez le lien.";
