//! Attacks by a client: path confusion, unverified addresses, planted cookies, and requests that cause many fetches.

use serde_json::json;
use vestibule_harness::{
    browser::{Call, Response},
    idp::{EventKind, Fault, User},
};

use crate::{
    sign_in_steps::session_cookie,
    world::{Setup, World},
};

// Covers: CVE-A6, CVE-A7.
#[tokio::test]
async fn paths_that_lenient_servers_misread_are_refused() {
    let world = Setup::new().routes(PUBLIC_AND_ADMIN).start().await;
    for path in [
        "/admin;x/secret",
        "/admin;jsessionid=1",
        "/;x/admin/secret",
        "/a/.%2e;/admin",
        "/a/..%20/admin",
        "/a/.../admin",
        "/ADMIN/secret",
        "/%41dmin",
        "/admin./secret",
        "/admin%20/secret",
        "/admin%20.;x",
    ] {
        let answer = ask(&world, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.body.contains("target-ambiguous"), "{path}: {}", answer.body);
    }
    assert_eq!(world.app.hits(), 0);
    // These spellings of one path select one route.
    for path in ["/page;jsessionid=1", "/Page", "/page./x", "/administration", "/x/admin"] {
        assert_eq!(ask(&world, path).await.status, 200, "{path}");
        assert_eq!(world.app.last().target, path);
    }
    for path in ["/admin", "/admin/Secret;x=1"] {
        assert_eq!(ask(&world, path).await.status, 401, "{path}");
    }
}

// Covers: CVE-D17.
#[tokio::test]
async fn email_rules_need_a_verified_address() {
    let rule = "[[route]]\nupstream = \"{app}\"\nallow = { claims = { email = [\"boss@corp.example\"] } }\n";
    let claiming = |name: &str, verified: bool| {
        let claim = json!("boss@corp.example");
        User::new(name, "pw").with_claim("email", claim).with_claim("email_verified", json!(verified))
    };
    let world = Setup::new().routes(rule).user(claiming("mallory", false)).user(claiming("boss", true)).start().await;
    let page = world.browser().sign_in(world.at("/"), "mallory", "pw").await;
    world.assert_refused(&page, "not-allowed");
    let page = world.browser().sign_in(world.at("/"), "boss", "pw").await;
    assert_eq!(page.status, 200, "{}", page.body);
}

// Covers: CVE-D17.
#[tokio::test]
async fn an_ambiguous_email_address_is_ignored() {
    let addresses = ["a@evil.example@corp.example", "a@evil.example,boss@corp.example", "boss @corp.example", "boss"];
    let setup = addresses.iter().enumerate().fold(Setup::new(), |setup, (at, address)| {
        setup.user(User::new(&format!("user{at}"), "pw").with_claim("email", json!(address)))
    });
    let world = setup.start().await;
    for (at, address) in addresses.iter().enumerate() {
        let page = world.browser().sign_in(world.at("/who"), &format!("user{at}"), "pw").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(world.app.last().header("x-forwarded-email"), None, "{address}");
    }
}

#[tokio::test]
async fn own_paths_are_whole_segments() {
    let world = World::start().await;
    for path in ["/.auth/loginx", "/.auth/loginx/idp", "/.auth/login-x/idp/callback", "/.auth/login/", "/.auth/"] {
        let answer = ask(&world, path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert_eq!(answer.set_cookies(), [""; 0], "{path}");
    }
}

#[tokio::test]
async fn the_trusted_proxys_scheme_wins_over_its_tls() {
    let world = Setup::new().https().trust("proxies = [\"127.0.0.1/32\"]").start().await;
    let browser = world.browser();
    for (proto, status) in [("http", 308), ("https", 200), ("https, http", 308)] {
        let call = Call::navigation(&world.at("/page")).header("x-forwarded-proto", proto);
        let answer = browser.request(call).await;
        assert_eq!(answer.status, status, "{proto}");
        assert_eq!(answer.set_cookies().is_empty(), status == 308, "{proto}");
    }
}

// Covers: K08.
#[tokio::test]
async fn only_the_leave_frame_page_can_be_framed() {
    let world = World::start().await;
    for (path, dest, framable) in [
        ("/page", "iframe", true),
        ("/.auth/login", "iframe", true),
        ("/.auth/logout", "iframe", false),
        ("/.auth/logout/done", "document", false),
    ] {
        let call = Call::navigation(&world.at(path)).set("sec-fetch-dest", dest);
        let answer = world.browser().request(call).await;
        let policy = answer.header("content-security-policy").unwrap_or_default().to_owned();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert_eq!(!policy.contains("frame-ancestors 'none'"), framable, "{path}: {policy}");
    }
}

#[tokio::test]
async fn invalid_session_cookies_hide_no_valid_one() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let real = session_cookie(&browser).expect("a session");
    let cookies = format!("{}vestibule={real}", "vestibule=planted; ".repeat(9));
    let call = Call::navigation(&world.at("/page")).set("cookie", &cookies).without_cookies();
    assert_eq!(browser.request(call).await.status, 200);
}

// Covers: CVE-G18.
#[tokio::test]
async fn refused_metadata_is_not_fetched_for_each_request() {
    let world = World::start().await;
    world.advance(std::time::Duration::from_secs(2 * 3600));
    world.provider.fault(Fault::by_id("E05a"));
    world.provider.clear_events();
    for _ in 0..40 {
        // The last good metadata and keys stay in use.
        world.assert_starts_sign_in(&world.browser().navigate_without_following(world.at("/page")).await);
    }
    let asked = world.provider.count(EventKind::Discovery);
    assert!(asked <= 4, "{asked}");
}

async fn ask(world: &World, path: &str) -> Response {
    let call = Call::navigation(&world.at("/")).target(path).without_cookies().set("sec-fetch-mode", "cors");
    world.browser().request(call).await
}

const PUBLIC_AND_ADMIN: &str = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n\n\
    [[route]]\npath = \"/admin\"\nupstream = \"{app}\"\nallow = { groups = [\"admin\"] }\n";

#[tokio::test]
async fn a_public_path_is_public_on_its_host_only() {
    let routes = "[[route]]\nhost = \"127.0.0.1\"\nupstream = \"{app}\"\nallow = \"anyone\"\n\n\
                  [[route]]\npath = \"/admin\"\nupstream = \"{app}\"\nallow = { groups = [\"nobody\"] }\n";
    let world = Setup::new().routes(routes).start().await;
    assert_eq!(world.browser().navigate(world.at("/open")).await.status, 200);
    let hits = world.app.hits();
    let page = world.browser().navigate_without_following(world.at("/admin/users")).await;
    world.assert_starts_sign_in(&page);
    assert_eq!(world.app.hits(), hits);
}
