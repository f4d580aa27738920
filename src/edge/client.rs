//! The connection of a client, which its requests share.

use std::sync::Arc;

use super::{forwarded::Peer, worker::Worker};
use crate::{
    access::{Pass, Rule},
    flow::RelyingParty,
    proxy::ClientConnection,
    stream::AccessWatch,
    web::RequestContext,
};

/// A client connection of one worker.
pub(super) struct Client {
    pub(super) worker: Arc<Worker>,
    pub(super) peer: Peer,
    /// Whether the peer is a trusted proxy, whose requests are those of many clients.
    pub(super) is_proxy: bool,
    pub(super) connection: ClientConnection,
}

impl Client {
    pub(super) fn new(worker: Arc<Worker>, peer: Peer) -> Self {
        let is_proxy = worker.shared.trust.include(peer.address.ip());
        Self { worker, peer, is_proxy, connection: ClientConnection::new(is_proxy) }
    }
}

/// Makes the future that resolves when the access of a pass for this request is revoked.
pub(super) fn access_watch(
    party: &Arc<RelyingParty>,
    context: &RequestContext,
    rule: &Rule,
) -> impl Fn(&Pass) -> AccessWatch {
    move |pass| Box::pin(Arc::clone(party).revoked(context.clone(), rule.clone(), pass.identity().cloned()))
}
