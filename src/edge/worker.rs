//! The state of one worker, which no other thread uses.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{access_log::AccessLog, route_table::RouteTable, shared::Shared};
use crate::web::RequestIds;

/// The state of one worker: its connections to upstreams, request ids and access log.
pub(crate) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) routes: RouteTable,
    pub(super) ids: RequestIds,
    pub(super) log: AccessLog,
}

impl Worker {
    /// A worker. Cancelling `shutdown` closes its tunnels.
    #[must_use]
    pub(crate) fn new(shared: Arc<Shared>, log: AccessLog, shutdown: &CancellationToken) -> Self {
        let routes = RouteTable::new(&shared.routes, &shared.streams, shutdown);
        Self { routes, ids: RequestIds::new(&*shared.random), log, shared }
    }

    /// Writes access log lines, closes idle upstream connections and ends bodies that exceed a limit. Called every 500 ms.
    pub(crate) fn tick(&self) {
        self.log.flush();
        let now = self.shared.clock.now();
        self.shared.streams.look(now);
        self.routes.reap(now);
    }
}
