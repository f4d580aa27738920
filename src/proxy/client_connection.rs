//! The upstream connections that belong to one client connection.
//!
//! Rule: an upstream connection that carries an identity serves the requests of one client connection, one route and one
//! session, one at a time. It is closed when the first of them ends (RFC 4559 §6).

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use http::{HeaderMap, header};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio_util::task::AbortOnDropHandle;

use super::{connect::Connection, settings::ConnectionUse};
use crate::{
    access::Pass,
    base::sha256,
    stream::AccessWatch,
    web::{CookieName, Origin, RequestContext},
};

/// The connection of a client. It holds nothing until an upstream connection belongs to it.
pub(crate) struct ClientConnection {
    /// A trusted proxy sends requests of several people over one connection.
    peer_is_proxy: bool,
    bound: OnceLock<Mutex<Vec<Arc<BoundConnection>>>>,
}

/// A request of a client.
#[derive(Clone, Copy)]
pub(crate) struct ClientRequest<'a> {
    /// The context of the request.
    pub(crate) context: &'a RequestContext,
    /// The connection that it came over.
    pub(crate) connection: &'a ClientConnection,
    /// Makes a future that resolves when the access of a pass is revoked. A pass is valid for one request; a tunnel and a
    /// bound connection outlive the request, and are closed then.
    pub(crate) access_watch: &'a (dyn Fn(&Pass) -> AccessWatch + Sync),
}

/// The right to use an upstream connection that carries an identity: at most one request has it at a time. The connection
/// is `None` while the request uses it, and when it was closed.
pub(super) type Turn = OwnedMutexGuard<Option<Connection>>;

/// The upstream connection of one client connection, route and session.
pub(super) struct BoundConnection {
    owner: Owner,
    connection: Arc<AsyncMutex<Option<Connection>>>,
    carries_credentials: AtomicBool,
    _watch: AbortOnDropHandle<()>,
}

#[derive(PartialEq)]
struct Owner {
    place: Place,
    /// A hash of the person and the session cookies; `None` without a session.
    session: Option<[u8; 32]>,
}

/// A route, identified by its address, and a public origin.
struct Place {
    route: Arc<()>,
    origin: Arc<Origin>,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.route, &other.route) && self.origin.as_str() == other.origin.as_str()
    }
}

/// What decides which bound connection a request uses.
pub(super) struct Binding<'a> {
    client: ClientRequest<'a>,
    route: &'a Arc<()>,
    pass: &'a Pass,
    is_possible: bool,
}

/// What to do about a bound connection that does not exist.
#[derive(Clone, Copy, PartialEq)]
enum Absent {
    Make,
    Ignore,
}

impl ClientConnection {
    /// A connection whose peer is a trusted proxy or not.
    #[must_use]
    pub(crate) fn new(peer_is_proxy: bool) -> Self {
        Self { peer_is_proxy, bound: OnceLock::new() }
    }
}

impl<'a> Binding<'a> {
    /// The binding of a request with the fields `headers`, as the client sent them. Without a session nothing tells the
    /// people behind a proxy apart, so none of their connections is bound.
    pub(super) fn new(client: ClientRequest<'a>, route: &'a Arc<()>, pass: &'a Pass, headers: &HeaderMap) -> Self {
        let is_relayed = || {
            client.connection.peer_is_proxy
                || [header::VIA, header::FORWARDED].iter().any(|name| headers.contains_key(name))
                || headers.contains_key("x-forwarded-for")
        };
        let is_possible = pass.identity().is_some() || !is_relayed();
        Self { client, route, pass, is_possible }
    }

    /// The bound connection that a request of this use is sent over; `None` if it is sent over any other.
    pub(super) fn bound(&self, usage: ConnectionUse) -> Option<Arc<BoundConnection>> {
        if usage == ConnectionUse::PerClient {
            let bound = self.find(Absent::Make)?;
            bound.carries_credentials.store(true, Ordering::Relaxed);
            return Some(bound);
        }
        self.client.connection.bound.get()?;
        // Before credentials were sent over it, a bound connection is as good as any other, and is not worth waiting for.
        self.find(Absent::Ignore).filter(|bound| bound.carries_credentials.load(Ordering::Relaxed) || bound.is_free())
    }

    /// The turn on the bound connection of this request's client, if that is not open.
    pub(super) fn vacant_turn(&self) -> Option<Turn> {
        Arc::clone(&self.find(Absent::Make)?.connection).try_lock_owned().ok().filter(|turn| turn.is_none())
    }

    fn find(&self, absent: Absent) -> Option<Arc<BoundConnection>> {
        if !self.is_possible {
            return None;
        }
        let owner = self.owner();
        let mut bound =
            self.client.connection.bound.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        // A client has one session at a time. A proxy has those of several people.
        if !self.client.connection.peer_is_proxy {
            bound.retain(|bound| bound.owner == owner || bound.owner.place != owner.place);
        }
        if let Some(found) = bound.iter().find(|bound| bound.owner == owner) {
            return Some(Arc::clone(found));
        }
        if absent == Absent::Ignore {
            return None;
        }
        bound.retain(|bound| !bound.is_closed());
        let made = Arc::new(BoundConnection::new(owner, (self.client.access_watch)(self.pass)));
        bound.push(Arc::clone(&made));
        Some(made)
    }

    fn owner(&self) -> Owner {
        let context = self.client.context;
        let session = self.pass.identity().map(|identity| {
            let mut text = [identity.issuer(), identity.subject()].join("\n");
            for cookie in context.cookies.values(context.origin.cookie(CookieName::Session)) {
                text.push('\n');
                text.push_str(cookie);
            }
            sha256(text.as_bytes())
        });
        Owner { place: Place { route: Arc::clone(self.route), origin: Arc::clone(&context.origin) }, session }
    }
}

impl BoundConnection {
    /// A bound connection that is not open yet. It is closed when `revoked` resolves.
    fn new(owner: Owner, revoked: AccessWatch) -> Self {
        let connection = Arc::new(AsyncMutex::new(None));
        let watched = Arc::clone(&connection);
        let watch = tokio::spawn(async move {
            revoked.await;
            watched.lock().await.take();
        });
        Self { owner, connection, carries_credentials: AtomicBool::new(false), _watch: AbortOnDropHandle::new(watch) }
    }

    /// Waits until no other request uses the connection.
    pub(super) async fn turn(&self) -> Turn {
        Arc::clone(&self.connection).lock_owned().await
    }

    fn is_free(&self) -> bool {
        self.connection.try_lock().is_ok()
    }

    fn is_closed(&self) -> bool {
        self.connection
            .try_lock()
            .is_ok_and(|connection| connection.as_ref().is_none_or(|open| open.sender.is_closed()))
    }
}
