//! What is asked of the provider: the protocol's own parameters, the operator's, and those of a link.

use vestibule_harness::{browser::Browser, idp::User};

use crate::{
    steps::{login_cookies, next},
    world::{Setup, World},
};

#[tokio::test]
async fn k02_s0_10_s0_13_s0_14_s0_15_every_request_is_whole_and_says_all() {
    for (pair, kind, mode) in [
        ("", "code id_token", "form_post"),
        ("response_type = \"code\"", "code", "form_post"),
        ("response_type = \"code\"\nresponse_mode = \"query\"", "code", "query"),
        ("response_type = \"id_token\"", "id_token", "form_post"),
    ] {
        let world = Setup::new().provider(pair).start().await;
        world.assert_at(&world.sign_in(&world.browser(), "/wanted").await, "/wanted");
        let asked = world.asked();
        let value = |name: &str| asked[0].value(name).unwrap_or_default();
        assert_eq!((asked.len(), value("response_type"), value("response_mode")), (1, kind, mode));
        assert_eq!(value("redirect_uri"), world.at("/.auth/login/idp/callback"));
        assert_eq!(value("code_challenge_method"), if kind == "id_token" { "" } else { "S256" });
        for name in ["state", "nonce"] {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert!((22..=64).contains(&value(name).len()) && value(name).bytes().all(plain), "{name}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn s0_10_a_blank_is_read_in_either_encoding() {
    for blank in ["+", "%20"] {
        let world = World::start().await;
        let browser = world.browser();
        let to = next(&browser.navigate_without_following(world.at("/wanted")).await);
        assert!(to.as_str().contains("response_type=code+id_token"), "{to}");
        let to = to.as_str().replace('+', blank);
        world.assert_at(&browser.sign_in(to, "alice", "wonderland").await, "/wanted");
    }
}

#[tokio::test]
async fn s0_11_a_redirect_uri_that_is_not_registered_ends_at_the_provider_s_page() {
    let world = Setup::new().provider("redirect_query = \"site=unknown\"").start().await;
    let page = world.sign_in(&world.browser(), "/wanted").await;
    assert_eq!((page.status, page.url.path()), (400, "/authorize"), "{:?}", page.trail());
    assert!(page.body.contains("redirect_uri: not registered"), "{}", page.body);
    assert_eq!(page.trail().len(), 2, "{:?}", page.trail());
}

#[tokio::test]
async fn s0_16_s0_24_each_prompt_does_what_it_says() {
    for (prompt, asks) in [("none", false), ("consent", false), ("login", true), ("select_account", true)] {
        let world = world_asking(&format!("prompt = \"{prompt}\"")).await;
        let browser = world.browser();
        // Alice is signed in at the provider, and nowhere else.
        let login = browser.navigate_without_following(world.at("/x")).await;
        let plain = next(&login).as_str().replace(&format!("prompt={prompt}"), "x=y");
        browser.sign_in(plain, "alice", "wonderland").await;
        browser.remove_cookie("vestibule");
        let page = browser.navigate(world.at("/wanted")).await;
        assert_eq!(page.login_form().is_some(), asks, "{prompt}: {:?}", page.trail());
        world.assert_at(&browser.carry_on(page, "alice", "wonderland").await, "/wanted");
        assert_eq!(world.asked().last().expect("a request").value("prompt"), Some(prompt));
    }
}

#[tokio::test]
async fn s0_17_s0_18_what_is_configured_is_sent_as_it_is() {
    let authorize = r#"domain_hint = "example.com", login_hint = "bob&state=x", ui_locales = "de-AT en", resource = "https://api.example/?a=b&c", p = "B2C 1", max_age = "8h", acr_values = "urn:a urn:b""#;
    let world = world_asking(authorize).await;
    let login = world.browser().navigate(world.at("/wanted")).await;
    assert!(login.body.contains("value=\"bob&amp;state=x\""), "the hint is in the form: {}", login.body);
    let asked = world.asked();
    for (name, value) in [
        ("domain_hint", "example.com"),
        ("login_hint", "bob&state=x"),
        ("ui_locales", "de-AT en"),
        ("resource", "https://api.example/?a=b&c"),
        ("p", "B2C 1"),
        ("max_age", "28800"),
        ("acr_values", "urn:a urn:b"),
    ] {
        assert_eq!(asked[0].value(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn s1_14_a_route_asks_for_something_else_and_nothing_is_said_twice() {
    let routes = r#"
        [[route]]
        upstream = "{app}"
        [[route]]
        path = "/choose"
        upstream = "{app}"
        authorize = { prompt = "select_account", max_age = "1h", ui_locales = "ja" }
    "#;
    let provider = "authorize = { prompt = \"login\", max_age = \"5m\", login_hint = \"bob\" }";
    let world = Setup::new().provider(provider).routes(routes).start().await;
    for (path, prompt, age, hint, locales) in [
        ("/plain", "login", "300", Some("bob"), None),
        ("/choose/this", "select_account", "300", None, Some("ja")),
        ("/.auth/login?return_to=/choose", "select_account", "300", None, Some("ja")),
    ] {
        world.provider.clear_events();
        world.sign_in(&world.browser(), path).await;
        let asked = world.asked();
        let values = ["prompt", "max_age", "login_hint", "ui_locales"].map(|name| asked[0].value(name));
        assert_eq!(values, [Some(prompt), Some(age), hint, locales], "{path}");
    }
}

#[tokio::test]
async fn what_was_asked_for_is_asked_for_again_when_the_answer_came_too_late() {
    let routes = "[[route]]\nupstream = \"{app}\"\nauthorize = { domain_hint = \"example.com\", max_age = \"1h\" }\n";
    let world = Setup::new().routes(routes).provider("pass_through = \"login_hint\"").start().await;
    let browser = world.browser();
    let answer = world.answer(&browser, "/.auth/login?return_to=/wanted&login_hint=alice").await;
    world.advance(std::time::Duration::from_secs(3700));
    let page = browser.carry_on(answer, "alice", "wonderland").await;
    // The cookie of the sign-in is gone with its hour, in the browser; the gateway's own clock moved alone.
    world.assert_at(&page, "/wanted");
    let asked = world.asked();
    assert_eq!(asked.len(), 2);
    for request in asked {
        let values = ["domain_hint", "max_age", "login_hint"].map(|name| request.value(name));
        assert_eq!(values, [Some("example.com"), Some("3600"), Some("alice")]);
    }
}

#[tokio::test]
async fn cve_d21_j11_a_link_sets_what_it_may_and_nothing_else() {
    let evil = "login_hint=bob%26scope%3Dadmin&prompt=consent&ui_locales=de&domain_hint=evil.example&scope=admin&state=x\
                &max_age=0&claims=%7B%7D&redirect_uri=https%3A%2F%2Fevil.example&acr_values=low&client_id=x&resource=urn:x";
    let long = format!("login_hint={}", "x".repeat(10_000));
    for (allowed, query, expected) in [
        ("", evil, [None, None, None]),
        ("pass_through = \"login_hint\"", evil, [Some("bob&scope=admin"), None, None]),
        (ALL, evil, [Some("bob&scope=admin"), Some("consent"), Some("de")]),
        (ALL, "login_hint=%0d%0ax&prompt=none+login&ui_locales=%22%3E", [None, None, None]),
        (ALL, &long, [None, None, None]),
    ] {
        let world = Setup::new().provider(allowed).start().await;
        let page = world.browser().navigate(world.at(&format!("/.auth/login?return_to=/wanted&{query}"))).await;
        assert!(page.login_form().is_some(), "{query}: {:?}", page.trail());
        let asked = &world.asked()[0];
        assert_eq!(["login_hint", "prompt", "ui_locales"].map(|name| asked.value(name)), expected, "{allowed} {query}");
        for name in ["domain_hint", "max_age", "claims", "acr_values", "resource"] {
            assert_eq!(asked.value(name), None, "{name}");
        }
        assert_eq!(asked.value("scope"), Some("openid profile email"));
        assert_eq!(asked.value("redirect_uri"), Some(&*world.at("/.auth/login/idp/callback")));
    }
}

#[tokio::test]
async fn who_wants_to_be_asked_is_asked_although_they_are_signed_in() {
    let world = Setup::new().provider(ALL).start().await;
    let browser = world.signed_in().await;
    world.assert_at(&browser.navigate(world.at("/.auth/login?return_to=/x&prompt=none")).await, "/x");
    assert_eq!(world.asked().len(), 1);
    let page = browser.sign_in(world.at("/.auth/login?return_to=/x&prompt=select_account"), "bob", "builder").await;
    world.assert_at(&page, "/x");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-bob"), "their own wish");
}

#[tokio::test]
async fn the_longest_request_that_can_be_configured_is_taken_by_everybody() {
    let level = "l".repeat(480);
    let authorize = format!("x = \"{}\", y = \"{}\"", "x".repeat(1000), "y".repeat(1000));
    let routes =
        format!("[[route]]\nupstream = \"{{app}}\"\nauthorize = {{ z = \"{level}\" }}\nallow = {{ acr = \"mfa\" }}\n");
    let world = Setup::new().provider(&format!("authorize = {{ {authorize} }}\n{ALL}")).routes(&routes).start().await;
    let browser = world.browser();
    let hints = format!("login_hint={}&ui_locales={}", "%26".repeat(150), "de-".repeat(80) + "de");
    let path = format!("/wanted?{}", "q".repeat(1000));
    let login = format!("/.auth/login?{hints}&return_to={}", path.replace('?', "%3F"));
    let page = browser.navigate(world.at(&login)).await;
    assert!(page.login_form().is_some(), "{:?}\n{}", page.trail(), page.body);
    assert!(page.url.as_str().len() < 8 * 1024, "{}", page.url.as_str().len());
    let cookies = login_cookies(&browser);
    assert!(cookies.iter().all(|(name, value)| name.len() + value.len() < 4096 - 100), "{cookies:?}");
    world.assert_at(&browser.carry_on(page, "alice", "wonderland").await, &path);
}

#[tokio::test]
async fn e02_s1_16_an_issuer_may_end_in_a_slash() {
    let world = Setup::new().issuer_path("/realm/").start().await;
    assert!(world.provider.issuer().ends_with("/realm/"), "{}", world.provider.issuer());
    let browser: Browser = world.signed_in().await;
    let ask = browser.navigate(world.at("/.auth/logout")).await;
    let out = browser.submit(&ask, 0, &[]).await;
    assert_eq!((out.status, out.url.path()), (200, "/.auth/logout/done"), "{:?}\n{}", out.trail(), out.body);
    assert!(out.trail().iter().any(|step| step.starts_with("GET /realm/logout ")), "{:?}", out.trail());
}

#[tokio::test]
async fn s0_17_the_hint_that_the_provider_gave_is_used_when_somebody_signs_in_once_more() {
    let carol = User::new("carol", "pw").with_claim("login_hint", "opaque-hint-of-carol".into());
    let routes = "[[route]]\nupstream = \"{app}\"\n[[route]]\npath = \"/strong\"\nupstream = \"{app}\"\nallow = { acr = \"mfa\" }\n";
    let world = Setup::new().routes(routes).user(carol).start().await;
    for (who, password, hint) in [("carol", "pw", "opaque-hint-of-carol"), ("alice", "wonderland", "alice")] {
        let browser = world.browser();
        world.assert_at(&browser.sign_in(world.at("/"), who, password).await, "/");
        let page = browser.navigate(world.at("/strong")).await;
        assert!(page.login_form().is_some() && page.body.contains(&format!("value=\"{hint}\"")), "{}", page.body);
    }
}

async fn world_asking(authorize: &str) -> World {
    Setup::new().provider(&format!("authorize = {{ {authorize} }}")).start().await
}

const ALL: &str = "pass_through = [\"login_hint\", \"prompt\", \"ui_locales\"]";
