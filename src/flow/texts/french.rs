//! French, with « vous »; a no-break space stands before `?` and `:`.

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
                "La réponse de votre service d’authentification n’a pas pu être vérifiée et n’a donc pas été utilisée.",
                TRY,
            ],
        ),
        PageMessage::OperatorMustFix => (FAILED, &[TELL]),
        PageMessage::SignInUnavailable => ("Connexion impossible pour le moment", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "Connexion impossible pour le moment",
            &["Votre service d’authentification est injoignable pour le moment. Veuillez réessayer dans une minute."],
        ),
        PageMessage::ProviderBusy => (
            "Connexion impossible pour le moment",
            &["Votre service d’authentification rencontre un problème technique. Veuillez réessayer dans une minute."],
        ),
        PageMessage::InteractionNeeded => (
            FAILED,
            &["Votre service d’authentification a demandé une étape supplémentaire, qui n’a pas été effectuée.", TRY],
        ),
        PageMessage::ProviderRefused => (FAILED, &["Votre service d’authentification a refusé la connexion.", TRY]),
        PageMessage::Declined => (
            "Connexion annulée ou refusée",
            &[
                "La connexion a été annulée, ou votre service d’authentification ne l’a pas autorisée. Vous pouvez réessayer avec un autre compte.",
            ],
        ),
        PageMessage::ClocksDiffer => {
            (FAILED, &["Les horloges de ce site et de votre service d’authentification ne concordent pas.", TELL])
        }
        PageMessage::CookieMissing => (
            "La connexion n’a pas pu aboutir",
            &[
                "Votre navigateur n’a pas renvoyé le cookie de cette connexion. Soit il bloque les cookies de ce site, soit cette connexion a été terminée ou abandonnée il y a quelque temps.",
                "Veuillez autoriser les cookies pour ce site, puis recommencer.",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "Cette connexion a été commencée dans un autre navigateur ou une autre fenêtre et ne peut pas se terminer ici. Veuillez recommencer.",
            ],
        ),
        PageMessage::SiteRestarted => {
            ("Veuillez recommencer", &["Ce site a redémarré pendant votre connexion. Veuillez recommencer."])
        }
        PageMessage::UnknownSignIn => (
            FAILED,
            &[
                "La réponse de votre service d’authentification ne correspond à aucune connexion à ce site. Veuillez recommencer.",
            ],
        ),
        PageMessage::SignInInterrupted => (FAILED, &["Votre connexion a été interrompue. Veuillez réessayer."]),
        PageMessage::SignInLoop => (
            "La connexion se répète sans aboutir",
            &[
                "Vous êtes revenu plusieurs fois de suite de votre service d’authentification sans rester connecté. Le plus souvent, le navigateur ne conserve pas les cookies de ce site, ou une horloge n’est pas à l’heure.",
                "Veuillez vérifier que les cookies sont autorisés pour ce site, puis réessayer.",
            ],
        ),
        PageMessage::SiteBusy => {
            ("Veuillez réessayer dans une minute", &["Ce site est trop sollicité pour vous connecter en ce moment."])
        }
        PageMessage::TooManyRequests => (
            "Veuillez réessayer dans une minute",
            &["Trop de requêtes sont arrivées en même temps depuis votre réseau."],
        ),
        PageMessage::StoreUnreachable => {
            ("Veuillez réessayer dans une minute", &["Ce site ne peut pas vérifier qui est connecté en ce moment."])
        }
        PageMessage::NoAccess => (
            "Accès refusé",
            &[
                "Vous êtes connecté, mais votre compte n’a pas accès à cette page. Si vous avez besoin de cet accès, veuillez contacter les responsables de ce site.",
            ],
        ),
        PageMessage::StrongerSignInNeeded => (
            "Une connexion plus forte est nécessaire",
            &[
                "Cette page exige une méthode de connexion plus forte que celle qui a été utilisée. Veuillez utiliser la méthode plus forte que propose votre service d’authentification.",
                TRY,
            ],
        ),
        PageMessage::RecentSignInNeeded => (
            "Une connexion récente est nécessaire",
            &[
                "Cette page exige une connexion plus récente que celle que connaît votre service d’authentification. Veuillez réessayer et vous y connecter à nouveau.",
            ],
        ),
        PageMessage::StepUpNeeded => (
            "Veuillez vous connecter à nouveau",
            &[
                "Cette page exige une connexion plus récente ou plus forte que la vôtre. Si vous avez envoyé quelque chose, cela n’a pas été transmis.",
            ],
        ),
        PageMessage::OtherPerson => (
            "Une autre personne s’est connectée",
            &[
                "Vous êtes toujours connecté ici, mais une autre personne s’est connectée auprès de votre service d’authentification. Rien n’a été modifié. Pour continuer en tant que cette personne, veuillez d’abord vous déconnecter ici.",
            ],
        ),
        PageMessage::OtherProvider => (
            "Un autre compte est nécessaire",
            &[
                "Vous êtes connecté, mais cette page est réservée aux comptes d’un autre service d’authentification. Si vous y avez un compte, vous pouvez vous connecter avec celui-ci. Votre connexion actuelle ici prendra alors fin.",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "Accès refusé",
            &[
                "Vous êtes connecté, mais vous appartenez à tant de groupes que votre service d’authentification ne les a pas indiqués. Si vous avez besoin d’un accès, veuillez contacter les responsables de ce site en leur indiquant les informations ci-dessous.",
            ],
        ),
        PageMessage::TenantNotAllowed => (
            "Accès refusé",
            &[
                "Vous vous êtes connecté avec un compte d’une organisation qui n’a pas accès à ce site. Veuillez réessayer avec un autre compte. Si vous avez besoin d’un accès, contactez les responsables de ce site en leur indiquant les informations ci-dessous.",
            ],
        ),
        PageMessage::NotFound => {
            ("Page introuvable", &["Il n’y a aucune page à cette adresse. Veuillez vérifier l’adresse."])
        }
        PageMessage::UnknownHost => {
            ("Site inconnu", &["Ce serveur ne dessert pas l’adresse demandée. Veuillez vérifier l’adresse."])
        }
        PageMessage::HttpsNeeded => (
            "Connexion sécurisée requise",
            &[
                "Cette requête a été envoyée sans chiffrement et a donc été refusée. Veuillez utiliser l’adresse en https://.",
            ],
        ),
        PageMessage::MethodNotAllowed => ("Requête non acceptée", &["Cette adresse n’accepte pas ce type de requête."]),
        PageMessage::FormTooLarge => {
            ("Formulaire trop volumineux", &["Le formulaire envoyé dépasse la taille acceptée à cette adresse."])
        }
        PageMessage::AmbiguousRequest => {
            ("Requête incomprise", &["La requête peut être interprétée de plusieurs façons et a donc été refusée."])
        }
        PageMessage::AmbiguousAddress => (
            "Adresse incomprise",
            &[
                "L’adresse peut être interprétée de plusieurs façons et a donc été refusée. Veuillez vérifier l’adresse.",
            ],
        ),
        PageMessage::AddressTooLong => (
            "Adresse trop longue",
            &["L’adresse est plus longue que ce site ne l’accepte. Veuillez vérifier l’adresse."],
        ),
        PageMessage::RequestIncomplete => (
            "La requête était incomplète",
            &["La liaison a été coupée pendant l’envoi par votre navigateur. Veuillez réessayer."],
        ),
        PageMessage::ServiceWorker => {
            ("Non autorisé", &["Cette application n’est pas autorisée à installer un service worker ici."])
        }
        PageMessage::CrossSiteConnection => {
            ("Non autorisé", &["Une page d’un autre site a tenté d’ouvrir une connexion vers ce site."])
        }
        PageMessage::CrossSiteSignOut => (
            "La déconnexion n’a pas été demandée ici",
            &[
                "Vous ne pouvez vous déconnecter que depuis une page de ce site. Veuillez utiliser la page de déconnexion.",
            ],
        ),
        PageMessage::CrossSiteSend => (
            "Formulaire non envoyé",
            &["Ce formulaire n’a pas été envoyé, car la demande d’envoi ne provenait pas d’une page de ce site."],
        ),
        PageMessage::PreservedFormGone => (
            "Ce formulaire n’est plus disponible",
            &[
                "Votre formulaire a déjà été transmis, a été conservé plus d’une heure, ou a été perdu au redémarrage de ce site. Veuillez vérifier s’il est arrivé avant de le remplir de nouveau.",
            ],
        ),
        PageMessage::ApplicationProtocolError => (
            "L’application ne répond pas correctement",
            &[
                "L’application à l’origine de cette page a envoyé une réponse incompréhensible. Veuillez réessayer dans une minute.",
            ],
        ),
        PageMessage::ApplicationTimeout => (
            "L’application met trop de temps à répondre",
            &["L’application à l’origine de cette page n’a pas répondu à temps. Veuillez réessayer dans une minute."],
        ),
        PageMessage::ApplicationUnreachable => (
            "L’application est indisponible",
            &[
                "L’application à l’origine de cette page est injoignable pour le moment. Veuillez réessayer dans une minute.",
            ],
        ),
        PageMessage::InternalError => ("Une erreur s’est produite", &[TELL]),
        PageMessage::SignInNeeded => ("Veuillez vous connecter", &["Vous devez vous connecter pour voir cette page."]),
        PageMessage::SignInNeededInFrame => (
            "Veuillez vous connecter",
            &["Vous devez être connecté pour voir cette partie de la page. La connexion s’ouvre dans l’onglet entier."],
        ),
        PageMessage::NoSignInInFrame => (
            "Veuillez vous connecter",
            &["La connexion n’est pas possible dans un cadre. Elle s’ouvre dans l’onglet entier."],
        ),
        PageMessage::FormNotPreserved => (
            "Votre session a pris fin",
            &[
                "Vous n’êtes plus connecté. Votre saisie n’a été ni transmise ni conservée.",
                "Pour conserver votre saisie, revenez en arrière avec le bouton Précédent de votre navigateur et copiez-la. Connectez-vous ensuite, puis envoyez-la de nouveau.",
            ],
        ),
        PageMessage::SigningIn => ("Un instant, s’il vous plaît", &[SIGNING_IN]),
        PageMessage::FormPreserved => (
            "Un instant, s’il vous plaît",
            &[
                SIGNING_IN,
                "Votre saisie n’a pas encore été transmise. Elle est conservée, et vous pourrez l’envoyer une fois connecté.",
            ],
        ),
        PageMessage::ConfirmSend => (
            "Envoyer votre formulaire maintenant\u{a0}?",
            &[
                "Vous êtes connecté en tant que {who}.",
                "Lorsqu’un formulaire a été envoyé à {address}, la session avait pris fin. Le formulaire a été conservé et n’a pas encore été transmis.",
            ],
        ),
        PageMessage::NotSignedIn => ("Vous n’êtes pas connecté", &["Vous n’avez pas besoin de vous déconnecter."]),
        PageMessage::ConfirmSignOut => ("Se déconnecter\u{a0}?", &["Vous êtes connecté en tant que {who}."]),
        PageMessage::SignedOut => (
            "Vous êtes déconnecté",
            &["Votre session sur ce site et auprès de votre service d’authentification est terminée."],
        ),
        PageMessage::SignedOutHereOnly => (
            "Vous êtes déconnecté",
            &[
                "Votre session sur ce site est terminée.",
                "Il se peut que vous soyez encore connecté auprès de votre service d’authentification. Sur un ordinateur partagé, veuillez vous déconnecter aussi de ce service ou fermer le navigateur.",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Se connecter",
        Label::SignInAgain => "Se reconnecter",
        Label::SignInWithOtherAccount => "Se connecter avec un autre compte",
        Label::Continue => "Continuer",
        Label::TryAgain => "Réessayer",
        Label::TryOtherAccount => "Réessayer avec un autre compte",
        Label::StartAgain => "Recommencer",
        Label::SignOut => "Se déconnecter",
        Label::StaySignedIn => "Rester connecté",
        Label::ToSignOutPage => "Aller à la page de déconnexion",
        Label::ToFrontPage => "Aller à la page d’accueil",
        Label::ToPage => "Aller à la page",
        Label::SendNow => "Envoyer maintenant",
        Label::ToPageWithoutSending => "Aller à la page sans envoyer",
        Label::Reason => "Motif",
        Label::Request => "Requête",
    }
}

const FAILED: &str = "Échec de la connexion";
const TRY: &str = "Veuillez réessayer. Si le problème persiste, contactez les responsables de ce site en leur indiquant les informations ci-dessous.";
const TELL: &str = "Vous ne pouvez pas résoudre ce problème vous-même. Veuillez contacter les responsables de ce site en leur indiquant les informations ci-dessous.";
const SIGNING_IN: &str = "Votre connexion est en cours. Si cette page reste affichée, veuillez utiliser le lien.";
