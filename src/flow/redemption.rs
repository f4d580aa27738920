//! A verified answer becomes a session: the code is redeemed once, the second token must speak of the same person.

use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::warn;

use super::{
    error::{FlowError, about},
    relying_party::{RelyingParty, relation},
};
use crate::{
    base::{Secret, chain},
    identity::{Claims, Identity},
    oidc::{Channel, Expected, UserinfoUse, VerifiedIdToken, check_same},
    provider::{CallError, Provider},
    session::{
        LoginTransaction, NewSession, PendingResponse, RefreshGrant, ResponseTicket, Session, State, SubjectHash,
    },
    telemetry::audit,
    web::RequestContext,
};

/// One completion of a sign-in. Runs to its end whoever hangs up, and at most once: it holds the claim.
pub(super) struct Redemption {
    pub(super) party: Arc<RelyingParty>,
    pub(super) context: RequestContext,
    pub(super) provider: Arc<Provider>,
    pub(super) attempt: LoginTransaction,
    pub(super) source: Source,
}

/// Where the answer is.
pub(super) enum Source {
    /// Parked, under this receipt.
    Parked(ResponseTicket),
    /// Here: it came in the query, together with the login cookie.
    AtHand(PendingResponse),
}

/// What this browser had until the sign-in ended.
pub(super) enum Former {
    /// A live session: it does not lose them.
    Live,
    /// No session, or one that was gone.
    Gone,
}

/// The tokens of one sign-in, verified.
struct Verified {
    front: Option<VerifiedIdToken>,
    back: Option<VerifiedIdToken>,
    userinfo: Map<String, Value>,
    renewal: Option<RefreshGrant>,
}

impl Redemption {
    /// Takes the answer, redeems the code, verifies, and stores the session under the cookie of the attempt.
    pub(super) async fn run(self) -> Result<Former, FlowError> {
        let arrival = self.arrival().await?;
        let verified = self.verify(&arrival).await?;
        // A flow without either token does not exist; without a token there is no session.
        let proof = verified.back.as_ref().or(verified.front.as_ref()).ok_or(FlowError::Lost)?;
        self.begin_session(proof, verified.claims(), verified.renewal.clone()).await
    }

    async fn arrival(&self) -> Result<PendingResponse, FlowError> {
        let receipt = match &self.source {
            Source::AtHand(arrival) => return Ok(arrival.clone()),
            Source::Parked(receipt) => receipt,
        };
        let sealed = self.party.store.take(&receipt.slot(), self.context.now).await?.ok_or(FlowError::Lost)?;
        // The receipt of another sign-in of this browser opens nothing here.
        PendingResponse::open(&sealed, receipt, self.attempt.state(), relation(&self.context, &self.provider))
            .map_err(|_| FlowError::OtherBrowser)
    }

    async fn verify(&self, arrival: &PendingResponse) -> Result<Verified, FlowError> {
        // At the moment it came: a minute in the car park makes no good token late.
        let front = verify_front(&self.provider, self.attempt.state(), arrival).await?;
        // What was asked stands in the login cookie, so the answer is held to it here, before anything is redeemed.
        front.iter().try_for_each(|token| self.hold_to_what_was_asked(token))?;
        let Some(code) = &arrival.code else {
            return Ok(Verified { front, back: None, userinfo: Map::new(), renewal: None });
        };

        let redirect_uri = self.party.paths.redirect_uri(&self.context.origin, self.provider.settings());
        let tokens = self.provider.redeem(code, &redirect_uri, &self.attempt.verifier()).await?;
        let id_token = tokens.id_token().map_err(|error| CallError::Token(Arc::new(error)))?;
        let (state, nonce) = (self.attempt.state(), self.attempt.state().nonce());
        let expected = Expected {
            access_token: Some(tokens.access_token.expose()),
            channel: Channel::Back,
            ..expected(&self.provider, state, &nonce, arrival)
        };
        let back = self.provider.verify_id_token(id_token, &expected, self.party.clock.now()).await?;
        if let Some(front) = &front {
            // OpenID Connect Core §3.3.3.6: iss and sub must be identical in both.
            check_same(front, &back).map_err(|error| CallError::IdToken(Arc::new(error)))?;
        }
        self.hold_to_what_was_asked(&back)?;
        let userinfo = self.userinfo(&tokens.access_token, &back).await?;
        let now = self.party.clock.now();
        let renewal = tokens.refresh_token.map(|token| RefreshGrant::new(token, tokens.expires_in, now));
        Ok(Verified { front, back: Some(back), userinfo, renewal })
    }

    /// What the provider says beside the `id_token`, if it is asked. Once it answers, the answer must be right.
    async fn userinfo(
        &self,
        access_token: &Secret,
        id_token: &VerifiedIdToken,
    ) -> Result<Map<String, Value>, FlowError> {
        let is_needed = self.provider.settings().userinfo != UserinfoUse::On;
        match self.provider.userinfo(access_token, id_token, self.party.clock.now()).await {
            Err(error) if error.is_absent_userinfo() && !is_needed => {
                let context = &self.context;
                warn!(reason = %error.reason(), request = %context.id, origin = context.origin.as_str(), detail = chain(&error), "signed in without userinfo");
                Ok(Map::new())
            }
            claims => Ok(claims?),
        }
    }

    /// OpenID Connect Core §3.1.3.7 steps 12 and 13, §5.5.1.1: the demands of the request hold for the answer. Who was to
    /// sign in once more is who must come back (§3.1.2.2): no session is swapped behind a person's back.
    fn hold_to_what_was_asked(&self, token: &VerifiedIdToken) -> Result<(), FlowError> {
        let (state, asked) = (self.attempt.state(), self.attempt.asked());
        if asked.person.is_some_and(|person| person != SubjectHash::of(token.issuer(), token.subject())) {
            return Err(FlowError::OtherPerson);
        }
        let requirement = asked.over(&self.provider.settings().authorize).authn_requirement();
        let held = token.check_requirement(&requirement, state.issued_at());
        held.map_err(|error| CallError::IdToken(Arc::new(error)).into())
    }

    async fn begin_session(
        &self,
        proof: &VerifiedIdToken,
        claims: Claims,
        renewal: Option<RefreshGrant>,
    ) -> Result<Former, FlowError> {
        let (party, context) = (&self.party, &self.context);
        let provider = self.provider.settings().name.as_str();
        let identity = Arc::new(Identity::new(proof.issuer(), &self.subject(proof), claims));
        let former = party.session(context).await?;
        let beginning = NewSession {
            identity: Arc::clone(&identity),
            provider,
            origin: context.origin.as_str(),
            tag: self.attempt.state().tag(),
            return_to: self.attempt.return_to().clone(),
            renewal,
            former: former.as_ref().map(|(_, session)| &**session),
        };
        let session = Session::begin(proof, beginning, &party.sessions, party.clock.now());
        party.store.insert(&self.attempt.session_cookie().key(), session).await?;
        audit::signed_in(about(context), provider, identity.subject());
        // A planted session never becomes this person's, and this person's former one ends.
        party.end_presented(context).await?;
        Ok(former.map_or(Former::Gone, |_| Former::Live))
    }

    /// The name applications get: unique over all providers of this gateway.
    fn subject(&self, proof: &VerifiedIdToken) -> String {
        match self.party.providers.len() {
            0 | 1 => proof.account().to_owned(),
            _ => format!("{}:{}", self.provider.settings().name.as_str(), proof.account()),
        }
    }
}

/// Verifies the `id_token` that came through the browser, if the flow has one, as of the moment it came.
pub(super) async fn verify_front(
    provider: &Provider,
    state: &State,
    arrival: &PendingResponse,
) -> Result<Option<VerifiedIdToken>, CallError> {
    let Some(id_token) = &arrival.id_token else { return Ok(None) };
    let nonce = state.nonce();
    provider.verify_id_token(id_token, &expected(provider, state, &nonce, arrival), arrival.at).await.map(Some)
}

/// What a token of the front channel must say in answer to `state`.
fn expected<'a>(
    provider: &'a Provider,
    state: &'a State,
    nonce: &'a str,
    arrival: &'a PendingResponse,
) -> Expected<'a> {
    let settings = provider.settings();
    Expected {
        issuer: &settings.issuer,
        profile: settings.profile,
        client_id: &settings.client_id,
        nonce: Some(nonce),
        code: arrival.code.as_ref().map(Secret::expose),
        access_token: None,
        state: Some(state.text()),
        channel: Channel::Front,
    }
}

impl Verified {
    /// What the provider says: the token endpoint's word before the browser's (OpenID Connect Core §3.3.3.6), and userinfo
    /// only about what neither speaks of.
    fn claims(&self) -> Claims {
        let claims = |token: &VerifiedIdToken| token.claims().clone();
        let front = Claims::new(self.front.as_ref().map(claims).unwrap_or_default());
        let signed = self.back.as_ref().map_or(front.clone(), |back| front.merged_with(back.claims()));
        signed.completed_with(self.userinfo.clone())
    }
}
