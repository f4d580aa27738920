//! Why a flow stopped, and what the person in front of it needs to go on.

use http::HeaderValue;
use serde_json::{Map, Value};
use tracing::{error, warn};

use crate::{
    base::chain,
    oidc::{ProviderError, ResponseError},
    provider::CallError,
    reason::ReasonCode,
    session::{StateError, StoreError},
    telemetry::audit,
    web::{FormError, RequestContext, ReturnTo},
};

/// Why a flow stopped.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The answer of the provider cannot be read.
    #[error("the answer cannot be read")]
    Form(#[from] FormError),
    /// The answer has no state.
    #[error("the answer has no state")]
    NoState,
    /// The state is not ours.
    #[error("the state is refused")]
    State(#[from] StateError),
    /// The answer is not one of this flow.
    #[error("the answer is refused")]
    AuthorizationResponse(#[from] ResponseError),
    /// The provider said no.
    #[error("the provider refused the sign-in: {}", .0.explanation())]
    Refused(Box<ProviderError>),
    /// A call to the provider gave nothing.
    #[error("the provider did not help")]
    Call(#[from] CallError),
    /// The session store did not do what it was asked.
    #[error("the session store failed")]
    Store(#[from] StoreError),
    /// The sign-in was begun in another browser.
    #[error("the sign-in was begun in another browser")]
    OtherBrowser,
    /// Somebody else signed in than the person who is signed in here and was to sign in once more.
    #[error("another person signed in than the one who is signed in here")]
    OtherPerson,
    /// Neither cookie of the sign-in came back.
    #[error("no cookie of the sign-in came back")]
    NoCookies,
    /// This browser signs in again and again.
    #[error("sign-ins follow one another without a session")]
    Loop,
    /// The task that completed the sign-in died, or did not end in time. The code is not redeemed again.
    #[error("the sign-in was lost on its way")]
    Lost,
    /// The sign-in was refused before; this is the same refusal again.
    #[error("the sign-in was refused before")]
    Earlier(ReasonCode),
    /// The answer was refused when it came, before the browser that asked for it was seen.
    #[error("refused when the answer came: {detail}")]
    AtArrival {
        /// The reason code.
        reason: ReasonCode,
        /// What happened, as it was then.
        detail: Box<str>,
    },
    /// A sign-out that no page of ours asked for.
    #[error("the sign-out was not asked for by a page of this site")]
    ForeignSignOut,
    /// What was kept is not there: sent, too old, or never kept by this gateway for this browser.
    #[error("no form is kept here for this browser")]
    KeptGone,
    /// A press of the button that sends a form, from no page of ours.
    #[error("the form was not sent off by a page of this site")]
    ForeignSend,
    /// The person may not pass.
    #[error("the person may not pass")]
    Forbidden,
    /// The person may not pass, as far as is known: the provider did not list their groups.
    #[error("the person's groups are too many to be listed, and this route asks for one")]
    GroupsUnknown,
}

impl FlowError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Form(_) => ReasonCode::AnswerMalformed,
            Self::NoState => ReasonCode::StateMissing,
            Self::State(StateError::Forged) => ReasonCode::StateForged,
            Self::State(StateError::OtherInstance) => ReasonCode::OtherInstance,
            Self::AuthorizationResponse(error) => error.reason(),
            Self::Refused(refusal) => refusal.reason(),
            Self::Call(error) => error.reason(),
            Self::Store(error) => error.reason(),
            Self::OtherBrowser => ReasonCode::OtherBrowser,
            Self::OtherPerson => ReasonCode::OtherPerson,
            Self::NoCookies => ReasonCode::NoCookies,
            Self::Loop => ReasonCode::SignInLoop,
            Self::Lost => ReasonCode::SignInLost,
            Self::Earlier(reason) | Self::AtArrival { reason, .. } => *reason,
            Self::ForeignSignOut => ReasonCode::SignOutForeign,
            Self::KeptGone => ReasonCode::KeptFormGone,
            Self::ForeignSend => ReasonCode::KeptFormForeign,
            Self::Forbidden => ReasonCode::NotAllowed,
            Self::GroupsUnknown => ReasonCode::GroupsUnknown,
        }
    }

    /// What happened, in full, for the log: this error and all below it. No token or secret is in any of them.
    #[must_use]
    pub fn detail(&self) -> String {
        chain(self)
    }

    /// The claims that the provider wants the next sign-in to ask for.
    #[must_use]
    pub fn demanded_claims(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Call(CallError::Token(error)) => error.refusal()?.claims_challenge(),
            _ => None,
        }
    }
}

/// A flow that stopped.
#[derive(Debug)]
#[must_use]
pub struct Rejection {
    /// Why.
    pub problem: Box<FlowError>,
    /// Where the person wanted to go, if that is known.
    pub return_to: Option<ReturnTo>,
    /// Cookies that go with the answer.
    pub cookies: Vec<HeaderValue>,
}

impl Rejection {
    /// The person wanted to go to `return_to`.
    pub fn towards(mut self, return_to: &ReturnTo) -> Self {
        self.return_to = Some(return_to.clone());
        self
    }

    /// The answer carries these cookies.
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }
}

impl<P: Into<FlowError>> From<P> for Rejection {
    fn from(problem: P) -> Self {
        Self { problem: Box::new(problem.into()), return_to: None, cookies: Vec::new() }
    }
}

/// Writes one log line with the detail and the hint, and one audit line, about a refusal for `reason`.
pub(crate) fn report(about: audit::About<'_>, reason: ReasonCode, detail: &str) {
    let (fault, hint) = (reason.fault(), reason.hint());
    if is_alarm(reason) {
        error!(%reason, request = %about.request, origin = about.origin, %fault, detail, hint, "refused");
    } else {
        warn!(%reason, request = %about.request, origin = about.origin, %fault, detail, hint, "refused");
    }
    audit::refused(about, reason);
}

/// What an audit line says of a visit.
pub(super) fn about(context: &RequestContext) -> audit::About<'_> {
    audit::About { request: &context.id, client: context.client, origin: context.origin.as_str() }
}

/// Whether every sign-in fails until an operator acts. No stranger can provoke these: the provider said it over verified
/// TLS.
const fn is_alarm(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::ProviderIssuer
            | ReasonCode::ProviderKeys
            | ReasonCode::ProviderMetadata
            | ReasonCode::TokenClientRefused
            | ReasonCode::TokenRefused
    )
}
