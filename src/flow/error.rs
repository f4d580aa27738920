//! Why a flow failed, and what the response to the failure needs.

use std::sync::Arc;

use http::HeaderValue;
use serde_json::{Map, Value};
use tracing::{error, warn};

use crate::{
    access::Denial,
    base::chain,
    oidc::{ProviderError, ResponseError},
    provider::CallError,
    reason::ReasonCode,
    session::{StateError, StoreError},
    telemetry::audit::{About, AuditLog},
    web::{FormError, RequestContext, ReturnTo},
};

/// Why a flow failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FlowError {
    /// The authorization response cannot be read.
    #[error("the authorization response cannot be read")]
    Form(#[from] FormError),
    /// The authorization response has no `state`.
    #[error("the authorization response has no state")]
    NoState,
    /// This gateway did not issue the `state`.
    #[error("the state is refused")]
    State(#[from] StateError),
    /// The authorization response does not fit the flow.
    #[error("the authorization response is refused")]
    Response(#[from] ResponseError),
    /// The provider refused the sign-in.
    #[error("the provider refused the sign-in: {}", .0.explanation())]
    Refused(Box<ProviderError>),
    /// A request to the provider failed.
    #[error("a request to the provider failed")]
    Call(#[from] CallError),
    /// The session store failed.
    #[error("the session store failed")]
    Store(#[from] StoreError),
    /// The sign-in was started in another browser.
    #[error("the sign-in was started in another browser")]
    OtherBrowser,
    /// The sign-in had to confirm the signed-in person, and another person signed in.
    #[error("the person who signed in is not the person of the session")]
    OtherPerson,
    /// The provider session ended, or the person signed out here, after the sign-in had begun.
    #[error("the person signed out after this sign-in had begun")]
    SignedOutMeanwhile,
    /// The browser sent neither cookie of the sign-in.
    #[error("the browser sent no cookie of the sign-in")]
    NoCookies,
    /// The client has used up its budget, or too many codes are being redeemed.
    #[error("too many requests of this client, or too many sign-ins at once")]
    TooManyRequests,
    /// The browser is in a login loop.
    #[error("too many sign-ins in a row ended without a session")]
    Loop,
    /// The task that completes the sign-in failed or did not end in time. The code is not redeemed again.
    #[error("the sign-in was lost on its way")]
    Lost,
    /// The sign-in was refused before, with this reason code.
    #[error("the sign-in was refused before")]
    RefusedBefore(ReasonCode),
    /// The authorization response was refused at the callback, before the browser sent its cookies.
    #[error("refused at the callback: {detail}")]
    RefusedAtCallback {
        /// The reason code.
        reason: ReasonCode,
        /// The detail, as it was logged at the callback.
        detail: Box<str>,
    },
    /// The sign-out was not requested by a page of this site.
    #[error("the sign-out was not requested by a page of this site")]
    ForeignSignOut,
    /// There is no preserved request: it was sent or has expired, or it belongs to another browser or gateway.
    #[error("no request is preserved for this browser")]
    PreservedPostGone,
    /// The sending of a preserved request was not requested by a page of this site.
    #[error("the sending of a preserved request was not requested by a page of this site")]
    ForeignRestore,
    /// The person is signed in at another provider than the rule of the route requires.
    #[error("the route requires a sign-in at \"{required}\", and the person is signed in at \"{signed_in_at}\"")]
    OtherProvider {
        /// The provider of the session.
        signed_in_at: Box<str>,
        /// The provider that the rule requires.
        required: Arc<str>,
    },
    /// The person does not meet the rule of the route.
    #[error("the person may not pass")]
    Forbidden,
    /// The rule requires a group, and the provider omitted the person's groups because there are too many.
    #[error("the rule requires a group, and the provider omitted the person's groups")]
    GroupsUnknown,
}

impl From<Denial> for FlowError {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::OtherProvider { signed_in_at, required } => Self::OtherProvider { signed_in_at, required },
            Denial::NotAllowed => Self::Forbidden,
            Denial::GroupsUnknown => Self::GroupsUnknown,
        }
    }
}

impl FlowError {
    /// The stable reason code.
    #[must_use]
    pub(crate) fn reason(&self) -> ReasonCode {
        match self {
            Self::Form(_) => ReasonCode::AnswerMalformed,
            Self::NoState => ReasonCode::StateMissing,
            Self::State(StateError::Forged) => ReasonCode::StateForged,
            Self::State(StateError::OtherInstance) => ReasonCode::OtherInstance,
            Self::Response(error) => error.reason(),
            Self::Refused(refusal) => refusal.reason(),
            Self::Call(error) => error.reason(),
            Self::Store(error) => error.reason(),
            Self::OtherBrowser => ReasonCode::OtherBrowser,
            Self::OtherPerson => ReasonCode::OtherPerson,
            Self::SignedOutMeanwhile => ReasonCode::SignedOutMeanwhile,
            Self::TooManyRequests => ReasonCode::TooManyRequests,
            Self::NoCookies => ReasonCode::NoCookies,
            Self::Loop => ReasonCode::SignInLoop,
            Self::Lost => ReasonCode::SignInLost,
            Self::RefusedBefore(reason) | Self::RefusedAtCallback { reason, .. } => *reason,
            Self::ForeignSignOut => ReasonCode::SignOutForeign,
            Self::PreservedPostGone => ReasonCode::KeptFormGone,
            Self::ForeignRestore => ReasonCode::KeptFormForeign,
            Self::OtherProvider { .. } => ReasonCode::OtherProvider,
            Self::Forbidden => ReasonCode::NotAllowed,
            Self::GroupsUnknown => ReasonCode::GroupsUnknown,
        }
    }

    /// The error and all its sources, for the log. None of them contains a token or secret.
    #[must_use]
    pub(crate) fn detail(&self) -> String {
        chain(self)
    }

    /// The claims that the provider requires in the next authorization request.
    #[must_use]
    pub(super) fn demanded_claims(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Call(CallError::Token(error)) => error.refusal()?.claims_challenge(),
            _ => None,
        }
    }
}

/// A failed flow, and what the reply to it needs.
#[derive(Debug)]
#[must_use]
pub(crate) struct Rejection {
    /// Why the flow failed.
    pub(crate) error: Box<FlowError>,
    /// The page to which the sign-in returns, if it is known.
    pub(crate) return_to: Option<ReturnTo>,
    /// Cookies of the reply.
    pub(crate) cookies: Vec<HeaderValue>,
}

impl Rejection {
    /// Adds the page to which the sign-in returns.
    pub(crate) fn with_return_to(mut self, return_to: &ReturnTo) -> Self {
        self.return_to = Some(return_to.clone());
        self
    }

    /// Adds cookies to the reply.
    pub(super) fn with_cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }
}

impl<E: Into<FlowError>> From<E> for Rejection {
    fn from(error: E) -> Self {
        Self { error: Box::new(error.into()), return_to: None, cookies: Vec::new() }
    }
}

/// Writes one log line with the detail and the hint, and one audit line, about a refusal for `reason`.
pub(crate) fn report(audit: &AuditLog, about: About<'_>, reason: ReasonCode, detail: &str) {
    let (fault, hint) = (reason.fault(), reason.hint());
    if is_alarm(reason) {
        error!(%reason, request = %about.request, origin = about.origin, %fault, detail, hint, "refused");
    } else {
        warn!(%reason, request = %about.request, origin = about.origin, %fault, detail, hint, "refused");
    }
    audit.refused(about, reason);
}

/// The request of an audit line.
pub(super) fn about(context: &RequestContext) -> About<'_> {
    About { request: &context.id, client: context.client, origin: context.origin.as_str() }
}

/// Whether every sign-in fails until an operator acts. A client cannot cause these errors: they come from the provider over
/// verified TLS.
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
