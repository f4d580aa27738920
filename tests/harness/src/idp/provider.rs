//! The provider a test holds in its hand: switches, clock, events.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use rustls::ServerConfig;
use serde_json::Value;

use super::{
    client::ClientRegistration,
    dialect::Bases,
    event::{Event, EventKind, TokenRequest},
    fault::Fault,
    keys::Algorithm,
    mint::{self, LogoutSubject},
    options::ProviderOptions,
    router,
    world::Shared,
};
use crate::serve::{self, Handshake, Server};

/// A running provider; it stops when dropped.
pub struct Provider {
    shared: Arc<Shared>,
    server: Server,
    mutual: Mutex<Option<Server>>,
}

impl Provider {
    /// Starts it on 127.0.0.1; needs a running tokio runtime.
    pub fn start(options: ProviderOptions) -> Self {
        // The issuer names the port, and the handler knows the issuer: the socket comes first.
        let listener = serve::bind(options.port);
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let base = |host: &str| format!("{scheme}://{host}:{port}");
        let bases = Bases { base: base(&options.host), other: base("127.0.0.1") };
        let tls = options.tls.clone();
        let shared = Arc::new(Shared::new(&bases, options));
        let for_server = Arc::clone(&shared);
        let server = Server::start(listener, tls, move |request| router::answer(Arc::clone(&for_server), request));
        Self { shared, server, mutual: Mutex::new(None) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        self.shared.issuer()
    }

    /// Where all its paths begin.
    pub fn base(&self) -> &str {
        &self.shared.authorities[0].base
    }

    /// The client's identifier.
    pub fn client_id(&self) -> &str {
        &self.shared.options.client_id
    }

    /// The client's secret.
    pub fn client_secret(&self) -> &str {
        &self.shared.options.client_secret
    }

    /// The client proves who it is with this from now on.
    pub fn register_client(&self, client: ClientRegistration) {
        self.shared.world().client = client;
    }

    /// The client's secret is another one from now on.
    pub fn rotate_client_secret(&self, secret: &str) {
        secret.clone_into(&mut self.shared.world().client_secret);
    }

    /// Serves the token endpoint at a second address, where clients show certificates, and says so in the metadata. Gives
    /// that address.
    pub fn serve_mtls(&self, tls: Arc<ServerConfig>) -> String {
        let listener = serve::bind(None);
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let address = format!("https://{}:{port}{}/token", self.shared.options.host, self.shared.options.issuer_path);
        let shared = Arc::clone(&self.shared);
        let server = Server::start(listener, Some(tls), move |request| router::answer(Arc::clone(&shared), request));
        *self.mutual.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        self.shared.world().mutual = Some(address.clone());
        address
    }

    /// Registers one more redirect URI.
    pub fn register_redirect_uri(&self, uri: &str) {
        self.shared.world().redirect_uris.push(uri.to_owned());
    }

    /// Registers one more place to go after signing out.
    pub fn register_post_logout_redirect_uri(&self, uri: &str) {
        self.shared.world().post_logout_redirect_uris.push(uri.to_owned());
    }

    /// Switches a fault on, on top of those that are on; it stays until [`Provider::clear_faults`].
    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.push(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// A fresh key of the usual algorithm signs from now on; the old ones are published no longer.
    pub fn rotate_keys(&self) {
        self.rotate_keys_to(self.shared.options.algorithm);
    }

    /// A fresh key of that algorithm signs from now on; the old ones are published no longer.
    pub fn rotate_keys_to(&self, algorithm: Algorithm) {
        self.shared.world().keys.rotate(algorithm);
    }

    /// A fresh key signs from now on; the old ones stay published.
    pub fn rotate_keys_overlapping(&self) {
        self.shared.world().keys.rotate_overlapping(self.shared.options.algorithm);
    }

    /// Publishes one more key that it cannot sign with.
    pub fn publish(&self, jwk: Value) {
        self.shared.world().foreign_keys.push(jwk);
    }

    /// The provider's time, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Moves the provider's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Sets the provider's clock; it runs on from there.
    pub fn set_now(&self, unix_seconds: i64) {
        self.shared.clock.set(unix_seconds);
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> Vec<Event> {
        self.shared.events()
    }

    /// Forgets what happened so far.
    pub fn clear_events(&self) {
        self.shared.clear_events();
    }

    /// How many events of a kind there were.
    pub fn count(&self, kind: EventKind) -> usize {
        self.events().iter().filter(|event| event.kind() == kind).count()
    }

    /// The calls of the token endpoint, in order.
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        let requests = self.events().into_iter().filter_map(|event| match event {
            Event::Token(request) => Some(request),
            _ => None,
        });
        requests.collect()
    }

    /// Waits until there were at least `count` events of a kind.
    pub async fn wait_for(&self, kind: EventKind, count: usize) {
        let mut seen = self.shared.events_seen.subscribe();
        while self.count(kind) < count {
            seen.changed().await.expect("the provider that is being asked");
        }
    }

    /// Answers 503 to everything, or no longer.
    pub fn unavailable(&self, unavailable: bool) {
        self.shared.unavailable.store(unavailable, Ordering::SeqCst);
    }

    /// Greets new connections in another way from now on; those that are open stay as they are.
    pub fn set_handshake(&self, handshake: Handshake) {
        self.server.set_handshake(handshake);
    }

    /// Keys and token endpoint are at addresses that the discovery document makes up each time; where they were there
    /// is nothing any more.
    pub fn move_endpoints(&self) {
        self.shared.moved.store(true, Ordering::SeqCst);
    }

    /// Lets fetches of the keys wait (they are counted before they wait), or lets them all go.
    pub fn hold_keys(&self, held: bool) {
        self.shared.held_keys.send_replace(held);
    }

    /// Lets calls of the token endpoint wait (they are counted before they wait), or lets them all go.
    pub fn hold_token(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Lets waiting calls of the token endpoint go.
    pub fn release_token(&self) {
        self.hold_token(false);
    }

    /// The `sid` claims of everybody who is signed in here.
    pub fn sids(&self) -> Vec<String> {
        self.shared.world().sessions.values().map(|session| session.sid.clone()).collect()
    }

    /// A logout token, to be posted to the client's back-channel endpoint; the faults of place `Logout` change it.
    pub fn logout_token(&self, subject: &LogoutSubject) -> String {
        mint::logout_token(&self.shared, subject)
    }

    /// The nonces of all good authorization requests, in order; a client never uses one twice.
    pub fn nonces(&self) -> Vec<String> {
        self.shared.world().nonces.clone()
    }

    /// The ID tokens given out so far, in order.
    pub fn id_tokens(&self) -> Vec<String> {
        self.shared.world().id_tokens.clone()
    }

    /// The access tokens and refresh tokens that are good for something, in no order.
    pub fn live_tokens(&self) -> Vec<String> {
        let world = self.shared.world();
        world.access_tokens.keys().chain(world.refresh_tokens.keys()).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
