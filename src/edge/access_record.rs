//! The access log line of a request, which is written when its response has ended, or when the client has given up.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{
    access_log::{Line, RequestOutcome},
    client::Client,
    forwarded::Received,
};
use crate::{
    base::{ClientNetwork, Timestamp},
    reason::ReasonCode,
    stream::StreamEnd,
    telemetry::ResponseEnd,
    web::{Body, BoxError, ForwardedBytes, RequestContext},
};

/// A request whose response has no head yet. If it is dropped, the client has given up: hyper drops the future of a request
/// whose connection or stream has broken.
pub(super) struct PendingRequest {
    record: Option<AccessRecord>,
    context: Option<RequestContext>,
}

/// What the line of a request says. The line is written when the record is dropped.
struct AccessRecord {
    client: Arc<Client>,
    line: Line,
    outcome: RequestOutcome,
    body: Option<Arc<dyn ForwardedBytes>>,
    /// The client behind a trusted proxy whose request this is.
    proxied: Option<ClientNetwork>,
}

/// The body of a response, which writes the line at its end.
pub(crate) struct LoggedBody {
    body: Body,
    /// `None` for a tunnel, whose line is written at the end of the tunnel.
    record: Option<AccessRecord>,
}

impl PendingRequest {
    pub(super) fn begin<B>(client: &Arc<Client>, request: &Request<B>, received: Received) -> Self {
        let record = AccessRecord {
            client: Arc::clone(client),
            line: Line::begin(request, received.id, received.now),
            outcome: RequestOutcome::given_up(received.peer.address.ip().to_canonical()),
            body: None,
            proxied: None,
        };
        Self { record: Some(record), context: None }
    }

    /// Counts the request among those of `address`, a client behind a trusted proxy, until it has ended.
    pub(super) fn begin_proxied(&mut self, address: IpAddr) -> Result<(), ReasonCode> {
        if let Some(record) = &mut self.record {
            record.proxied = Some(record.client.worker.shared.proxied_requests.begin(address)?);
        }
        Ok(())
    }

    /// Stores the context of the request.
    pub(super) fn set_context(&mut self, context: RequestContext) -> &RequestContext {
        if let Some(record) = &mut self.record {
            record.outcome.client = context.client;
        }
        self.context.insert(context)
    }

    /// The response, whose head is ready at `now`.
    pub(super) fn respond(mut self, response: Response<Body>, now: Timestamp) -> Response<LoggedBody> {
        let status = response.status();
        let mut record = self.record.take();
        if let Some(record) = &mut record {
            record.set_trace(self.context.as_ref());
            record.outcome.status = status;
            record.outcome.head = Some(now);
            if response.body().is_end_stream() || has_no_content(&record.line.method, status) {
                record.outcome.end = ResponseEnd::Complete;
            }
        }
        response.map(|body| match body {
            Body::Tunnel(tunnel) => {
                if let Some(record) = &mut record {
                    record.end_proxied();
                }
                tunnel.on_end(move |sent, received| {
                    if let Some(mut record) = record {
                        record.outcome.sent = sent;
                        record.outcome.received = received;
                    }
                });
                LoggedBody { body: Body::Empty, record: None }
            }
            body => LoggedBody { body, record },
        })
    }
}

impl Drop for PendingRequest {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.set_trace(self.context.as_ref());
        }
    }
}

impl AccessRecord {
    fn set_trace(&mut self, context: Option<&RequestContext>) {
        if let Some(context) = context {
            (self.outcome.upstream, self.body) = context.trace.take();
        }
    }

    fn end_proxied(&mut self) {
        if let Some(client) = self.proxied.take() {
            self.client.worker.shared.proxied_requests.end(client);
        }
    }
}

impl Drop for AccessRecord {
    fn drop(&mut self) {
        self.end_proxied();
        if let Some(body) = &self.body {
            self.outcome.received = body.forwarded_bytes();
        }
        let worker = &self.client.worker;
        worker.log.write(&self.line, &self.outcome, worker.shared.clock.now());
    }
}

impl LoggedBody {
    fn note(&mut self, frame: Option<&Result<Frame<Bytes>, BoxError>>) {
        let has_ended = self.body.is_end_stream();
        let Some(AccessRecord { outcome, .. }) = &mut self.record else { return };
        match frame {
            Some(Ok(frame)) => {
                outcome.sent += frame.data_ref().map_or(0, Bytes::len) as u64;
                if has_ended {
                    outcome.end = ResponseEnd::Complete;
                }
            }
            Some(Err(error)) if error.is::<StreamEnd>() => outcome.end = ResponseEnd::Ended,
            Some(Err(_)) => outcome.end = ResponseEnd::Truncated,
            None => outcome.end = ResponseEnd::Complete,
        }
    }
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        this.note(frame.as_ref());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether a response has no content, whatever its fields say (RFC 9110 §6.4.1). hyper drops its body unread.
fn has_no_content(method: &Method, status: StatusCode) -> bool {
    *method == Method::HEAD || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
