//! The endpoints of the gateway: paths, methods, and the flow behind each. Every other path below the prefix is 404.

use std::sync::Arc;

use http::{Method, Request, header};
use hyper::body::Incoming;

use super::{
    challenge::calling_page,
    error::RequestError,
    read_body::{ReadError, read_body},
    route_table::RouteTable,
};
use crate::{
    access::Decision,
    flow::{Logout, PreservedPosts, RelyingParty, SignIn, no_sign_in_in_frame},
    oidc::Parameters,
    provider::Provider,
    reason::ReasonCode,
    session::Tag,
    web::{Form, FormError, RESTORE, Reply, RequestContext, RequestKind, ReturnTo, Target},
};

/// The endpoints, for one request.
#[derive(Clone, Copy)]
pub(super) struct Endpoints<'a> {
    pub(super) party: &'a Arc<RelyingParty>,
    /// The routes. The route of the return page determines what a sign-in requests.
    pub(super) routes: &'a RouteTable,
    pub(super) context: &'a RequestContext,
}

impl<'a> Endpoints<'a> {
    /// Replies to a request for `path`, relative to the prefix.
    pub(super) async fn reply(self, path: &str, request: Request<Incoming>) -> Result<Reply, RequestError> {
        let (party, context) = (self.party, self.context);
        let logout = Logout::new(party, context);
        match (path, &context.method) {
            ("/me", &Method::GET) => Ok(party.me(context, &calling_page(party, context, request.headers())).await?),
            ("/logout", &Method::GET) => Ok(logout.confirm().await?),
            ("/logout", &Method::POST) => {
                let form = read_form(request, MAX_FORM, ReasonCode::BodyTooLarge).await?;
                Ok(logout.perform(&form).await?)
            }
            ("/logout/done", &Method::GET) => Ok(logout.done(&self.query()?)),
            (RESTORE, &Method::GET) => self.confirm_restore().await,
            (RESTORE | "/me" | "/logout/done", _) => Err(RequestError::Method("GET")),
            ("/logout", _) => Err(RequestError::Method("GET, POST")),
            _ if path.starts_with("/logout/") => self.frontchannel_logout(path, request).await,
            _ => self.login(path, request).await,
        }
    }

    /// `/login`, `/login/{provider}`, and below the latter `/callback` and `/continue`.
    async fn login(self, path: &str, request: Request<Incoming>) -> Result<Reply, RequestError> {
        let mut segments = path.split('/').skip(1);
        if segments.next() != Some("login") {
            return Err(NOT_FOUND);
        }
        let provider = match segments.next() {
            None => self.party.default_provider(),
            Some(name) => self.party.provider(name),
        }
        .ok_or(NOT_FOUND)?;
        match (segments.next(), segments.next()) {
            (None, _) => self.begin(provider).await,
            (Some("callback"), None) => self.callback(provider, request).await,
            (Some("continue"), None) => self.complete(provider).await,
            _ => Err(NOT_FOUND),
        }
    }

    async fn begin(self, provider: &'a Arc<Provider>) -> Result<Reply, RequestError> {
        if let Some(refused) = self.refuse_unless_top_level_get()? {
            return Ok(refused);
        }
        let (party, context) = (self.party, self.context);
        let query = self.query()?;
        let requested = query.value("return_to").map(|text| ReturnTo::parse(text, party.paths().prefix()));
        let return_to = requested.unwrap_or_else(|| party.paths().front());
        let target = Target::parse(return_to.page()).ok();
        let route = target.and_then(|target| self.routes.find(&context.origin, &target).ok());
        let passed = Parameters::passed_through(&query, &provider.settings().pass_through);
        let parameters = route.map_or_else(|| passed.clone(), |route| passed.merged_over(&route.authorize));
        let parameters =
            if query.value("account") == Some("choose") { parameters.with_account_selection() } else { parameters };
        let sign_in = SignIn::new(party, provider, context);
        // With a `prompt` parameter the provider must ask the person, even if there is a session.
        let requests_prompt = passed.value("prompt").is_some_and(|prompt| prompt != "none");
        if let Some(route) = route.filter(|_| !requests_prompt) {
            match route.decide(party, context).await {
                // A session that satisfies the page's rule needs no sign-in.
                Ok(Decision::Allow(pass)) if pass.identity().is_some() => {
                    return Ok(Reply::see_other(return_to.as_str()));
                }
                Ok(Decision::StepUp) => return Ok(sign_in.step_up(return_to, parameters).await?),
                _ => {}
            }
        }
        let reply = sign_in.begin(return_to, parameters).await?;
        let replaced = query.value("instead").and_then(Tag::parse);
        Ok(reply.cookies(replaced.map(|tag| sign_in.forget(&tag))))
    }

    async fn callback(self, provider: &'a Arc<Provider>, request: Request<Incoming>) -> Result<Reply, RequestError> {
        let sign_in = SignIn::new(self.party, provider, self.context);
        match (provider.settings().flow.is_form_post(), &self.context.method) {
            (true, &Method::POST) => {
                let form = read_form(request, MAX_RESPONSE, ReasonCode::AnswerTooLarge).await?;
                Ok(sign_in.receive(&form).await?)
            }
            (false, &Method::GET) => Ok(sign_in.receive_query(self.query()).await),
            (true, _) => Err(RequestError::Method("POST")),
            (false, _) => Err(RequestError::Method("GET")),
        }
    }

    async fn complete(self, provider: &'a Arc<Provider>) -> Result<Reply, RequestError> {
        match self.refuse_unless_top_level_get()? {
            Some(refused) => Ok(refused),
            None => Ok(SignIn::new(self.party, provider, self.context).complete(&self.query()?).await?),
        }
    }

    /// The page that asks whether to send a preserved request.
    async fn confirm_restore(self) -> Result<Reply, RequestError> {
        match (self.refuse_unless_top_level_get()?, self.party.default_provider()) {
            (Some(refused), _) => Ok(refused),
            (None, Some(provider)) => {
                Ok(PreservedPosts::new(self.party, self.context).confirm(provider, &self.query()?).await?)
            }
            (None, None) => Err(NOT_FOUND),
        }
    }

    /// `/logout/{provider}/frontchannel`.
    async fn frontchannel_logout(self, path: &str, request: Request<Incoming>) -> Result<Reply, RequestError> {
        let name = path.strip_prefix("/logout/").and_then(|rest| rest.strip_suffix("/frontchannel"));
        let provider = name.and_then(|name| self.party.provider(name)).ok_or(NOT_FOUND)?;
        // OpenID Connect Front-Channel Logout §2 specifies GET. Entra ID B2C sends POST.
        let parameters = match self.context.method {
            Method::GET => self.query()?,
            Method::POST => read_form(request, MAX_FORM, ReasonCode::BodyTooLarge).await?,
            _ => return Err(RequestError::Method("GET, POST")),
        };
        Ok(self.party.frontchannel_logout(self.context, provider, &parameters).await?)
    }

    /// At an endpoint for top-level navigations only: the reply to any other request; `None` for a top-level GET
    /// navigation.
    fn refuse_unless_top_level_get(self) -> Result<Option<Reply>, RequestError> {
        let context = self.context;
        if context.method != Method::GET {
            return Err(RequestError::Method("GET"));
        }
        match context.kind {
            RequestKind::Navigation => Ok(None),
            RequestKind::Framed => {
                let step = context.target.path_and_query().as_str();
                Ok(Some(Reply::page(no_sign_in_in_frame(context.language(), step))))
            }
            RequestKind::Call => Ok(Some(self.party.sign_in_required(context, &self.party.paths().front()))),
        }
    }

    fn query(self) -> Result<Form, FormError> {
        Form::parse(self.context.target.query().unwrap_or_default().as_bytes())
    }
}

/// Reads the form in the body of `request`, of at most `limit` bytes.
async fn read_form(request: Request<Incoming>, limit: usize, too_large: ReasonCode) -> Result<Form, RequestError> {
    let content_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|field| field.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(RequestError::Reason(ReasonCode::AnswerWrongType));
    }
    let bytes = match read_body(request.into_body(), limit).await {
        Ok(bytes) => bytes,
        Err(ReadError::TooLarge) => return Err(RequestError::Reason(too_large)),
        Err(ReadError::Incomplete) => return Err(RequestError::Reason(ReasonCode::RequestIncomplete)),
    };
    Ok(Form::parse(&bytes)?)
}

const NOT_FOUND: RequestError = RequestError::Reason(ReasonCode::NotFound);

/// The largest authorization response: a code and an `id_token` with many groups.
const MAX_RESPONSE: usize = 256 * 1024;

/// The largest form for any other endpoint.
const MAX_FORM: usize = 8 * 1024;
