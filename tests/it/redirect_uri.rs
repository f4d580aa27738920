//! A redirect URI with a query: registered, sent and redeemed unchanged, and not a part of the response.

use url::Url;
use vestibule_harness::browser::Browser;

use crate::{
    sign_in_steps::{next_url, session_cookie},
    world::{Setup, World},
};

// Covers: S1-16.
#[tokio::test]
async fn every_flow_works_with_a_redirect_uri_query() {
    for pair in [
        "",
        "response_type = \"code\"",
        "response_type = \"code\"\nresponse_mode = \"query\"",
        "response_type = \"id_token\"",
    ] {
        let world = start(pair).await;
        let page = world.sign_in(&world.browser(), "/wanted?x=1").await;
        world.assert_ends_at(&page, "/wanted?x=1");
        assert_eq!(world.authorization_requests()[0].value("redirect_uri"), Some(&*world.at(CALLBACK)));
        for token in world.provider.token_requests() {
            assert_eq!((token.redirect_uri, token.refused), (Some(world.at(CALLBACK)), None), "{pair}");
        }
    }
}

// Covers: S1-16.
#[tokio::test]
async fn the_redirect_query_returns_unchanged_or_is_refused() {
    for (from, to) in [
        ("site=a%20b", "site=other"),
        ("site=a%20b&", ""),
        ("site=a%20b", "site=a%20b&site=a%20b"),
        ("n=1", "n=1&state=forged"),
    ] {
        let world = start("response_type = \"code\"\nresponse_mode = \"query\"").await;
        let browser = world.browser();
        let callback = callback(&world, &browser).await;
        assert!(callback.as_str().contains(from), "{callback}");
        let page = browser.navigate(callback.as_str().replacen(from, to, 1)).await;
        let reason = if to.matches('=').count() > 1 { "answer-malformed" } else { "answer-redirect-query" };
        world.assert_refused(&page, reason);
        assert_eq!((session_cookie(&browser), world.redemptions()), (None, 0), "{to}");
        let page = browser.navigate(callback).await;
        world.assert_ends_at(&page, "/wanted");
    }
}

async fn start(pair: &str) -> World {
    let world = Setup::new().provider(&format!("redirect_query = \"site=a%20b&n=1\"\n{pair}")).start().await;
    world.provider.register_redirect_uri(&world.at(CALLBACK));
    world
}

/// The URL to which the provider redirects the browser with its response.
async fn callback(world: &World, browser: &Browser) -> Url {
    let login = browser.navigate(world.at("/wanted")).await;
    let form = login.login_form().expect("the provider's login page");
    let values = [("username", "alice"), ("password", "wonderland")];
    next_url(&browser.submit_without_following(&login, form, &values).await)
}

const CALLBACK: &str = "/.auth/login/idp/callback?site=a%20b&n=1";
