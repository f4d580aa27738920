//! One provider: refreshes its documents, calls its endpoints and verifies its tokens.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::{
    breaker::Breaker,
    cached_document::Replacement,
    call_error::CallError,
    credentials::{Credentials, ProofRequest},
    documents::{DocumentSource, Documents},
    fetch::{Fetch, FetchRequest, FetchResponse},
};
use crate::{
    base::{Clock, Random, Secret, Timestamp, encode_base64url, random_bytes},
    jose::{KeySet, Unverified},
    oidc::{
        AuthorizationRequest, Channel, EndSessionRequest, Expected, ExpectedUserinfo, IdTokenError, IdTokenVerifier,
        ProviderSettings, TokenResponse, UserinfoError, UserinfoResponse, UserinfoUse, VerifiedIdToken,
        authorization_url, bearer, end_session_url, sign_out_origins,
    },
    telemetry::Metrics,
    web::encode_form,
};

/// A provider at which this gateway is registered as a client.
pub(crate) struct Provider {
    settings: Arc<ProviderSettings>,
    credentials: Arc<Credentials>,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    documents: Documents,
    breaker: Breaker,
    timeout: Duration,
}

/// The settings and dependencies of a [`Provider`].
pub(crate) struct ProviderParts {
    /// The provider and the registration of the gateway there.
    pub(crate) settings: ProviderSettings,
    /// The client credentials of the gateway.
    pub(crate) credentials: Arc<Credentials>,
    /// The HTTP client.
    pub(crate) fetch: Arc<dyn Fetch>,
    /// The clock that decides when documents are refreshed.
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of random bytes.
    pub(crate) random: Arc<dyn Random>,
    /// The runtime on which documents are fetched, independently of the requests that wait for them.
    pub(crate) runtime: Handle,
    /// How long one request to the provider may take.
    pub(crate) timeout: Duration,
    /// The metrics of the process.
    pub(crate) metrics: Arc<Metrics>,
}

impl Provider {
    /// A provider whose documents have not been fetched yet.
    #[must_use]
    pub(crate) fn new(parts: ProviderParts) -> Self {
        let ProviderParts { settings, credentials, fetch, clock, random, runtime, timeout, metrics } = parts;
        let settings = Arc::new(settings);
        let breaker = Breaker::new(settings.name.as_str(), metrics);
        let source = DocumentSource {
            settings: Arc::clone(&settings),
            fetch: Arc::clone(&fetch),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
        };
        let documents = Documents::new(source, runtime);
        Self { settings, credentials, fetch, clock, random, documents, breaker, timeout }
    }

    /// The provider and the registration of the gateway there.
    #[must_use]
    pub(crate) fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// The circuit breaker of refreshes.
    #[must_use]
    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// How long one request to the provider may take.
    #[must_use]
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether metadata and keys are available, so that a sign-in can begin and its tokens be verified.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        self.documents.are_available()
    }

    /// Fetches metadata and keys if their refresh is due by the clock. To be called periodically.
    pub(crate) async fn refresh_documents(&self) {
        self.documents.refresh().await;
    }

    /// The URL of the authorization request (OpenID Connect Core §3.3.2.1). Fails while the keys that verify the
    /// response are not available.
    pub(crate) async fn authorize(&self, request: &AuthorizationRequest<'_>) -> Result<String, CallError> {
        let _keys = self.documents.keys().await?;
        Ok(authorization_url(&*self.documents.metadata().await?, &self.settings, request))
    }

    /// Whether every authorization response of the provider has an `iss` parameter (RFC 9207 §3), according to its
    /// current metadata.
    pub(crate) async fn is_iss_parameter_supported(&self) -> Result<bool, CallError> {
        Ok(self.documents.metadata().await?.iss_supported())
    }

    /// Redeems `code` (OpenID Connect Core §3.3.3.1). The code is sent once; callers must not repeat the call, even
    /// after an error.
    pub(crate) async fn redeem(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<TokenResponse, CallError> {
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// Sends a refresh request (RFC 6749 §6). A provider that rotates refresh tokens accepts `refresh_token` only once.
    pub(crate) async fn refresh(&self, refresh_token: &Secret) -> Result<TokenResponse, CallError> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())]).await
    }

    /// The response of the token endpoint to `grant`. Sends one request: a retry would send a code twice.
    async fn tokens(&self, grant: &[(&str, &str)]) -> Result<TokenResponse, CallError> {
        let metadata = self.documents.metadata().await?;
        let endpoint = metadata.token_endpoint().ok_or(CallError::NoEndpoint("token_endpoint"))?;
        let request = ProofRequest {
            settings: Arc::clone(&self.settings),
            endpoint: endpoint.to_owned(),
            now: self.clock.now(),
            id: encode_base64url(random_bytes::<16>(&*self.random)),
        };
        let proof = self.credentials.prove(request).await.map_err(|error| CallError::Credentials(Arc::new(error)))?;
        let proof_parameters = proof.request.form.iter().map(|(name, value)| (*name, value.expose()));
        let request = FetchRequest {
            url: endpoint.to_owned(),
            authorization: proof.request.authorization,
            form: Some(form(grant.iter().copied().chain(proof_parameters))),
            certificate: proof.certificate,
        };
        let response = self.fetch(request).await?;
        TokenResponse::read(response.status, response.content_type.as_deref(), &response.body)
            .map_err(|error| CallError::Token(Arc::new(error)))
    }

    /// Verifies signature and claims of an `id_token` (OpenID Connect Core §3.1.3.7). Fetches the keys if the token
    /// names an unknown key.
    pub(crate) async fn verify_id_token(
        &self,
        text: &Secret,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, CallError> {
        let metadata = self.documents.metadata().await?;
        let verify = |keys: &KeySet| IdTokenVerifier { metadata: &metadata, keys }.verify(text, expected, now);
        let kid = unverified_kid(text.expose());
        let verified = self.with_keys(kid, expected.channel, verify, IdTokenError::is_unknown_key).await?;
        verified.map_err(|error| CallError::IdToken(Arc::new(error)))
    }

    /// The claims of the userinfo endpoint about `subject` of `issuer`, as the `id_token` names both, verified (OpenID
    /// Connect Core §5.3); empty if the settings switch userinfo off.
    pub(crate) async fn userinfo(
        &self,
        access_token: &Secret,
        (issuer, subject): (&str, &str),
        now: Timestamp,
    ) -> Result<Map<String, Value>, CallError> {
        if self.settings.userinfo == UserinfoUse::Off {
            return Ok(Map::new());
        }
        let metadata = self.documents.metadata().await?;
        let endpoint = metadata.userinfo_endpoint().ok_or(CallError::NoEndpoint("userinfo_endpoint"))?;
        let authorization = Some(bearer(access_token));
        let request = FetchRequest { url: endpoint.to_owned(), authorization, form: None, certificate: None };
        let response = self.fetch(request).await?;
        let userinfo = UserinfoResponse {
            status: response.status,
            content_type: response.content_type.as_deref(),
            body: &response.body,
        };
        let expected = ExpectedUserinfo {
            issuer,
            client_id: &self.settings.client_id,
            subject,
            signed: self.settings.userinfo == UserinfoUse::Signed,
        };
        let read = |keys: &KeySet| userinfo.read(keys, &expected, now);
        let kid = std::str::from_utf8(&response.body).ok().and_then(unverified_kid);
        let claims = self.with_keys(kid, Channel::Back, read, UserinfoError::is_unknown_key).await?;
        claims.map_err(|error| CallError::Userinfo(Arc::new(error)))
    }

    /// Runs `verify` with the provider's keys. If it fails because the key `kid` is unknown, tries again with other
    /// keys, which are fetched if the rate limit permits it.
    async fn with_keys<T, E>(
        &self,
        kid: Option<String>,
        channel: Channel,
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
            match self.documents.other_keys(&keys, kid.as_deref(), channel).await? {
                // The fetch of another request can have started before the key of this token was published, so another
                // attempt follows.
                Some(Replacement::Shared(others)) => keys = others,
                Some(Replacement::Fetched(fetched)) => (keys, is_last) = (fetched, true),
                // No other keys are available now.
                None => return Ok(Err(error)),
            }
        }
    }

    /// The URL of the logout request (OpenID Connect RP-Initiated Logout §2); `None` if the provider has no such
    /// endpoint or its metadata has never been fetched.
    #[must_use]
    pub(crate) fn end_session(&self, request: &EndSessionRequest<'_>) -> Option<Secret> {
        end_session_url(&*self.documents.latest_metadata()?, request)
    }

    /// The origins whose pages may frame the front-channel logout URI: those of the provider.
    #[must_use]
    pub(crate) fn sign_out_origins(&self) -> Vec<String> {
        sign_out_origins(&self.settings.issuer, self.documents.latest_metadata().as_deref())
    }

    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, CallError> {
        let url = request.url.clone();
        self.fetch.fetch(request).await.map_err(|source| CallError::fetch(&url, source))
    }
}

/// A body of type `application/x-www-form-urlencoded`. The names are constants that need no encoding.
fn form<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Secret {
    let mut form = String::new();
    for (name, value) in parameters {
        let separator = if form.is_empty() { "" } else { "&" };
        form.extend([separator, name, "=", &*encode_form(value)]);
    }
    Secret::new(form)
}

/// The `kid` of a token, not yet verified.
fn unverified_kid(text: &str) -> Option<String> {
    Unverified::decode(text).ok().and_then(|token| token.header().kid.clone())
}
