//! A sign-in whose redemption panics.

use std::{
    future::ready,
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::ResponseSource;
use crate::{
    base::SecretSource,
    base::{Clock, KeyRing, Secret, SystemClock, SystemRandom},
    flow::{Paths, RelyingParty, RelyingPartyParts, SignIn},
    jose::testing::ED25519,
    oidc::{
        ClientAuthentication, Flow, Issuer, Parameters, Profile, ProviderName, ProviderSettings, SecretMethod,
        UserinfoUse,
    },
    provider::{
        Audience, CredentialSource, Credentials, Fetch, FetchError, FetchRequest, FetchResponse, Provider,
        ProviderParts,
    },
    reason::ReasonCode,
    session::{LoginRequest, LoginTransaction, MemoryStore, PendingResponse, SessionSettings, State},
    telemetry::audit::AuditLog,
    web::{Cookies, Origin, RequestContext, RequestIds, RequestKind, ReturnTo, Target, Trace},
};

#[tokio::test]
async fn a_panic_completes_the_sign_in_as_lost() {
    let (endpoints, tasks) = (Arc::new(PanickingProvider::default()), TaskTracker::new());
    let provider = Arc::new(Provider::new(ProviderParts {
        settings: settings(),
        credentials: Arc::new(credentials()),
        fetch: Arc::clone(&endpoints) as Arc<dyn Fetch>,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        runtime: Handle::current(),
        timeout: Duration::from_secs(10),
        metrics: Arc::default(),
    }));
    let sessions = SessionSettings { capacity: 1, idle: HOUR, lifetime: HOUR, ..SessionSettings::default() };
    let party = Arc::new(RelyingParty::new(RelyingPartyParts {
        providers: vec![Arc::clone(&provider)],
        store: Arc::new(MemoryStore::new(&sessions)),
        keys: KeyRing::generate(&SystemRandom),
        sessions,
        paths: Paths::new("/.auth"),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        tasks: tasks.clone(),
        runtime: Handle::current(),
        audit: AuditLog::new(Arc::default()),
    }));
    let context = context();
    let sign_in = SignIn::new(&party, &provider, &context);
    let state = State::issue(&party.keys(), sign_in.binding(), &SystemRandom, context.now);
    let return_to = ReturnTo::parse("/wanted", "/.auth");
    let transaction = LoginTransaction::begin(state, return_to, LoginRequest::default(), &SystemRandom);
    let response = PendingResponse { at: context.now, code: Some(Secret::new("code")), id_token: None };

    let complete = || sign_in.complete_once(&transaction, ResponseSource::InRequest(response.clone()));
    // The second waits for the first; the third comes when both are over.
    let (first, second) = tokio::join!(complete(), complete());
    for ended in [first, second, complete().await] {
        let rejection = ended.expect_err("no session");
        assert_eq!(rejection.error.reason(), ReasonCode::SignInLost);
    }
    assert_eq!(endpoints.token_requests.load(Ordering::Relaxed), 1, "the code is sent once");
    tasks.close();
    tasks.wait().await;
}

/// A provider whose token endpoint makes the task of the redemption panic.
#[derive(Default)]
struct PanickingProvider {
    token_requests: AtomicUsize,
}

impl Fetch for PanickingProvider {
    fn fetch(
        &self,
        request: FetchRequest,
    ) -> Pin<Box<dyn Future<Output = Result<FetchResponse, FetchError>> + Send + '_>> {
        let body = match request.url.as_str() {
            "https://idp.example/keys" => json!({"keys": [ED25519.jwk]}),
            "https://idp.example/token" => {
                self.token_requests.fetch_add(1, Ordering::Relaxed);
                panic!("a defect in the redemption");
            }
            _ => metadata(),
        };
        let body = body.to_string().into();
        Box::pin(ready(Ok(FetchResponse { status: 200, content_type: None, cache_control: None, body })))
    }
}

fn metadata() -> Value {
    json!({
        "issuer": "https://idp.example",
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://idp.example/keys",
        "response_types_supported": ["code"],
    })
}

fn settings() -> ProviderSettings {
    ProviderSettings {
        name: ProviderName::parse("idp").expect("a name"),
        issuer: Issuer::parse("https://idp.example").expect("an issuer"),
        discovery_url: None,
        profile: Profile::Standard,
        client_id: "app".to_owned(),
        client_authentication: ClientAuthentication::Secret(SecretMethod::Basic),
        scopes: vec!["openid".to_owned()],
        flow: Flow::CodeFormPost,
        authorize: Parameters::default(),
        pass_through: Vec::new(),
        redirect_query: None,
        userinfo: UserinfoUse::Off,
    }
}

fn credentials() -> Credentials {
    let source = CredentialSource::Secret(SecretMethod::Basic, SecretSource::Fixed(Secret::new("client secret")));
    Credentials::load(source, Audience::Issuer).expect("credentials")
}

/// A navigation to `continue`.
fn context() -> RequestContext {
    RequestContext {
        id: RequestIds::new(&SystemRandom).next(),
        now: SystemClock.now(),
        method: Method::GET,
        origin: Arc::new(Origin::parse("https://a.example").expect("an origin")),
        target: Target::parse("/.auth/login/idp/continue").expect("a target"),
        client: Ipv4Addr::LOCALHOST.into(),
        cookies: Cookies::read(&HeaderMap::new()),
        accepted_languages: None,
        kind: RequestKind::Navigation,
        same_origin: false,
        trace: Trace::default(),
    }
}

const HOUR: Duration = Duration::from_secs(3600);
