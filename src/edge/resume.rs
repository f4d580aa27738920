//! A form that came without a session: read and kept, and sent to the application when its person presses the button.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header, request};
use http_body::Body as HttpBody;

use super::{
    error_response::Refusal,
    handler::Shared,
    read_body::{self, Unread},
};
use crate::{
    access::{Pass, Rule},
    flow::{Pressed, RelyingParty, SendButton},
    oidc::Parameters,
    proxy::{Forward, ForwardError},
    reason::ReasonCode,
    session::{PostTicket, PreservedPost},
    web::{Body, BoxError, Reply, RequestContext},
};

/// Keeps what `request` sends and begins a sign-in; `None` when it is not to be kept, is too large, or there is no room.
pub(super) async fn keep<B>(
    party: &RelyingParty,
    request: Request<B>,
    context: &RequestContext,
    asked: &Parameters,
) -> Result<Option<Reply>, Refusal>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (head, body) = request.into_parts();
    let content_type = text(&head.headers, header::CONTENT_TYPE);
    let (true, Some(provider)) = (party.may_keep(context) && is_form(content_type), party.default_provider()) else {
        return Ok(None);
    };
    let body = match read_body::read(body, LARGEST).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return Ok(None),
        Err(Unread::Incomplete) => return Err(Refusal::Reason(ReasonCode::RequestIncomplete)),
    };
    let referer = text(&head.headers, header::REFERER);
    let post = PreservedPost { content_type: content_type.into(), referer: referer.into(), body };
    Ok(party.keep(context, provider, &post, asked.clone()).await?)
}

/// Answers a press of the button: what was kept is sent in the place of `head`, once.
pub(super) async fn press(
    gateway: &Shared,
    (rule, asked, forwarder): (&Rule, &Parameters, &Arc<Forwarder>),
    head: request::Parts,
    context: &RequestContext,
    button: &SendButton,
) -> Result<Response<Body>, Refusal> {
    let party = &gateway.party;
    let (ticket, pass) = match party.press(context, rule, asked, button).await? {
        Pressed::First(reply) => return Ok(reply.into_response(&gateway.templates)),
        Pressed::Send(ticket, pass) => (ticket, pass),
    };
    // A second press makes a browser hang up on the first, which has taken the form: it must get through all the same.
    let (party_there, forward, context) = (Arc::clone(party), Arc::clone(forward), context.clone());
    let sent = party.to_its_end(async move { send(&party_there, &forward, head, &context, &ticket, pass).await });
    sent.await.unwrap_or(Err(Refusal::Reason(ReasonCode::InternalError)))
}

async fn send(
    party: &RelyingParty,
    forwarder: &Forwarder,
    head: request::Parts,
    context: &RequestContext,
    ticket: &PostTicket,
    pass: Pass,
) -> Result<Response<Body>, Refusal> {
    let post = party.take_kept(context, ticket).await?;
    match forwarder.send_buffered(as_it_was(head, &post), context, pass).await {
        Ok(mut response) => {
            response.headers_mut().append(header::SET_COOKIE, party.forget_ticket(context, ticket));
            Ok(response)
        }
        Err(error @ ForwardError::Unreachable(_)) => {
            let offer = party.keep_on(context, ticket, &post).await?;
            Err(Refusal::Unsent(error, offer))
        }
        // Nobody knows how much of it arrived.
        Err(error) => Err(error.into()),
    }
}

/// The request of the button, made the one that was kept: its content, and the page that it came from.
fn as_it_was(mut head: request::Parts, post: &PreservedPost) -> Request<Bytes> {
    for (name, value) in [(header::CONTENT_TYPE, &post.content_type), (header::REFERER, &post.referer)] {
        match HeaderValue::from_str(value) {
            Ok(value) if !value.is_empty() => head.headers.insert(name, value),
            _ => head.headers.remove(name),
        };
    }
    // RFC 9110 §8.6: a form without fields says so, too.
    head.headers.insert(header::CONTENT_LENGTH, post.body.len().into());
    Request::from_parts(head, post.body.clone())
}

/// Whether this is what a form of a page sends (HTML §4.10.21.3): nothing else can come by a navigation.
fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    FORMS.iter().any(|form| form.eq_ignore_ascii_case(essence))
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

const FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// The largest form that is kept: a long letter with a small picture.
const LARGEST: usize = 64 * 1024;
