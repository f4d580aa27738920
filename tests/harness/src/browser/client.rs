//! The test browser.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use rustls::ClientConfig;
use url::Url;

use super::{
    call::{Call, parse},
    jar::{Cookie, Jar, RejectedCookie, Travel},
    navigation::Navigation,
    page::{Page, Response, StreamingResponse, set_cookies},
    site::{self, Relation},
    transport::Transport,
    websocket::{self, WebSocket},
};
use crate::{
    ca::{self, TestCa},
    clock::Clock,
};

/// A browser with its own cookie jar. Its methods take `&self`, so many tabs can act at once.
pub struct Browser {
    jar: Arc<Mutex<Jar>>,
    clock: Arc<Clock>,
    transport: Transport,
}

impl Clone for Browser {
    /// A second browser whose jar starts as a copy of this one's.
    fn clone(&self) -> Self {
        Self {
            jar: Arc::new(Mutex::new(self.jar().clone())),
            clock: Arc::new(Clock::copied(&self.clock)),
            transport: self.transport.clone(),
        }
    }
}

impl Browser {
    /// A browser without cookies that trusts this authority, or no authority.
    pub fn new(trust: Option<&TestCa>) -> Self {
        let tls = trust.map_or_else(|| ca::trusting([]), TestCa::client_config);
        let transport = Transport { tls, hosts: [].into(), http2: false };
        Self { jar: Arc::default(), clock: Arc::default(), transport }
    }

    /// Uses HTTP/2 on every TLS connection; WebSockets do not work then.
    #[must_use]
    pub fn with_http2(mut self) -> Self {
        let mut tls = ClientConfig::clone(&self.transport.tls);
        tls.alpn_protocols = vec![b"h2".to_vec()];
        self.transport.tls = Arc::new(tls);
        self.transport.http2 = true;
        self
    }

    /// Another tab: a handle with the same cookie jar, for another task.
    #[must_use]
    pub fn tab(&self) -> Self {
        Self { jar: Arc::clone(&self.jar), clock: Arc::clone(&self.clock), transport: self.transport.clone() }
    }

    /// Connects to `address` for this host, instead of its own port on this machine.
    #[must_use]
    pub fn with_host(mut self, host: &str, address: SocketAddr) -> Self {
        self.transport.hosts.insert(host.to_owned(), address);
        self
    }

    /// Allows `Secure` cookies on http to this machine, as Chromium and Firefox do; by default they are refused, as in Safari.
    pub fn loopback_is_secure(&self, yes: bool) {
        self.jar().loopback_is_secure = yes;
    }

    /// Opens a URL and follows redirects.
    pub async fn navigate(&self, url: impl AsRef<str>) -> Page {
        Navigation::typed(parse(url.as_ref())).run(self).await
    }

    /// Opens a URL and returns the first response, redirect or not.
    pub async fn navigate_without_following(&self, url: impl AsRef<str>) -> Page {
        Navigation { follow: false, ..Navigation::typed(parse(url.as_ref())) }.run(self).await
    }

    /// Follows a link of a page; the URL may be relative.
    pub async fn click(&self, page: &Page, href: &str) -> Page {
        let url = page.url.join(href).unwrap_or_else(|error| panic!("{href} is no address: {error}"));
        Navigation::from_page(page, url).run(self).await
    }

    /// Follows a redirect, or a script's navigation, that was returned without being followed, to its end.
    pub async fn follow(&self, page: &Page) -> Page {
        let next = page.next.clone().unwrap_or_else(|| panic!("no redirect at {}: {}", page.url, page.body));
        Navigation { follow: true, ..next }.run(self).await
    }

    /// Submits a form of a page with these values, and follows redirects.
    pub async fn submit(&self, page: &Page, form: usize, values: &[(&str, &str)]) -> Page {
        submission(page, form, values).run(self).await
    }

    /// Submits a form of a page and returns the first response, redirect or not.
    pub async fn submit_without_following(&self, page: &Page, form: usize, values: &[(&str, &str)]) -> Page {
        Navigation { follow: false, ..submission(page, form, values) }.run(self).await
    }

    /// Follows the page's meta refresh; panics without one.
    pub async fn follow_meta_refresh(&self, page: &Page) -> Page {
        let (_, url) = page.meta_refresh().unwrap_or_else(|| panic!("no refresh on {}: {}", page.url, page.body));
        Navigation { by_person: false, ..Navigation::from_page(page, url) }.run(self).await
    }

    /// Opens a URL and acts as a user until the end: fills in the login form, posts self-submitting forms, follows refreshes.
    pub async fn sign_in(&self, url: impl AsRef<str>, user: &str, password: &str) -> Page {
        let page = self.navigate(url).await;
        self.continue_sign_in(page, user, password).await
    }

    /// Continues a sign-in from a page on; the chains are joined.
    pub async fn continue_sign_in(&self, page: Page, user: &str, password: &str) -> Page {
        let mut page = page;
        for _ in 0..MOST_STEPS {
            let before = std::mem::take(&mut page.chain);
            let next = if let Some(form) = page.login_form() {
                self.submit(&page, form, &[("username", user), ("password", password)]).await
            } else if page.is_auto_post() {
                self.submit(&page, 0, &[]).await
            } else if page.meta_refresh().is_some() {
                self.follow_meta_refresh(&page).await
            } else {
                page.chain = before;
                return page;
            };
            page = next;
            page.chain.splice(0..0, before);
        }
        panic!("the sign-in goes round in circles: {:#?}", page.history());
    }

    /// A `fetch()` in a page of the same origin; a redirect is returned, not followed.
    pub async fn fetch(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
        self.request(Call::fetch(method, url, headers).body(body)).await
    }

    /// Sends one request exactly as given; panics without a response.
    pub async fn request(&self, call: Call) -> Response {
        let url = call.url.clone();
        self.try_request(call).await.unwrap_or_else(|error| panic!("no answer from {url}: {error}"))
    }

    /// Sends one request exactly as given; an error is that of the connection.
    pub async fn try_request(&self, call: Call) -> io::Result<Response> {
        Response::read(self.send(call).await?).await.map_err(io::Error::other)
    }

    /// Sends one request whose response is read piece by piece.
    pub async fn open(&self, call: Call) -> StreamingResponse {
        let url = call.url.clone();
        let response = self.send(call).await.unwrap_or_else(|error| panic!("no answer from {url}: {error}"));
        let (parts, body) = response.into_parts();
        StreamingResponse { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Opens a WebSocket (`ws:` or `wss:`) from a page of that origin; returns the response if it is not 101.
    pub async fn websocket(&self, url: &str, origin: Option<&str>) -> Result<WebSocket, Response> {
        let url = parse(url);
        let from = origin.map(parse);
        let relation = from.as_ref().map_or(Relation::SameOrigin, |page| websocket_relation(page, &url));
        let travel = Travel { relation, top_level: false, safe_method: true };
        let cookies = self.cookies_for(&url, travel);
        let request = websocket::request(&url, origin, &cookies);
        let sent = self.transport.send(&url, request).await;
        websocket::open(sent.unwrap_or_else(|error| panic!("no answer from {url}: {error}"))).await
    }

    /// The cookies, oldest first.
    pub fn cookies(&self) -> Vec<Cookie> {
        let now = self.clock.now();
        let jar = self.jar();
        jar.cookies.iter().filter(|cookie| cookie.expires.is_none_or(|at| at > now)).cloned().collect()
    }

    /// The cookie of that name, if there is exactly one.
    pub fn cookie(&self, name: &str) -> Option<Cookie> {
        let mut same = self.cookies().into_iter().filter(|cookie| cookie.name == name);
        same.next().filter(|_| same.next().is_none())
    }

    /// The rejected cookies with the reasons.
    pub fn rejected_cookies(&self) -> Vec<RejectedCookie> {
        self.jar().refused.clone()
    }

    /// Processes a `Set-Cookie` line as if a page at `url` had sent it.
    pub fn set_cookie_raw(&self, url: &str, line: &str) {
        let travel = Travel { relation: Relation::None, top_level: true, safe_method: true };
        self.take_cookies(&[line.to_owned()], &parse(url), travel);
    }

    /// Removes a cookie, for every host and path.
    pub fn remove_cookie(&self, name: &str) {
        self.jar().cookies.retain(|cookie| cookie.name != name);
    }

    /// Removes all cookies.
    pub fn clear_cookies(&self) {
        self.jar().cookies.clear();
    }

    /// Advances the clock of this browser and all its tabs.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Names and values of the cookies for a request.
    pub(crate) fn cookies_for(&self, url: &Url, travel: Travel) -> Vec<(String, String)> {
        let jar = self.jar();
        let sent = jar.sent(url, travel, self.clock.now());
        sent.into_iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }

    pub(crate) fn take_cookies(&self, lines: &[String], url: &Url, travel: Travel) {
        let now = self.clock.now();
        let mut jar = self.jar();
        for line in lines {
            jar.store(line, url, travel, now);
        }
    }

    async fn send(&self, call: Call) -> io::Result<http::Response<hyper::body::Incoming>> {
        let travel = Travel { relation: Relation::SameOrigin, top_level: false, safe_method: call.method.is_safe() };
        let url = call.url.clone();
        let keeps = call.cookies;
        let cookies = if keeps { self.cookies_for(&url, travel) } else { Vec::new() };
        let response = self.transport.send(&url, call.into_request(&cookies)).await?;
        if keeps {
            self.take_cookies(&set_cookies(response.headers()), &url, travel);
        }
        Ok(response)
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn submission(page: &Page, form: usize, values: &[(&str, &str)]) -> Navigation {
    let forms = page.forms();
    let form = forms.get(form).unwrap_or_else(|| panic!("no form {form} on {}: {}", page.url, page.body));
    let (url, body) = form.filled(values).encode();
    let method = if body.is_some() { Method::POST } else { Method::GET };
    Navigation { method, body, by_person: !page.is_auto_post(), ..Navigation::from_page(page, url) }
}

/// The relation of a WebSocket to its page: `wss` counts as `https`, `ws` as `http`.
fn websocket_relation(page: &Url, socket: &Url) -> Relation {
    let scheme = if socket.scheme() == "wss" { "https" } else { "http" };
    let same = parse(&socket.as_str().replacen(socket.scheme(), scheme, 1));
    site::relation(Some(page), &same)
}

const MOST_STEPS: usize = 10;

#[cfg(test)]
mod tests;
