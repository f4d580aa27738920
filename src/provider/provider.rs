//! One provider, alive: its metadata and keys kept at hand, its endpoints called.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::{
    cached::Another,
    credentials::{CredentialError, Credentials, Occasion},
    documents::{Documents, Source},
    fetch::{Call, Fetch, FetchError},
};
use crate::{
    base::{Clock, Random, Secret, Timestamp, encode_base64url, random_bytes},
    jose::{JwksError, KeySet, Unverified},
    oidc::{
        AuthorizationRequest, Channel, EndSessionRequest, Expected, ExpectedUserinfo, IdTokenError, IdTokenVerifier,
        MetadataError, ProviderSettings, TokenError, TokenResponse, UserinfoError, UserinfoResponse, UserinfoUse,
        VerifiedIdToken, authorization_url, bearer, end_session_url, sign_out_origins,
    },
    reason::ReasonCode,
    web::encode_form,
};

/// A provider that this gateway is registered with.
pub struct Provider {
    settings: Arc<ProviderSettings>,
    credentials: Arc<Credentials>,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    documents: Documents,
}

/// What a [`Provider`] is made of.
pub struct Registration {
    /// What the operator says about it.
    pub settings: ProviderSettings,
    /// What proves that it is us.
    pub credentials: Arc<Credentials>,
    /// How it is called.
    pub fetch: Arc<dyn Fetch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The runtime on which calls run to their end, whoever hangs up.
    pub home: Handle,
}

/// Why a call to the provider gave nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// No answer.
    #[error("the provider cannot be reached at {url}")]
    Fetch {
        /// What was called.
        url: Box<str>,
        /// Why.
        #[source]
        source: Arc<FetchError>,
    },
    /// An answer with another status than 200.
    #[error("the provider answered with status {status} at {url}")]
    Status {
        /// What was called.
        url: Box<str>,
        /// The status.
        status: u16,
    },
    /// Its metadata is refused.
    #[error("the provider's metadata is refused")]
    Metadata(#[source] Arc<MetadataError>),
    /// Its keys are refused.
    #[error("the provider's keys are refused")]
    Keys(#[source] Arc<JwksError>),
    /// Its metadata names no endpoint for this.
    #[error("the provider has no {0}")]
    NoEndpoint(&'static str),
    /// There is nothing to prove with that it is us.
    #[error("the gateway cannot prove to the provider which client it is")]
    Credentials(#[source] Arc<CredentialError>),
    /// The answer of its token endpoint is refused.
    #[error("the provider gave no tokens")]
    Token(#[source] Arc<TokenError>),
    /// Its `id_token` is refused.
    #[error("the provider's id_token is refused")]
    IdToken(#[source] Arc<IdTokenError>),
    /// The answer of its userinfo endpoint is refused.
    #[error("the provider's userinfo is refused")]
    Userinfo(#[source] Arc<UserinfoError>),
    /// The task that called it died.
    #[error("the call to the provider was lost")]
    Lost,
}

impl CallError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Fetch { .. } | Self::Status { .. } | Self::Lost => ReasonCode::ProviderUnreachable,
            Self::Metadata(error) => error.reason(),
            Self::Keys(error) => error.reason(),
            Self::NoEndpoint(_) => ReasonCode::ProviderMetadata,
            Self::Credentials(_) => ReasonCode::ClientCredentials,
            Self::Token(error) => error.reason(),
            Self::IdToken(error) => error.reason(),
            Self::Userinfo(error) => error.reason(),
        }
    }

    /// Whether the provider gave no userinfo at all, as opposed to a wrong one.
    #[must_use]
    pub fn is_absent_userinfo(&self) -> bool {
        match self {
            Self::Userinfo(error) => error.is_absence(),
            Self::Fetch { .. } | Self::NoEndpoint(_) => true,
            _ => false,
        }
    }

    /// Whether the provider has looked at a refresh token and said no, or said something that is not believed: what it
    /// renewed is over. Whatever else went wrong decides nothing about the person.
    #[must_use]
    pub fn ends_renewal(&self) -> bool {
        match self {
            Self::Token(error) => error.requires_sign_in(),
            Self::IdToken(error) => !error.is_undecided(),
            Self::Userinfo(error) => !error.is_absence() && !error.is_unknown_key(),
            _ => false,
        }
    }

    /// Whether an `id_token` was right in everything and only came too late.
    #[must_use]
    pub fn is_only_time(&self) -> bool {
        matches!(self, Self::IdToken(error) if error.is_only_time())
    }
}

impl Provider {
    /// A provider that nobody has called yet.
    #[must_use]
    pub fn new(registration: Registration) -> Self {
        let Registration { settings, credentials, fetch, clock, random, home } = registration;
        let settings = Arc::new(settings);
        let source = Source {
            settings: Arc::clone(&settings),
            fetch: Arc::clone(&fetch),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
        };
        Self { settings, credentials, fetch, clock, random, documents: Documents::new(source, home) }
    }

    /// What the operator says about it.
    #[must_use]
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Whether sign-ins can begin and answers be verified.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.documents.are_at_hand()
    }

    /// Fetches what of its metadata and keys is due by the clock; to be called now and then.
    pub async fn tend(&self) {
        self.documents.tend().await;
    }

    /// Where to send a browser that shall sign in. Nobody is sent away while the answer could not be verified.
    pub async fn authorize(&self, request: &AuthorizationRequest<'_>) -> Result<String, CallError> {
        let _keys = self.documents.keys().await?;
        Ok(authorization_url(&*self.documents.metadata().await?, &self.settings, request))
    }

    /// Whether its answers always name their issuer (RFC 9207 §3): what its metadata say when the answer comes, like
    /// everything else that is judged then.
    pub async fn names_itself_in_answers(&self) -> Result<bool, CallError> {
        Ok(self.documents.metadata().await?.iss_supported())
    }

    /// Redeems `code`. It is sent once: whatever comes back, nobody may call this again with the same code.
    pub async fn redeem(&self, code: &Secret, redirect_uri: &str, verifier: &str) -> Result<TokenResponse, CallError> {
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// Spends `refresh_token` (RFC 6749 §6). Where the provider rotates them it is good once.
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<TokenResponse, CallError> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())]).await
    }

    /// What the token endpoint gives for `grant`. One request, whatever comes back: a second one with another secret
    /// would send the code twice.
    async fn tokens(&self, grant: &[(&str, &str)]) -> Result<TokenResponse, CallError> {
        let metadata = self.documents.metadata().await?;
        let endpoint = metadata.token_endpoint().ok_or(CallError::NoEndpoint("token_endpoint"))?;
        let occasion = Occasion {
            settings: Arc::clone(&self.settings),
            endpoint: endpoint.to_owned(),
            now: self.clock.now(),
            id: encode_base64url(random_bytes::<16>(&*self.random)),
        };
        let proof = self.credentials.prove(occasion).await.map_err(|error| CallError::Credentials(Arc::new(error)))?;
        let proved = proof.request.form.iter().map(|(name, value)| (*name, value.expose()));
        let mut form = String::new();
        for (name, value) in grant.iter().copied().chain(proved) {
            let separator = if form.is_empty() { "" } else { "&" };
            form.extend([separator, name, "=", &*encode_form(value)]);
        }
        let call = Call {
            url: endpoint.to_owned(),
            authorization: proof.request.authorization,
            form: Some(Secret::new(form)),
            certificate: proof.certificate,
        };
        let answer = self.fetch.fetch(call).await.map_err(|source| unreachable_at(endpoint, source))?;
        TokenResponse::read(answer.status, answer.content_type.as_deref(), &answer.body)
            .map_err(|error| CallError::Token(Arc::new(error)))
    }

    /// Verifies an `id_token` whole.
    pub async fn verify_id_token(
        &self,
        text: &Secret,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, CallError> {
        let metadata = self.documents.metadata().await?;
        let verify = |keys: &KeySet| IdTokenVerifier { metadata: &metadata, keys }.verify(text, expected, now);
        let kid = named_key(text.expose());
        let verified = self.with_keys(kid, expected.channel, verify, IdTokenError::is_unknown_key).await?;
        verified.map_err(|error| CallError::IdToken(Arc::new(error)))
    }

    /// What the userinfo endpoint says of the person whom `id_token` names, verified; nothing where it is not asked.
    pub async fn userinfo(
        &self,
        access_token: &Secret,
        id_token: &VerifiedIdToken,
        now: Timestamp,
    ) -> Result<Map<String, Value>, CallError> {
        if self.settings.userinfo == UserinfoUse::Off {
            return Ok(Map::new());
        }
        let metadata = self.documents.metadata().await?;
        let endpoint = metadata.userinfo_endpoint().ok_or(CallError::NoEndpoint("userinfo_endpoint"))?;
        let authorization = Some(bearer(access_token));
        let call = Call { url: endpoint.to_owned(), authorization, form: None, certificate: None };
        let fetched = self.fetch.fetch(call).await.map_err(|source| unreachable_at(endpoint, source))?;
        let answer = UserinfoResponse {
            status: fetched.status,
            content_type: fetched.content_type.as_deref(),
            body: &fetched.body,
        };
        let expected = ExpectedUserinfo {
            issuer: id_token.issuer(),
            client_id: &self.settings.client_id,
            subject: id_token.subject(),
            signed: self.settings.userinfo == UserinfoUse::Signed,
        };
        let read = |keys: &KeySet| answer.read(keys, &expected, now);
        let kid = std::str::from_utf8(&fetched.body).ok().and_then(named_key);
        let claims = self.with_keys(kid, Channel::Back, read, UserinfoError::is_unknown_key).await?;
        claims.map_err(|error| CallError::Userinfo(Arc::new(error)))
    }

    /// Verifies something signed that names the key `kid`; one that we do not know makes us ask for the keys again, as far
    /// as allowed.
    async fn with_keys<T, E>(
        &self,
        kid: Option<String>,
        place: Channel,
        verify: impl Fn(&KeySet) -> Result<T, E>,
        is_unknown_key: impl Fn(&E) -> bool,
    ) -> Result<Result<T, E>, CallError> {
        let mut keys = self.documents.keys().await?;
        let mut is_last = false;
        loop {
            let error = match verify(&keys) {
                Err(error) if is_unknown_key(&error) && !is_last => error,
                verified => return Ok(verified),
            };
            match self.documents.other_keys(&keys, kid.as_deref(), place).await? {
                // What others fetch costs nothing, and may be older than the key of this token.
                Some(Another::Theirs(others)) => keys = others,
                Some(Another::Own(fetched)) => (keys, is_last) = (fetched, true),
                // While the provider is down the keys at hand stay, and with them this refusal.
                None => return Ok(Err(error)),
            }
        }
    }

    /// Where to send a browser that signs out; `None` when the provider has no such endpoint or is not known yet.
    #[must_use]
    pub fn end_session(&self, request: &EndSessionRequest<'_>) -> Option<Secret> {
        end_session_url(&*self.documents.latest_metadata()?, request)
    }

    /// The origins of the pages from which it may say that a session has ended.
    #[must_use]
    pub fn sign_out_origins(&self) -> Vec<String> {
        sign_out_origins(&self.settings.issuer, self.documents.latest_metadata().as_deref())
    }
}

/// The key that a token names, believed in nothing yet.
fn named_key(text: &str) -> Option<String> {
    Unverified::decode(text).ok().and_then(|token| token.header().kid.clone())
}

pub(super) fn unreachable_at(url: &str, source: FetchError) -> CallError {
    CallError::Fetch { url: url.into(), source: Arc::new(source) }
}
