//! The pages of the gateway: their language, and the templates of an operator.

use std::{fs, path::PathBuf};

use vestibule_harness::browser::Call;

use crate::world::{Setup, World, everything_logged};

#[tokio::test]
async fn a_page_is_in_the_requested_language() {
    let world = World::start().await;
    for (accepted, language, not_signed_in, forged) in [
        (Some("en-GB,en;q=0.9,de;q=0.8"), "en", "You are not signed in", "Sign-in failed"),
        (Some("de-AT,de;q=0.9,en;q=0.8"), "de", "Sie sind nicht angemeldet", "Anmeldung fehlgeschlagen"),
        (Some("es, ja;q=0.5, en;q=0.1"), "ja", "サインインしていません", "サインインできませんでした"),
        (Some("en;q=0, fr-CA;q=0.3"), "fr", "Vous n’êtes pas connecté", "Échec de la connexion"),
        (Some("es, zh;q=0.5"), "en", "You are not signed in", "Sign-in failed"),
        (None, "en", "You are not signed in", "Sign-in failed"),
    ] {
        let ask = |path: &str| Call::new("GET", &world.at(path)).header("accept", "text/html");
        let forged_answer = ask("/.auth/login/idp/callback").method("POST").form(&[("state", "x")]);
        for (call, heading) in [(ask("/.auth/logout"), not_signed_in), (forged_answer, forged)] {
            let call = accepted.into_iter().fold(call, |call, accepted| call.header("accept-language", accepted));
            let page = world.browser().request(call).await;
            assert!(page.body.contains(&format!("<html lang=\"{language}\">")), "{accepted:?}: {}", page.body);
            assert!(page.body.contains(&format!("<h1>{heading}</h1>")), "{accepted:?}: {}", page.body);
            assert_eq!(page.header("content-language"), Some(language), "{accepted:?}");
            assert_eq!(page.header("vary"), Some("accept-language"), "{accepted:?}");
        }
    }
}

#[tokio::test]
async fn every_page_is_in_the_users_language() {
    let world = Setup::new().routes(RULES).start().await;
    let bob = world.browser();
    let signed_in = bob.sign_in(world.at("/"), "bob", "builder").await;
    assert_eq!(signed_in.status, 200, "{:?}", signed_in.history());
    let ask = |method: &str, path: &str| in_german(method, &world.at(path));
    let refused = bob.request(ask("GET", "/sales")).await;
    assert!(refused.body.contains("Ihr Konto hat keinen Zugriff auf diese Seite."), "{}", refused.body);
    assert!(refused.body.contains(">Mit einem anderen Konto anmelden</a>"), "{}", refused.body);
    assert!(refused.body.contains("<dt>Grund</dt><dd id=\"reason\">not-allowed</dd>"), "{}", refused.body);
    let asking = bob.request(ask("GET", "/.auth/logout")).await;
    assert!(asking.body.contains("Sie sind angemeldet als Bob"), "{}", asking.body);
    assert!(asking.body.contains(">Abmelden</button>") && asking.body.contains(">Angemeldet bleiben</a>"));
    let other_browser = world.browser();
    for (call, text) in [
        (ask("GET", "/sales").set("sec-fetch-dest", "iframe"), "Die Anmeldung öffnet sich im ganzen Tab."),
        (ask("GET", "/.auth/login").set("sec-fetch-dest", "iframe"), "Sie öffnet sich im ganzen Tab."),
        (ask("PUT", "/form").form(&[("a", "b")]), "weder übermittelt noch gespeichert"),
        (ask("POST", "/form").form(&[("a", "b")]), "sobald Sie angemeldet sind"),
        (ask("GET", "/.auth/resume?t=AAAAAAAAAAAAAAAA"), "Dieses Formular ist nicht mehr vorhanden"),
        (ask("GET", "/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA"), "Einen Moment, bitte"),
        (ask("GET", "/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA&again=1"), "Ihr Browser hat das Cookie"),
        (ask("GET", "/.auth/logout/done"), "Ihre Sitzung auf dieser Website ist beendet."),
        (ask("GET", "/a%00b"), "Die Adresse ist mehrdeutig"),
        (
            ask("GET", "/x").set("host", "elsewhere.example"),
            "Dieser Server ist für die aufgerufene Adresse nicht zuständig.",
        ),
    ] {
        let page = other_browser.request(call).await;
        assert!(page.body.contains(text), "{text}: {} {}", page.status, page.body);
        assert_eq!(page.header("content-language"), Some("de"), "{text}");
    }
}

#[tokio::test]
async fn sign_in_and_out_work_with_custom_templates() {
    let world = Setup::new().routes(&with_templates(EXAMPLE)).start().await;
    let bob = world.browser();
    bob.sign_in(world.at("/"), "bob", "builder").await;
    let refused = bob.navigate(world.at("/sales")).await;
    world.assert_refused(&refused, "not-allowed");
    assert!(refused.body.contains("service desk") && refused.body.contains("class=\"logo\""), "{}", refused.body);
    assert!(!refused.body.contains("has no access to this page. If"), "{}", refused.body);
    let asking = bob.navigate(world.at("/.auth/logout")).await;
    for page in [&refused, &asking] {
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("; img-src data:;"));
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
    }
    assert!(asking.body.contains("class=\"logo\"") && asking.body.contains("You are signed in as Bob"));
    let left = bob.submit(&asking, 0, &[]).await;
    assert_eq!((left.status, bob.cookie("vestibule").is_none()), (200, true), "{:?}", left.history());
}

#[tokio::test]
async fn a_failing_template_does_not_lose_the_response() {
    let folder = Folder::new("failing");
    let text = "{% extends \"built-in.html\" %}{% block top %}{% if \"Bob\" in text[0] %}{{ nobody }}{% endif %}<i>own</i>{% endblock %}";
    fs::write(folder.0.join("page.html"), text).expect("a file");
    let world = Setup::new().routes(&with_templates(&folder.0.display().to_string())).start().await;
    let alice = world.signed_in().await;
    let page = alice.navigate(world.at("/.auth/logout")).await;
    assert!(page.body.contains("<i>own</i>") && page.body.contains("signed in as Alice"), "{}", page.body);
    let bob = world.browser();
    bob.sign_in(world.at("/"), "bob", "builder").await;
    let page = bob.navigate(world.at("/.auth/logout")).await;
    assert!(!page.body.contains("<i>own</i>") && page.body.contains("signed in as Bob"), "{}", page.body);
    assert_eq!(bob.submit(&page, 0, &[]).await.status, 200);
    assert!(everything_logged().contains("the built-in template is used"));
}

/// A navigation of a browser that is set to Austrian German.
fn in_german(method: &str, url: &str) -> Call {
    Call::navigation(url)
        .method(method)
        .set("accept-language", "de-AT,de;q=0.8,en;q=0.5")
        .set("sec-fetch-site", "same-origin")
}

fn with_templates(directory: &str) -> String {
    format!("{RULES}[pages]\ntemplates = \"{directory}\"\n")
}

/// A directory that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-pages-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/pages");

const RULES: &str = r#"
    [[route]]
    upstream = "{app}"
    [[route]]
    path = "/sales"
    upstream = "{app}"
    allow = { groups = ["sales"] }
"#;
