//! One request with every header under the test's control.

use bytes::Bytes;
use http::{Method, Request};
use url::Url;

use super::{
    navigation::{AGENT, Navigation, cookie_line, host, target},
    site,
};
use crate::{body::Body, encoding::form_text};

/// One request with every header under the test's control; `Host` is added when it is not given.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    target: Option<String>,
    headers: Vec<(String, String)>,
    body: Bytes,
    pub(crate) cookies: bool,
}

impl Call {
    /// A request without headers; the browser adds its cookies for that URL.
    pub fn new(method: &str, url: &str) -> Self {
        let method = method.parse().unwrap_or_else(|error| panic!("{method} is no method: {error}"));
        Self { method, url: parse(url), target: None, headers: Vec::new(), body: Bytes::new(), cookies: true }
    }

    /// The navigation to a URL typed into the address bar; change its headers with [`Call::set`].
    pub fn navigation(url: &str) -> Self {
        let navigation = Navigation::typed(parse(url));
        let headers = navigation.headers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { headers, ..Self::new("GET", url) }
    }

    /// The request of `fetch()` in a page of the same origin.
    pub fn fetch(method: &str, url: &str, headers: &[(&str, &str)]) -> Self {
        let mut call = Self::new(method, url).header("user-agent", AGENT).header("accept-language", "en-US,en;q=0.5");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            call = call.header("accept", "*/*");
        }
        if site::trustworthy(&call.url) {
            call = call.header("sec-fetch-dest", "empty").header("sec-fetch-mode", "cors");
            call = call.header("sec-fetch-site", "same-origin");
        }
        let origin = call.url.origin().ascii_serialization();
        call = call.header("referer", &format!("{origin}/"));
        if !call.method.is_safe() {
            call = call.header("origin", &origin);
        }
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    }

    /// Sets the method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = method.parse().unwrap_or_else(|error| panic!("{method} is no method: {error}"));
        self
    }

    /// Adds a header, also when one of that name is present.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a header to one value.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.header(name, value)
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body and its type to those of a form.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded").body(form_text(fields))
    }

    /// Sets the request target, if it differs from that of the URL.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// Sends no cookies and stores none.
    #[must_use]
    pub fn without_cookies(mut self) -> Self {
        self.cookies = false;
        self
    }

    pub(crate) fn into_request(self, cookies: &[(String, String)]) -> Request<Body> {
        let uri = self.target.unwrap_or_else(|| target(&self.url));
        let mut request = Request::builder().method(self.method).uri(uri);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("host", host(&self.url));
        }
        if !cookies.is_empty() {
            request = request.header("cookie", cookie_line(cookies));
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body)).expect("headers that may stand in a request")
    }
}

/// Parses a URL; panics if it is invalid.
pub(crate) fn parse(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|error| panic!("{url} is no address: {error}"))
}
