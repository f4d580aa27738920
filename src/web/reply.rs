//! An answer of the gateway's own, before it becomes HTTP.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::{body::Body, origin::Origin, page::Page, templates::Templates};

/// What the gateway says itself, rather than the application.
#[derive(Debug)]
#[must_use]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Where the browser goes next.
    pub location: Option<String>,
    /// The `Set-Cookie` fields.
    pub cookies: Vec<HeaderValue>,
    /// Further fields.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// What is shown.
    pub content: Content,
}

/// The body of a [`Reply`].
#[derive(Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// A page for a person.
    Page(Box<Page>),
    /// JSON for a program.
    Json(serde_json::Value),
    /// Problem details for a program.
    Problem(serde_json::Value),
}

impl Reply {
    /// An answer of `status` with nothing in it.
    pub fn bare(status: StatusCode) -> Self {
        Self { status, location: None, cookies: Vec::new(), fields: Vec::new(), content: Content::Nothing }
    }

    /// 303: the browser goes on to `to` with a GET (RFC 9110 §15.4.4), whatever it came with.
    /// Never 302 or 307, which would let a browser post a form on (RFC 9700 §4.12).
    pub fn see_other(to: impl Into<String>) -> Self {
        Self { location: Some(to.into()), ..Self::bare(StatusCode::SEE_OTHER) }
    }

    /// Nothing to see, with status 200, in frames of pages of these origins alone.
    pub fn empty_in_frames_of(origins: &[String]) -> Self {
        let policy = format!("default-src 'none'; frame-ancestors {}", origins.join(" "));
        let policy = HeaderValue::try_from(policy).unwrap_or(UNFRAMED);
        Self::bare(StatusCode::OK).field(header::CONTENT_SECURITY_POLICY, policy)
    }

    /// A page, with status 200.
    pub fn page(page: Page) -> Self {
        Self { content: Content::Page(Box::new(page)), ..Self::bare(StatusCode::OK) }
    }

    /// JSON, with status 200.
    pub fn json(value: serde_json::Value) -> Self {
        Self { content: Content::Json(value), ..Self::bare(StatusCode::OK) }
    }

    /// With status 401: `realm` answers who has signed in at `login`.
    ///
    /// RFC 9110 §15.5.2 demands a challenge. `Basic` would make browsers ask for a password, and `Bearer` would promise
    /// that a token opens something here; what is taken is a cookie, so that is what the scheme is called. Browsers pass
    /// over a scheme that they do not know.
    pub fn sign_in_at(self, realm: &Origin, login: &str) -> Self {
        let challenge = HeaderValue::try_from(format!("Cookie realm=\"{realm}\", login=\"{login}\""));
        let challenge = challenge.unwrap_or(HeaderValue::from_static("Cookie"));
        self.status(StatusCode::UNAUTHORIZED).field(header::WWW_AUTHENTICATE, challenge)
    }

    /// With another status.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With one more `Set-Cookie`.
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// With several more `Set-Cookie`.
    pub fn cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// With one more field.
    pub fn field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.fields.push((name, value));
        self
    }

    /// The answer as HTTP, its page written with `templates`: never stored by anybody, never framed, never sniffed.
    pub fn into_response(self, templates: &Templates) -> Response<Body> {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if let Some(to) = self.location {
            headers.insert(header::LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
        }
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        for (name, value) in self.fields {
            headers.append(name, value);
        }
        let (kind, bytes) = match self.content {
            Content::Nothing => return response,
            Content::Page(page) => {
                let written = templates.write(&page);
                let policy = HeaderValue::try_from(written.policy).unwrap_or(UNFRAMED);
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(page.referrer_policy()));
                headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(page.language().tag()));
                // Another language may be asked for at the same address (RFC 9110 §12.5.4).
                headers.append(header::VARY, HeaderValue::from_static("accept-language"));
                ("text/html; charset=utf-8", written.html)
            }
            Content::Json(value) => ("application/json", value.to_string()),
            Content::Problem(value) => ("application/problem+json", value.to_string()),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        *response.body_mut() = Body::Whole(Bytes::from(bytes));
        response
    }
}

const UNFRAMED: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
