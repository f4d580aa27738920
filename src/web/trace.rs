//! What becomes of a request on its way to the application, for its line in the access log.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where a request was sent, and how much of its body. Readable at any time, also after the request was given up.
#[derive(Default)]
pub(crate) struct Trace(Mutex<Sent>);

#[derive(Default)]
struct Sent {
    upstream: Option<Arc<str>>,
    body: Option<Arc<dyn ForwardedBytes>>,
}

/// Counts the bytes of a request body while they are forwarded.
pub(crate) trait ForwardedBytes: Send + Sync {
    /// How many bytes were forwarded so far.
    fn forwarded_bytes(&self) -> u64;
}

impl Trace {
    /// Notes the upstream that the request is sent to. A later upstream replaces it.
    pub(crate) fn set_upstream(&self, upstream: &Arc<str>) {
        self.lock().upstream = Some(Arc::clone(upstream));
    }

    /// Notes the body of the request.
    pub(crate) fn set_body(&self, body: Arc<dyn ForwardedBytes>) {
        self.lock().body = Some(body);
    }

    /// The upstream and the body.
    pub(crate) fn take(&self) -> (Option<Arc<str>>, Option<Arc<dyn ForwardedBytes>>) {
        let mut sent = self.lock();
        (sent.upstream.take(), sent.body.take())
    }

    /// Ignores poisoning: every change is a single assignment.
    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clone has a trace of its own.
impl Clone for Trace {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.lock().upstream).finish()
    }
}
