//! The context of a request, on which every decision about the request is based.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, header};

use super::{
    cookies::Cookies, language::Language, origin::Origin, request_id::RequestId, target::Target, trace::Trace,
};
use crate::base::Timestamp;

/// A request whose forwarded header fields are evaluated and whose target is canonical. Made once per request.
#[derive(Clone)]
pub(crate) struct RequestContext {
    /// The identifier of the request in the log, the audit trail, the response and pages.
    pub(crate) id: RequestId,
    /// When the request arrived. Decisions about the request use this time.
    pub(crate) now: Timestamp,
    /// The method.
    pub(crate) method: Method,
    /// The public origin that the request is for.
    pub(crate) origin: Arc<Origin>,
    /// The canonical path and query.
    pub(crate) target: Target,
    /// The address of the client: the nearest peer that is not a trusted proxy.
    pub(crate) client: IpAddr,
    /// The cookies of the request.
    pub(crate) cookies: Cookies,
    /// The value of `Accept-Language`, parsed only when a page is rendered.
    pub(crate) accepted_languages: Option<HeaderValue>,
    /// How the browser made the request.
    pub(crate) kind: RequestKind,
    /// Whether a page of `origin` made the request.
    pub(crate) same_origin: bool,
    /// What becomes of the request.
    pub(crate) trace: Trace,
}

impl RequestContext {
    /// The language for pages in response to this request.
    #[must_use]
    pub(crate) fn language(&self) -> Language {
        Language::preferred(self.accepted_languages.as_ref())
    }
}

/// How a browser made a request (Fetch Metadata §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A top-level navigation, which shows a page.
    Navigation,
    /// A navigation within a frame, `embed` or `object` of another page.
    Framed,
    /// A request whose response is not shown as a page: by a script, for an image, or a prefetch.
    Call,
}

impl RequestKind {
    /// Classifies a request by its Fetch Metadata fields. Without these, a request that accepts HTML and has no
    /// `X-Requested-With` field is a navigation.
    #[must_use]
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(mode) = text("sec-fetch-mode") else {
            let accepts_html = text("accept").is_some_and(|accept| accept.contains("text/html"));
            let is_scripted = headers.contains_key("x-requested-with");
            return if accepts_html && !is_scripted { Self::Navigation } else { Self::Call };
        };
        let is_prefetch = ["sec-purpose", "purpose"].iter().any(|name| {
            text(name).is_some_and(|purpose| purpose.contains("prefetch") || purpose.contains("prerender"))
        });
        match (mode, text("sec-fetch-dest")) {
            ("navigate", _) if is_prefetch => Self::Call,
            ("navigate", None | Some("document")) => Self::Navigation,
            ("navigate", Some("iframe" | "frame" | "embed" | "object" | "fencedframe")) => Self::Framed,
            _ => Self::Call,
        }
    }
}

/// Whether a page of `origin` made the request, according to `Sec-Fetch-Site` or, without that field, `Origin`.
#[must_use]
pub(crate) fn is_same_origin(headers: &HeaderMap, origin: &Origin) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|field| field == origin.as_str()),
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

    // Covers: K10.
    #[test]
    fn only_top_level_navigations_are_navigations() {
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
    fn sec_fetch_site_takes_precedence_over_origin() {
        let origin = Origin::parse("https://a.example").expect("an origin");
        for (fields, same) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-site"), ("origin", "https://a.example")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", "https://a.example")], true),
            (vec![("origin", "https://b.example")], false),
            (vec![("origin", "null")], false),
            (vec![], false),
        ] {
            assert_eq!(is_same_origin(&headers(&fields), &origin), same, "{fields:?}");
        }
    }
}
