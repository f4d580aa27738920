//! `prefix`: the gateway behind a proxy that forwards one path only, and beside another gateway on one host.

use vestibule_harness::{browser::Call, raw};

use crate::{
    sign_in_steps::cookies_with_prefix,
    world::{Setup, World},
};

#[tokio::test]
async fn every_url_stays_below_the_prefix() {
    for pair in ["", "response_type = \"code\"\nresponse_mode = \"query\""] {
        let world = start("/intranet/.auth", "/intranet", pair).await;
        let browser = world.browser();
        let page = world.sign_in(&browser, "/intranet/wanted?x=1").await;
        world.assert_ends_at(&page, "/intranet/wanted?x=1");
        let ours = page.chain.iter().filter(|hop| hop.url.as_str().starts_with(&world.url));
        assert!(ours.clone().all(|hop| hop.url.path().starts_with("/intranet/")), "{:?}", page.history());
        assert_eq!(
            world.authorization_requests()[0].value("redirect_uri"),
            Some(&*world.at("/intranet/.auth/login/idp/callback"))
        );
        // A sign-in without a return path ends at the front page, which is below the prefix too.
        for path in ["/intranet/.auth/login", "/intranet/.auth/login?return_to=https://evil.example"] {
            world.assert_ends_at(&browser.navigate(world.at(path)).await, "/intranet/");
        }
        let me = browser.fetch("GET", &world.at("/intranet/.auth/me"), &[], "").await;
        assert_eq!(me.status, 200, "{}", me.body);
        let call = world.browser().request(Call::new("GET", &world.at("/intranet/x"))).await;
        assert_eq!(call.json()["login"], "/intranet/.auth/login?return_to=%2Fintranet%2F");
        let gone = browser.navigate(world.at("/intranet/.auth/resume?t=AAAAAAAAAAAAAAAA")).await;
        world.assert_refused(&gone, "kept-form-gone");
        assert!(gone.links().iter().all(|link| link.path() == "/intranet/"), "{:?}", gone.links());
        let ask = browser.navigate(world.at("/intranet/.auth/logout")).await;
        assert!(ask.links().iter().all(|link| link.path().starts_with("/intranet/")), "{:?}", ask.links());
        let out = browser.submit(&ask, 0, &[]).await;
        assert_eq!(
            (out.status, out.url.path()),
            (200, "/intranet/.auth/logout/done"),
            "{:?}\n{}",
            out.history(),
            out.body
        );
        assert!(out.links().iter().all(|link| link.path() == "/intranet/"), "{:?}", out.links());
    }
}

#[tokio::test]
async fn outside_the_prefix_there_are_no_endpoints() {
    let world = start("/intranet/.auth", "/intranet", "").await;
    let browser = world.browser();
    for path in ["/.auth/me", "/.auth/login", "/", "/intranet/.auth", "/intranet/.auth/x", "/intranet/x/../.auth"] {
        let answer = browser.request(Call::navigation(&world.at(path))).await;
        assert_eq!((answer.status, answer.set_cookies().len()), (404, 0), "{path}");
    }
    assert_eq!(world.app.hits(), 0);
}

#[tokio::test]
async fn two_gateways_on_one_host_share_no_cookies() {
    let intranet = start("/intranet/.auth", "/intranet", "").await;
    let reports = start("/reports/.auth", "/reports", "").await;
    let alice = intranet.browser();
    intranet.assert_ends_at(&intranet.sign_in(&alice, "/intranet/").await, "/intranet/");
    let hers = cookies_with_prefix(&alice, "vestibule");
    assert_eq!(hers.len(), 2, "the session and the count of sign-ins: {hers:?}");

    // Cookies do not depend on the port (RFC 6265 §8.5): the other gateway gets the same ones.
    let browser = reports.browser();
    for (name, value) in &hers {
        browser.set_cookie_raw(&reports.url, &format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax"));
    }
    for _ in 0..2 {
        reports.assert_ends_at(&reports.sign_in(&browser, "/reports/").await, "/reports/");
        let both = cookies_with_prefix(&browser, "vestibule");
        assert!(both.len() == 4 && hers.iter().all(|cookie| both.contains(cookie)), "{both:?}");
        assert_eq!(reports.app.last().header("cookie"), None, "no cookie of either gateway is the application's");
        let out = browser.submit(&browser.navigate(reports.at("/reports/.auth/logout")).await, 0, &[]).await;
        assert_eq!(out.status, 200, "{}", out.body);
        assert!(hers.iter().all(|cookie| cookies_with_prefix(&browser, "vestibule").contains(cookie)));
    }
    let line: Vec<_> = hers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let answer = intranet.raw("GET /intranet/still", &[&format!("Cookie: {}", line.join("; "))]).await;
    assert_eq!(raw::status(answer.as_bytes()), 200, "{answer}");
}

async fn start(prefix: &'static str, path: &str, pair: &str) -> World {
    let routes = format!("[[route]]\npath = \"{path}\"\nupstream = \"{{app}}\"\n");
    Setup::new().prefix(prefix).routes(&routes).provider(pair).start().await
}
