//! The results of requests: pages, single responses, streamed responses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use url::Url;

use super::{
    form::{self, Form},
    navigation::Navigation,
};

/// The page at the end of a navigation.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status; 0 when the server was unreachable or closed the connection, and `body` holds the error.
    pub status: u16,
    /// The URL, after all redirects.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Every request of the navigation; the last one is that of this page.
    pub chain: Vec<Hop>,
    /// The target of the redirect, or of the script's navigation, that was not followed.
    pub(crate) next: Option<Navigation>,
}

/// One request of a navigation.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: Url,
    /// The status; 0 without a response.
    pub status: u16,
    /// The names of the cookies that were sent.
    pub sent_cookies: Vec<String>,
    /// The `Set-Cookie` lines of the response, stored or rejected.
    pub set_cookies: Vec<String>,
    /// The `Location` of the response.
    pub location: Option<String>,
    /// All headers of the response.
    pub headers: HeaderMap,
}

impl Page {
    /// The forms, in order.
    pub fn forms(&self) -> Vec<Form> {
        form::forms(&self.body, &self.url)
    }

    /// The targets of the links, in order.
    pub fn links(&self) -> Vec<Url> {
        form::links(&self.body, &self.url)
    }

    /// Whether the page submits its form by itself (Form Post 1.0, section 2).
    pub fn is_auto_post(&self) -> bool {
        form::posts_itself(&self.body) && self.forms().iter().any(|form| form.method == "POST")
    }

    /// Seconds and target of the meta refresh.
    pub fn meta_refresh(&self) -> Option<(u32, Url)> {
        form::meta_refresh(&self.body, &self.url)
    }

    /// The target of the redirect, or of the script's navigation, that was not followed.
    pub fn next_url(&self) -> Option<&Url> {
        self.next.as_ref().map(|next| &next.url)
    }

    /// The index of the form with a user name and a password.
    pub fn login_form(&self) -> Option<usize> {
        self.forms().iter().position(|form| form.field("username").is_some() && form.field("password").is_some())
    }

    /// The value of a header, if it is present and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }

    /// The body as JSON; panics if it is not.
    pub fn json(&self) -> Value {
        json(&self.body)
    }

    /// Every `Set-Cookie` line of the chain.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.chain.iter().flat_map(|hop| &hop.set_cookies).map(String::as_str).collect()
    }

    /// Method, path and status of every request: `["GET / 303", …]`.
    pub fn history(&self) -> Vec<String> {
        self.chain.iter().map(|hop| format!("{} {} {}", hop.method, hop.url.path(), hop.status)).collect()
    }

    /// The referrer policy of the page.
    pub(crate) fn referrer_policy(&self) -> String {
        let last = |value: &str| value.rsplit(',').next().unwrap_or_default().trim().to_owned();
        self.header("referrer-policy").map(last).or_else(|| form::meta_referrer(&self.body)).unwrap_or_default()
    }
}

/// The response to a single request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// The body as bytes.
    pub bytes: Bytes,
    /// The trailers.
    pub trailers: HeaderMap,
}

impl Response {
    /// The value of a header, if it is present and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }

    /// The body as JSON; panics if it is not.
    pub fn json(&self) -> Value {
        json(&self.body)
    }

    /// The `Set-Cookie` lines.
    pub fn set_cookies(&self) -> Vec<String> {
        set_cookies(&self.headers)
    }

    pub(crate) async fn read(response: http::Response<Incoming>) -> Result<Self, hyper::Error> {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await?;
        let trailers = collected.trailers().cloned().unwrap_or_default();
        let bytes = collected.to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self { status: parts.status.as_u16(), headers: parts.headers, body, bytes, trailers })
    }
}

/// A response whose body is still arriving.
#[derive(Debug)]
pub struct StreamingResponse {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    pub(crate) body: Incoming,
}

impl StreamingResponse {
    /// The next piece; `None` at the end, an error when the connection failed.
    pub async fn next(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        loop {
            match self.body.frame().await? {
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The next piece as text; panics at the end.
    pub async fn next_text(&mut self) -> String {
        let piece = self.next().await.expect("a piece before the end").expect("an unbroken connection");
        String::from_utf8_lossy(&piece).into_owned()
    }
}

pub(crate) fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::SET_COOKIE).iter();
    lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect()
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(HeaderName::from_bytes(name.as_bytes()).ok()?)?.to_str().ok()
}

fn json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("no JSON ({error}): {body}"))
}
