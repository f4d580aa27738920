//! A form that is submitted after its session has ended is preserved, and restored when the user confirms (sign-in rule 1).

use std::time::Duration;

use tokio::net::TcpListener;
use vestibule_harness::{
    app::LegacyApp,
    browser::{Browser, Call, Page},
};

use crate::{
    sign_in_steps::{cookies_with_prefix, session_cookie},
    world::{Setup, World, everything_logged},
};

// Covers: CVE-H1.
#[tokio::test]
async fn a_form_is_preserved_and_restored_on_confirmation() {
    for (enctype, kind) in [
        ("", "application/x-www-form-urlencoded"),
        ("multipart/form-data", "multipart/form-data; boundary="),
        ("text/plain", "text/plain"),
    ] {
        let world = World::start().await;
        let browser = world.browser();
        let direct = world.signed_in().await;
        let as_sent = direct.submit(&form(&world, &direct, enctype).await, 0, &[]).await.json();

        let hits = world.app.hits();
        let page = submit_without_session(&world, &browser, enctype).await;
        assert_restore_page(&world, &page, "Alice");
        assert_eq!(world.app.hits(), hits, "nothing was sent by itself");
        let first = &page.chain[0];
        assert_eq!((first.status, first.headers["cache-control"].as_bytes()), (401, &b"no-store"[..]));
        assert!(!page.body.contains("letter"), "the submitted text is not shown: {}", page.body);

        let sent = browser.submit(&page, 0, &[]).await;
        world.assert_ends_at(&sent, "/form?x=1");
        let (seen, hit) = (sent.json(), world.app.last());
        assert_eq!(world.app.hits(), hits + 1);
        for part in ["method", "target", "body"] {
            assert_eq!(seen[part], as_sent[part], "{enctype}");
        }
        assert!(hit.header("content-type").is_some_and(|its| its.starts_with(kind)), "{hit:?}");
        assert_eq!(hit.header("content-length"), Some(&*seen["body"].as_str().expect("a body").len().to_string()));
        assert_eq!(hit.header("referer"), Some(&*world.at("/write")), "the page of the form");
        assert_eq!(hit.header("x-forwarded-user"), Some("subject-of-alice"));
        assert_eq!(cookies_with_prefix(&browser, "vestibule-kept-"), []);
        assert!(!everything_logged().contains("A-long-letter"));
    }
}

#[tokio::test]
async fn a_preserved_form_is_submitted_once() {
    let world = World::start().await;
    let browser = world.browser();
    let page = submit_without_session(&world, &browser, "").await;
    let hits = world.app.hits();
    let (one, two) = tokio::join!(browser.submit(&page, 0, &[]), browser.submit(&page, 0, &[]));
    let (sent, second) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!((sent.status, sent.json()["method"].as_str()), (200, Some("POST")));
    world.assert_refused(&second, "kept-form-gone");
    assert_eq!((second.status, second.links()[0].as_str()), (410, &*world.at("/form?x=1")));
    // A reload of the response posts the button again; so do the back button and a second click.
    let again = browser.submit(&page, 0, &[]).await;
    world.assert_refused(&again, "kept-form-gone");
    let offer = browser.navigate(&page.url).await;
    world.assert_refused(&offer, "kept-form-gone");
    assert_eq!(world.app.hits(), hits + 1);
}

#[tokio::test]
async fn cross_site_forms_are_never_preserved() {
    let world = World::start().await;
    let foreign = "https://evil.example";
    for fields in [
        &[("sec-fetch-site", "cross-site"), ("origin", foreign)][..],
        &[("sec-fetch-site", "cross-site"), ("origin", &world.url)],
        &[("sec-fetch-site", "same-site"), ("origin", &world.url)],
        &[("sec-fetch-site", "none")],
        &[("origin", foreign)],
        &[("origin", "null")],
        &[],
    ] {
        let call = Call::new("POST", &world.at("/form")).header("accept", "text/html").form(&[("a", "1")]);
        let call = fields.iter().fold(call, |call, (name, value)| call.header(name, value));
        assert_not_preserved(&world, call, &format!("{fields:?}")).await;
    }
    // For an old browser without Fetch Metadata, `Origin` shows that the page is the site's own.
    let call = Call::new("POST", &world.at("/form")).header("accept", "text/html").form(&[("a", "1")]);
    let answer = world.browser().request(call.header("origin", &world.url)).await;
    assert_eq!((answer.status, answer.set_cookies().len()), (401, 2), "{}", answer.body);
}

#[tokio::test]
async fn unsuitable_bodies_are_not_preserved() {
    let routes =
        "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/off\"\nupstream = \"{app}\"\nkeep_posts = false\n";
    let world = Setup::new().routes(routes).start().await;
    let post = |path: &str| own_post(&world.at(path));
    let long = format!("/form?{}", "x".repeat(1024));
    for (what, call) in [
        ("switched off", post("/off/form").form(&[("a", "1")])),
        ("JSON", post("/form").header("content-type", "application/json").body("{}")),
        ("of no type", post("/form").body("a=1")),
        ("too large", post("/form").form(&[]).body(vec![b'x'; 64 * 1024 + 1])),
        ("to an address too long", post(&long).form(&[("a", "1")])),
        ("with PUT", post("/form").method("PUT").form(&[("a", "1")])),
    ] {
        assert_not_preserved(&world, call, what).await;
    }
    let browser = world.browser();
    for _ in 0..5 {
        let answer = browser.request(post("/form").form(&[]).body(vec![b'x'; 64 * 1024])).await;
        assert!(answer.status == 401 && answer.body.contains("It is kept"), "{}", answer.body);
    }
    let answer = browser.request(post("/form").form(&[("a", "1")])).await;
    assert!(answer.body.contains("was not kept"), "a sixth of one browser: {}", answer.body);
    let call = browser.fetch("POST", &world.at("/form"), &[("content-type", "text/plain")], "x").await;
    assert_eq!((call.status, call.json()["reason"].as_str()), (401, Some("sign-in-required")), "a script's own affair");
}

#[tokio::test]
async fn the_page_names_the_user_before_submitting() {
    let world = World::start().await;
    let browser = world.browser();
    let as_alice = submit_without_session(&world, &browser, "").await;
    // Bob signs in, in another tab; the button still names Alice.
    sign_out(&world, &browser).await;
    let bob = browser.sign_in(world.at("/"), "bob", "builder").await;
    assert_eq!(bob.status, 200, "{:?}", bob.history());
    let hits = world.app.hits();
    let page = browser.submit(&as_alice, 0, &[]).await;
    assert_restore_page(&world, &page, "Bob");
    assert_eq!(world.app.hits(), hits);
    browser.submit(&page, 0, &[]).await;
    assert_eq!(world.app.last().header("x-forwarded-user"), Some("subject-of-bob"));
}

#[tokio::test]
async fn after_sign_out_the_form_waits_for_sign_in() {
    let world = World::start().await;
    let browser = world.browser();
    let page = submit_without_session(&world, &browser, "").await;
    browser.remove_cookie("vestibule");
    let page = browser.submit(&page, 0, &[]).await;
    let page = browser.continue_sign_in(page, "alice", "wonderland").await;
    assert_restore_page(&world, &page, "Alice");
    browser.remove_cookie("vestibule");
    let page = browser.navigate(&page.url).await;
    let page = browser.continue_sign_in(page, "alice", "wonderland").await;
    world.assert_ends_at(&browser.submit(&page, 0, &[]).await, "/form?x=1");
}

#[tokio::test]
async fn a_preserved_form_belongs_to_its_browser() {
    let world = World::start().await;
    let browser = world.browser();
    let page = submit_without_session(&world, &browser, "").await;
    let hits = world.app.hits();
    let other = world.signed_in().await;
    world.assert_refused(&other.navigate(&page.url).await, "kept-form-gone");
    let stolen = other.submit(&page, 0, &[]).await;
    world.assert_refused(&stolen, "kept-form-gone");
    for strange in ["", "?t=", "?t=AAAAAAAAAAAAAAAA"] {
        let page = browser.navigate(world.at(&format!("/.auth/resume{strange}"))).await;
        world.assert_refused(&page, "kept-form-gone");
    }

    let framed = browser.request(Call::navigation(page.url.as_str()).set("sec-fetch-dest", "iframe")).await;
    assert!(framed.body.contains("target=\"_top\"") && !framed.body.contains("<form"), "{}", framed.body);
    assert_eq!(browser.request(own_post(page.url.as_str())).await.status, 405);
    assert_eq!(browser.fetch("GET", page.url.as_str(), &[], "").await.status, 401, "a script sees no button");

    let field = &page.forms()[0].fields[0];
    let press = |path: &str, value: &str| own_post(&world.at(path)).form(&[(&*field.0, value)]);
    for call in [
        press("/form?x=1", &field.1).set("sec-fetch-site", "cross-site"),
        press("/form?x=1", &field.1).set("sec-fetch-site", "same-site"),
        press("/form?x=1", &field.1).set("sec-fetch-site", "none"),
    ] {
        let answer = browser.request(call).await;
        assert_eq!(answer.status, 403);
        assert!(answer.body.contains("kept-form-foreign"), "{}", answer.body);
    }
    // The form is restored to its own URL only.
    let answer = browser.request(press("/form?x=2", &field.1)).await;
    assert!(answer.status == 410 && answer.body.contains("kept-form-gone"), "{}", answer.body);
    // With a forged token the page asks again.
    let forged = format!("{}.{}", field.1.split_once('.').expect("a token").0, "A".repeat(43));
    let answer = browser.request(press("/form?x=1", &forged)).await;
    assert_eq!((answer.status, answer.header("location")), (303, page.url.as_str().strip_prefix(&*world.url)));
    assert_eq!(world.app.hits(), hits + 1, "the page of the browser that signed in");
    // The preserved form is still there.
    world.assert_ends_at(&browser.submit(&page, 0, &[]).await, "/form?x=1");
}

#[tokio::test]
async fn the_route_rule_applies_to_restored_forms() {
    let routes = "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/form\"\nupstream = \"{app}\"\nallow = { groups = [\"sales\"] }\n";
    let world = Setup::new().routes(routes).start().await;
    let browser = world.browser();
    let answer = browser.submit(&form(&world, &browser, "").await, 0, &[]).await;
    let page = browser.continue_sign_in(answer, "bob", "builder").await;
    assert_restore_page(&world, &page, "Bob");
    let refused = browser.submit(&page, 0, &[]).await;
    world.assert_refused(&refused, "not-allowed");
    assert_eq!(world.app.hits(), 0);
    sign_out(&world, &browser).await;
    let page = browser.sign_in(&page.url, "alice", "wonderland").await;
    assert_restore_page(&world, &page, "Alice");
    assert_eq!(browser.submit(&page, 0, &[]).await.status, 200);
    assert_eq!(world.app.hits(), 1);
}

#[tokio::test]
async fn a_preserved_form_survives_a_restarted_sign_in() {
    for (later, waits) in [(3500, true), (3601, false)] {
        let world = Setup::new().session("idle = \"8h\"").start().await;
        let browser = world.browser();
        let page = submit_without_session(&world, &browser, "").await;
        world.advance(Duration::from_secs(later));
        let page = browser.submit(&page, 0, &[]).await;
        assert_eq!(page.status, if waits { 200 } else { 410 }, "{later} s");
    }
    let world = World::start().await;
    let browser = world.browser();
    let login = browser.submit(&form(&world, &browser, "").await, 0, &[]).await;
    let answer = browser.submit(&login, 0, &[("username", "alice"), ("password", "wonderland")]).await;
    world.advance(Duration::from_secs(660));
    let page = browser.submit(&answer, 0, &[]).await;
    let page = browser.continue_sign_in(page, "alice", "wonderland").await;
    assert_restore_page(&world, &page, "Alice");
}

#[tokio::test]
async fn a_restart_loses_the_form_and_says_so() {
    for secret in ["", "secret = { file = \"{secret}\" }"] {
        let mut world = Setup::new().session(secret).start().await;
        let browser = world.browser();
        let page = submit_without_session(&world, &browser, "").await;
        let hits = world.app.hits();
        world.restart().await;
        let page = world.sign_in(&browser, page.url.as_str().strip_prefix(&*world.url).expect("a path")).await;
        world.assert_refused(&page, "kept-form-gone");
        assert!(page.body.contains("restarted"), "{}", page.body);
        assert_eq!(world.app.hits(), hits);
    }
}

#[tokio::test]
async fn an_outage_does_not_lose_the_form() {
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address").port();
    let routes = format!("[[route]]\nupstream = \"http://127.0.0.1:{port}\"\n");
    let world = Setup::new().routes(&routes).provider_down().start().await;
    let browser = world.browser();
    let page = browser.submit(&form(&world, &browser, "").await, 0, &[]).await;
    world.assert_refused(&page, "provider-unreachable");
    world.provider.unavailable(false);
    while world.admin_status("/readyz").await != 200 {
        tokio::task::yield_now().await;
    }
    let page = browser.click(&page, page.links()[0].as_str()).await;
    let page = browser.continue_sign_in(page, "alice", "wonderland").await;
    assert_restore_page(&world, &page, "Alice");

    let away = browser.submit(&page, 0, &[]).await;
    world.assert_refused(&away, "upstream-unreachable");
    let app = LegacyApp::start(Some(port));
    let page = browser.click(&away, away.links()[0].as_str()).await;
    assert_restore_page(&world, &page, "Alice");
    let sent = browser.submit(&page, 0, &[]).await;
    assert_eq!((sent.status, app.hits(), app.last().target.as_str()), (200, 1, "/form?x=1"), "{}", sent.body);
}

#[tokio::test]
async fn a_large_form_with_a_session_is_forwarded() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for body in ["x".repeat(77), format!("vestibule-resume={}", "x".repeat(60)), format!("a=1&{}", "b".repeat(73))] {
        let answer = browser.request(own_post(&world.at("/form")).form(&[]).body(body.clone())).await;
        assert_eq!((answer.status, answer.json()["body"].as_str()), (200, Some(&*body)));
        assert_eq!(world.app.last().header_values("content-length"), ["77"]);
    }
    let anonymous = world.browser();
    let page = anonymous.request(own_post(&world.at("/form")).form(&[]).body("x".repeat(77))).await;
    assert!(page.status == 401 && page.body.contains("It is kept"), "{}", page.body);
}

// Covers: K11.
#[tokio::test]
async fn filling_the_form_store_affects_no_other_user() {
    let world = Setup::new().session("kept_forms_per_client = 100000").start().await;
    let first = world.browser();
    let page = submit_without_session(&world, &first, "").await;
    let (mut kept, large) = (0, vec![b'x'; 64 * 1024]);
    while world
        .browser()
        .request(own_post(&world.at("/form")).form(&[]).body(large.clone()))
        .await
        .body
        .contains("It is kept")
    {
        kept += 1;
    }
    assert!((900..=1024).contains(&kept), "{kept} of 64 KiB each");
    assert_not_preserved(&world, own_post(&world.at("/form")).form(&[]).body(large), "no room").await;
    // New sign-ins work, and the session and the form of the first user are still there.
    world.signed_in().await;
    assert!(session_cookie(&first).is_some());
    world.assert_ends_at(&first.submit(&page, 0, &[]).await, "/form?x=1");
}

/// Alice's session ends, and she submits her form. Returns the page after the new sign-in.
async fn submit_without_session(world: &World, browser: &Browser, enctype: &str) -> Page {
    let answer = browser.submit(&form(world, browser, enctype).await, 0, &[]).await;
    browser.continue_sign_in(answer, "alice", "wonderland").await
}

/// A page of the application with a form.
async fn form(world: &World, browser: &Browser, enctype: &str) -> Page {
    let mut page = browser.navigate_without_following(world.at("/.auth/logout/done")).await;
    let field = |name: &str, value: &str| format!("<input name=\"{name}\" value=\"{value}\">");
    let fields =
        [field("comment", "A-long-letter &amp; more"), field("empty", ""), field("é", "日本語\u{1F600}")].concat();
    page.url = world.at("/write").parse().expect("a URL");
    page.headers.clear();
    page.body = format!("<form method=\"post\" action=\"/form?x=1\" enctype=\"{enctype}\">{fields}</form>");
    page
}

/// A form submission by a user on a page of the site itself.
pub(crate) fn own_post(url: &str) -> Call {
    let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    Call::navigation(url).method("POST").set("sec-fetch-site", "same-origin").header("origin", &origin)
}

async fn sign_out(world: &World, browser: &Browser) {
    let page = browser.navigate(world.at("/.auth/logout")).await;
    browser.submit(&page, 0, &[]).await;
}

fn assert_restore_page(world: &World, page: &Page, name: &str) {
    assert_eq!((page.status, page.url.path()), (200, "/.auth/resume"), "{:?}\n{}", page.history(), page.body);
    let page_text = page.body.replace("&#x2f;", "/");
    for text in [&*format!("You are signed in as {name}"), &world.at("/form?x=1"), "has not been sent yet"] {
        assert!(page_text.contains(text), "{text}: {page_text}");
    }
    assert_eq!(page.forms()[0].action.as_str(), world.at("/form?x=1"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
}

async fn assert_not_preserved(world: &World, call: Call, what: &str) {
    let hits = world.app.hits();
    let answer = world.browser().request(call).await;
    assert_eq!((answer.status, answer.set_cookies().len()), (401, 0), "{what}: {}", answer.body);
    assert!(answer.body.contains("was not kept") && !answer.body.contains("<script"), "{what}: {}", answer.body);
    assert_eq!(world.app.hits(), hits, "{what}");
}

#[tokio::test]
async fn a_double_submit_during_an_outage_loses_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = silent.local_addr().expect("an address").port();
    let (reached, mut submissions) = tokio::sync::mpsc::unbounded_channel();
    let hold = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = silent.accept().await {
            open.push(connection);
            reached.send(()).expect("a test that goes on");
        }
    });
    let routes = format!("[[route]]\nupstream = \"https://127.0.0.1:{port}\"\nconnect_timeout = \"2s\"\n");
    let world = Setup::new().routes(&routes).start().await;
    let browser = world.browser();
    let page = submit_without_session(&world, &browser, "").await;
    assert_restore_page(&world, &page, "Alice");
    let impatient = async {
        submissions.recv().await.expect("the first submission");
        browser.submit(&page, 0, &[]).await
    };
    let (first, second) = tokio::join!(browser.submit(&page, 0, &[]), impatient);
    world.assert_refused(&first, "upstream-unreachable");
    world.assert_refused(&second, "kept-form-gone");
    let again = browser.click(&first, first.links()[0].as_str()).await;
    assert_restore_page(&world, &again, "Alice");
    hold.abort();
}
