//! The challenge: the response to a request whose decision is to sign in, or to authenticate again.
//!
//! | request | sign in | step up |
//! |---|---|---|
//! | navigation, GET | redirect to the provider, by a page when the fragment is preserved | redirect to the provider |
//! | navigation, HEAD | 401 without a body | 401 without a body |
//! | navigation, other methods | preserved and redirected by a page; or 401, a page with a link | 401, a page with a link |
//! | frame | 401, a page whose link opens in the whole tab | 401, a page whose link opens in the whole tab |
//! | CORS preflight of a listed origin | 204 | 401, problem details |
//! | call: script, image, prefetch, upgrade | 401, problem details | 401, problem details |
//!
//! Every 401 has a `WWW-Authenticate` field and names the URL at which a sign-in begins.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;

use super::{cors, error::RequestError, restore::preserve, route::Route, shared::Shared};
use crate::{
    flow::{
        Label, RelyingParty, SignIn, form_not_preserved, refusal_page, sign_in_needed_in_frame, sign_in_required,
        step_up_required,
    },
    reason::ReasonCode,
    web::{Body, BoxError, Page, Reply, RequestContext, RequestKind, ReturnTo},
};

/// A request that gets a challenge.
pub(super) struct Challenge<'a> {
    pub(super) shared: &'a Shared,
    pub(super) route: &'a Route,
    pub(super) context: &'a RequestContext,
    /// The origin of the script that may read the response.
    pub(super) cors_origin: Option<HeaderValue>,
    pub(super) need: Need,
}

/// What the person must do before the request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Sign in: the request has no session.
    SignIn,
    /// Authenticate again: more recently, or in a stronger way.
    StepUp,
}

/// Challenges `request`.
pub(super) async fn challenge<B>(challenge: Challenge<'_>, request: Request<B>) -> Result<Response<Body>, RequestError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let reply = match (challenge.context.kind, &challenge.context.method) {
        (RequestKind::Navigation, &Method::GET) => challenge.to_provider(request.headers()).await?,
        (RequestKind::Navigation, &Method::HEAD) => challenge.unauthorized(Reply::bare(StatusCode::UNAUTHORIZED)),
        (RequestKind::Navigation, _) => challenge.form(request).await?,
        (RequestKind::Framed, _) => challenge.unauthorized(Reply::page(challenge.frame_page())),
        (RequestKind::Call, _) => challenge.call(request.headers()),
    };
    Ok(cors::readable_by(challenge.cors_origin, reply).into_response(&challenge.shared.templates))
}

impl Challenge<'_> {
    /// A navigation goes to the provider.
    async fn to_provider(&self, headers: &HeaderMap) -> Result<Reply, RequestError> {
        let (party, parameters, return_to) = (&self.shared.party, self.route.authorize.clone(), self.return_to());
        let Some(provider) = party.provider_for(&self.route.rule) else { return Ok(self.call(headers)) };
        let sign_in = SignIn::new(party, provider, self.context);
        Ok(match self.need {
            Need::StepUp => sign_in.step_up(return_to, parameters).await?,
            Need::SignIn if self.route.keep_fragment && is_document(headers) => {
                sign_in.begin_with_fragment(return_to, parameters).await?
            }
            Need::SignIn => sign_in.begin(return_to, parameters).await?,
        })
    }

    /// A form is preserved during the sign-in if possible; otherwise a page says that it was not delivered.
    async fn form<B>(&self, request: Request<B>) -> Result<Reply, RequestError>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        if self.need == Need::StepUp {
            let page = self.step_up_page().link(self.login(), Label::SignIn.text(self.context.language()));
            return Ok(self.unauthorized(Reply::page(page)));
        }
        let preserved = if self.route.keep_posts {
            preserve(&self.shared.party, request, self.context, self.route).await?
        } else {
            None
        };
        let reply = preserved.unwrap_or_else(|| {
            Reply::page(form_not_preserved(self.context.language(), self.login(), self.context.id.to_string()))
        });
        Ok(self.unauthorized(reply))
    }

    /// A frame shows a page whose link opens in the whole tab.
    fn frame_page(&self) -> Page {
        let language = self.context.language();
        if self.need == Need::StepUp {
            return self.step_up_page().link_out_of_frame(self.login(), Label::SignIn.text(language));
        }
        sign_in_needed_in_frame(language, self.login(), self.context.id.to_string())
    }

    /// The reply to a request whose response no person sees: problem details, and no redirect to a provider.
    fn call(&self, headers: &HeaderMap) -> Reply {
        let (party, context) = (&self.shared.party, self.context);
        if self.need == Need::StepUp {
            return step_up_required(context, &self.login_of(&calling_page(party, context, headers)));
        }
        if self.cors_origin.is_some() && cors::is_preflight(context, headers) {
            return cors::preflight_passed(headers);
        }
        sign_in_required(context, &self.login_of(&calling_page(party, context, headers)))
    }

    fn step_up_page(&self) -> Page {
        refusal_page(self.context.language(), ReasonCode::StepUpRequired, self.context.id.to_string(), None)
    }

    fn unauthorized(&self, reply: Reply) -> Reply {
        reply.sign_in_at(&self.context.origin, &self.login())
    }

    fn return_to(&self) -> ReturnTo {
        ReturnTo::of(&self.context.target, self.shared.party.paths().prefix())
    }

    fn login(&self) -> String {
        self.login_of(&self.return_to())
    }

    /// The path of a sign-in for this route that returns to `page`.
    fn login_of(&self, page: &ReturnTo) -> String {
        self.shared.party.paths().login(self.route.rule.provider.as_deref(), page)
    }
}

/// The page whose script made a call. A sign-in returns to this page, not to the URL of the call. A page of another
/// origin is not used.
pub(super) fn calling_page(party: &RelyingParty, context: &RequestContext, headers: &HeaderMap) -> ReturnTo {
    let referrer = headers.get(header::REFERER).and_then(|referrer| referrer.to_str().ok());
    let path = referrer.and_then(|referrer| referrer.strip_prefix(context.origin.as_str()));
    path.map_or_else(|| party.paths().front(), |path| ReturnTo::parse(path, party.paths().prefix()))
}

/// Whether the response is shown in a tab, where the script of a page runs (Fetch Metadata §2). Programs and old browsers
/// send no such fields and get the redirect.
fn is_document(headers: &HeaderMap) -> bool {
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|field| field == value);
    has("sec-fetch-mode", "navigate") && has("sec-fetch-dest", "document")
}
