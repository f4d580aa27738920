//! A route can name the provider whose sessions count: claims of another provider open nothing (sign-in rule 12).

use serde_json::json;
use vestibule_harness::{
    browser::{Browser, Call, Page},
    idp::{Provider, ProviderOptions, User},
};

use crate::{
    sign_in_steps::{next_url, session_cookie},
    world::{Setup, World},
};

// Covers: L41.
#[tokio::test]
async fn sessions_of_another_provider_do_not_pass() {
    let world = Two::start().await;
    let (ours, theirs) = (world.signed_in_at("idp", "alice", "wonderland").await, world.mallory().await);
    for path in ["/staff", "/roles", "/mail", "/level", "/recent", "/any-of-ours"] {
        let page = ours.navigate(world.at(path)).await;
        assert_eq!((page.status, page.url.path()), (200, path), "{:?}\n{}", page.history(), page.body);
        assert_eq!(world.app.last().header("x-forwarded-user"), Some("idp:subject-of-alice"));
        let hits = world.app.hits();
        let page = theirs.navigate(world.at(path)).await;
        world.assert_refused(&page, "other-provider");
        assert_eq!((page.status, page.history().len()), (403, 1), "no redirect: {:?}", page.history());
        let call = theirs.fetch("GET", &world.at(path), &[], "").await;
        assert_eq!((call.status, call.json()["reason"].as_str()), (403, Some("other-provider")), "{path}");
        let posted = theirs.request(Call::navigation(&world.at(path)).method("POST").form(&[("a", "1")])).await;
        assert_eq!(posted.status, 403, "{path}");
        assert_eq!(world.app.hits(), hits, "{path}");
    }
    // A route without the key serves both.
    for (browser, user) in [(&ours, "idp:subject-of-alice"), (&theirs, "other:subject-of-alice")] {
        assert_eq!(browser.navigate(world.at("/")).await.status, 200);
        assert_eq!(world.app.last().header("x-forwarded-user"), Some(user));
    }
}

// Covers: L41.
#[tokio::test]
async fn a_public_route_gets_identities_of_its_provider_only() {
    let world = Two::start().await;
    let (ours, theirs) = (world.signed_in_at("idp", "alice", "wonderland").await, world.mallory().await);
    for (browser, user, groups) in [
        (&ours, Some("idp:subject-of-alice"), Some("staff,sales")),
        (&theirs, None, None),
        (&world.browser(), None, None),
    ] {
        assert_eq!(browser.navigate(world.at("/open")).await.status, 200);
        let seen = world.app.last();
        assert_eq!((seen.header("x-forwarded-user"), seen.header("x-forwarded-groups")), (user, groups));
        assert_eq!(seen.header("x-forwarded-email").is_some(), user.is_some());
    }
}

#[tokio::test]
async fn sign_ins_go_to_the_provider_of_the_route() {
    let world = Two::start().await;
    let browser = world.browser();
    let to_other = format!("{}/authorize?", world.other.issuer());
    for path in ["/theirs/page", "/.auth/login?return_to=%2Ftheirs", "/.auth/login/other?return_to=%2F"] {
        let begun = browser.navigate_without_following(world.at(path)).await;
        assert!(next_url(&begun).as_str().starts_with(&to_other), "{path}: {}", next_url(&begun));
    }
    world.assert_starts_sign_in(&browser.navigate_without_following(world.at("/")).await);

    let login = |page: &str| format!("/.auth/login/other?return_to={page}");
    let fetch = |path: &str, page: &str| Call::fetch("GET", &world.at(path), &[]).set("referer", &world.at(page));
    let call = browser.request(fetch("/theirs/data", "/theirs/page")).await;
    assert_eq!((call.status, call.json()["login"].as_str()), (401, Some(&*login("%2Ftheirs%2Fpage"))), "{}", call.body);
    let challenge = call.header("www-authenticate").expect("a challenge").to_owned();
    assert!(challenge.contains("/.auth/login/other"), "{challenge}");
    // The login of `/me` is that of the page that asks.
    for (page, expected) in [("/theirs", login("%2Ftheirs")), ("/", "/.auth/login?return_to=%2F".to_owned())] {
        let me = browser.request(fetch("/.auth/me", page)).await;
        assert_eq!((me.status, me.json()["login"].as_str()), (401, Some(&*expected)));
    }
    let framed = Call::navigation(&world.at("/theirs")).set("sec-fetch-dest", "iframe");
    let framed = browser.request(framed).await;
    assert!(framed.status == 401 && framed.body.contains("login&#x2f;other?return_to=%2Ftheirs"), "{}", framed.body);
    assert_eq!(world.provider.count(vestibule_harness::idp::EventKind::Token), 0);
}

// Covers: L41.
#[tokio::test]
async fn the_right_sign_in_replaces_the_session() {
    let world = Two::start().await;
    let browser = world.mallory().await;
    let before = session_cookie(&browser).expect("a session");
    let refused = browser.navigate(world.at("/staff")).await;
    let link = refused.links().into_iter().find(|link| link.path() == "/.auth/login/idp").expect("a way on");
    assert_eq!(link.query(), Some("return_to=%2Fstaff"));
    // The session stays until the other sign-in succeeds.
    let begun = browser.navigate(&link).await;
    assert!(begun.login_form().is_some(), "{:?}", begun.history());
    assert_eq!(session_cookie(&browser).as_ref(), Some(&before));
    assert_eq!(browser.navigate(world.at("/theirs")).await.status, 200);

    let page = browser.sign_in(link.to_string(), "alice", "wonderland").await;
    world.assert_ends_at(&page, "/staff");
    assert_ne!(session_cookie(&browser).as_ref(), Some(&before));
    let old = world.browser();
    old.set_cookie_raw(&world.url, &format!("vestibule={before}; Path=/"));
    assert_eq!(old.fetch("GET", &world.at("/theirs"), &[], "").await.status, 401, "the former session has ended");
    world.assert_refused(&browser.navigate(world.at("/theirs")).await, "other-provider");
}

#[tokio::test]
async fn a_named_login_goes_there_despite_a_session() {
    let world = Two::start().await;
    let browser = world.signed_in_at("idp", "alice", "wonderland").await;
    for (path, is_there) in [
        ("/.auth/login?return_to=%2F", true),
        ("/.auth/login/idp?return_to=%2F", true),
        ("/.auth/login/other?return_to=%2F", false),
        ("/.auth/login?return_to=%2Ftheirs", false),
    ] {
        let page = browser.navigate_without_following(world.at(path)).await;
        let next = next_url(&page);
        assert_eq!(next.as_str() == world.at("/"), is_there, "{path}: {next}");
        assert_eq!(next.as_str().starts_with(world.other.issuer()), !is_there, "{path}: {next}");
    }
}

#[tokio::test]
async fn a_preserved_form_is_sent_as_a_person_of_the_provider() {
    let world = Two::start().await;
    let browser = world.browser();
    let form = Call::navigation(&world.at("/theirs/form?x=1")).method("POST").header("origin", &world.url);
    let kept = browser.request(form.set("sec-fetch-site", "same-origin").form(&[("letter", "long")])).await;
    assert_eq!(kept.status, 401, "{}", kept.body);
    // In the meantime this browser signs in at the first provider.
    world.sign_in_at(&browser, "idp", "alice", "wonderland").await;
    let ticket =
        browser.cookies().into_iter().find_map(|cookie| cookie.name.strip_prefix("vestibule-kept-").map(str::to_owned));
    let confirmation = format!("/.auth/resume?t={}", ticket.expect("a preserved form"));
    let offered = browser.navigate(world.at(&confirmation)).await;
    let hits = world.app.hits();
    let refused = browser.submit(&offered, 0, &[]).await;
    world.assert_refused(&refused, "other-provider");
    assert_eq!(world.app.hits(), hits);
    let link = refused.links().into_iter().find(|link| link.path() == "/.auth/login/other").expect("a way on");
    let offered = browser.sign_in(link.to_string(), "alice", "looking-glass").await;
    assert_eq!(
        (offered.status, offered.url.path()),
        (200, "/.auth/resume"),
        "{:?}\n{}",
        offered.history(),
        offered.body
    );
    let sent = browser.submit(&offered, 0, &[]).await;
    world.assert_ends_at(&sent, "/theirs/form?x=1");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("other:subject-of-alice"));
    assert!(sent.json()["body"].as_str().is_some_and(|body| body.contains("letter")), "{}", sent.body);

    // Without any session the confirmation page leads to the provider of the form, too.
    let browser = world.browser();
    let form = Call::navigation(&world.at("/theirs/form?x=2")).method("POST").header("origin", &world.url);
    browser.request(form.set("sec-fetch-site", "same-origin").form(&[("letter", "long")])).await;
    let ticket =
        browser.cookies().into_iter().find_map(|cookie| cookie.name.strip_prefix("vestibule-kept-").map(str::to_owned));
    let confirmation = format!("/.auth/resume?t={}", ticket.expect("a preserved form"));
    for path in [
        confirmation.clone(),
        format!("/.auth/login?return_to={}", confirmation.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D")),
    ] {
        let begun = browser.navigate_without_following(world.at(&path)).await;
        assert!(next_url(&begun).as_str().starts_with(world.other.issuer()), "{path}: {}", next_url(&begun));
    }
}

// Covers: L41, CVE-E17.
#[tokio::test]
async fn an_open_socket_ends_with_a_session_of_its_provider() {
    for allow in ["", "allow = \"anyone\""] {
        let world = Two::start_with(allow).await;
        let browser = world.signed_in_at("idp", "alice", "wonderland").await;
        let url = format!("{}/ws", world.url.replacen("http", "ws", 1));
        let mut socket = browser.websocket(&url, Some(&world.url)).await.expect("101");
        socket.send_text("hello").await.expect("an open socket");
        assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
        assert_eq!(world.app.last().header("x-forwarded-user"), Some("idp:subject-of-alice"));
        world.sign_in_at(&browser, "other", "alice", "looking-glass").await;
        assert!(socket.recv_text().await.is_err(), "the session that opened it has ended");
        let reopened = browser.websocket(&url, Some(&world.url)).await;
        match allow {
            "" => assert_eq!(reopened.err().map(|refused| refused.status), Some(403)),
            _ => assert!(reopened.is_ok() && world.app.last().header("x-forwarded-user").is_none()),
        }
    }
}

/// A world with a second provider, whose alice is another person and has every claim that the routes ask for.
struct Two {
    world: World,
    other: Provider,
}

impl Two {
    async fn start() -> Self {
        Self::start_with("").await
    }

    /// With these lines in the route of the application's WebSocket.
    async fn start_with(socket: &str) -> Self {
        let alice = User { password: "looking-glass".to_owned(), ..User::alice() };
        let alice = alice.with_claim("roles", json!(["admin"])).with_claim("acr", json!("urn:test:mfa"));
        let other = Provider::start(ProviderOptions { users: vec![alice], ..ProviderOptions::default() });
        let section = format!(
            "[[provider]]\nname = \"other\"\nissuer = \"{}\"\nclient_id = \"vestibule\"\nresponse_type = \"id_token\"\n",
            other.issuer()
        );
        let route = |path: &str, allow: &str, provider: &str| {
            format!("[[route]]\npath = \"{path}\"\nupstream = \"{{app}}\"\n{allow}\nprovider = \"{provider}\"\n")
        };
        let routes = [
            "[[route]]\nupstream = \"{app}\"\n".to_owned(),
            route("/staff", "allow = { groups = [\"staff\"] }", "idp"),
            route("/roles", "allow = { roles = [\"admin\"] }", "idp"),
            route("/mail", "allow = { claims = { email = \"alice@example.com\" } }", "idp"),
            route("/level", "allow = { acr = \"urn:test:mfa\" }", "idp"),
            route("/recent", "allow = { max_age = \"1h\" }", "idp"),
            route("/any-of-ours", "", "idp"),
            route("/open", "allow = \"anyone\"", "idp"),
            route("/theirs", "", "other"),
            route("/ws", socket, "idp"),
        ];
        let ours = User::alice().with_claim("roles", json!(["admin"])).with_claim("acr", json!("urn:test:mfa"));
        let world = Setup::new().users(vec![ours]).provider(&section).routes(&routes.concat()).start().await;
        other.register_redirect_uri(&world.at("/.auth/login/other/callback"));
        Self { world, other }
    }

    /// Signs in at the provider `name` on the route without a provider.
    async fn sign_in_at(&self, browser: &Browser, name: &str, user: &str, password: &str) -> Page {
        let page = browser.sign_in(self.at(&format!("/.auth/login/{name}?return_to=%2F")), user, password).await;
        self.assert_ends_at(&page, "/");
        page
    }

    async fn signed_in_at(&self, name: &str, user: &str, password: &str) -> Browser {
        let browser = self.browser();
        self.sign_in_at(&browser, name, user, password).await;
        browser
    }

    /// The second provider's alice.
    async fn mallory(&self) -> Browser {
        self.signed_in_at("other", "alice", "looking-glass").await
    }
}

impl std::ops::Deref for Two {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}
