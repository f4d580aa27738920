//! The `#fragment` of a URL survives the sign-in and is sent to the gateway only.

use std::time::Duration;

use tokio::task::JoinSet;
use vestibule_harness::browser::Call;

use crate::{
    sign_in_steps::{login_cookies, next_url},
    world::{Setup, World, everything_logged},
};

#[tokio::test]
async fn a_fragment_survives_the_sign_in() {
    for fragment in ["#/route/7?tab=a%20b&x=%2F", "#plain", "#a#b", "#!/caf%C3%A9"] {
        let world = World::start().await;
        let browser = world.browser();
        let wanted = world.at(&format!("/wanted?x=1{fragment}"));
        let page = browser.sign_in(&wanted, "alice", "wonderland").await;
        assert_eq!((page.status, page.url.as_str()), (200, wanted.as_str()), "{:?}\n{}", page.history(), page.body);
        assert_eq!(world.app.last().target, "/wanted?x=1");
        let last = page.chain.iter().rev().find(|hop| hop.status == 303).expect("a redirect");
        assert!(last.location.as_deref().is_some_and(|to| to.ends_with(fragment)), "{:?}", last.location);
        for hop in page.chain.iter().filter(|hop| hop.url.as_str().starts_with(world.provider.issuer())) {
            assert_eq!(hop.url.fragment(), None, "the provider's page has its own URL: {}", hop.url);
        }
        assert_eq!(login_cookies(&browser), [], "the abandoned sign-in leaves no cookie");
    }
}

#[tokio::test]
async fn back_and_restart_preserve_the_fragment() {
    let world = World::start().await;
    let browser = world.browser();
    let wanted = world.at("/wanted#here");
    let answer = world.authorization_response(&browser, "/wanted#here").await;
    // The response is too late: the sign-in starts again.
    world.advance(Duration::from_secs(660));
    let restarted = browser.submit(&answer, 0, &[]).await;
    for what in ["the restart", "the back button"] {
        let page = browser.submit(&restarted, 0, &[]).await;
        assert_eq!((page.status, page.url.as_str()), (200, wanted.as_str()), "{what}: {:?}", page.history());
    }
    let login = world.at("/.auth/login?return_to=%2Fwanted%23here");
    assert_eq!(browser.navigate(login).await.url.as_str(), wanted, "signed in already");
}

#[tokio::test]
async fn eight_tabs_keep_their_fragments() {
    let world = World::start().await;
    let browser = world.browser();
    let mut tabs = JoinSet::new();
    for number in 0..8 {
        let (tab, url) = (browser.tab(), world.at(&format!("/tab/{number}?x=1#part-{number}")));
        tabs.spawn(async move { (tab.sign_in(url.clone(), "alice", "wonderland").await, url) });
    }
    while let Some(ended) = tabs.join_next().await {
        let (page, url) = ended.expect("a tab");
        assert_eq!((page.status, page.url.as_str()), (200, url.as_str()), "{:?}\n{}", page.history(), page.body);
    }
    assert_eq!(login_cookies(&browser), []);
}

#[tokio::test]
async fn fragment_pages_are_not_stored_and_need_no_script() {
    let world = World::start().await;
    let page = world.browser().navigate_without_following(world.at("/wanted?x=1#here")).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
    // Without script: the page redirects to the same provider, by a refresh and by a link, without the fragment.
    let without = page.links()[0].clone();
    let (_, refresh) = page.body.split_once("<noscript>").expect("a way without script");
    let written = |url: &str| url.replace('&', "&amp;").replace('/', "&#x2f;");
    assert!(refresh.contains(&format!("content=\"0; url={}\"", written(without.as_str()))), "{refresh}");
    assert!(without.as_str().starts_with(&format!("{}/authorize?", world.provider.issuer())), "{without}");
    let browser = world.browser();
    let page = browser.navigate_without_following(world.at("/wanted?x=1")).await;
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted?x=1");
}

#[tokio::test]
async fn without_scripts_the_redirect_is_plain() {
    let world = Setup::new().routes(ON_AND_OFF).start().await;
    for (path, call) in [
        ("/off", Call::navigation(&world.at("/off"))),
        ("/", Call::new("GET", &world.at("/")).header("accept", "text/html")),
        ("/", Call::new("GET", &world.at("/")).header("sec-fetch-mode", "navigate")),
    ] {
        let answer = world.browser().request(call).await;
        let to = answer.header("location").unwrap_or_default();
        assert!(answer.status == 303 && to.starts_with(world.provider.issuer()), "{path}: {answer:?}");
        assert_eq!((answer.body.as_str(), answer.set_cookies().len()), ("", 1), "{path}");
    }
    // Browsers may carry a fragment along a redirect; the provider does not send it back.
    let page = world.browser().sign_in(world.at("/off#here"), "alice", "wonderland").await;
    assert_eq!(page.url.as_str(), world.at("/off"));
}

// Covers: K07, K09.
#[tokio::test]
async fn tokens_and_long_fragments_are_not_sent() {
    let world = World::start().await;
    let long = "x".repeat(1000);
    for fragment in ["access_token=secret-of-the-page&x=1", "/a?id_token=secret-of-the-page", &long] {
        let page = world.browser().sign_in(world.at(&format!("/wanted#{fragment}")), "alice", "wonderland").await;
        assert_eq!((page.status, page.url.as_str()), (200, world.at("/wanted").as_str()), "{:?}", page.history());
        assert!(page.chain.iter().all(|hop| !hop.url.query().unwrap_or_default().contains("secret-of-the-page")));
    }
    let page = world.browser().sign_in(world.at("/wanted#seen-by-few"), "alice", "wonderland").await;
    assert_eq!(page.url.fragment(), Some("seen-by-few"));
    for unsaid in ["secret-of-the-page", "seen-by-few"] {
        assert!(!everything_logged().contains(unsaid));
    }
}

#[tokio::test]
async fn a_fragment_page_ends_no_other_sign_in() {
    let world = World::start().await;
    let browser = world.browser();
    let waiting = world.posted_response(&browser, "/wanted").await;
    for strange in ["", "AAAA", "AAAAAAAAAAAAAAAA", "%0d%0aSet-Cookie:x"] {
        let page = browser.navigate_without_following(world.at(&format!("/.auth/login?instead={strange}"))).await;
        world.assert_starts_sign_in(&page);
    }
    world.assert_ends_at(&browser.follow(&waiting).await, "/wanted");
    assert!(next_url(&waiting).as_str().contains("/continue?t="));
}

const ON_AND_OFF: &str =
    "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/off\"\nupstream = \"{app}\"\nkeep_fragment = false\n";
