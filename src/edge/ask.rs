//! What somebody gets who is not signed in and must be: the way to the provider, a page that asks, or an answer for a script.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;

use super::{cors, error_response::Refusal, handler::Shared, resume};
use crate::{
    flow::{RelyingParty, form_not_preserved, sign_in_needed_in_frame},
    oidc::Parameters,
    web::{Body, BoxError, Reply, RequestContext, RequestKind, ReturnTo},
};

/// What of a request survives the sign-in, besides its address.
#[derive(Clone, Copy)]
pub(super) struct Survives {
    pub(super) fragment: bool,
    pub(super) post: bool,
}

/// Asks to sign in, as suits the request; `asked` is what the sign-in asks for. A `caller` may read the answer.
pub(super) async fn ask_to_sign_in<B>(
    gateway: &Shared,
    request: Request<B>,
    context: &RequestContext,
    (asked, survives): (&Parameters, Survives),
    caller: Option<HeaderValue>,
) -> Result<Response<Body>, Refusal>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let party = &gateway.party;
    let headers = request.headers();
    let return_to = ReturnTo::of(&context.target, party.paths().prefix());
    let login = party.paths().login(&return_to);
    let (language, id) = (context.language(), context.id.to_string());
    let reply = match (context.kind, &context.method) {
        (RequestKind::Navigation, &Method::GET) => match party.default_provider() {
            Some(provider) if survives.fragment && is_document(headers) => {
                party.sign_in_with_fragment(context, provider, return_to, asked.clone()).await?
            }
            Some(provider) => party.sign_in(context, provider, return_to, asked.clone()).await?,
            None => party.sign_in_needed(context, &return_to),
        },
        (RequestKind::Navigation, &Method::HEAD) => {
            Reply::bare(StatusCode::UNAUTHORIZED).sign_in_at(&context.origin, &login)
        }
        (RequestKind::Navigation, _) => {
            let kept = if survives.post { resume::keep(party, request, context, asked).await? } else { None };
            let reply = kept.unwrap_or_else(|| Reply::page(form_not_preserved(language, login.clone(), id)));
            reply.sign_in_at(&context.origin, &login)
        }
        (RequestKind::Framed, _) => {
            Reply::page(sign_in_needed_in_frame(language, login.clone(), id)).sign_in_at(&context.origin, &login)
        }
        (RequestKind::Call, _) if caller.is_some() && cors::is_preflight(context, headers) => {
            cors::preflight_passed(headers)
        }
        // No page of ours would be seen, and a sign-in that a script began would end nowhere.
        (RequestKind::Call, _) => party.sign_in_needed(context, &calling_page(party, context, headers)),
    };
    let reply = match caller {
        Some(origin) => cors::readable_by(origin, reply),
        None => reply,
    };
    Ok(reply.into_response(&gateway.templates))
}

/// The page whose script made a call: after a sign-in the person goes back there, not to what the script asked for.
/// A page of another site is not named.
pub(super) fn calling_page(party: &RelyingParty, context: &RequestContext, headers: &HeaderMap) -> ReturnTo {
    let referrer = headers.get(header::REFERER).and_then(|referrer| referrer.to_str().ok());
    let path = referrer.and_then(|referrer| referrer.strip_prefix(context.origin.as_str()));
    path.map_or_else(|| party.paths().front(), |path| ReturnTo::parse(path, party.paths().prefix()))
}

/// Whether a browser says of itself that it shows a page in a tab (Fetch Metadata §2): such a one runs a page's script.
/// Old ones and programs get the plain redirect.
fn is_document(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document")
}
