//! The redemption: the code is sent to the token endpoint once, the tokens are verified, and the session is stored.

use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::warn;

use super::{
    error::{FlowError, about},
    front_channel,
    presented_session::is_same_person,
    relying_party::RelyingParty,
    sign_in::binding,
};
use crate::{
    base::{Secret, chain},
    identity::{Account, Claims, Identity},
    oidc::{Channel, Expected, UserinfoUse, VerifiedIdToken, check_same},
    provider::{CallError, Provider},
    session::{
        LoginTransaction, NewSession, PendingResponse, RefreshGrant, ResponseTicket, SealedCookie, Session,
        SessionCookie, SubjectHash,
    },
    web::RequestContext,
};

/// The redemption of one response. It runs to its end even if the browser disconnects, and at most once: the caller holds
/// the completion lock.
pub(super) struct Redemption {
    pub(super) party: Arc<RelyingParty>,
    pub(super) context: RequestContext,
    pub(super) provider: Arc<Provider>,
    pub(super) transaction: LoginTransaction,
    pub(super) source: ResponseSource,
}

/// Where the response is.
#[derive(Clone)]
pub(super) enum ResponseSource {
    /// In the store, under this ticket.
    Stored(ResponseTicket),
    /// In the request that also presents the login cookie.
    InRequest(PendingResponse),
}

/// A completed sign-in.
pub(super) struct Completed {
    /// The session cookie.
    pub(super) cookie: SessionCookie,
    /// The session cookie, sealed for the ticket of the response.
    pub(super) sealed: SealedCookie,
    /// Whether the browser had a live session until now.
    pub(super) had_session: bool,
}

/// The tokens of one sign-in, verified.
struct Verified {
    front: Option<VerifiedIdToken>,
    back: Option<VerifiedIdToken>,
    userinfo: Map<String, Value>,
    refresh: Option<RefreshGrant>,
}

impl Redemption {
    /// Takes the response, redeems the code, verifies the tokens, and stores the session under a new random cookie.
    pub(super) async fn run(self) -> Result<Completed, FlowError> {
        let response = self.response().await?;
        let verified = self.verify(&response).await;
        self.record(verified.as_ref());
        let verified = verified?;
        // Every flow has an `id_token`; without one there is no session.
        let id_token = verified.back.as_ref().or(verified.front.as_ref()).ok_or(FlowError::Lost)?;
        let cookie = SessionCookie::generate(&*self.party.random);
        let had_session = self.begin_session(&cookie, id_token, &verified).await?;
        let (state, binding) = (self.transaction.state(), binding(&self.context, &self.provider));
        let ticket = response.ticket(state, binding);
        let sealed = SealedCookie::seal(&cookie, &ticket, (state, binding), &*self.party.random);
        Ok(Completed { cookie, sealed, had_session })
    }

    /// A sign-in also shows whether the provider answers, if its tokens were asked for.
    fn record(&self, verified: Result<&Verified, &FlowError>) {
        let (breaker, now) = (self.provider.breaker(), self.party.clock.now());
        match verified {
            Ok(Verified { back: Some(_), .. }) => breaker.record(Ok(&()), now),
            Err(FlowError::Call(error)) => breaker.record::<()>(Err(error), now),
            _ => {}
        }
    }

    async fn response(&self) -> Result<PendingResponse, FlowError> {
        let ticket = match &self.source {
            ResponseSource::InRequest(response) => return Ok(response.clone()),
            ResponseSource::Stored(ticket) => ticket,
        };
        let sealed =
            self.party.store.take_pending(&ticket.pending_key(), self.context.now).await?.ok_or(FlowError::Lost)?;
        // The ticket of another sign-in of this browser does not open the response.
        PendingResponse::open(&sealed, ticket, self.transaction.state(), binding(&self.context, &self.provider))
            .map_err(|_| FlowError::OtherBrowser)
    }

    async fn verify(&self, response: &PendingResponse) -> Result<Verified, FlowError> {
        // As of the time at which it was received, so that a token does not expire while the browser is redirected.
        let front = front_channel::verify(&self.provider, self.transaction.state(), response).await?;
        // The login request is in the login cookie, so the response is checked against it here, before the redemption.
        front.iter().try_for_each(|token| self.check_request(token))?;
        let Some(code) = &response.code else {
            return Ok(Verified { front, back: None, userinfo: Map::new(), refresh: None });
        };

        let redirect_uri = self.party.paths.redirect_uri(&self.context.origin, self.provider.settings());
        let tokens = self.provider.redeem(code, &redirect_uri, &self.transaction.verifier()).await?;
        let id_token = tokens.id_token().map_err(|error| CallError::Token(Arc::new(error)))?;
        let (state, nonce) = (self.transaction.state(), self.transaction.state().nonce());
        let expected = Expected {
            access_token: Some(tokens.access_token.expose()),
            channel: Channel::Back,
            ..front_channel::expected(&self.provider, state, &nonce, response)
        };
        let back = self.provider.verify_id_token(id_token, &expected, self.party.clock.now()).await?;
        if let Some(front) = &front {
            // OpenID Connect Core §3.3.3.6: iss and sub must be identical in both.
            check_same(front, &back).map_err(|error| CallError::IdToken(Arc::new(error)))?;
        }
        self.check_request(&back)?;
        let userinfo = self.userinfo(&tokens.access_token, &back).await?;
        let now = self.party.clock.now();
        let refresh = tokens.refresh_token.map(|token| RefreshGrant::new(token, tokens.expires_in, now));
        Ok(Verified { front, back: Some(back), userinfo, refresh })
    }

    /// The claims of the userinfo endpoint, if its use is configured. A response must be valid; with `userinfo = "on"` the
    /// sign-in succeeds without a response.
    async fn userinfo(
        &self,
        access_token: &Secret,
        id_token: &VerifiedIdToken,
    ) -> Result<Map<String, Value>, FlowError> {
        let is_needed = self.provider.settings().userinfo != UserinfoUse::On;
        let person = (id_token.issuer(), id_token.subject());
        match self.provider.userinfo(access_token, person, self.party.clock.now()).await {
            Err(error) if error.is_absent_userinfo() && !is_needed => {
                let context = &self.context;
                warn!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), detail = chain(&error), "signed in without userinfo");
                Ok(Map::new())
            }
            claims => Ok(claims?),
        }
    }

    /// Checks a token against the login request (OpenID Connect Core §3.1.3.7 steps 12 and 13, §5.5.1.1). If the request is
    /// for one person, only that person is accepted (§3.1.2.2), so that the person of a session does not change unnoticed.
    fn check_request(&self, token: &VerifiedIdToken) -> Result<(), FlowError> {
        let (state, request) = (self.transaction.state(), self.transaction.request());
        if request.subject.is_some_and(|subject| subject != SubjectHash::of(token.issuer(), token.subject())) {
            return Err(FlowError::OtherPerson);
        }
        let required = request.merged_over(&self.provider.settings().authorize).authn_requirement();
        let checked = token.check_requirement(&required, state.issued_at());
        checked.map_err(|error| CallError::IdToken(Arc::new(error)).into())
    }

    /// Stores the session, and ends the sessions that the request presented. Returns whether one of them was live.
    async fn begin_session(
        &self,
        cookie: &SessionCookie,
        id_token: &VerifiedIdToken,
        verified: &Verified,
    ) -> Result<bool, FlowError> {
        let (party, context) = (&self.party, &self.context);
        let provider = self.provider.settings().name.as_str();
        let account = Account { provider, issuer: id_token.issuer(), subject: &self.subject(id_token) };
        let identity = Arc::new(Identity::new(account, verified.claims()));
        let previous = party.session(context).await?.map(|presented| presented.session);
        // The return pages of another person stay with that person.
        let of_person = previous.as_deref().filter(|session| is_same_person(session.identity(), &identity));
        let new = NewSession {
            identity: Arc::clone(&identity),
            origin: context.origin.as_str(),
            tag: self.transaction.state().tag(),
            return_to: self.transaction.return_to().clone(),
            refresh: verified.refresh.clone(),
            previous: of_person,
        };
        let session = Session::begin(id_token, new, &party.sessions, party.clock.now());
        if !party.store.insert(&cookie.key(), session, self.transaction.state().issued_at()).await? {
            return Err(FlowError::SignedOutMeanwhile);
        }
        // This ends the previous session, or one that an attacker planted in the browser.
        if let Err(error) = party.end_presented(context).await {
            // The browser does not get the cookie of the new session, so no request could end it.
            party.store.remove(&cookie.key()).await?;
            return Err(error.into());
        }
        party.audit.signed_in(about(context), provider, identity.subject());
        Ok(previous.is_some())
    }

    /// The subject that applications get, unique across all providers of this gateway.
    fn subject(&self, id_token: &VerifiedIdToken) -> String {
        match self.party.providers.len() {
            0 | 1 => id_token.account().to_owned(),
            _ => format!("{}:{}", self.provider.settings().name.as_str(), id_token.account()),
        }
    }
}

impl Verified {
    /// The claims of the person. Those from the token endpoint take precedence over those from the front channel (OpenID
    /// Connect Core §3.3.3.6), and userinfo adds the claims that both lack.
    fn claims(&self) -> Claims {
        let claims = |token: &VerifiedIdToken| token.claims().clone();
        let front = Claims::new(self.front.as_ref().map(claims).unwrap_or_default());
        let signed = self.back.as_ref().map_or(front.clone(), |back| front.merged_with(back.claims()));
        signed.completed_with(self.userinfo.clone())
    }
}
