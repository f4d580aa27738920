//! Requests by scripts: the JSON they get instead of a page, and what scripts of other origins may read.

use vestibule_harness::{
    browser::{Call, Response},
    idp::EventKind,
};

use crate::world::{Setup, World};

// Covers: K10.
#[tokio::test]
async fn a_call_without_session_gets_problem_details() {
    let world = World::start().await;
    for path in ["/api/x", "/.auth/me", "/.auth/login"] {
        let answer = world.browser().fetch("GET", &world.at(path), &[], "").await;
        let login = "/.auth/login?return_to=%2F";
        let challenge = format!("Cookie realm=\"{}\", login=\"{login}\"", world.url);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(challenge.as_str())), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        let expected = serde_json::json!({
            "type": "tag:vestibule,2026:sign-in-required",
            "title": "Please sign in",
            "status": 401,
            "detail": "You need to sign in to see this page.",
            "reason": "sign-in-required",
            "request": answer.header("x-request-id"),
            "login": login,
        });
        assert_eq!(answer.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn every_401_has_a_challenge_without_password_prompt() {
    let world = World::start().await;
    let navigation =
        |method: &str| Call::navigation(&world.at("/x")).method(method).set("sec-fetch-site", "same-origin");
    for call in [
        navigation("HEAD"),
        navigation("POST").form(&[("a", "b")]),
        navigation("GET").set("sec-fetch-dest", "iframe"),
        Call::fetch("POST", &world.at("/x"), &[]),
        Call::new("OPTIONS", &world.at("/x")),
    ] {
        let answer = world.browser().request(call).await;
        assert_eq!(answer.status, 401);
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Cookie realm="), "{challenge}");
    }
}

#[tokio::test]
async fn sign_in_returns_to_the_calling_page() {
    let world = World::start().await;
    let own = &world.url;
    for (referrer, return_to) in [
        (format!("{own}/reports?year=2026"), "%2Freports%3Fyear%3D2026"),
        (format!("{own}/"), "%2F"),
        (own.clone(), "%2F"),
        (format!("{own}/.auth/logout"), "%2F"),
        (format!("{own}//evil.example/x"), "%2F"),
        (format!("{own}.evil.example/x"), "%2F"),
        (format!("{own}@evil.example/x"), "%2F"),
        (format!("{own}\\evil.example"), "%2F"),
        (format!("{own}/x%00y"), "%2F"),
        ("https://evil.example/x".to_owned(), "%2F"),
        ("/x".to_owned(), "%2F"),
        ("about:client".to_owned(), "%2F"),
    ] {
        for path in ["/api/x", "/.auth/me"] {
            let call = Call::fetch("GET", &world.at(path), &[]).set("referer", &referrer);
            let answer = world.browser().request(call).await;
            assert_eq!(answer.json()["login"], format!("/.auth/login?return_to={return_to}"), "{referrer} {path}");
        }
    }
    let browser = world.browser();
    let call = Call::fetch("GET", &world.at("/api/x"), &[]).set("referer", &world.at("/reports?year=2026"));
    let login = browser.request(call).await.json()["login"].as_str().expect("an address").to_owned();
    let page = world.sign_in(&browser, &login).await;
    assert_eq!((page.status, page.url.as_str()), (200, &*world.at("/reports?year=2026")));
}

#[tokio::test]
async fn a_forbidden_call_gets_a_reason_without_login_url() {
    let world = Setup::new().routes(LISTED).start().await;
    let browser = world.signed_in().await;
    for (method, path, status, reason) in [
        ("GET", "/nobody", 403, "not-allowed"),
        ("GET", "/.auth/nothing", 404, "not-found"),
        ("DELETE", "/.auth/me", 405, "method-not-allowed"),
        ("GET", "/a%00b", 400, "target-ambiguous"),
        ("GET", "/down", 502, "upstream-unreachable"),
    ] {
        let answer = browser.fetch(method, &world.at(path), &[("accept-language", "ja")], "").await;
        let json = answer.json();
        assert_eq!((answer.status, json["status"].as_u64()), (status, Some(status.into())), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!((json["reason"].as_str(), json["request"].as_str()), (Some(reason), answer.header("x-request-id")));
        assert_eq!(json["type"], format!("tag:vestibule,2026:{reason}"), "{path}");
        assert!(json["title"].as_str().is_some_and(str::is_ascii) && json["detail"].is_string(), "{path}: {json}");
        assert!(json.get("login").is_none() && answer.header("www-authenticate").is_none(), "{path}: {json}");
    }
}

// Covers: K01.
#[tokio::test]
async fn preflights_are_answered_and_never_forwarded() {
    let world = Setup::new().routes(LISTED).start().await;
    for origin in ["https://spa.example", "https://admin.example:8443"] {
        let answer = world.browser().request(preflight(&world, origin, "/api")).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{origin}");
        assert_readable(&answer, origin);
        assert_eq!(answer.header("access-control-allow-methods"), Some("PUT"), "{origin}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-csrf"), "{origin}");
        assert_eq!((answer.set_cookies().len(), answer.header("cache-control")), (0, Some("no-store")), "{origin}");
    }
    for (origin, path) in [
        ("https://evil.example", "/api"),
        ("https://spa.example.evil.example", "/api"),
        ("http://spa.example", "/api"),
        ("https://spa.example:444", "/api"),
        ("null", "/api"),
        ("*", "/api"),
        ("https://spa.example", "/"),
        ("https://spa.example", "/.auth/me"),
        ("https://spa.example", "/.auth/login"),
    ] {
        let answer = world.browser().request(preflight(&world, origin, path)).await;
        assert_no_cors_headers(&answer, &format!("{origin} {path}"));
    }
    let twice = preflight(&world, "https://spa.example", "/api").header("origin", "https://evil.example");
    assert_no_cors_headers(&world.browser().request(twice).await, "two origins");
    // A request without preflight headers is an ordinary call; an invalid session cookie does not change that.
    let bare = Call::new("OPTIONS", &world.at("/api")).header("origin", "https://spa.example");
    assert_eq!(world.browser().request(bare).await.status, 401);
    let forged = preflight(&world, "https://spa.example", "/api")
        .header("cookie", "vestibule=x")
        .header("x-forwarded-user", "alice");
    assert_eq!(world.browser().request(forged).await.status, 204);
    assert_eq!((world.app.hits(), world.provider.count(EventKind::Authorize)), (0, 0));
    // On a public route the application decides; the gateway sends no identity.
    let open = preflight(&world, "https://evil.example", "/open").header("x-forwarded-user", "alice");
    world.browser().request(open).await;
    assert_eq!((world.app.hits(), world.app.last().header("x-forwarded-user")), (1, None));
}

#[tokio::test]
async fn listed_origins_can_read_gateway_responses() {
    let world = Setup::new().routes(LISTED).start().await;
    let cross = |origin: &str, path: &str| {
        let call = Call::fetch("PUT", &world.at(path), &[("content-type", "application/json")]).body("{}");
        call.set("origin", origin).set("referer", &format!("{origin}/")).set("sec-fetch-site", "same-site")
    };
    let anonymous = world.browser();
    let answer = anonymous.request(cross("https://spa.example", "/api")).await;
    assert_eq!((answer.status, answer.json()["login"].as_str()), (401, Some("/.auth/login?return_to=%2F")));
    assert_readable(&answer, "https://spa.example");
    let alice = world.signed_in().await;
    let refused = alice.request(cross("https://spa.example", "/nobody")).await;
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (403, Some("not-allowed")));
    assert_readable(&refused, "https://spa.example");
    // The gateway does not change the application's own CORS headers.
    let hits = world.app.hits();
    let passed = alice.request(cross("https://spa.example", "/api")).await;
    assert_eq!((passed.status, world.app.hits()), (200, hits + 1));
    assert_closed_to_scripts(&passed, "the application's answer");
    for (browser, origin, path) in [
        (&anonymous, "https://evil.example", "/api"),
        (&alice, "https://evil.example", "/nobody"),
        (&anonymous, "https://spa.example", "/x"),
    ] {
        assert_closed_to_scripts(&browser.request(cross(origin, path)).await, origin);
    }
}

fn preflight(world: &World, origin: &str, path: &str) -> Call {
    Call::new("OPTIONS", &world.at(path))
        .header("accept", "*/*")
        .header("origin", origin)
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
        .header("sec-fetch-site", "same-site")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type,x-csrf")
}

fn assert_readable(answer: &Response, origin: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{:?}", answer.headers);
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{origin}");
    assert!(answer.header("access-control-expose-headers").is_some_and(|names| names.contains("www-authenticate")));
    assert_eq!(answer.header("vary"), Some("origin"), "{origin}");
}

fn assert_no_cors_headers(answer: &Response, about: &str) {
    assert!([401, 404, 405].contains(&answer.status), "{about}: {}", answer.status);
    assert_closed_to_scripts(answer, about);
}

fn assert_closed_to_scripts(answer: &Response, about: &str) {
    let cors_headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-")).collect();
    assert!(cors_headers.is_empty(), "{about}: {cors_headers:?}");
}

const LISTED: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/api"
    upstream = "{app}"
    cors_origins = ["https://spa.example", "https://admin.example:8443"]
    [[route]]
    path = "/nobody"
    upstream = "{app}"
    allow = { groups = ["nobody"] }
    cors_origins = "https://spa.example"
    [[route]]
    path = "/open"
    upstream = "{app}"
    allow = "anyone"
    [[route]]
    path = "/down"
    upstream = "http://127.0.0.1:9"
"#;
