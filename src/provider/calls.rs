//! One provider, alive: its metadata and keys kept at hand, its endpoints called.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tracing::{info, warn};

use super::{
    cached::{Another, Cached},
    credentials::{CredentialError, Credentials, Occasion},
    fetch::{Call, Fetch, FetchError},
    keys::Allowance,
};
use crate::{
    base::{Clock, Random, Secret, Timestamp, encode_base64url, random_bytes},
    jose::{JwksError, KeySet},
    oidc::{
        AuthorizationRequest, EndSessionRequest, Expected, ExpectedUserinfo, IdTokenError, Metadata, MetadataError,
        ProviderSettings, TokenError, TokenResponse, UserinfoAnswer, UserinfoError, UserinfoUse, VerifiedIdToken,
        authorization_url, bearer, end_session_url, sign_out_origins,
    },
    web::encode_form,
};

/// A provider that this gateway is registered with.
pub struct Provider {
    settings: Arc<ProviderSettings>,
    credentials: Arc<Credentials>,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    metadata: Arc<Cached<Metadata, CallError>>,
    keys: Arc<Cached<KeySet, CallError>>,
    allowance: Allowance,
    metadata_renewals: Allowance,
    keys_renewals: Allowance,
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
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Fetch { .. } | Self::Status { .. } | Self::Lost => "provider-unreachable",
            Self::Metadata(error) => error.reason(),
            Self::Keys(error) => error.reason(),
            Self::NoEndpoint(_) => "provider-metadata",
            Self::Credentials(_) => "client-credentials",
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
            Self::Token(error) => error.ends_renewal(),
            Self::IdToken(_) => true,
            Self::Userinfo(error) => !error.is_absence(),
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
        Self {
            settings: Arc::new(settings),
            credentials,
            fetch,
            random,
            metadata: Cached::new(home.clone()),
            keys: Cached::new(home),
            allowance: Allowance::new(clock.now()),
            metadata_renewals: Allowance::new(clock.now()),
            keys_renewals: Allowance::new(clock.now()),
            clock,
        }
    }

    /// What the operator says about it.
    #[must_use]
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Whether sign-ins can begin and answers be verified.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.metadata.current().is_some() && self.keys.current().is_some()
    }

    /// Fetches metadata and keys unless they are at hand.
    pub async fn prepare(&self) -> Result<(), CallError> {
        self.keys().await.map(drop)
    }

    /// Where to send a browser that shall sign in. Nobody is sent away while the answer could not be verified.
    pub async fn authorize(&self, request: &AuthorizationRequest<'_>) -> Result<String, CallError> {
        self.prepare().await?;
        Ok(authorization_url(&*self.metadata().await?, &self.settings, request))
    }

    /// Whether its answers always name their issuer (RFC 9207 §3).
    pub async fn names_itself_in_answers(&self) -> Result<bool, CallError> {
        Ok(self.metadata().await?.iss_supported())
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
        let metadata = self.metadata().await?;
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
        let metadata = self.metadata().await?;
        let verify = |keys: &KeySet| VerifiedIdToken::verify(text, &metadata, keys, expected, now);
        let verified = self.with_keys(now, verify, IdTokenError::is_unknown_key).await?;
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
        let metadata = self.metadata().await?;
        let endpoint = metadata.userinfo_endpoint().ok_or(CallError::NoEndpoint("userinfo_endpoint"))?;
        let authorization = Some(bearer(access_token));
        let call = Call { url: endpoint.to_owned(), authorization, form: None, certificate: None };
        let fetched = self.fetch.fetch(call).await.map_err(|source| unreachable_at(endpoint, source))?;
        let answer = UserinfoAnswer {
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
        let claims = self.with_keys(now, read, UserinfoError::is_unknown_key).await?;
        claims.map_err(|error| CallError::Userinfo(Arc::new(error)))
    }

    /// Verifies something signed; a key we do not know makes us ask for the keys again, as far as allowed.
    async fn with_keys<T, E>(
        &self,
        now: Timestamp,
        verify: impl Fn(&KeySet) -> Result<T, E>,
        is_unknown_key: impl Fn(&E) -> bool,
    ) -> Result<Result<T, E>, CallError> {
        let mut keys = self.keys().await?;
        let mut is_last = false;
        loop {
            match verify(&keys) {
                Err(error) if is_unknown_key(&error) && !is_last => match self.other_keys(&keys, now).await? {
                    // What others fetch costs nothing, and may be older than the key of this token.
                    Some(Another::Theirs(others)) => keys = others,
                    Some(Another::Own(fetched)) => (keys, is_last) = (fetched, true),
                    // While the provider is down the keys at hand stay, and with them this refusal.
                    None => return Ok(Err(error)),
                },
                verified => return Ok(verified),
            }
        }
    }

    /// Where to send a browser that signs out; `None` when the provider has no such endpoint or is not known yet.
    #[must_use]
    pub fn end_session(&self, request: &EndSessionRequest<'_>) -> Option<Secret> {
        end_session_url(&self.metadata.current()?.value, request)
    }

    /// The origins of the pages from which it may say that a session has ended.
    #[must_use]
    pub fn sign_out_origins(&self) -> Vec<String> {
        let metadata = self.metadata.current();
        sign_out_origins(&self.settings.issuer, metadata.as_ref().map(|known| &*known.value))
    }

    /// The metadata: fetched when there is none, renewed behind the scenes when it is old.
    async fn metadata(&self) -> Result<Arc<Metadata>, CallError> {
        let Some(known) = self.metadata.current() else { return self.fetch_metadata().await };
        if self.may_renew(known.at, &self.metadata_renewals) {
            drop(self.metadata.join_or_start(self.metadata_work(), self.clock.now()));
        }
        Ok(Arc::clone(&known.value))
    }

    /// The keys, likewise.
    async fn keys(&self) -> Result<Arc<KeySet>, CallError> {
        let Some(known) = self.keys.current() else { return self.fetch_keys().await };
        if self.may_renew(known.at, &self.keys_renewals) {
            drop(self.keys.join_or_start(self.keys_work(self.metadata().await?), self.clock.now()));
        }
        Ok(Arc::clone(&known.value))
    }

    /// Keys other than `known`, as far as strangers may make us ask for them.
    async fn other_keys(&self, known: &Arc<KeySet>, now: Timestamp) -> Result<Option<Another<KeySet>>, CallError> {
        let work = self.keys_work(self.metadata().await?);
        Ok(self.keys.another(known, || self.allowance.spend(now), work, self.clock.now()).await)
    }

    async fn fetch_metadata(&self) -> Result<Arc<Metadata>, CallError> {
        landed(self.metadata.fetch(self.metadata_work(), self.clock.now()).await)
    }

    async fn fetch_keys(&self) -> Result<Arc<KeySet>, CallError> {
        let metadata = self.metadata().await?;
        landed(self.keys.fetch(self.keys_work(metadata), self.clock.now()).await)
    }

    fn metadata_work(&self) -> impl Future<Output = Result<Metadata, CallError>> + Send + 'static {
        let (settings, fetch) = (Arc::clone(&self.settings), Arc::clone(&self.fetch));
        async move {
            let body = document(&*fetch, settings.metadata_url()).await?;
            let metadata = Metadata::parse(&body, &settings).map_err(|error| CallError::Metadata(Arc::new(error)))?;
            for warning in metadata.warnings() {
                warn!(provider = settings.name.as_str(), %warning, "the provider's metadata is odd");
            }
            info!(provider = settings.name.as_str(), issuer = settings.issuer.as_str(), "metadata fetched");
            Ok(metadata)
        }
    }

    fn keys_work(&self, metadata: Arc<Metadata>) -> impl Future<Output = Result<KeySet, CallError>> + Send + 'static {
        let (settings, fetch) = (Arc::clone(&self.settings), Arc::clone(&self.fetch));
        async move {
            let body = document(&*fetch, metadata.jwks_uri()).await?;
            let keys = KeySet::parse(&body).map_err(|error| CallError::Keys(Arc::new(error)))?;
            info!(provider = settings.name.as_str(), keys = keys.len(), skipped = keys.skipped().len(), "keys fetched");
            Ok(keys)
        }
    }

    /// Old, and not asked for a moment ago: while the provider is down, every stranger comes by here.
    fn may_renew(&self, at: Timestamp, renewals: &Allowance) -> bool {
        let now = self.clock.now();
        now.since(at) >= RENEW_AFTER && renewals.spend(now)
    }
}

async fn document(fetch: &dyn Fetch, url: &str) -> Result<bytes::Bytes, CallError> {
    let call = Call { url: url.to_owned(), authorization: None, form: None, certificate: None };
    let answer = fetch.fetch(call).await.map_err(|source| unreachable_at(url, source))?;
    match answer.status {
        200 => Ok(answer.body),
        status => Err(CallError::Status { url: url.into(), status }),
    }
}

fn unreachable_at(url: &str, source: FetchError) -> CallError {
    CallError::Fetch { url: url.into(), source: Arc::new(source) }
}

fn landed<T>(landing: Option<Result<Arc<T>, Arc<CallError>>>) -> Result<Arc<T>, CallError> {
    landing.unwrap_or_else(|| Err(Arc::new(CallError::Lost))).map_err(|error| (*error).clone())
}

/// Providers change keys over days and publish the new one before they sign with it; an unknown key is fetched at once.
const RENEW_AFTER: Duration = Duration::from_secs(3600);
