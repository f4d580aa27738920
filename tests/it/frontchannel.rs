//! Front-channel logout: a frame of the provider ends a session (Front-Channel Logout 1.0, section 2).

use vestibule_harness::{
    browser::{Browser, Call, Page, Response},
    idp::EventKind,
};

use crate::{
    sign_in_steps::{next_url, post_response, session_cookie},
    world::{Setup, World, everything_logged, session_cookie_field},
};

/// The request of a frame in the provider's page. Browsers send no `Lax` cookie with it.
async fn logout_request(world: &World, query: &str) -> Response {
    let call = Call::new("GET", &world.at(&format!("{PATH}?{query}")))
        .header("accept", "text/html")
        .header("sec-fetch-dest", "iframe")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "cross-site");
    world.browser().request(call.without_cookies()).await
}

/// A browser with a session, and the `sid` of that session at the provider.
async fn signed_in(world: &World) -> (Browser, String) {
    let before = world.provider.sids();
    let browser = world.signed_in().await;
    let sid = world.provider.sids().into_iter().find(|sid| !before.contains(sid)).expect("a new session there");
    (browser, sid)
}

/// The provider's response to another sign-in of a browser that is signed in there: the page with the form, or the redirect.
async fn held_back_response(world: &World, browser: &Browser) -> Page {
    let mut page = browser.navigate_without_following(world.at("/x")).await;
    while !page.is_auto_post() && !next_url(&page).path().ends_with("/callback") {
        page = browser.navigate_without_following(next_url(&page)).await;
    }
    page
}

/// The last page of the gateway after `response` was presented.
async fn present(browser: &Browser, response: &Page) -> Page {
    if response.is_auto_post() {
        let posted = post_response(browser, response).await;
        return browser.navigate_without_following(next_url(&posted)).await;
    }
    browser.navigate_without_following(next_url(response)).await
}

async fn is_signed_in(world: &World, browser: &Browser) -> bool {
    world.raw("GET /x", &[&session_cookie_field(browser)]).await.starts_with("HTTP/1.1 200 ")
}

fn assert_logout_response(world: &World, answer: &Response) {
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.body);
    let policy = answer.header("content-security-policy").expect("a policy");
    assert_eq!(policy, format!("default-src 'none'; frame-ancestors {}", world.provider.issuer()));
    assert_eq!((answer.header("x-frame-options"), answer.body.as_str()), (None, ""));
    assert!(answer.set_cookies().is_empty());
}

// Covers: J01, J06, CVE-E11.
#[tokio::test]
async fn front_channel_logout_ends_one_session() {
    let world = World::start().await;
    let (browser, sid) = signed_in(&world).await;
    let (other, _) = signed_in(&world).await;
    let again = browser.tab();
    let query = format!("iss={}&sid={sid}", world.provider.issuer());
    let calls = world.provider.events().len();
    assert_logout_response(&world, &logout_request(&world, &query).await);
    assert!(!is_signed_in(&world, &browser).await && !is_signed_in(&world, &again).await);
    assert!(is_signed_in(&world, &other).await, "another browser of the same person");
    assert_eq!(world.provider.events().len(), calls, "no token is revoked and the provider is not called");
    assert!(everything_logged().contains("\"event\":\"ended-at-provider\""));
    // A repeated request and an unknown `sid` get exactly the same response.
    assert_logout_response(&world, &logout_request(&world, &query).await);
    // Azure AD B2C sends POST.
    let (browser, sid) = signed_in(&world).await;
    let form = [("iss", world.provider.issuer()), ("sid", &*sid)];
    let posted = world.browser().request(Call::new("POST", &world.at(PATH)).form(&form)).await;
    assert_logout_response(&world, &posted);
    assert!(!is_signed_in(&world, &browser).await);
}

#[tokio::test]
async fn all_sessions_of_one_sid_end() {
    let world = World::start().await;
    let (browser, sid) = signed_in(&world).await;
    // A second session of the same provider session: the first cookie is lost, and the provider still knows Alice.
    let old = session_cookie_field(&browser);
    browser.remove_cookie("vestibule");
    assert_eq!(world.sign_in(&browser, "/x").await.status, 200);
    assert_ne!(session_cookie_field(&browser), old);
    assert!(world.raw("GET /x", &[&old]).await.starts_with("HTTP/1.1 200 "), "both are alive");
    logout_request(&world, &format!("iss={}&sid={sid}", world.provider.issuer())).await;
    assert!(!is_signed_in(&world, &browser).await);
    assert!(world.raw("GET /x", &[&old]).await.starts_with("HTTP/1.1 401 "), "the first of the two");
}

// Covers: J02, J03, J04, J05, J07.
#[tokio::test]
async fn unknown_sessions_change_nothing() {
    let world = World::start().await;
    let (browser, sid) = signed_in(&world).await;
    let issuer = world.provider.issuer();
    for query in [
        String::new(),
        format!("iss={issuer}"),
        format!("sid={sid}"),
        format!("iss={issuer}&sid=unknown"),
        format!("iss={issuer}&sid="),
        format!("iss={issuer}1&sid={sid}"),
        format!("iss={issuer}/&sid={sid}"),
        format!("iss={issuer}&sid={}", "s".repeat(5000)),
        format!("iss={issuer}&sid={sid}%00"),
    ] {
        assert_logout_response(&world, &logout_request(&world, &query).await);
        // The browser's own session cookie has no effect: any page can frame this endpoint.
        let own = Call::new("GET", &world.at(&format!("{PATH}?{query}"))).header("sec-fetch-dest", "iframe");
        assert_logout_response(&world, &browser.request(own).await);
        assert!(is_signed_in(&world, &browser).await, "{query}");
    }
    let twice = logout_request(&world, &format!("iss={issuer}&sid={sid}&sid={sid}")).await;
    assert_eq!(twice.status, 400, "{}", twice.body);
    for (method, path) in [("GET", "/.auth/logout/other/frontchannel"), ("GET", "/.auth/logout/idp"), ("PUT", PATH)] {
        let query = format!("iss={issuer}&sid={sid}");
        let answer = browser.request(Call::new(method, &world.at(&format!("{path}?{query}")))).await;
        assert_eq!(answer.status, if method == "PUT" { 405 } else { 404 }, "{method} {path}");
    }
    assert!(is_signed_in(&world, &browser).await);
    assert_eq!(world.provider.count(EventKind::EndSession), 0);
}

// Covers: J13.
#[tokio::test]
async fn a_held_back_response_creates_no_session_after_a_logout() {
    for lines in ["", CODE, CODE_QUERY] {
        let world = Setup::new().provider(lines).start().await;
        let (browser, sid) = signed_in(&world).await;
        // A second tab of the browser: the provider answers at once, and the response is held back.
        browser.remove_cookie("vestibule");
        let held_back = held_back_response(&world, &browser).await;
        logout_request(&world, &format!("iss={}&sid={sid}", world.provider.issuer())).await;
        world.assert_starts_sign_in(&present(&browser, &held_back).await);
        assert_eq!(session_cookie(&browser), None, "{lines}");
        assert_eq!(world.metrics.sessions_started.value(), 1, "{lines}: the session before");
        // A sign-in that begins after the logout is not affected.
        assert_eq!(world.sign_in(&browser, "/x").await.status, 200, "{lines}");
    }
}

// Covers: J13.
#[tokio::test]
async fn a_logout_during_the_redemption_leaves_no_session() {
    let world = World::start().await;
    let (browser, sid) = signed_in(&world).await;
    browser.remove_cookie("vestibule");
    let response = world.posted_response(&browser, "/x").await;
    world.provider.hold_token(true);
    let redemptions = world.redemptions();
    let (tab, url) = (browser.tab(), next_url(&response));
    let completing = tokio::spawn(async move { tab.navigate_without_following(url).await });
    world.provider.wait_for(EventKind::Token, redemptions + 1).await;
    logout_request(&world, &format!("iss={}&sid={sid}", world.provider.issuer())).await;
    world.provider.release_token();
    world.assert_starts_sign_in(&completing.await.expect("an answer"));
    assert_eq!(session_cookie(&browser), None);
    assert_eq!(world.metrics.sessions_started.value(), 1, "the session before");
}

// Covers: J14.
#[tokio::test]
async fn a_held_back_response_creates_no_session_after_a_sign_out() {
    for lines in ["", CODE, CODE_QUERY] {
        let world = Setup::new().provider(lines).start().await;
        let (browser, _) = signed_in(&world).await;
        let session = session_cookie(&browser).expect("a session");
        browser.remove_cookie("vestibule");
        let held_back = held_back_response(&world, &browser).await;
        browser.set_cookie_raw(&world.url, &format!("vestibule={session}; Path=/; HttpOnly; SameSite=Lax"));
        let page = browser.navigate(world.at("/.auth/logout")).await;
        browser.submit_without_following(&page, 0, &[]).await;
        assert_eq!(session_cookie(&browser), None);
        world.assert_starts_sign_in(&present(&browser, &held_back).await);
        assert_eq!(session_cookie(&browser), None, "{lines}");
    }
}

// Covers: J15.
#[tokio::test]
async fn invented_logouts_affect_no_sign_in() {
    let world = World::start().await;
    let browser = world.browser();
    let response = world.authorization_response(&browser, "/x").await;
    for number in 0..500 {
        logout_request(&world, &format!("iss={}&sid=invented-{number}", world.provider.issuer())).await;
    }
    let done = browser.navigate(next_url(&post_response(&browser, &response).await)).await;
    world.assert_ends_at(&done, "/x");
}

const CODE: &str = "response_type = \"code\"";
const CODE_QUERY: &str = "response_type = \"code\"\nresponse_mode = \"query\"";

const PATH: &str = "/.auth/logout/idp/frontchannel";
