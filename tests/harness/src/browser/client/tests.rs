//! Navigation between sites: the application is `127.0.0.1`; the provider, another site, is `localhost`.

use super::*;
use crate::{
    app::LegacyApp,
    ca::TestCa,
    encoding::form_text,
    idp::{Provider, ProviderOptions},
};

struct World {
    app: LegacyApp,
    provider: Provider,
    browser: Browser,
    redirect_uri: String,
}

impl World {
    /// The provider answers to an endpoint of the application that sets a Lax cookie and redirects.
    fn start(status: u16) -> Self {
        let app = LegacyApp::start(None);
        let redirect_uri =
            format!("{}/redirect?status={status}&to=/landing&cookie=new%3D1%3B+SameSite%3DLax", app.url());
        let redirect_uris = vec![redirect_uri.clone()];
        let provider = Provider::start(ProviderOptions { redirect_uris, ..ProviderOptions::default() });
        let browser = Browser::new(None);
        browser.set_cookie_raw(&app.url(), "lax=1; SameSite=Lax");
        browser.set_cookie_raw(&app.url(), "strict=1; SameSite=Strict");
        browser.set_cookie_raw(&app.url(), "silent=1");
        Self { app, provider, browser, redirect_uri }
    }

    fn authorize_url(&self) -> String {
        let query = form_text(&[
            ("client_id", self.provider.client_id()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("scope", "openid"),
            ("state", "a state of some length, as it should be"),
            ("nonce", "a nonce of some length, as it should be"),
        ]);
        format!("{}/authorize?{query}", self.provider.issuer())
    }
}

#[tokio::test]
async fn lax_cookies_arrive_only_after_the_303() {
    let world = World::start(303);
    let page = world.browser.sign_in(world.authorize_url(), "alice", "wonderland").await;
    assert_eq!(page.history(), ["GET /authorize 200", "POST /login 200", "POST /redirect 303", "GET /landing 200"]);
    let [.., post, get] = &page.chain[..] else { panic!("{:?}", page.history()) };
    assert!(post.sent_cookies.is_empty(), "{post:?}");
    assert_eq!(get.sent_cookies, ["lax", "silent", "new"]);
    let [.., post, get] = &world.app.requests()[..] else { panic!("two requests") };
    assert_eq!(
        (post.header("origin"), post.header("sec-fetch-site")),
        (Some(world.provider.issuer()), Some("cross-site"))
    );
    assert_eq!(post.header("referer"), Some(format!("{}/", world.provider.issuer()).as_str()));
    assert_eq!(post.header("sec-fetch-user"), None);
    assert_eq!((get.header("origin"), get.header("sec-fetch-site")), (None, Some("cross-site")));
    assert_eq!((get.header("sec-fetch-mode"), get.header("sec-fetch-dest")), (Some("navigate"), Some("document")));
}

#[tokio::test]
async fn a_307_repeats_the_post_without_lax_cookies() {
    let world = World::start(307);
    let page = world.browser.sign_in(world.authorize_url(), "alice", "wonderland").await;
    let last = page.chain.last().expect("a hop");
    assert_eq!((last.method.as_str(), &last.sent_cookies), ("POST", &Vec::new()));
    assert!(page.json()["body"].as_str().is_some_and(|body| body.contains("id_token=")));
}

#[tokio::test]
async fn cross_site_links_bring_no_strict_cookies() {
    let world = World::start(303);
    let typed = world.browser.navigate(world.app.url()).await;
    assert_eq!(typed.chain[0].sent_cookies, ["lax", "strict", "silent"]);
    assert_eq!(world.app.last().header("sec-fetch-site"), Some("none"));
    let login = world.browser.navigate(world.authorize_url()).await;
    let clicked = world.browser.click(&login, &world.app.url()).await;
    assert_eq!(clicked.chain[0].sent_cookies, ["lax", "silent"]);
    let own = world.browser.click(&typed, "/reports").await;
    assert_eq!(own.chain[0].sent_cookies, ["lax", "strict", "silent"]);
    assert_eq!(world.app.last().header("sec-fetch-site"), Some("same-origin"));
}

#[tokio::test]
async fn redirects_can_be_inspected_before_following() {
    let world = World::start(303);
    let page = world.browser.navigate_without_following(&world.redirect_uri).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/landing")));
    let landed = world.browser.follow(&page).await;
    assert_eq!((landed.status, landed.url.path()), (200, "/landing"));
}

#[tokio::test]
async fn a_fetch_reports_redirects_and_fetch_metadata() {
    let world = World::start(303);
    let answer = world.browser.fetch("POST", &world.redirect_uri, &[("accept", "application/json")], "x").await;
    assert_eq!(answer.status, 303);
    let seen = world.app.last();
    assert_eq!((seen.header("sec-fetch-mode"), seen.header("accept")), (Some("cors"), Some("application/json")));
    assert_eq!(seen.header("cookie"), Some("lax=1; strict=1; silent=1"));
    assert!(world.browser.cookie("new").is_some());
    world.browser.request(Call::new("GET", &world.app.url()).without_cookies()).await;
    assert_eq!(world.app.last().header("cookie"), None);
}

#[tokio::test]
async fn copies_have_own_jars_and_tabs_share_one() {
    let world = World::start(303);
    let (copy, tab) = (world.browser.clone(), world.browser.tab());
    world.browser.clear_cookies();
    assert_eq!((copy.cookies().len(), tab.cookies().len()), (3, 0));
}

#[tokio::test]
async fn an_unreachable_host_is_a_page_with_status_0() {
    let page = Browser::new(None).navigate("http://127.0.0.1:1/").await;
    assert_eq!(page.status, 0, "{}", page.body);
}

#[tokio::test]
async fn http2_is_used_where_requested() {
    let ca = TestCa::new();
    let mut tls = rustls::ServerConfig::clone(&ca.server_config(&["localhost"]));
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let app = LegacyApp::start_tls(None, Arc::new(tls));
    let url = format!("https://localhost:{}", app.address().port());
    let browser = Browser::new(Some(&ca)).with_http2();
    browser.set_cookie_raw(&url, "__Host-a=1; Secure; Path=/");
    let echo = browser.fetch("PUT", &format!("{url}/a?b=c"), &[], "body").await.json();
    assert_eq!((&echo["target"], &echo["body"]), (&"/a?b=c".into(), &"body".into()));
    assert_eq!((app.last().header("cookie"), app.last().header("host")), (Some("__Host-a=1"), None));
}
