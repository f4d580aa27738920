//! What changes the address bar: one request after the other until something else than a redirect, or a page that goes on by itself, comes (Fetch standard; RFC 6265bis, section 5.2).

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use url::Url;

use super::{
    client::Browser,
    jar::Travel,
    page::{Hop, Page, Response, set_cookies, text},
    script,
    site::{self, Relation},
};
use crate::body::Body;

/// A navigation before its first request, or stopped at a redirect or at a page whose script navigates.
#[derive(Clone, Debug)]
pub(crate) struct Navigation {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Content type and content.
    pub(crate) body: Option<(String, Bytes)>,
    /// The page that caused it; `None` for a URL typed into the address bar.
    pub(crate) initiator: Option<Url>,
    /// The referrer policy of that page.
    pub(crate) referrer_policy: String,
    /// Whether a user clicked or typed.
    pub(crate) by_person: bool,
    pub(crate) follow: bool,
    /// The most distant relation in the redirect chain so far; a later redirect does not reduce it.
    pub(crate) relation: Relation,
}

impl Navigation {
    /// A URL typed into the address bar.
    pub(crate) fn typed(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
            initiator: None,
            referrer_policy: String::new(),
            by_person: true,
            follow: true,
            relation: Relation::None,
        }
    }

    /// A navigation caused by a page.
    pub(crate) fn from_page(page: &Page, url: Url) -> Self {
        Self { initiator: Some(page.url.clone()), referrer_policy: page.referrer_policy(), ..Self::typed(url) }
    }

    /// Sends the requests, to the end of the redirects.
    pub(crate) async fn run(mut self, browser: &Browser) -> Page {
        let mut chain = Vec::new();
        loop {
            self.relation = self.relation.max(site::relation(self.initiator.as_ref(), &self.url));
            let travel = self.travel();
            let sent = browser.cookies_for(&self.url, travel);
            let request = self.request(&sent);
            let response = match browser.transport().send(&self.url, request).await {
                Ok(response) => Response::read(response).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let response = response.unwrap_or_else(unreachable);
            let lines = set_cookies(&response.headers);
            browser.take_cookies(&lines, &self.url, travel);
            let location = text(&response.headers, "location").map(str::to_owned);
            chain.push(Hop {
                method: self.method.to_string(),
                url: self.url.clone(),
                status: response.status,
                sent_cookies: sent.into_iter().map(|(name, _)| name).collect(),
                set_cookies: lines,
                location: location.clone(),
                headers: response.headers.clone(),
            });
            let redirected = location.and_then(|location| self.redirected(response.status, &location));
            let next = redirected.or_else(|| self.scripted(&response));
            match next {
                Some(next) if self.follow => {
                    assert!(chain.len() <= MOST_HOPS, "a redirect loop: {chain:#?}");
                    self = next;
                }
                next => {
                    let Response { status, headers, body, .. } = response;
                    return Page { status, url: self.url, headers, body, chain, next };
                }
            }
        }
    }

    /// The next request of the chain. The initiator stays: a redirect does not make a cross-site request same-site.
    fn redirected(&self, status: u16, location: &str) -> Option<Self> {
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let mut next = Self { url: self.url.join(location).ok()?, ..self.clone() };
        if next.url.fragment().is_none() {
            next.url.set_fragment(self.url.fragment());
        }
        if status == 303 || self.method == Method::POST && matches!(status, 301 | 302) {
            next.method = Method::GET;
            next.body = None;
        }
        Some(next)
    }

    /// The navigation of the page's own script: that page is the initiator.
    fn scripted(&self, response: &Response) -> Option<Self> {
        let url = script::goes_to(&self.url, response)?;
        let policy = text(&response.headers, "referrer-policy").unwrap_or_default().to_owned();
        let initiator = Some(self.url.clone());
        Some(Self { initiator, referrer_policy: policy, by_person: false, follow: self.follow, ..Self::typed(url) })
    }

    fn travel(&self) -> Travel {
        let relation = site::relation(self.initiator.as_ref(), &self.url);
        Travel { relation, top_level: true, safe_method: self.method.is_safe() }
    }

    /// The headers, without cookies and body.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("host", host(&self.url)),
            ("user-agent", AGENT.to_owned()),
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".to_owned()),
            ("accept-language", "en-US,en;q=0.5".to_owned()),
            ("upgrade-insecure-requests", "1".to_owned()),
        ];
        if site::trustworthy(&self.url) {
            headers.push(("sec-fetch-dest", "document".to_owned()));
            headers.push(("sec-fetch-mode", "navigate".to_owned()));
            headers.push(("sec-fetch-site", self.relation.name().to_owned()));
            if self.by_person {
                headers.push(("sec-fetch-user", "?1".to_owned()));
            }
        }
        if let Some(page) = &self.initiator {
            if self.method == Method::POST {
                headers.push(("origin", origin(page, &self.url, &self.referrer_policy)));
            }
            headers.extend(referrer(page, &self.url, &self.referrer_policy).map(|value| ("referer", value)));
        }
        headers
    }

    fn request(&self, cookies: &[(String, String)]) -> Request<Body> {
        let mut request = Request::builder().method(self.method.clone()).uri(target(&self.url));
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        if !cookies.is_empty() {
            request = request.header("cookie", cookie_line(cookies));
        }
        let body = self.body.as_ref().map_or_else(Body::empty, |(_, content)| Body::from(content.clone()));
        if let Some((kind, _)) = &self.body {
            request = request.header("content-type", kind);
        }
        request.body(body).expect("headers that may stand in a request")
    }
}

/// The request target of a URL.
pub(crate) fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// The `Host` value of a URL.
pub(crate) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// The `Cookie` field.
pub(crate) fn cookie_line(cookies: &[(String, String)]) -> String {
    let pairs: Vec<String> = cookies
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
        .collect();
    pairs.join("; ")
}

/// The `Origin` of a form POST (Fetch, section 3.2): null where the referrer policy hides the page.
fn origin(page: &Url, target: &Url, policy: &str) -> String {
    let downgrade = page.scheme() == "https" && target.scheme() != "https";
    let hidden = match policy {
        "no-referrer" => true,
        "same-origin" => page.origin() != target.origin(),
        "unsafe-url" | "origin" | "origin-when-cross-origin" => false,
        _ => downgrade,
    };
    if hidden { "null".to_owned() } else { page.origin().ascii_serialization() }
}

/// The `Referer` (Referrer Policy, section 8.3); the default policy is strict-origin-when-cross-origin.
fn referrer(page: &Url, target: &Url, policy: &str) -> Option<String> {
    let mut whole = page.clone();
    whole.set_fragment(None);
    let whole = whole.to_string();
    let bare = format!("{}/", page.origin().ascii_serialization());
    let same = page.origin() == target.origin();
    let downgrade = page.scheme() == "https" && target.scheme() != "https";
    match policy {
        "no-referrer" => None,
        "same-origin" => same.then_some(whole),
        "origin" => Some(bare),
        "strict-origin" => (!downgrade).then_some(bare),
        "origin-when-cross-origin" => Some(if same { whole } else { bare }),
        "unsafe-url" => Some(whole),
        "no-referrer-when-downgrade" => (!downgrade).then_some(whole),
        _ if same => Some(whole),
        _ => (!downgrade).then_some(bare),
    }
}

fn unreachable(why: String) -> Response {
    let bytes = Bytes::from(why.clone());
    Response { status: 0, headers: HeaderMap::new(), body: why, bytes, trailers: HeaderMap::new() }
}

/// The `User-Agent` of every request.
pub(crate) const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) test-browser/1.0";
const MOST_HOPS: usize = 20;
