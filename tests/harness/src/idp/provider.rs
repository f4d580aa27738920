//! The test provider: faults, clock, events.

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
        // The issuer contains the port, and the handler needs the issuer: the socket is bound first.
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

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        self.shared.issuer()
    }

    /// The base URL of its paths.
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

    /// Changes the registered credentials of the client.
    pub fn register_client(&self, client: ClientRegistration) {
        self.shared.world().client = client;
    }

    /// Changes the client's secret.
    pub fn rotate_client_secret(&self, secret: &str) {
        secret.clone_into(&mut self.shared.world().client_secret);
    }

    /// Serves the token endpoint at a second address with client certificates, and publishes it in the metadata. Returns
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

    /// Registers one more post-logout redirect URI.
    pub fn register_post_logout_redirect_uri(&self, uri: &str) {
        self.shared.world().post_logout_redirect_uris.push(uri.to_owned());
    }

    /// Activates a fault in addition to the active ones; it stays until [`Provider::clear_faults`].
    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// Signs with a new key of the usual algorithm from now on; the former keys are no longer published.
    pub fn rotate_keys(&self) {
        self.rotate_keys_to(self.shared.options.algorithm);
    }

    /// Signs with a new key of that algorithm from now on; the former keys are no longer published.
    pub fn rotate_keys_to(&self, algorithm: Algorithm) {
        self.shared.world().keys.rotate(algorithm);
    }

    /// Signs with a new key from now on; the former keys stay published.
    pub fn rotate_keys_overlapping(&self) {
        self.shared.world().keys.rotate_overlapping(self.shared.options.algorithm);
    }

    /// Publishes one more key, which never signs.
    pub fn publish(&self, jwk: Value) {
        self.shared.world().foreign_keys.push(jwk);
    }

    /// The provider's time, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Advances the provider's clock.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Sets the provider's clock; it continues from there.
    pub fn set_now(&self, unix_seconds: i64) {
        self.shared.clock.set(unix_seconds);
    }

    /// All events, in order.
    pub fn events(&self) -> Vec<Event> {
        self.shared.events()
    }

    /// Forgets the recorded events.
    pub fn clear_events(&self) {
        self.shared.clear_events();
    }

    /// The number of events of a kind.
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

    /// Waits for at least `count` events of a kind.
    pub async fn wait_for(&self, kind: EventKind, count: usize) {
        let mut seen = self.shared.events_seen.subscribe();
        while self.count(kind) < count {
            seen.changed().await.expect("the provider that is being asked");
        }
    }

    /// Makes the provider answer 503 to every request, or stops that.
    pub fn unavailable(&self, unavailable: bool) {
        self.shared.unavailable.store(unavailable, Ordering::SeqCst);
    }

    /// Changes how new connections are accepted; open connections stay as they are.
    pub fn set_handshake(&self, handshake: Handshake) {
        self.server.set_handshake(handshake);
    }

    /// Moves keys and token endpoint to new random URLs with each discovery document; the former URLs are
    /// not found.
    pub fn move_endpoints(&self) {
        self.shared.moved.store(true, Ordering::SeqCst);
    }

    /// Holds fetches of the keys (they are recorded first), or releases all of them.
    pub fn hold_keys(&self, held: bool) {
        self.shared.held_keys.send_replace(held);
    }

    /// Holds calls of the token endpoint (they are recorded first), or releases all of them.
    pub fn hold_token(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Releases held calls of the token endpoint.
    pub fn release_token(&self) {
        self.hold_token(false);
    }

    /// The `sid` of every session at the provider.
    pub fn sids(&self) -> Vec<String> {
        self.shared.world().sessions.values().map(|session| session.sid.clone()).collect()
    }

    /// A logout token for the client's back-channel endpoint; the faults at the point `Logout` change it.
    pub fn logout_token(&self, subject: &LogoutSubject) -> String {
        mint::logout_token(&self.shared, subject)
    }

    /// The nonces of all valid authorization requests, in order; a client never uses one twice.
    pub fn nonces(&self) -> Vec<String> {
        self.shared.world().nonces.clone()
    }

    /// The ID tokens issued so far, in order.
    pub fn id_tokens(&self) -> Vec<String> {
        self.shared.world().id_tokens.clone()
    }

    /// The valid access tokens and refresh tokens, in no order.
    pub fn live_tokens(&self) -> Vec<String> {
        let world = self.shared.world();
        world.access_tokens.keys().chain(world.refresh_tokens.keys()).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
