//! Preserved requests: a form without a session is read and preserved, and sent after the person confirms.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header, request};
use http_body::Body as HttpBody;

use super::{
    client::{Client, access_watch},
    error::RequestError,
    read_body::{ReadError, read_body},
    route::Route,
};
use crate::{
    access::{Pass, Rule},
    flow::{PreservedPosts, RelyingParty, Restore, RestoreForm},
    proxy::{ClientRequest, ForwardError, Forwarder},
    reason::ReasonCode,
    session::{PostTicket, PreservedPost},
    web::{Body, BoxError, Reply, RequestContext},
};

/// Preserves a form for `route` and begins a sign-in; `None` when the request is not a form, is too large, or the store has
/// no room.
pub(super) async fn preserve<B>(
    party: &Arc<RelyingParty>,
    request: Request<B>,
    context: &RequestContext,
    route: &Route,
) -> Result<Option<Reply>, RequestError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (head, body) = request.into_parts();
    let preserved_posts = PreservedPosts::new(party, context);
    let content_type = text(&head.headers, header::CONTENT_TYPE);
    let is_preservable = preserved_posts.accepts() && is_form(content_type);
    let (true, Some(provider)) = (is_preservable, party.provider_for(&route.rule)) else { return Ok(None) };
    let body = match read_body(body, MAX_BODY).await {
        Ok(body) => body,
        Err(ReadError::TooLarge) => return Ok(None),
        Err(ReadError::Incomplete) => return Err(RequestError::Reason(ReasonCode::RequestIncomplete)),
    };
    let referer = text(&head.headers, header::REFERER);
    let post = PreservedPost { content_type: content_type.into(), referer: referer.into(), body };
    Ok(preserved_posts.preserve(provider, &post, route.authorize.clone()).await?)
}

/// Sends a preserved request in place of the [`RestoreForm`] that confirms it. It is sent once.
pub(super) async fn restore(
    client: &Arc<Client>,
    route: &Route,
    (head, form): (request::Parts, RestoreForm),
    context: &RequestContext,
) -> Result<Response<Body>, RequestError> {
    let shared = &*client.worker.shared;
    let party = &shared.party;
    let forwarder = route.upstream.as_ref().ok_or(RequestError::Reason(ReasonCode::NotFound))?;
    let preserved_posts = PreservedPosts::new(party, context);
    let (ticket, pass) = match preserved_posts.restore(&form, &route.rule, &route.authorize).await? {
        Restore::Reply(reply) => return Ok(reply.into_response(&shared.templates)),
        Restore::Send(ticket, pass) => (ticket, pass),
    };
    // A separate task: after a double click the browser cancels the first form, which has taken the preserved request.
    let sending = Sending {
        client: Arc::clone(client),
        forwarder: Arc::clone(forwarder),
        rule: route.rule.clone(),
        context: context.clone(),
    };
    let sent = party.spawn_tracked(async move { sending.run(head, &ticket, pass).await });
    sent.await.unwrap_or(Err(RequestError::Reason(ReasonCode::InternalError)))
}

/// The sending of a preserved request, which runs to its end even if the browser disconnects.
struct Sending {
    client: Arc<Client>,
    forwarder: Arc<Forwarder>,
    rule: Rule,
    context: RequestContext,
}

impl Sending {
    async fn run(self, head: request::Parts, ticket: &PostTicket, pass: Pass) -> Result<Response<Body>, RequestError> {
        let party = &self.client.worker.shared.party;
        let preserved_posts = PreservedPosts::new(party, &self.context);
        let watch = access_watch(party, &self.context, &self.rule);
        let client =
            ClientRequest { context: &self.context, connection: &self.client.connection, access_watch: &watch };
        let post = preserved_posts.take(ticket).await?;
        match self.forwarder.send_buffered(original(head, &post), client, pass).await {
            Ok(mut response) => {
                response.headers_mut().append(header::SET_COOKIE, preserved_posts.forget(ticket));
                Ok(response)
            }
            Err(error @ ForwardError::Unreachable(_)) => {
                let page = preserved_posts.put_back(ticket, &post).await?;
                Err(RequestError::NotSent(error, page))
            }
            // The application may have received a part of the request.
            Err(error) => Err(error.into()),
        }
    }
}

/// The preserved request: the head of the confirming form, with the content and the referrer of the original request.
fn original(mut head: request::Parts, post: &PreservedPost) -> Request<Bytes> {
    for (name, value) in [(header::CONTENT_TYPE, &post.content_type), (header::REFERER, &post.referer)] {
        match HeaderValue::from_str(value) {
            Ok(value) if !value.is_empty() => head.headers.insert(name, value),
            _ => head.headers.remove(name),
        };
    }
    // RFC 9110 §8.6: an empty form needs a length, too.
    head.headers.insert(header::CONTENT_LENGTH, post.body.len().into());
    Request::from_parts(head, post.body.clone())
}

/// Whether the content type is one that HTML forms send (HTML §4.10.21.3). A navigation sends no other.
fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    FORMS.iter().any(|form| form.eq_ignore_ascii_case(essence))
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

const FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// The largest body that is preserved, enough for a long text with a small image.
const MAX_BODY: usize = 64 * 1024;
