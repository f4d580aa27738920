//! The gateway's own paths: an unknown one is 404 in every spelling, and none is ever forwarded to the application.

use vestibule_harness::{
    browser::Call,
    idp::{EventKind, User},
    raw,
};

use crate::{
    sign_in_steps::next_url,
    world::{Setup, World, session_cookie_field},
};

#[tokio::test]
async fn unknown_own_paths_are_404_and_not_forwarded() {
    let world = Setup::new().routes(OPEN).start().await;
    let browser = world.browser();
    world.sign_in(&browser, "/.auth/login").await;
    let session = session_cookie_field(&browser);
    let (hits, authorized) = (world.app.hits(), world.provider.count(EventKind::Authorize));
    for target in [
        "/.auth",
        "/.auth/",
        "/.auth/x",
        "/.auth?x=1",
        "/%2eauth/x",
        "/%2Eauth",
        "/.%61uth/x",
        "/x/../.auth/x",
        "/x/%2e%2e/.auth/x",
        "/./.auth/x",
        "//.auth//x",
        "/.auth/./x",
        "/.auth/me/",
        "/.auth/me/x",
        "/.auth/logout/",
        "/.auth/logout/done/x",
        "/.auth/loginx",
        "/.auth/loginx/idp",
        "/.auth/login/",
        "/.auth/login/nobody",
        "/.auth/login/IDP",
        "/.auth/login/idp/",
        "/.auth/login/idp/x",
        "/.auth/login/idp/callback/",
        "/.auth/login/idp/callback/x",
        "/.auth/login/idp/continue/x",
        "/.auth/check/nginx",
        "/.auth/healthz",
        "/.auth/sessions",
    ] {
        for method in ["GET", "POST", "OPTIONS", "PROPFIND"] {
            for fields in [&[][..], &[session.as_str()]] {
                let answer = world.raw(&format!("{method} {target}"), fields).await;
                assert_eq!(raw::status(answer.as_bytes()), 404, "{method} {target}: {answer}");
                assert_never_stored(&answer);
            }
        }
    }
    assert_eq!((world.app.hits(), world.provider.count(EventKind::Authorize)), (hits, authorized));
    for target in ["/.authentic", "/.auth%20/me", "/.AUTH/me", "/x/.auth/me", "/auth/me"] {
        let hits = world.app.hits();
        let answer = world.raw(&format!("GET {target}"), &[]).await;
        assert_eq!((raw::status(answer.as_bytes()), world.app.hits()), (200, hits + 1), "{target} is no path of ours");
    }
}

// Covers: C13, C14, C21, L05.
#[tokio::test]
async fn wrong_methods_are_405_with_allow() {
    let world = World::start().await;
    let hits = world.app.hits();
    for (path, allowed, methods) in [
        ("/me", "GET", &["HEAD", "POST", "PUT", "DELETE", "OPTIONS"][..]),
        ("/logout", "GET, POST", &["HEAD", "PUT", "DELETE", "OPTIONS"]),
        ("/logout/done", "GET", &["HEAD", "POST"]),
        ("/login", "GET", &["HEAD", "POST", "OPTIONS"]),
        ("/login/idp", "GET", &["HEAD", "POST"]),
        ("/login/idp/continue", "GET", &["HEAD", "POST"]),
        ("/login/idp/callback", "POST", &["GET", "HEAD", "PUT", "OPTIONS", "DELETE"]),
        ("/login/idp/callback?code=x&state=y&id_token=z", "POST", &["GET"]),
    ] {
        for method in methods {
            let call = Call::navigation(&world.at(&format!("/.auth{path}")));
            let answer = world.browser().request(call.method(method)).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
            assert!(answer.set_cookies().is_empty() && answer.header("location").is_none(), "{method} {path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
            // The address may hold a code that was not redeemed: no script of the site can read it in such a page.
            assert_eq!(answer.header("content-security-policy"), Some("sandbox"), "{method} {path}");
        }
    }
    assert_eq!((world.app.hits(), world.provider.count(EventKind::Authorize)), (hits, 0));
    let query = Setup::new().provider("response_type = \"code\"\nresponse_mode = \"query\"").start().await;
    let answer = query.browser().fetch("POST", &query.at("/.auth/login/idp/callback"), &[], "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
}

// Covers: CVE-D4, CVE-D20, C01, C02, C10, C16, C17, C18, C26.
#[tokio::test]
async fn invalid_responses_change_nothing() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let tokens = world.provider.count(EventKind::Token);
    let form = "application/x-www-form-urlencoded";
    let many = (0..10_000).map(|at| format!("f{at}=1")).collect::<Vec<_>>().join("&");
    let begun = world.browser().navigate_without_following(world.at("/x")).await;
    let begun = next_url(&begun);
    let (_, state) = begun.query_pairs().find(|(name, _)| name == "state").expect("a state");
    let other = |at: usize| if state.as_bytes()[at] == b'A' { "B" } else { "A" };
    let forged = format!("{}{}{}", &state[..20], other(20), &state[21..]);
    let strange = format!("{}{}", other(0), &state[1..]);
    for (kind, body, status, reason) in [
        (form, String::new(), 400, "state-missing"),
        (form, "code=x&id_token=y".into(), 400, "state-missing"),
        (form, "error=access_denied".into(), 400, "state-missing"),
        (form, "state=&code=x&id_token=y".into(), 400, "state-forged"),
        (form, "state=x&code=x&id_token=y".into(), 400, "state-forged"),
        (form, format!("state={forged}&code=x&id_token=y"), 400, "state-forged"),
        (form, format!("state={forged}&error=access_denied"), 400, "state-forged"),
        (form, format!("state={strange}&code=x&id_token=y"), 400, "other-instance"),
        (form, "state=x&error=access_denied&error_description=<script>alert(1)</script>".into(), 400, "state-forged"),
        (form, "state=x&state=x&code=y".into(), 400, "answer-malformed"),
        (form, "state=x&code=y&code=z".into(), 400, "answer-malformed"),
        (form, "state=x&id_token=a&id_token=b".into(), 400, "answer-malformed"),
        (form, "state=x&%73tate=y".into(), 400, "answer-malformed"),
        (form, "state=%zz".into(), 400, "answer-malformed"),
        (form, "state=%".into(), 400, "answer-malformed"),
        (form, "state=%ff".into(), 400, "answer-malformed"),
        (form, many, 400, "answer-malformed"),
        (form, format!("state={}", "x".repeat(300 * 1024)), 413, "answer-too-large"),
        ("multipart/form-data; boundary=x", "--x--".into(), 415, "answer-wrong-type"),
        ("application/json", "{\"state\":\"x\"}".into(), 415, "answer-wrong-type"),
        ("text/plain", "state=x".into(), 415, "answer-wrong-type"),
        ("application/x-www-form-urlencodedx", "state=x".into(), 415, "answer-wrong-type"),
        ("", "state=x".into(), 415, "answer-wrong-type"),
    ] {
        let short: String = body.chars().take(60).collect();
        let call = Call::navigation(&world.at("/.auth/login/idp/callback")).method("POST");
        let call = if kind.is_empty() { call } else { call.header("content-type", kind) };
        let answer = browser.request(call.body(body)).await;
        assert_eq!(answer.status, status, "{kind} {short}: {}", answer.body);
        assert!(!answer.body.contains("alert(1)"), "nothing of it is shown: {}", answer.body);
        assert!(answer.body.contains(&format!("<dd id=\"reason\">{reason}</dd>")), "{kind} {short}: {}", answer.body);
        assert!(
            answer.set_cookies().is_empty() && answer.header("location").is_none(),
            "{short}: {:?}",
            answer.headers
        );
        assert_page_is_the_gateways(&answer.body, &answer.headers);
    }
    assert_eq!(session_cookie_field(&browser), session);
    assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 200, "the session is unchanged");
    assert_eq!(world.provider.count(EventKind::Token), tokens);
}

// Covers: CVE-D20, C10.
#[tokio::test]
async fn duplicate_query_parameters_are_refused() {
    let world = World::start().await;
    let browser = world.browser();
    for path in ["/.auth/login?return_to=/a&return_to=/b", "/.auth/logout/done?state=a&state=b", "/.auth/login?x=%zz"] {
        let page = browser.navigate_without_following(world.at(path)).await;
        assert_eq!((page.status, page.set_cookies().len()), (400, 0), "{path}: {}", page.body);
    }
}

// Covers: K08, K09.
#[tokio::test]
async fn gateway_responses_are_no_store_and_script_free() {
    let world = Setup::new().routes(MIXED).start().await;
    let browser = world.signed_in().await;
    let bob = world.browser();
    bob.sign_in(world.at("/"), "bob", "builder").await;
    let anonymous = world.browser();
    for (who, path, status) in [
        (&browser, "/.auth/logout", 200),
        (&browser, "/.auth/logout/done", 200),
        (&browser, "/.auth/nothing", 404),
        (&browser, "/a%2fb", 400),
        (&browser, "/down", 502),
        (&bob, "/sales", 403),
        (&anonymous, "/.auth/logout", 200),
        (&anonymous, "/.auth/login/idp/continue", 400),
        (&anonymous, "/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA", 200),
        (&anonymous, "/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA&again=1", 400),
    ] {
        let page = who.navigate_without_following(world.at(path)).await;
        assert_eq!(page.status, status, "{path}: {}", page.body);
        assert_page_is_the_gateways(&page.body, &page.headers);
        assert_eq!(
            page.header("referrer-policy"),
            Some(if page.forms().is_empty() { "no-referrer" } else { "same-origin" })
        );
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert_eq!(policy.contains("form-action 'none'"), page.forms().is_empty(), "{path}: {policy}");
    }
    for (who, path) in
        [(&browser, "/.auth/me"), (&anonymous, "/.auth/me"), (&anonymous, "/x"), (&anonymous, "/.auth/login")]
    {
        let answer = who.fetch("GET", &world.at(path), &[], "").await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

// Covers: CVE-H6.
#[tokio::test]
async fn untrusted_text_is_inert_on_pages() {
    let evil = "\"'></p></pre><script>alert(1)</script><img src=x onerror=alert(1)>";
    let mallory = User { full_name: evil.to_owned(), ..User::new("mallory", "pw") };
    let world = Setup::new().routes(MIXED).user(mallory).start().await;
    let browser = world.browser();
    assert_eq!(browser.sign_in(world.at("/x"), "mallory", "pw").await.status, 200);
    let page = browser.navigate(world.at("/.auth/logout")).await;
    assert!(page.body.contains("alert(1)"), "the name is shown: {}", page.body);
    assert_inert(&page.body);
    let encoded: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
    for target in [
        "/down/\"'><script>alert(1)</script>".to_owned(),
        format!("/down?x={evil}").replace(' ', "+"),
        format!("/down/{encoded}"),
        format!("/.auth/{encoded}"),
        format!("/.auth/login/{encoded}"),
        format!("/.auth/login/idp/continue?t={encoded}"),
        format!("/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA&x={encoded}"),
        format!("/.auth/logout/done?state={encoded}"),
        format!("/.auth/logout?x={encoded}"),
    ] {
        let answer = world.raw(&format!("GET {target}"), &["Accept: text/html", &session_cookie_field(&browser)]).await;
        assert_inert(&answer);
        let framed = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"];
        assert_inert(&world.raw(&format!("GET {target}"), &framed).await);
    }
    let login = format!("GET /.auth/login?return_to={encoded}");
    let framed = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"];
    assert_inert(&world.raw(&login, &framed).await);
    let request = format!("GET /x HTTP/1.1\r\nHost: a{evil}\r\nAccept: text/html\r\n\r\n");
    let answer = raw::exchange(world.address(), request.as_bytes()).await;
    assert_inert(&String::from_utf8_lossy(&answer));
}

fn assert_inert(text: &str) {
    for markup in ["<script", "<img", "</pre>", "\"'>"] {
        assert!(!text.contains(markup), "{markup}: {text}");
    }
}

fn assert_never_stored(answer: &str) {
    assert!(answer.to_ascii_lowercase().contains("\r\ncache-control: no-store\r\n"), "{answer}");
}

fn assert_page_is_the_gateways(body: &str, headers: &http::HeaderMap) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(text("cache-control"), "no-store");
    assert_eq!(text("x-content-type-options"), "nosniff");
    let policy = text("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("script") && !policy.contains("unsafe"), "{policy}");
    assert!(!["<script", "onload=", "onerror=", "onclick="].iter().any(|script| body.contains(script)), "{body}");
}

const OPEN: &str = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n";

const MIXED: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/down"
    upstream = "http://127.0.0.1:1"
    [[route]]
    path = "/sales"
    upstream = "{app}"
    allow = { groups = ["sales"] }
"#;
