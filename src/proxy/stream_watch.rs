//! Watches the body of a request or a response: who is slow, and whether it may go on.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;

use crate::{
    identity::Identity,
    stream::{AccessWatch, Direction, Ends, OpenStream, Owner, StreamEnd, Streams, current_task, handed_over_last},
};

/// Watches one body. It is registered when it does not end at once, so that most bodies never are.
pub(super) struct StreamWatch {
    plan: Plan,
    stream: Option<Arc<OpenStream>>,
}

/// What is needed to register a body.
pub(super) struct Plan {
    pub(super) streams: Arc<Streams>,
    pub(super) direction: Direction,
    pub(super) client: IpAddr,
    pub(super) identity: Option<Arc<Identity>>,
    /// How long the application may be silent.
    pub(super) idle_limit: Duration,
    /// Ends the body when it resolves.
    pub(super) access: Option<AccessWatch>,
}

/// The next frame of a body.
pub(super) type Polled<E> = Poll<Option<Result<Frame<Bytes>, E>>>;

impl StreamWatch {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, stream: None }
    }

    /// The receiver asks for a frame. An error if the body was ended.
    pub(super) fn before_poll(&self) -> Result<(), StreamEnd> {
        self.stream.as_ref().map_or(Ok(()), |stream| stream.asked())
    }

    /// The response body hands over its last frame.
    pub(super) fn before_last(&self) {
        handed_over_last(&self.plan.streams, self.plan.client);
    }

    /// The body was asked for a frame, and did not end with it. An error if the body was ended.
    pub(super) fn after_poll<E>(&mut self, polled: &Polled<E>, context: &Context<'_>) -> Result<(), StreamEnd> {
        let stream = self.stream.get_or_insert_with(|| self.plan.register());
        match polled {
            Poll::Ready(Some(Ok(frame))) => stream.handed_over(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(_) => {}
            Poll::Pending => stream.waits(context)?,
        }
        Ok(())
    }
}

impl Plan {
    fn register(&mut self) -> Arc<OpenStream> {
        let ends = Ends { access: self.access.take(), task: current_task() };
        let owner = owner(self.client, self.identity.as_deref());
        let stream = Arc::new(OpenStream::new(self.direction, owner, self.idle_limit, ends));
        self.streams.register(&stream);
        stream
    }
}

/// Who a body belongs to.
pub(super) fn owner(client: IpAddr, identity: Option<&Identity>) -> Owner {
    Owner { client, account: identity.map(account) }
}

/// The account as the key of its budget.
fn account(identity: &Identity) -> u64 {
    let mut hasher = DefaultHasher::new();
    (identity.issuer(), identity.subject()).hash(&mut hasher);
    hasher.finish()
}
