//! The state of a running provider: keys, sessions, issued codes and tokens, events.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tokio::sync::watch;

use super::{
    client::ClientRegistration,
    dialect::{Authority, Bases, Dialect},
    event::Event,
    fault::{Fault, FaultPoint},
    keys::KeyRing,
    options::{ProviderOptions, User},
    strength::Strength,
};
use crate::{clock::Clock, encoding::random_name};

/// The state that the endpoints share.
pub(crate) struct Shared {
    /// Its authorities; the first one is that of the client.
    pub(crate) authorities: Vec<Arc<Authority>>,
    pub(crate) dialect: &'static Dialect,
    pub(crate) options: ProviderOptions,
    pub(crate) clock: Clock,
    /// Whether every request is answered with 503.
    pub(crate) unavailable: AtomicBool,
    /// Whether keys and token endpoint have moved.
    pub(crate) moved: AtomicBool,
    /// Whether calls of the token endpoint are held.
    pub(crate) held: watch::Sender<bool>,
    /// Whether fetches of the keys are held.
    pub(crate) held_keys: watch::Sender<bool>,
    /// Incremented at every event, so that a test can wait for one.
    pub(crate) events_seen: watch::Sender<usize>,
    world: Mutex<World>,
}

/// The mutable state.
pub(crate) struct World {
    pub(crate) keys: KeyRing,
    /// Keys of other parties, published with its own.
    pub(crate) foreign_keys: Vec<Value>,
    pub(crate) faults: Vec<Fault>,
    /// The registered credentials of the client.
    pub(crate) client: ClientRegistration,
    /// The client secret, if the client uses one.
    pub(crate) client_secret: String,
    /// The `jti` values of the client's assertions: none may be used twice.
    pub(crate) assertions: HashSet<String>,
    /// The address for client certificates, if there is one.
    pub(crate) mutual: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// Authorization requests that wait for a password, by their id on the login page.
    pub(crate) waiting: HashMap<String, Request>,
    /// Sessions of browsers, by their cookie.
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) codes: HashMap<String, Grant>,
    pub(crate) access_tokens: HashMap<String, Grant>,
    pub(crate) refresh_tokens: HashMap<String, Grant>,
    /// Every issued ID token, for `id_token_hint`.
    pub(crate) id_tokens: Vec<String>,
    /// The nonces of all sign-ins so far.
    pub(crate) nonces: Vec<String>,
    events: Vec<Event>,
}

/// A valid authorization request.
#[derive(Clone)]
pub(crate) struct Request {
    /// The authority that was requested.
    pub(crate) authority: Arc<Authority>,
    pub(crate) response_type: String,
    pub(crate) response_mode: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) strength: Strength,
}

/// A user with a session at the provider.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) user: User,
    pub(crate) auth_time: i64,
    /// The `sid` claim.
    pub(crate) sid: String,
    pub(crate) strength: Strength,
}

/// The grant behind a code, an access token or a refresh token.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) request: Request,
    pub(crate) session: Session,
    pub(crate) expires: i64,
    pub(crate) used: bool,
}

impl Shared {
    pub(crate) fn new(bases: &Bases, options: ProviderOptions) -> Self {
        let dialect = options.profile.0;
        let mut keys = KeyRing::new(options.algorithm);
        for members in (dialect.more_keys)(bases) {
            keys.publish(options.algorithm, members);
        }
        let world = World {
            keys,
            foreign_keys: Vec::new(),
            faults: Vec::new(),
            client: ClientRegistration::Secret,
            client_secret: options.client_secret.clone(),
            assertions: HashSet::new(),
            mutual: None,
            redirect_uris: options.redirect_uris.clone(),
            post_logout_redirect_uris: options.post_logout_redirect_uris.clone(),
            waiting: HashMap::new(),
            sessions: HashMap::new(),
            codes: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
            id_tokens: Vec::new(),
            nonces: Vec::new(),
            events: Vec::new(),
        };
        Self {
            authorities: (dialect.authorities)(bases, &options).into_iter().map(Arc::new).collect(),
            dialect,
            options,
            clock: Clock::default(),
            unavailable: AtomicBool::new(false),
            moved: AtomicBool::new(false),
            held: watch::channel(false).0,
            held_keys: watch::channel(false).0,
            events_seen: watch::channel(0).0,
            world: Mutex::new(world),
        }
    }

    /// Locks the state; do not hold it across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an event and wakes the tests that wait for one.
    pub(crate) fn record(&self, event: Event) {
        self.world().events.push(event);
        self.events_seen.send_modify(|seen| *seen += 1);
    }

    /// All events so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.world().events.clone()
    }

    /// Forgets the recorded events.
    pub(crate) fn clear_events(&self) {
        self.world().events.clear();
    }

    /// The active faults at a point.
    pub(crate) fn faults_at(&self, point: FaultPoint) -> Vec<Fault> {
        self.world().faults.iter().copied().filter(|fault| fault.point() == point).collect()
    }

    /// Whether every request is answered with 503.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.unavailable.load(Ordering::SeqCst)
    }

    /// Whether keys and token endpoint have moved.
    pub(crate) fn is_moved(&self) -> bool {
        self.moved.load(Ordering::SeqCst)
    }

    /// The issuer of the client.
    pub(crate) fn issuer(&self) -> &str {
        &self.authorities[0].issuer
    }
}

impl World {
    /// Issues a code for a request.
    pub(crate) fn issue_code(&mut self, request: &Request, session: &Session, now: i64) -> String {
        let code = random_name();
        let grant =
            Grant { request: request.clone(), session: session.clone(), expires: now + CODE_SECONDS, used: false };
        self.codes.insert(code.clone(), grant);
        code
    }
}

const CODE_SECONDS: i64 = 120;
