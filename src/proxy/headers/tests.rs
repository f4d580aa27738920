//! Tables of heads before and after rewriting.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::{Body, Frame};
use http_body_util::{Empty, Full};
use serde_json::{Value, json};

use super::{rewrite_request, rewrite_response};
use crate::{
    base::{SystemRandom, Timestamp},
    identity::{Account, Claims, HeaderSet, Identity},
    proxy::{RouteHeaders, StripList},
    web::{Cookies, Origin, RequestContext, RequestIds, RequestKind, Target, Trace},
};

type Fields<'a> = &'a [(&'a str, &'a str)];

/// A body of unknown length.
struct Unknown;

impl Body for Unknown {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}

fn route(allows_anyone: bool) -> RouteHeaders {
    let elsewhere = HeaderSet::Chosen([(HeaderName::from_static("remote-user"), "sub".to_owned())].into());
    RouteHeaders {
        strip: Arc::new(StripList::new([&HeaderSet::Standard, &elsewhere], &[])),
        identity: HeaderSet::Standard,
        allows_anyone,
        upgrade_origins: Arc::new([]),
    }
}

fn context(origin: &str) -> RequestContext {
    RequestContext {
        id: RequestIds::new(&SystemRandom).next(),
        now: Timestamp::from_seconds(1_000_000),
        method: http::Method::GET,
        origin: Arc::new(Origin::parse(origin).expect("an origin")),
        target: Target::parse("/a/../b?q=1").expect("a target"),
        client: [192, 0, 2, 7].into(),
        cookies: Cookies::default(),
        accepted_languages: None,
        kind: RequestKind::Call,
        same_origin: false,
        trace: Trace::default(),
    }
}

fn identity(claims: Value) -> Identity {
    let Value::Object(claims) = claims else { unreachable!("an object") };
    let account = Account { provider: "idp", issuer: "https://i.example", subject: "subject-1" };
    Identity::new(account, Claims::new(claims))
}

fn map(fields: Fields<'_>) -> HeaderMap {
    let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).expect("a name");
    let mut headers = HeaderMap::new();
    for (field, value) in fields {
        headers.append(name(field), HeaderValue::from_str(value).expect("a value"));
    }
    headers
}

fn sent(fields: Fields<'_>, body: impl Body, identity: Option<&Identity>) -> HeaderMap {
    let mut request = Request::builder().uri("http://evil.example/a/../b?q=1").body(body).expect("a request");
    *request.headers_mut() = map(fields);
    rewrite_request(&mut request, &context("https://app.example"), identity, &route(false));
    assert_eq!((request.uri().to_string().as_str(), request.version()), ("/b?q=1", Version::HTTP_11));
    request.into_parts().0.headers
}

fn texts<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().expect("text")).collect()
}

/// The name of a CGI variable for `name`, without the prefix `HTTP_`.
fn as_cgi(name: &HeaderName) -> String {
    name.as_str().replace(['-', '.', '!'], "_").to_uppercase()
}

// Covers: CVE-B1, CVE-B2, CVE-B4, CVE-B16, CVE-B17, K01.
#[test]
fn only_the_gateway_sets_identity_headers() {
    let forged: Fields<'_> = &[
        ("X-Forwarded-User", "admin"),
        ("X-Forwarded-User", "root"),
        ("x_forwarded_user", "admin"),
        ("X-Forwarded_User", "admin"),
        ("x.forwarded.groups", "admins"),
        ("X-Forwarded-Groups", "admins"),
        ("X-Forwarded-Email", "admin@app.example"),
        ("X!Forwarded!Email", "admin@app.example"),
        ("Remote-User", "admin"),
        ("Remote_User", "admin"),
        ("Accept", "*/*"),
    ];
    let who = identity(json!({"name": "Ann"}));
    for (who, user, name) in [(None, None, None), (Some(&who), Some("subject-1"), Some("Ann"))] {
        let headers = sent(forged, Empty::<Bytes>::new(), who);
        for (cgi, expected) in [
            ("X_FORWARDED_USER", user),
            ("X_FORWARDED_NAME", name),
            ("X_FORWARDED_GROUPS", None),
            ("X_FORWARDED_EMAIL", None),
            ("REMOTE_USER", None),
        ] {
            let seen: Vec<_> = headers.iter().filter(|(name, _)| as_cgi(name) == cgi).map(|(_, value)| value).collect();
            assert_eq!(seen, expected.into_iter().collect::<Vec<_>>(), "{cgi}");
        }
        assert_eq!(headers["accept"], "*/*");
    }
}

// Covers: CVE-B5, CVE-B6, CVE-B7.
#[test]
fn connection_cannot_remove_gateway_headers() {
    let who = identity(json!({"name": "Ann"}));
    let headers = sent(
        &[
            ("Connection", "X-Forwarded-User, x-forwarded-host ,keep-alive"),
            ("connection", "X-REAL-IP,X-Forwarded-Proto, Cookie, HOST, authorization, x-hop"),
            ("Host", "app.example"),
            ("Cookie", "a=1"),
            ("Authorization", "Basic eA=="),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
        ],
        Empty::<Bytes>::new(),
        Some(&who),
    );
    for (name, value) in [
        ("x-forwarded-user", "subject-1"),
        ("x-forwarded-host", "app.example"),
        ("x-forwarded-proto", "https"),
        ("host", "app.example"),
        ("cookie", "a=1"),
        ("authorization", "Basic eA=="),
    ] {
        assert_eq!(texts(&headers, name), [value], "{name}");
    }
    for gone in ["connection", "keep-alive", "x-hop", "x-real-ip"] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
}

// Covers: CVE-B8, CVE-B9, CVE-B11.
#[test]
fn forwarded_headers_are_replaced() {
    let claimed: Fields<'_> = &[
        ("Host", "evil.example"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Port", "666"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Forwarded-Uri", "/public"),
        ("Forwarded", "for=127.0.0.1;host=evil.example"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Original-URL", "/admin"),
        ("X-Original-Method", "GET"),
        ("X-Rewrite-URL", "/admin"),
        ("X-Request-Id", "forged"),
        ("Proxy", "evil.example:3128"),
    ];
    for (origin, host, scheme, port) in [
        ("https://app.example", "app.example", "https", "443"),
        ("https://app.example:8443", "app.example:8443", "https", "8443"),
        ("http://127.0.0.1:4180", "127.0.0.1:4180", "http", "4180"),
        ("http://[::1]", "[::1]", "http", "80"),
    ] {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.headers_mut() = map(claimed);
        let context = context(origin);
        rewrite_request(&mut request, &context, None, &route(true));
        let mut left: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        left.sort_unstable();
        let id = context.id.header();
        assert_eq!(
            left,
            [
                ("host", host.as_bytes()),
                ("x-forwarded-for", b"192.0.2.7"),
                ("x-forwarded-host", host.as_bytes()),
                ("x-forwarded-port", port.as_bytes()),
                ("x-forwarded-proto", scheme.as_bytes()),
                ("x-request-id", id.as_bytes()),
            ],
            "{origin}"
        );
    }
}

// Covers: CVE-G2, CVE-G6.
#[test]
fn hop_by_hop_headers_are_removed() {
    let headers = sent(
        &[
            ("TE", "trailers"),
            ("Trailer", "X-Forwarded-User"),
            ("Transfer-Encoding", "chunked"),
            ("transfer_encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Proxy-Authorization", "Basic eA=="),
            ("Proxy-Connection", "keep-alive"),
            ("Expect", "100-continue"),
            ("Accept-Encoding", "gzip"),
        ],
        Empty::<Bytes>::new(),
        None,
    );
    let left = headers.keys().filter(|name| !name.as_str().starts_with("x-")).map(HeaderName::as_str);
    assert_eq!(left.collect::<Vec<_>>(), ["accept-encoding", "host"]);
}

// Covers: CVE-G4.
#[test]
fn content_length_matches_the_body() {
    let full = Full::new(Bytes::from_static(b"12345"));
    let length = |headers: &HeaderMap| {
        let text = |name| headers.get(name).map(|value| value.to_str().expect("text").to_owned());
        (text(header::CONTENT_LENGTH), text(header::TRANSFER_ENCODING))
    };
    let chunked = Some("chunked".to_owned());
    for claimed in [&[][..], &[("Content-Length", "7")], &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")]] {
        // hyper writes a length that is known.
        assert_eq!(length(&sent(claimed, full.clone(), None)), (None, None), "{claimed:?}");
        assert_eq!(length(&sent(claimed, Unknown, None)), (None, chunked.clone()), "{claimed:?}");
        assert_eq!(length(&sent(claimed, Empty::<Bytes>::new(), None)), (None, None), "{claimed:?}");
    }
    let none = sent(&[("Content-Length", "0")], Empty::<Bytes>::new(), None);
    assert_eq!(length(&none), (Some("0".to_owned()), None));
}

fn returned(status: u16, fields: Fields<'_>, body: impl Body, (carried, allows_anyone): (bool, bool)) -> HeaderMap {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    *response.version_mut() = Version::HTTP_10;
    *response.headers_mut() = map(fields);
    rewrite_response(&mut response, carried, &route(allows_anyone));
    assert_eq!(response.version(), Version::HTTP_11);
    response.into_parts().0.headers
}

// Covers: L24.
#[test]
fn a_response_to_a_user_stays_out_of_shared_caches() {
    let rows: [(&[&str], &[&str]); 24] = [
        (&[], &["private"]),
        (&["max-age=60"], &["private, max-age=60"]),
        (&["no-cache"], &["private, no-cache"]),
        (&["must-revalidate", "max-age=0"], &["private, must-revalidate, max-age=0"]),
        (&["Max-Age=60", "immutable"], &["private, Max-Age=60, immutable"]),
        (&["stale-while-revalidate=600"], &["private, stale-while-revalidate=600"]),
        // With field names, only these fields are private; within quotes, nothing is a directive.
        (&["private=\"set-cookie\", max-age=60"], &["private, private=\"set-cookie\", max-age=60"]),
        (&["no-cache=\"public, s-maxage=60\""], &["private, no-cache=\"public, s-maxage=60\""]),
        (&["ext=\"a\\\", public\""], &["private, ext=\"a\\\", public\""]),
        (&["max-age=60, ext=\"public"], &["private, max-age=60, ext=\"public"]),
        (&["s-maxage"], &["private, s-maxage"]),
        (&["s-maxage=soon"], &["private, s-maxage=soon"]),
        (&["public=\"x\""], &["private, public=\"x\""]),
        (&["not-public"], &["private, not-public"]),
        (&[""], &["private, "]),
        // The application says it for shared caches, or forbids more already.
        (&["public"], &["public"]),
        (&["max-age=60", "PUBLIC"], &["max-age=60", "PUBLIC"]),
        (&["s-maxage=60"], &["s-maxage=60"]),
        (&["S-MaxAge=\"60\""], &["S-MaxAge=\"60\""]),
        (&["public, max-age=60"], &["public, max-age=60"]),
        (&["private"], &["private"]),
        (&["max-age=60 ,Private"], &["max-age=60 ,Private"]),
        (&["no-store"], &["no-store"]),
        (&["max-age=60", "no-cache, no-store"], &["max-age=60", "no-cache, no-store"]),
    ];
    for (said, expected) in rows {
        let fields: Vec<_> = said.iter().map(|value| ("Cache-Control", *value)).collect();
        for allows_anyone in [false, true] {
            let headers = returned(200, &fields, Empty::<Bytes>::new(), (true, allows_anyone));
            assert_eq!(texts(&headers, "cache-control"), expected, "{said:?}");
        }
        let headers = returned(200, &fields, Empty::<Bytes>::new(), (false, true));
        assert_eq!(texts(&headers, "cache-control"), said, "without a session: {said:?}");
    }
}

// Covers: L24.
#[test]
fn fields_that_shared_caches_prefer_are_removed() {
    let targeted = [
        ("X-Accel-Expires", "60"),
        ("Surrogate-Control", "max-age=60"),
        ("CDN-Cache-Control", "max-age=60"),
        ("Cloudflare-CDN-Cache-Control", "max-age=60"),
        ("Vercel-CDN-Cache-Control", "max-age=60"),
        ("Edge-Control", "!no-store, max-age=60"),
        ("X-LiteSpeed-Cache-Control", "max-age=60"),
    ];
    for (cache_control, carried, remain) in [
        ("max-age=60", true, false),
        ("private", true, false),
        ("no-store", true, false),
        ("public", true, true),
        ("s-maxage=60", true, true),
        ("max-age=60", false, true),
    ] {
        let fields: Vec<_> = targeted.into_iter().chain([("Cache-Control", cache_control), ("Expires", "0")]).collect();
        let headers = returned(200, &fields, Empty::<Bytes>::new(), (carried, !carried));
        for (name, _) in targeted {
            assert_eq!(headers.contains_key(name), remain, "{name} {cache_control}");
        }
        assert!(headers.contains_key("expires"));
    }
}

#[test]
fn a_response_to_anyone_depends_on_the_session() {
    for (fields, vary) in [
        (&[][..], &["Cookie"][..]),
        (&[("Vary", "Accept, cookie")], &["Accept, cookie"]),
        (&[("Vary", "*")], &["*"]),
        (&[("Vary", "Accept")], &["Accept", "Cookie"]),
        (&[("Vary", "Accept"), ("Vary", "Cookie2")], &["Accept", "Cookie2", "Cookie"]),
    ] {
        for carried in [false, true] {
            let headers = returned(200, fields, Empty::<Bytes>::new(), (carried, true));
            assert_eq!(texts(&headers, "vary"), vary, "{fields:?}");
        }
        let headers = returned(200, fields, Empty::<Bytes>::new(), (true, false));
        assert_eq!(texts(&headers, "vary").len(), fields.len(), "{fields:?}");
    }
}

#[test]
fn responses_lose_hop_by_hop_headers_and_gateway_cookies() {
    let fields: Fields<'_> = &[
        ("Connection", "close, X-Hop, Set-Cookie"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "3"),
        ("Trailer", "X-Sum"),
        ("Upgrade", "h2c"),
        ("Alt-Svc", "h3=\":443\""),
        ("Proxy-Authenticate", "Basic"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "__Host-vestibule=x; Secure; Path=/"),
        ("Server", "app"),
    ];
    let headers = returned(200, fields, Unknown, (false, false));
    let mut left: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text"))).collect();
    left.sort_unstable();
    assert_eq!(left, [("server", "app"), ("set-cookie", "a=1")]);
}

#[test]
fn content_length_zero_is_preserved_where_meaningful() {
    let fields: Fields<'_> = &[("Content-Length", "12")];
    for (status, is_preserved) in [(200, true), (304, true), (204, false), (101, false)] {
        assert_eq!(
            returned(status, fields, Empty::<Bytes>::new(), (false, false)).contains_key("content-length"),
            is_preserved,
            "{status}"
        );
    }
    assert!(!returned(200, fields, Unknown, (false, false)).contains_key("content-length"));
}
