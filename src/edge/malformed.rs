//! Requests that hyper refuses because it cannot read their head. No handler sees them, and hyper writes the response.

use super::{
    access_log::{Line, RequestOutcome},
    forwarded::Peer,
    worker::Worker,
};
use crate::{
    flow::report,
    reason::ReasonCode,
    telemetry::{ResponseEnd, audit::About},
};

/// Writes the lines about a request of `peer` that hyper refused: log, audit log and access log.
pub(crate) fn report_malformed(worker: &Worker, peer: Peer, reason: ReasonCode, detail: &str) {
    let shared = &*worker.shared;
    let (id, now, client) = (worker.ids.next(), shared.clock.now(), peer.address.ip().to_canonical());
    report(&shared.audit, About { request: &id, client, origin: "-" }, reason, detail);
    let end = ResponseEnd::Complete;
    let outcome = RequestOutcome { status: reason.status(), head: Some(now), end, ..RequestOutcome::given_up(client) };
    worker.log.write(&Line::unreadable(id, now), &outcome, now);
}
