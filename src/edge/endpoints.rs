//! The endpoints of the gateway: paths, methods, and the flow behind each. Every other path below the prefix is 404.

use std::sync::Arc;

use http::{Method, Request, header};
use hyper::body::Incoming;

use super::{
    challenge::calling_page,
    error::RequestError,
    read_body::{ReadError, read_body},
    route::Route,
    route_table::RouteTable,
};
use crate::{
    access::Decision,
    flow::{FlowError, Logout, PreservedPosts, Rejection, RelyingParty, SignIn, no_sign_in_in_frame, sign_in_required},
    identity::Identity,
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
            ("/me", &Method::GET) => {
                let login = self.login_of(&calling_page(party, context, request.headers()));
                Ok(party.me(context, &login).await?)
            }
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
        let named = match segments.next() {
            None => None,
            Some(name) => Some(self.party.provider(name).ok_or(NOT_FOUND)?),
        };
        match (named, segments.next(), segments.next()) {
            (_, None, _) => self.begin(named).await,
            (Some(provider), Some("callback"), None) => self.callback(provider, request).await,
            (Some(provider), Some("continue"), None) => self.complete(provider).await,
            _ => Err(NOT_FOUND),
        }
    }

    /// Begins a sign-in at the provider that the path names, or else at that of the return page.
    async fn begin(self, named: Option<&'a Arc<Provider>>) -> Result<Reply, RequestError> {
        if let Some(refused) = self.refuse_unless_top_level_get()? {
            return Ok(refused);
        }
        let (party, context) = (self.party, self.context);
        let query = self.query()?;
        let requested = query.value("return_to").map(|text| ReturnTo::parse(text, party.paths().prefix()));
        let return_to = requested.unwrap_or_else(|| party.paths().front());
        let route = self.route_of(&return_to);
        let provider = named.or_else(|| self.provider_for(route)).ok_or(NOT_FOUND)?;
        let passed = Parameters::passed_through(&query, &provider.settings().pass_through);
        let parameters = route.map_or_else(|| passed.clone(), |route| passed.merged_over(&route.authorize));
        let parameters =
            if query.value("account") == Some("choose") { parameters.with_account_selection() } else { parameters };
        let sign_in = SignIn::new(party, provider, context);
        // With a `prompt` parameter the provider must ask the person, even if there is a session.
        let requests_prompt = passed.value("prompt").is_some_and(|prompt| prompt != "none");
        if let Some(route) = route.filter(|_| !requests_prompt) {
            match route.decide(party, context).await {
                // A session that satisfies the page's rule needs no sign-in, unless the path names another provider.
                Ok(Decision::Allow(pass)) if pass.identity().is_some_and(|person| is_of(person, named)) => {
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
        if let Some(refused) = self.refuse_unless_top_level_get()? {
            return Ok(refused);
        }
        let preserved_posts = PreservedPosts::new(self.party, self.context);
        let ticket = preserved_posts.ticket_of(&self.query()?);
        let ticket = ticket.ok_or_else(|| RequestError::from(Rejection::from(FlowError::PreservedPostGone)))?;
        let route = Target::parse(ticket.target()).ok().and_then(|target| self.route(&target));
        let provider = self.provider_for(route).ok_or(NOT_FOUND)?;
        Ok(preserved_posts.confirm(provider, &ticket).await?)
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
            RequestKind::Call => Ok(Some(sign_in_required(context, &self.login_of(&self.party.paths().front())))),
        }
    }

    /// The route of a return page. The page that offers a preserved request counts as the page of that request.
    fn route_of(self, return_to: &ReturnTo) -> Option<&'a Route> {
        let page = Target::parse(return_to.page()).ok()?;
        if page.below(self.party.paths().prefix()) != Some(RESTORE) {
            return self.route(&page);
        }
        let query = Form::parse(page.query().unwrap_or_default().as_bytes()).ok()?;
        let ticket = PreservedPosts::new(self.party, self.context).ticket_of(&query)?;
        self.route(&Target::parse(ticket.target()).ok()?)
    }

    fn route(self, target: &Target) -> Option<&'a Route> {
        self.routes.find(&self.context.origin, target).ok()
    }

    /// The provider of sign-ins for `route`.
    fn provider_for(self, route: Option<&Route>) -> Option<&'a Arc<Provider>> {
        route.map_or_else(|| self.party.default_provider(), |route| self.party.provider_for(&route.rule))
    }

    /// The path of a sign-in that returns to `page`.
    fn login_of(self, page: &ReturnTo) -> String {
        let provider = self.route_of(page).and_then(|route| route.rule.provider.as_deref());
        self.party.paths().login(provider, page)
    }

    fn query(self) -> Result<Form, FormError> {
        Form::parse(self.context.target.query().unwrap_or_default().as_bytes())
    }
}

/// Whether `person` is signed in at the provider that a path names; true when it names none.
fn is_of(person: &Identity, named: Option<&Arc<Provider>>) -> bool {
    named.is_none_or(|provider| provider.settings().name.as_str() == person.provider())
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
