//! A sign-in starts and continues only with a top-level navigation.

use std::time::Duration;

use vestibule_harness::{
    browser::{Browser, Call, Response},
    idp::EventKind,
};

use crate::{
    sign_in_steps::{login_cookies, next_url, session_cookie},
    world::{Setup, World},
};

// Covers: K10.
#[tokio::test]
async fn only_navigations_start_or_end_a_sign_in() {
    let world = World::start().await;
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    let (proceed, before) = (next_url(&posted).to_string(), login_cookies(&browser));
    let begin = world.at("/.auth/login?return_to=%2Fwanted");
    let page = world.at("/protected");
    for (url, name, change, expected) in [&begin, &proceed, &page].into_iter().flat_map(|url| {
        [
            (url, "HEAD", &[][..], [405, 405, 401]),
            (url, "POST", &[][..], [405, 405, 401]),
            (url, "GET", &[("sec-fetch-dest", "iframe")][..], [200, 200, 401]),
            (url, "GET", &[("sec-fetch-dest", "embed")][..], [200, 200, 401]),
            (url, "GET", &[("sec-fetch-dest", "object")][..], [200, 200, 401]),
            (url, "GET", &[("sec-purpose", "prefetch")][..], [401, 401, 401]),
            (url, "GET", &[("sec-purpose", "prefetch;prerender")][..], [401, 401, 401]),
            (url, "GET", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")][..], [401, 401, 401]),
            (url, "GET", &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")][..], [401, 401, 401]),
        ]
    }) {
        let answer = ask(&browser, name, url, change).await;
        let which = [&begin, &proceed, &page].iter().position(|known| *known == url).expect("one of them");
        assert_eq!(answer.status, expected[which], "{name} {url} {change:?}: {}", answer.body);
        assert_eq!(answer.set_cookies(), [""; 0], "{name} {url} {change:?}");
        assert_eq!(answer.header("location"), None, "{name} {url} {change:?}");
        if answer.status == 200 {
            assert!(answer.body.contains("target=\"_top\""), "{}", answer.body);
        }
    }
    assert_eq!((login_cookies(&browser), session_cookie(&browser), world.redemptions()), (before, None, 0));
    // None of these requests used up the response.
    world.assert_ends_at(&browser.navigate(&proceed).await, "/wanted");
}

#[tokio::test]
async fn login_with_a_sufficient_session_redirects_at_once() {
    let routes = "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/admin\"\nupstream = \"{app}\"\nallow = { groups = [\"admin\"] }\n";
    let world = Setup::new().routes(routes).start().await;
    let browser = world.signed_in().await;
    let begun = world.provider.count(EventKind::Authorize);
    for (wanted, ends) in [
        ("%2Fwanted%3Fx%3D1", "/wanted?x=1"),
        ("", "/"),
        ("%2F.auth%2Flogout", "/"),
        ("%2F.auth%2Flogin", "/"),
        ("https%3A%2F%2Fevil.example%2F", "/"),
        ("%2F%2Fevil.example", "/"),
    ] {
        let page = browser.navigate(world.at(&format!("/.auth/login?return_to={wanted}"))).await;
        world.assert_ends_at(&page, ends);
    }
    assert_eq!(world.provider.count(EventKind::Authorize), begun);
    let page = browser.navigate_without_following(world.at("/.auth/login/idp?return_to=%2Fadmin%2F")).await;
    world.assert_starts_sign_in(&page);
    let page = browser.follow(&page).await;
    let page = browser.continue_sign_in(page, "alice", "wonderland").await;
    world.assert_refused(&page, "not-allowed");
    assert_eq!(page.url.as_str(), world.at("/admin/"));
}

// Covers: J09, J10, J11.
#[tokio::test]
async fn third_party_initiated_login_has_no_special_effect() {
    let world = World::start().await;
    let browser = world.browser();
    let begin =
        "/.auth/login?iss=https%3A%2F%2Fevil.example&target_link_uri=https%3A%2F%2Fevil.example%2F&login_hint=x";
    let page = browser.navigate_without_following(world.at(begin)).await;
    world.assert_starts_sign_in(&page);
    assert!(!next_url(&page).as_str().contains("evil"), "{}", next_url(&page));
    assert!(!next_url(&page).as_str().contains("login_hint"), "{}", next_url(&page));
    let page = browser.follow(&page).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/");
}

// Covers: C38.
#[tokio::test]
async fn cookies_have_all_attributes_and_redirects_are_303() {
    for https in [false, true] {
        let world = if https { Setup::new().https().start().await } else { World::start().await };
        let browser = world.browser();
        let mut hops = Vec::new();
        for path in ["/one", "/two"] {
            let answer = world.authorization_response(&browser, path).await;
            hops.extend(answer.chain.clone());
            // The second response is too late, and the sign-in starts again.
            world.advance(Duration::from_secs(if path == "/two" { 3000 } else { 0 }));
            let page = browser.submit(&answer, 0, &[]).await;
            hops.extend(page.chain.clone());
            browser.remove_cookie(if https { "__Host-vestibule" } else { "vestibule" });
        }
        hops.extend(world.sign_in(&browser, "/three").await.chain);
        let page = browser.navigate(world.at("/.auth/logout")).await;
        hops.extend(browser.submit(&page, 0, &[]).await.chain);

        let own: Vec<_> = hops.iter().filter(|hop| hop.url.as_str().starts_with(&world.url)).collect();
        let cookies: Vec<_> = own.iter().flat_map(|hop| &hop.set_cookies).collect();
        for kind in ["", "-login-", "-answer-", "-loop", "-logout"] {
            let name = if https { format!("__Host-vestibule{kind}") } else { format!("vestibule{kind}") };
            assert!(cookies.iter().any(|line| line.starts_with(&name)), "{name}: {cookies:#?}");
        }
        for line in cookies {
            let attributes: Vec<&str> = line.split("; ").skip(1).collect();
            let prefix = if https { "__Host-vestibule" } else { "vestibule" };
            assert!(line.starts_with(prefix), "{line}");
            for wanted in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert_eq!(attributes.iter().filter(|its| **its == wanted).count(), 1, "{line}");
            }
            assert_eq!(attributes.contains(&"Secure"), https, "{line}");
            let known = |its: &&str| {
                ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"].contains(its) || its.starts_with("Max-Age=")
            };
            assert!(attributes.iter().all(known), "{line}");
        }
        assert_eq!(browser.rejected_cookies(), []);
        for hop in own {
            assert!(!(300..400).contains(&hop.status) || hop.status == 303, "{hop:?}");
            assert_eq!(hop.location.is_some(), hop.status == 303, "{hop:?}");
        }
    }
}

/// A navigation with some headers changed, or with another method.
async fn ask(browser: &Browser, method: &str, url: &str, change: &[(&str, &str)]) -> Response {
    let mut call = Call::new(method, url);
    for (name, value) in [
        ("accept", "text/html"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "none"),
    ] {
        call = call.header(name, value);
    }
    let call = change.iter().fold(call, |call, (name, value)| call.set(name, value));
    browser.request(call).await
}
