//! Requests without a session or without permission: the responses to navigations, scripts and frames.

use vestibule_harness::{
    browser::{Browser, Call},
    idp::{EventKind, LogoutSubject, User},
};

use crate::world::{Setup, World};

#[tokio::test]
async fn a_navigation_is_redirected_to_the_provider() {
    let world = World::start().await;
    let page = world.browser().navigate_without_following(world.at("/a?b=c")).await;
    world.assert_starts_sign_in(&page);
    assert_eq!(page.set_cookies().len(), 1, "{:?}", page.set_cookies());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(world.app.hits(), 0);
}

// Covers: K10.
#[tokio::test]
async fn a_call_gets_401_with_the_login_url() {
    let world = World::start().await;
    let url = world.at("/api/x?y=1");
    let navigation = |fields: &[(&str, &str)]| {
        fields.iter().fold(Call::navigation(&url), |call, (name, value)| call.set(name, value))
    };
    for (what, call) in [
        ("fetch", Call::fetch("GET", &url, &[])),
        ("fetch that wants a page", Call::fetch("GET", &url, &[("accept", "text/html")])),
        ("fetch by POST", Call::fetch("POST", &url, &[("content-type", "application/json")]).body("{}")),
        ("no-cors", navigation(&[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")])),
        ("websocket mode", navigation(&[("sec-fetch-mode", "websocket"), ("sec-fetch-dest", "websocket")])),
        ("prefetch", navigation(&[("sec-purpose", "prefetch")])),
        ("prerender", navigation(&[("sec-purpose", "prefetch;prerender")])),
        ("old prefetch", navigation(&[("purpose", "prefetch")])),
        ("an old browser's script", Call::new("GET", &url).header("accept", "application/json")),
        ("an old browser's image", Call::new("GET", &url).header("accept", "image/*,*/*;q=0.8")),
        (
            "an old browser's XMLHttpRequest",
            Call::new("GET", &url).header("accept", "text/html").header("x-requested-with", "XMLHttpRequest"),
        ),
        ("a program", Call::new("GET", &url)),
        ("a preflight", Call::new("OPTIONS", &url).header("access-control-request-method", "PUT")),
    ] {
        let answer = world.browser().request(call).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
        let json = answer.json();
        assert_eq!(json["reason"], "sign-in-required", "{what}");
        assert_eq!(json["login"], "/.auth/login?return_to=%2F", "{what}");
        assert!(answer.set_cookies().is_empty() && answer.header("location").is_none(), "{what}: {:?}", answer.headers);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    }
    assert_eq!((world.provider.count(EventKind::Authorize), world.app.hits()), (0, 0));
}

// Covers: CVE-H1.
#[tokio::test]
async fn a_form_without_session_is_not_forwarded() {
    let world = World::start().await;
    for (method, site) in
        [("POST", "cross-site"), ("POST", "same-site"), ("PUT", "same-origin"), ("DELETE", "same-origin")]
    {
        let call = navigation(method, &world.at("/form?x=1"), "document").set("sec-fetch-site", site);
        let call = call.form(&[("comment", "a long letter")]);
        let answer = world.browser().request(call).await;
        assert_eq!(answer.status, 401);
        assert!(answer.body.contains("was not kept"), "{}", answer.body);
        assert!(
            with_decoded_slashes(&answer.body).contains("href=\"/.auth/login?return_to=%2Fform%3Fx%3D1\""),
            "{}",
            answer.body
        );
        assert!(!answer.body.contains("a long letter") && answer.set_cookies().is_empty());
    }
    assert_eq!(world.app.hits(), 0);
}

#[tokio::test]
async fn in_a_frame_the_link_opens_the_top_window() {
    let world = World::start().await;
    for (dest, path, link) in [
        ("iframe", "/part?x=1", "/.auth/login?return_to=%2Fpart%3Fx%3D1"),
        ("frame", "/part", "/.auth/login?return_to=%2Fpart"),
        ("embed", "/part", "/.auth/login?return_to=%2Fpart"),
        ("object", "/part", "/.auth/login?return_to=%2Fpart"),
        ("iframe", "/.auth/login?return_to=%2Fa", "/.auth/login?return_to=%2Fa"),
    ] {
        let answer = world.browser().request(navigation("GET", &world.at(path), dest)).await;
        assert!(
            with_decoded_slashes(&answer.body).contains(&format!("href=\"{link}\" target=\"_top\"")),
            "{dest} {path}: {}",
            answer.body
        );
        assert!(answer.set_cookies().is_empty() && answer.header("location").is_none(), "{dest} {path}");
        // The page may be shown in a frame of the same origin, or the link would not be visible.
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(!policy.contains("frame-ancestors"), "it is made to be seen in a frame: {policy}");
    }
    assert_eq!(world.app.hits(), 0);
}

#[tokio::test]
async fn a_head_request_starts_no_sign_in() {
    let world = World::start().await;
    let answer = world.browser().request(navigation("HEAD", &world.at("/a"), "document")).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.set_cookies().len()), (401, "", 0));
}

#[tokio::test]
async fn public_routes_name_only_live_sessions() {
    let world = Setup::new().routes(RULES).start().await;
    let browser = world.signed_in().await;
    let dead = world.browser();
    dead.set_cookie_raw(&world.at("/"), "vestibule=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/");
    for (who, user) in [(&browser, Some("subject-of-alice")), (&dead, None), (&world.browser(), None)] {
        for answer in [
            who.request(Call::navigation(&world.at("/public/x"))).await,
            who.fetch("POST", &world.at("/public/x"), &[], "x").await,
        ] {
            assert_eq!((answer.status, answer.set_cookies().len()), (200, 0));
            assert_eq!(world.app.last().header("x-forwarded-user"), user);
        }
    }
}

// Covers: CVE-D19.
#[tokio::test]
async fn group_role_and_claim_rules_are_enforced() {
    let erin = User { groups: vec!["SALES".into(), "sal".into()], ..User::new("erin", "pw") };
    let carol = User::new("carol", "pw")
        .with_claim("roles", serde_json::json!(["reader", "editor"]))
        .with_claim("department", serde_json::json!("it"));
    let world = Setup::new().routes(RULES).user(carol).user(erin).start().await;
    for (user, password, expected) in [
        ("alice", "wonderland", [200, 200, 403, 403]),
        ("bob", "builder", [200, 403, 403, 403]),
        ("carol", "pw", [200, 403, 200, 200]),
        ("erin", "pw", [200, 403, 403, 403]),
    ] {
        let browser = world.browser();
        assert_eq!(browser.sign_in(world.at("/x"), user, password).await.status, 200, "{user}");
        for (path, status) in ["/x", "/sales/x", "/editors", "/dept"].into_iter().zip(expected) {
            let hits = world.app.hits();
            let page = browser.navigate(world.at(path)).await;
            assert_eq!((page.status, page.chain.len()), (status, 1), "{user} {path}: {:?}", page.history());
            assert_eq!(world.app.hits() - hits, usize::from(status == 200), "{user} {path}");
        }
    }
}

#[tokio::test]
async fn a_forbidden_user_gets_403_without_redirect() {
    let world = Setup::new().routes(RULES).start().await;
    let bob = world.browser();
    let page = bob.sign_in(world.at("/sales"), "bob", "builder").await;
    assert_eq!((page.status, page.url.path()), (403, "/sales"));
    world.assert_refused(&page, "not-allowed");
    assert!(page.links().iter().any(|link| link.path() == "/.auth/logout"), "{}", page.body);
    let call = bob.fetch("GET", &world.at("/sales"), &[], "").await;
    assert_eq!((call.status, call.json()["reason"].as_str()), (403, Some("not-allowed")));
    // A link to the sign-in leads to the provider once more, and back to the same page; there is no redirect loop.
    let again = bob.sign_in(world.at("/.auth/login?return_to=/sales"), "bob", "builder").await;
    assert_eq!(again.status, 403, "{:?}", again.history());
}

// Covers: CVE-D1, CVE-D24, CVE-H10.
#[tokio::test]
async fn a_bearer_token_is_no_authentication() {
    let world = Setup::new().routes(RULES).start().await;
    world.signed_in().await;
    let hits = world.app.hits();
    let token = world.provider.id_tokens().pop().expect("a token");
    let bearer = format!("Bearer {token}");
    for (path, field) in [
        ("/x".to_owned(), ("authorization", bearer.as_str())),
        (format!("/x?access_token={token}"), ("x-other", "1")),
        (format!("/x?id_token={token}"), ("x-access-token", token.as_str())),
        ("/x".to_owned(), ("authorization", "Basic YWxpY2U6d29uZGVybGFuZA==")),
        ("/.auth/me".to_owned(), ("authorization", bearer.as_str())),
    ] {
        let answer = world.browser().fetch("GET", &world.at(&path), &[field], "").await;
        assert_eq!(answer.status, 401, "{path} {field:?}");
    }
    // Other tokens of the provider are refused too: its access tokens and its logout tokens.
    let of_alice = LogoutSubject { sub: Some("subject-of-alice".into()), ..LogoutSubject::default() };
    for other in [world.provider.live_tokens(), vec![world.provider.logout_token(&of_alice)]].concat() {
        let bearer = format!("Bearer {other}");
        let answer = world.browser().fetch("GET", &world.at("/x"), &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status, 401);
        let line = format!("Cookie: vestibule={other}");
        assert!(world.raw("GET /x", &[&line]).await.starts_with("HTTP/1.1 401 "));
    }
    assert_eq!(world.app.hits(), hits);
    // On a public route the application decides; the gateway sends no identity.
    world.browser().fetch("GET", &world.at("/public"), &[("authorization", &bearer)], "").await;
    let seen = world.app.last();
    assert_eq!((seen.header("authorization"), seen.header("x-forwarded-user")), (Some(bearer.as_str()), None));
}

// Covers: CVE-A5.
#[tokio::test]
async fn no_request_header_grants_access() {
    let world = World::start().await;
    for (name, value) in [
        ("user-agent", "GoogleHC/1.0"),
        ("user-agent", "kube-probe/1.31"),
        ("x-original-method", "OPTIONS"),
        ("x-http-method-override", "OPTIONS"),
        ("x-original-url", "/.auth/me"),
        ("x-forwarded-uri", "/public"),
    ] {
        assert_eq!(without_session(&world, name, value).await, 401, "{name}: {value}");
    }
    assert_eq!(world.app.hits(), 0);
}

async fn without_session(world: &World, name: &str, value: &str) -> u16 {
    let browser: Browser = world.browser();
    browser.request(Call::new("GET", &world.at("/x")).header(name, value)).await.status
}

/// The page with its escaped slashes decoded.
fn with_decoded_slashes(body: &str) -> String {
    body.replace("&#x2f;", "/")
}

/// The headers of a browser in which a page or a frame navigates itself with `method`.
fn navigation(method: &str, url: &str, dest: &str) -> Call {
    Call::new(method, url)
        .header("accept", "text/html,*/*;q=0.8")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-dest", dest)
}

const RULES: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/public"
    upstream = "{app}"
    allow = "anyone"
    [[route]]
    path = "/sales"
    upstream = "{app}"
    allow = { groups = ["sales"] }
    [[route]]
    path = "/editors"
    upstream = "{app}"
    allow = { roles = ["editor", "owner"] }
    [[route]]
    path = "/dept"
    upstream = "{app}"
    allow = { claims = { department = ["it", "hr"] } }
"#;
