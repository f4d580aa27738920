//! Sign-out: confirmed on a page of the gateway, ended locally first, then at the provider (RP-Initiated Logout 1.0).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use vestibule_harness::{
    browser::{Browser, Call, Page},
    idp::{Event, EventKind},
};

use crate::world::{Setup, World, session_cookie_field};

// Covers: S0-27, I01, I03, I04.
#[tokio::test]
async fn the_local_session_ends_before_the_redirect() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let page = browser.navigate(world.at("/.auth/logout")).await;
    assert!(page.body.contains("Alice Liddell"), "{}", page.body);
    assert_eq!(page.forms().len(), 1);
    assert!(is_signed_in(&world, &session).await, "the confirmation page changes nothing");

    let leaving = browser.submit_without_following(&page, 0, &[]).await;
    assert_eq!(leaving.status, 303);
    assert!(!is_signed_in(&world, &session).await, "gone before the browser leaves, wherever it goes");
    assert!(browser.cookie("vestibule").is_none());
    assert!(leaving.set_cookies().iter().any(|line| line.starts_with("vestibule=; ") && line.contains("Max-Age=0")));
    assert_eq!(world.provider.count(EventKind::EndSession), 0);

    let done = browser.follow(&leaving).await;
    assert_eq!((done.status, done.url.path()), (200, "/.auth/logout/done"), "{:?}", done.history());
    assert!(done.body.contains("You are signed out") && done.body.contains("at your sign-in provider has ended"));
    let params = end_session(&world);
    let value = |name: &str| params.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str());
    assert_eq!(value("client_id"), Some(world.provider.client_id()));
    assert_eq!(value("post_logout_redirect_uri"), Some(world.at("/.auth/logout/done").as_str()));
    assert!(world.provider.id_tokens().iter().any(|token| value("id_token_hint") == Some(token)));
    assert!(value("state").is_some_and(|state| state.len() >= 16));
    assert!(browser.cookies().iter().all(|cookie| !cookie.name.starts_with("vestibule")), "{:?}", browser.cookies());

    let next = browser.navigate(world.at("/x")).await;
    assert!(next.login_form().is_some(), "the next sign-in asks for the password again: {:?}", next.history());
}

// Covers: I02, I03, I10, I11.
#[tokio::test]
async fn the_page_after_sign_out_has_no_effect() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let hits = world.app.hits();
    for query in ["", "?state=x", "?state=", "?code=x&id_token=y&state=z", "?error=access_denied", "?rd=//evil.example"]
    {
        for who in [&browser, &world.browser()] {
            let page = who.navigate(world.at(&format!("/.auth/logout/done{query}"))).await;
            assert_eq!((page.status, page.chain.len()), (200, 1), "{query}");
            assert!(
                !page.body.contains("at your sign-in provider has ended"),
                "the provider was not called: {}",
                page.body
            );
            assert!(!page.set_cookies().iter().any(|line| line.starts_with("vestibule=")), "{query}");
        }
    }
    assert!(is_signed_in(&world, &session).await);
    assert_eq!(world.app.hits(), hits + 1, "one request of the application only");
    // The return from one's own sign-out, with another state or without one.
    for query in ["", "?state=another"] {
        let browser = world.signed_in().await;
        let page = browser.navigate(world.at("/.auth/logout")).await;
        browser.submit_without_following(&page, 0, &[]).await;
        let page = browser.navigate(world.at(&format!("/.auth/logout/done{query}"))).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("You may still be signed in at your sign-in provider"), "{}", page.body);
    }
}

// Covers: I08, CVE-E12.
#[tokio::test]
async fn no_other_site_can_sign_a_user_out() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let port = world.address().port();
    let token = form_token(&world, &browser).await;
    // A page on another port is same-site, so its POST carries the cookie. A page on another host is not.
    for (policy, target) in [
        ("unsafe-url", format!("http://127.0.0.1:{port}")),
        ("no-referrer", format!("http://127.0.0.1:{port}")),
        ("same-origin", format!("http://127.0.0.1:{port}")),
        ("unsafe-url", format!("http://localhost:{port}")),
    ] {
        let html = format!(
            "<form method=post action={target}/.auth/logout><input type=hidden name=token value={token}></form>"
        );
        let page = browser.navigate(page_elsewhere(policy, html).await).await;
        assert_eq!(page.forms().len(), 1, "{}", page.body);
        let refused = browser.submit(&page, 0, &[]).await;
        assert!(matches!(refused.status, 403 | 421), "{policy} {target}: {:?}\n{}", refused.history(), refused.body);
        if refused.status == 403 {
            world.assert_refused(&refused, "sign-out-foreign");
        }
        assert!(is_signed_in(&world, &session).await, "{policy} {target}");
    }
    // An image, a link, a frame: a GET only shows the confirmation page.
    browser.request(Call::new("GET", &world.at("/.auth/logout")).header("sec-fetch-dest", "image")).await;
    assert!(is_signed_in(&world, &session).await);
}

#[tokio::test]
async fn a_sign_out_needs_the_confirmation_pages_token() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let token = form_token(&world, &browser).await;
    let other = world.signed_in().await;
    let others = form_token(&world, &other).await;
    let own = world.url.as_str();
    let long = "x".repeat(9000);
    for (site, origin, token, status) in [
        (None, Some("null"), Some(&*token), 403),
        (None, None, Some(&*token), 403),
        (None, Some("https://evil.example"), Some(&*token), 403),
        (None, Some(own), None, 403),
        (None, Some(own), Some(""), 403),
        (None, Some(own), Some("wrong"), 403),
        (None, Some(own), Some(&*others), 403),
        (None, Some(own), Some(&*long), 413),
        (Some("same-site"), Some(own), Some(&*token), 403),
        (Some("cross-site"), Some(own), Some(&*token), 403),
        (Some("none"), Some(own), Some(&*token), 403),
        (Some("same-origin"), Some(own), Some("wrong"), 403),
        (Some("same-origin"), Some(own), Some(&*token), 303),
    ] {
        let mut call = Call::new("POST", &world.at("/.auth/logout")).header("accept", "text/html");
        for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
            call = value.into_iter().fold(call, |call, value| call.header(name, value));
        }
        let fields: Vec<(&str, &str)> = token.into_iter().map(|token| ("token", token)).collect();
        let answer = browser.request(call.form(&fields)).await;
        assert_eq!(answer.status, status, "{site:?} {origin:?}: {}", answer.body);
        let still_there = is_signed_in(&world, &session).await;
        assert_eq!(still_there, status != 303, "{site:?} {origin:?}");
        assert_eq!(answer.set_cookies().is_empty(), status != 303, "{site:?} {origin:?}");
    }
    assert!(is_signed_in(&world, &session_cookie_field(&other)).await);
}

// Covers: E14.
#[tokio::test]
async fn the_page_names_a_provider_without_sign_out() {
    for fault in ["E14a", "E14b"] {
        let world = Setup::new().fault(fault).start().await;
        let browser = world.signed_in().await;
        let session = session_cookie_field(&browser);
        let page = browser.navigate(world.at("/.auth/logout")).await;
        let done = browser.submit(&page, 0, &[]).await;
        assert_eq!(
            (done.status, done.url.as_str()),
            (200, world.at("/.auth/logout/done").as_str()),
            "{:?}",
            done.history()
        );
        assert!(done.body.contains("You may still be signed in at your sign-in provider"), "{}", done.body);
        assert!(!is_signed_in(&world, &session).await);
        assert_eq!(world.provider.count(EventKind::EndSession), 0);
    }
}

// Covers: I05.
#[tokio::test]
async fn local_sign_out_does_not_depend_on_the_provider() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let page = browser.navigate(world.at("/.auth/logout")).await;
    world.provider.unavailable(true);
    let end = browser.submit(&page, 0, &[]).await;
    assert_eq!(end.status, 503, "the provider's own answer");
    assert!(!is_signed_in(&world, &session).await);
    assert!(browser.cookie("vestibule").is_none());
}

// Covers: I06.
#[tokio::test]
async fn an_expired_id_token_is_still_a_hint() {
    // Without a refresh token the session outlives its ID token.
    let world = Setup::new().provider("scopes = [\"openid\"]").session("idle = \"12h\"").start().await;
    let browser = world.signed_in().await;
    let token = world.provider.id_tokens().pop().expect("a token");
    world.provider.rotate_keys();
    world.advance(Duration::from_secs(6 * 3600));
    let page = browser.navigate(world.at("/.auth/logout")).await;
    let done = browser.submit(&page, 0, &[]).await;
    assert!(done.body.contains("at your sign-in provider has ended"), "{:?}\n{}", done.history(), done.body);
    assert_eq!(world.provider.id_tokens().len(), 2, "two of the sign-in, and none since");
    let hint = end_session(&world).into_iter().find(|(name, _)| name == "id_token_hint").expect("a hint").1;
    assert_eq!(hint, token);
    let claims = URL_SAFE_NO_PAD.decode(hint.split('.').nth(1).expect("claims")).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert!(claims["exp"].as_i64().expect("an end") < world.provider.now(), "{claims}");
}

// Covers: I12.
#[tokio::test]
async fn two_tabs_can_both_sign_out() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_cookie_field(&browser);
    let (one, two) = (browser.tab(), browser.tab());
    let first = one.navigate(world.at("/.auth/logout")).await;
    let second = two.navigate(world.at("/.auth/logout")).await;
    let third = two.navigate(world.at("/.auth/logout")).await;
    let (first, second) = tokio::join!(one.submit(&first, 0, &[]), two.submit(&second, 0, &[]));
    let third = two.submit(&third, 0, &[]).await;
    for page in [first, second, third] {
        assert_eq!((page.status, page.url.path()), (200, "/.auth/logout/done"), "{:?}\n{}", page.history(), page.body);
    }
    assert!(!is_signed_in(&world, &session).await);
    let page = browser.navigate(world.at("/.auth/logout")).await;
    assert!(page.forms().is_empty() && page.body.contains("You are not signed in"), "{}", page.body);
}

/// The parameters of the one sign-out request at the provider; asserts that it is valid.
fn end_session(world: &World) -> Vec<(String, String)> {
    let of = |event| match event {
        Event::EndSession { params, problems } => Some((params, problems)),
        _ => None,
    };
    let mut all: Vec<_> = world.provider.events().into_iter().filter_map(of).collect();
    let (params, problems) = all.pop().expect("a sign-out at the provider");
    assert!(all.is_empty() && problems.is_empty(), "{all:?} {problems:?}");
    params
}

async fn form_token(world: &World, browser: &Browser) -> String {
    let page: Page = browser.navigate(world.at("/.auth/logout")).await;
    page.forms()[0].field("token").expect("a token").to_owned()
}

/// Whether a session exists; asked with its cookie, independent of a browser.
async fn is_signed_in(world: &World, session: &str) -> bool {
    world.raw("GET /x", &[session]).await.starts_with("HTTP/1.1 200 ")
}

/// The URL of a page on another port.
async fn page_elsewhere(policy: &'static str, html: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a browser");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nReferrer-Policy: {policy}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
            html.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn of_several_cookies_every_session_ends() {
    let world = World::start().await;
    let value = |browser: &Browser| browser.cookie("vestibule").expect("a session").value;
    let both =
        [world.signed_in().await, world.signed_in().await].map(|browser| format!("vestibule={}", value(&browser)));
    let other_browser = world.browser();
    let with = |call: Call, cookies: &str| call.header("cookie", cookies);
    let asked = other_browser.request(with(Call::navigation(&world.at("/.auth/logout")), &both.join("; "))).await;
    let page = &asked.body;
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let post = Call::new("POST", &world.at("/.auth/logout")).header("origin", &world.url).form(&[("token", token)]);
    assert_eq!(other_browser.request(with(post, &both.join("; "))).await.status, 303);
    for cookie in &both {
        let me = other_browser.request(with(Call::new("GET", &world.at("/.auth/me")), cookie)).await;
        assert_eq!(me.status, 401);
    }
}
