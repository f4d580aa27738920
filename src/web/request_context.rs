//! One request as the flows see it: who asks, for what, from where, and how.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, header};

use super::{cookies::Cookies, language::Language, origin::Origin, request_id::RequestId, target::Target};
use crate::base::Timestamp;

/// A request, with all that depends on trust decided: made once at the edge, read by everybody below.
#[derive(Clone)]
pub struct RequestContext {
    /// Names this request in log, audit, answer and page.
    pub id: RequestId,
    /// When it came; every decision about it is made at this moment.
    pub now: Timestamp,
    /// Its method.
    pub method: Method,
    /// The public origin it is for.
    pub origin: Arc<Origin>,
    /// Its canonical path and query.
    pub target: Target,
    /// The address of the browser, or of the nearest peer that is not trusted to name one.
    pub client: IpAddr,
    /// Its cookies.
    pub cookies: Cookies,
    /// The languages that the browser asks for; read when there is something to say.
    pub accepted_languages: Option<HeaderValue>,
    /// What kind of request it is.
    pub kind: RequestKind,
    /// Whether a page of the very same origin made it.
    pub same_origin: bool,
}

impl RequestContext {
    /// The language for the person in front.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::preferred(self.accepted_languages.as_ref())
    }
}

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A person moves to a page, in a whole tab.
    Navigation,
    /// The same, within a frame, `embed` or `object` of another page.
    Framed,
    /// A script, an image, a prefetch: nobody would see a page.
    Call,
}

impl RequestKind {
    /// Reads the Fetch Metadata fields; for browsers that do not send them, what a person's navigation looks like.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(mode) = text("sec-fetch-mode") else {
            let wants_page = text("accept").is_some_and(|accept| accept.contains("text/html"));
            let scripted = headers.contains_key("x-requested-with");
            return if wants_page && !scripted { Self::Navigation } else { Self::Call };
        };
        let ahead_of_time = ["sec-purpose", "purpose"].iter().any(|name| {
            text(name).is_some_and(|purpose| purpose.contains("prefetch") || purpose.contains("prerender"))
        });
        match (mode, text("sec-fetch-dest")) {
            ("navigate", _) if ahead_of_time => Self::Call,
            ("navigate", None | Some("document")) => Self::Navigation,
            ("navigate", Some("iframe" | "frame" | "embed" | "object" | "fencedframe")) => Self::Framed,
            _ => Self::Call,
        }
    }
}

/// Whether a page of `own` made this request: `Sec-Fetch-Site` says so, or, where it is missing, `Origin`.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap, own: &Origin) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| origin == own.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestKind, is_same_origin};
    use crate::web::Origin;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn k10_only_a_person_moving_to_a_page_is_a_navigation() {
        for (fields, kind) in [
            (vec![("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")], RequestKind::Navigation),
            (vec![("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")], RequestKind::Framed),
            (vec![("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "object")], RequestKind::Framed),
            (
                vec![
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                    ("sec-purpose", "prefetch;prerender"),
                ],
                RequestKind::Call,
            ),
            (vec![("sec-fetch-mode", "cors"), ("accept", "text/html")], RequestKind::Call),
            (vec![("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")], RequestKind::Call),
            (vec![("accept", "text/html,application/xhtml+xml")], RequestKind::Navigation),
            (vec![("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")], RequestKind::Call),
            (vec![("accept", "*/*")], RequestKind::Call),
            (vec![], RequestKind::Call),
        ] {
            assert_eq!(RequestKind::read(&headers(&fields)), kind, "{fields:?}");
        }
    }

    #[test]
    fn fetch_metadata_outweighs_the_origin_field() {
        let own = Origin::parse("https://a.example").expect("an origin");
        for (fields, same) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-site"), ("origin", "https://a.example")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", "https://a.example")], true),
            (vec![("origin", "https://b.example")], false),
            (vec![("origin", "null")], false),
            (vec![], false),
        ] {
            assert_eq!(is_same_origin(&headers(&fields), &own), same, "{fields:?}");
        }
    }
}
