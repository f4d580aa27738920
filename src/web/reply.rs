//! A response of the gateway itself, before it becomes HTTP.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::{body::Body, origin::Origin, page::Page, templates::Templates};

/// A response of the gateway itself, as opposed to the application.
#[derive(Debug)]
#[must_use]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The value of the `Location` field.
    pub(crate) location: Option<String>,
    /// The values of the `Set-Cookie` fields.
    pub(crate) cookies: Vec<HeaderValue>,
    /// Additional header fields.
    pub(crate) fields: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub(crate) content: Content,
}

/// The body of a [`Reply`].
#[derive(Debug)]
pub(crate) enum Content {
    /// No body.
    Empty,
    /// An HTML page.
    Page(Box<Page>),
    /// A JSON document.
    Json(serde_json::Value),
    /// Problem details in JSON (RFC 9457).
    Problem(serde_json::Value),
    /// Text of the given media type.
    Text(&'static str, String),
}

impl Reply {
    /// A response with `status` and no body.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self { status, location: None, cookies: Vec::new(), fields: Vec::new(), content: Content::Empty }
    }

    /// A redirect with status 303: the browser requests `to` with GET, regardless of the original method (RFC 9110
    /// §15.4.4). Status 302 or 307 would let a browser repeat a POST with its form (RFC 9700 §4.12).
    pub(crate) fn see_other(to: impl Into<String>) -> Self {
        Self { location: Some(to.into()), ..Self::bare(StatusCode::SEE_OTHER) }
    }

    /// A response with status 200 and no body that only pages of `origins` can frame.
    pub(crate) fn empty_in_frames_of(origins: &[String]) -> Self {
        let policy = format!("default-src 'none'; frame-ancestors {}", origins.join(" "));
        let policy = HeaderValue::try_from(policy).unwrap_or(UNFRAMED);
        Self::bare(StatusCode::OK).field(header::CONTENT_SECURITY_POLICY, policy)
    }

    /// A page with status 200.
    pub(crate) fn page(page: Page) -> Self {
        Self { content: Content::Page(Box::new(page)), ..Self::bare(StatusCode::OK) }
    }

    /// A JSON document with status 200.
    pub(crate) fn json(value: serde_json::Value) -> Self {
        Self { content: Content::Json(value), ..Self::bare(StatusCode::OK) }
    }

    /// A text of the given media type, with status 200.
    pub(crate) fn text(media_type: &'static str, text: String) -> Self {
        Self { content: Content::Text(media_type, text), ..Self::bare(StatusCode::OK) }
    }

    /// This response with status 401 and a challenge that names `realm` and the URL `login` where a sign-in begins.
    ///
    /// RFC 9110 §15.5.2 requires a challenge. `Basic` would make browsers ask for a password, and `Bearer` would suggest
    /// that tokens are accepted. The credential is a cookie, so the scheme is called `Cookie`. Browsers ignore unknown
    /// schemes.
    pub(crate) fn sign_in_at(self, realm: &Origin, login: &str) -> Self {
        let challenge = HeaderValue::try_from(format!("Cookie realm=\"{realm}\", login=\"{login}\""));
        let challenge = challenge.unwrap_or(HeaderValue::from_static("Cookie"));
        self.status(StatusCode::UNAUTHORIZED).field(header::WWW_AUTHENTICATE, challenge)
    }

    /// This response with another status.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// This response with one more `Set-Cookie` field.
    pub(crate) fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// This response with more `Set-Cookie` fields.
    pub(crate) fn cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// This response with one more header field.
    pub(crate) fn field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.fields.push((name, value));
        self
    }

    /// This response as HTTP, with its page rendered by `templates`. Its header fields forbid storing (`no-store`), MIME
    /// sniffing and, except for some pages, framing.
    pub(crate) fn into_response(self, templates: &Templates) -> Response<Body> {
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
        let (content_type, bytes) = match self.content {
            Content::Empty => return response,
            Content::Page(page) => {
                let rendered = templates.render(&page);
                let policy = HeaderValue::try_from(rendered.policy).unwrap_or(UNFRAMED);
                // Beside a policy of the reply's own: browsers enforce both.
                headers.append(header::CONTENT_SECURITY_POLICY, policy);
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(page.referrer_policy()));
                headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(page.language().tag()));
                // The language depends on this field of the request (RFC 9110 §12.5.4).
                headers.append(header::VARY, HeaderValue::from_static("accept-language"));
                ("text/html; charset=utf-8", rendered.html)
            }
            Content::Json(value) => ("application/json", value.to_string()),
            Content::Problem(value) => ("application/problem+json", value.to_string()),
            Content::Text(media_type, text) => (media_type, text),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        *response.body_mut() = Body::Full(Bytes::from(bytes));
        response
    }
}

const UNFRAMED: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
