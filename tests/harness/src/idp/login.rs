//! The login page, and the provider's own session, which makes the second sign-in silent.

use http::{HeaderValue, Response, StatusCode, header};

use super::{
    authorize,
    dialect::Endpoint,
    event::Event,
    pages,
    router::{Call, page},
    world::{Request, Session, Shared},
};
use crate::{body::Body, encoding::random_name};

/// The user of the provider's session in this browser.
pub(crate) fn session(shared: &Shared, call: &Call) -> Option<Session> {
    shared.world().sessions.get(call.cookie(COOKIE)?).cloned()
}

/// Ends the browser's session; returns the cookie that deletes it.
pub(crate) fn end(shared: &Shared, call: &Call) -> HeaderValue {
    if let Some(name) = call.cookie(COOKIE) {
        shared.world().sessions.remove(name);
    }
    set_cookie(shared, "", "; Max-Age=0")
}

/// Shows the login page for an authorization request.
pub(crate) fn show(shared: &Shared, request: Request) -> Response<Body> {
    shared.record(Event::LoginShown);
    let name = random_name();
    let html = login_page(shared, &name, &request, request.login_hint.as_deref(), false);
    shared.world().waiting.insert(name, request);
    page(StatusCode::OK, html)
}

/// Handles the login form.
pub(crate) fn submit(shared: &Shared, call: &Call) -> Response<Body> {
    let name = call.field("request").unwrap_or_default();
    let Some(request) = shared.world().waiting.get(name).cloned() else {
        let problems = ["it is unknown, or was answered already".to_owned()];
        return page(StatusCode::BAD_REQUEST, pages::refused("This sign-in is over", &problems));
    };
    let typed = call.field("username").unwrap_or_default();
    let found =
        shared.options.users.iter().find(|user| user.name == typed && call.field("password") == Some(&user.password));
    let Some(user) = found.cloned() else {
        shared.record(Event::LoginFailed);
        return page(StatusCode::OK, login_page(shared, name, &request, Some(typed), true));
    };
    shared.world().waiting.remove(name);
    shared.record(Event::LoggedIn { user: user.name.clone() });
    let strength = request.strength.reached();
    let session = Session { user, auth_time: shared.clock.now(), sid: random_name(), strength };
    let cookie = random_name();
    shared.world().sessions.insert(cookie.clone(), session.clone());
    let mut response = authorize::send_back(shared, &request, Ok(&session));
    response.headers_mut().append(header::SET_COOKIE, set_cookie(shared, &cookie, ""));
    response
}

fn login_page(shared: &Shared, name: &str, request: &Request, typed: Option<&str>, wrong: bool) -> String {
    pages::login(request.authority.path(Endpoint::Login), name, typed.unwrap_or_default(), wrong, &shared.options.users)
}

fn set_cookie(shared: &Shared, value: &str, more: &str) -> HeaderValue {
    let secure = if shared.options.tls.is_some() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::from_str(&text).expect("a cookie of plain characters")
}

const COOKIE: &str = "test-provider-session";
