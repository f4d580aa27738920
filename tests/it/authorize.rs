//! Authorization requests: the parameters of the protocol, of the configuration and of a link.

use vestibule_harness::{browser::Browser, idp::User};

use crate::{
    sign_in_steps::{login_cookies, next_url},
    world::{Setup, World},
};

// Covers: K02, S0-10, S0-13, S0-14, S0-15.
#[tokio::test]
async fn every_authorization_request_is_complete() {
    for (pair, kind, mode) in [
        ("", "code id_token", "form_post"),
        ("response_type = \"code\"", "code", "form_post"),
        ("response_type = \"code\"\nresponse_mode = \"query\"", "code", "query"),
        ("response_type = \"id_token\"", "id_token", "form_post"),
    ] {
        let world = Setup::new().provider(pair).start().await;
        world.assert_ends_at(&world.sign_in(&world.browser(), "/wanted").await, "/wanted");
        let asked = world.authorization_requests();
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

// Covers: S0-10.
#[tokio::test]
async fn a_space_is_decoded_in_either_encoding() {
    for blank in ["+", "%20"] {
        let world = World::start().await;
        let browser = world.browser();
        let to = next_url(&browser.navigate_without_following(world.at("/wanted")).await);
        assert!(to.as_str().contains("response_type=code+id_token"), "{to}");
        let to = to.as_str().replace('+', blank);
        world.assert_ends_at(&browser.sign_in(to, "alice", "wonderland").await, "/wanted");
    }
}

// Covers: S0-11.
#[tokio::test]
async fn unregistered_redirect_uris_end_at_the_provider() {
    let world = Setup::new().provider("redirect_query = \"site=unknown\"").start().await;
    let page = world.sign_in(&world.browser(), "/wanted").await;
    assert_eq!((page.status, page.url.path()), (400, "/authorize"), "{:?}", page.history());
    assert!(page.body.contains("redirect_uri: not registered"), "{}", page.body);
    assert_eq!(page.history().len(), 2, "{:?}", page.history());
}

// Covers: S0-16, S0-24.
#[tokio::test]
async fn each_prompt_value_has_its_effect() {
    for (prompt, asks) in [("none", false), ("consent", false), ("login", true), ("select_account", true)] {
        let world = world_with_parameters(&format!("prompt = \"{prompt}\"")).await;
        let browser = world.browser();
        // Alice has a session at the provider only.
        let login = browser.navigate_without_following(world.at("/x")).await;
        let plain = next_url(&login).as_str().replace(&format!("prompt={prompt}"), "x=y");
        browser.sign_in(plain, "alice", "wonderland").await;
        browser.remove_cookie("vestibule");
        let page = browser.navigate(world.at("/wanted")).await;
        assert_eq!(page.login_form().is_some(), asks, "{prompt}: {:?}", page.history());
        world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
        assert_eq!(world.authorization_requests().last().expect("a request").value("prompt"), Some(prompt));
    }
}

// Covers: S0-17, S0-18.
#[tokio::test]
async fn configured_parameters_are_sent_unchanged() {
    let authorize = r#"domain_hint = "example.com", login_hint = "bob&state=x", ui_locales = "de-AT en", resource = "https://api.example/?a=b&c", p = "B2C 1", max_age = "8h", acr_values = "urn:a urn:b""#;
    let world = world_with_parameters(authorize).await;
    let login = world.browser().navigate(world.at("/wanted")).await;
    assert!(login.body.contains("value=\"bob&amp;state=x\""), "the hint is in the form: {}", login.body);
    let asked = world.authorization_requests();
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

// Covers: S1-14.
#[tokio::test]
async fn route_parameters_replace_the_providers() {
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
        let asked = world.authorization_requests();
        let values = ["prompt", "max_age", "login_hint", "ui_locales"].map(|name| asked[0].value(name));
        assert_eq!(values, [Some(prompt), Some(age), hint, locales], "{path}");
    }
}

#[tokio::test]
async fn a_late_response_repeats_the_original_request() {
    let routes = "[[route]]\nupstream = \"{app}\"\nauthorize = { domain_hint = \"example.com\", max_age = \"1h\" }\n";
    let world = Setup::new().routes(routes).provider("pass_through = \"login_hint\"").start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/.auth/login?return_to=/wanted&login_hint=alice").await;
    world.advance(std::time::Duration::from_secs(3700));
    let page = browser.continue_sign_in(answer, "alice", "wonderland").await;
    // The login cookie has expired in the browser after an hour; only the gateway's clock moved.
    world.assert_ends_at(&page, "/wanted");
    let asked = world.authorization_requests();
    assert_eq!(asked.len(), 2);
    for request in asked {
        let values = ["domain_hint", "max_age", "login_hint"].map(|name| request.value(name));
        assert_eq!(values, [Some("example.com"), Some("3600"), Some("alice")]);
    }
}

// Covers: CVE-D21, J11.
#[tokio::test]
async fn a_link_sets_only_allowed_parameters() {
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
        assert!(page.login_form().is_some(), "{query}: {:?}", page.history());
        let asked = &world.authorization_requests()[0];
        assert_eq!(["login_hint", "prompt", "ui_locales"].map(|name| asked.value(name)), expected, "{allowed} {query}");
        for name in ["domain_hint", "max_age", "claims", "acr_values", "resource"] {
            assert_eq!(asked.value(name), None, "{name}");
        }
        assert_eq!(asked.value("scope"), Some("openid profile email"));
        assert_eq!(asked.value("redirect_uri"), Some(&*world.at("/.auth/login/idp/callback")));
    }
}

#[tokio::test]
async fn an_explicit_prompt_works_with_a_session() {
    let world = Setup::new().provider(ALL).start().await;
    let browser = world.signed_in().await;
    world.assert_ends_at(&browser.navigate(world.at("/.auth/login?return_to=/x&prompt=none")).await, "/x");
    assert_eq!(world.authorization_requests().len(), 1);
    let page = browser.sign_in(world.at("/.auth/login?return_to=/x&prompt=select_account"), "bob", "builder").await;
    world.assert_ends_at(&page, "/x");
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-bob"), "their own wish");
}

#[tokio::test]
async fn the_longest_possible_request_is_accepted() {
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
    assert!(page.login_form().is_some(), "{:?}\n{}", page.history(), page.body);
    assert!(page.url.as_str().len() < 8 * 1024, "{}", page.url.as_str().len());
    let cookies = login_cookies(&browser);
    assert!(cookies.iter().all(|(name, value)| name.len() + value.len() < 4096 - 100), "{cookies:?}");
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, &path);
}

// Covers: E02, S1-16.
#[tokio::test]
async fn an_issuer_may_end_in_a_slash() {
    let world = Setup::new().issuer_path("/realm/").start().await;
    assert!(world.provider.issuer().ends_with("/realm/"), "{}", world.provider.issuer());
    let browser: Browser = world.signed_in().await;
    let ask = browser.navigate(world.at("/.auth/logout")).await;
    let out = browser.submit(&ask, 0, &[]).await;
    assert_eq!((out.status, out.url.path()), (200, "/.auth/logout/done"), "{:?}\n{}", out.history(), out.body);
    assert!(out.history().iter().any(|step| step.starts_with("GET /realm/logout ")), "{:?}", out.history());
}

// Covers: S0-17.
#[tokio::test]
async fn the_login_hint_claim_is_sent_next_time() {
    let carol = User::new("carol", "pw").with_claim("login_hint", "opaque-hint-of-carol".into());
    let routes = "[[route]]\nupstream = \"{app}\"\n[[route]]\npath = \"/strong\"\nupstream = \"{app}\"\nallow = { acr = \"mfa\" }\n";
    let world = Setup::new().routes(routes).user(carol).start().await;
    for (who, password, hint) in [("carol", "pw", "opaque-hint-of-carol"), ("alice", "wonderland", "alice")] {
        let browser = world.browser();
        world.assert_ends_at(&browser.sign_in(world.at("/"), who, password).await, "/");
        let page = browser.navigate(world.at("/strong")).await;
        assert!(page.login_form().is_some() && page.body.contains(&format!("value=\"{hint}\"")), "{}", page.body);
    }
}

async fn world_with_parameters(authorize: &str) -> World {
    Setup::new().provider(&format!("authorize = {{ {authorize} }}")).start().await
}

const ALL: &str = "pass_through = [\"login_hint\", \"prompt\", \"ui_locales\"]";
