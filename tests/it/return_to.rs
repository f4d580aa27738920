//! Where a sign-in ends: on our own origin, whatever a link asked for (RFC 9700 §4.11).

use std::time::Duration;

use url::Url;

use crate::world::{World, session_line};

#[tokio::test]
async fn cve_c01_c02_c03_c09_c06_i09_no_link_leads_away_from_our_origin() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let session = session_line(&browser);
    let own = Url::parse(&world.url).expect("a URL");
    let targets = hostile();
    assert!(targets.len() >= 200, "{}", targets.len());
    for target in &targets {
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let line = format!("GET /.auth/login?return_to={encoded}");
        let fields = ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", &session];
        let answer = world.raw(&line, &fields).await;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{target:?}: {answer}");
        let places: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("location: ")).collect();
        let [place] = places[..] else { panic!("{target:?}: {answer}") };
        let landed = own.join(place).unwrap_or_else(|error| panic!("{target:?} {place}: {error}"));
        assert_eq!(landed.origin(), own.origin(), "{target:?} {place}");
        assert!(!landed.path().starts_with("/.auth"), "{target:?} {place}");
        // Not only as the URL standard reads it: one slash, then something that is neither slash nor backslash.
        let second = place.as_bytes().get(1);
        assert!(place.starts_with('/') && !matches!(second, Some(b'/' | b'\\')), "{target:?} {place}");
        assert!(place.bytes().all(|byte| byte.is_ascii_graphic()), "{target:?} {place}");
    }
}

#[tokio::test]
async fn c06_a_whole_sign_in_ends_on_our_origin_too() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for (target, end) in [
        ("//evil.example", "/"),
        ("https://evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/"),
        ("/.auth/logout", "/"),
        ("/%2eauth/login", "/"),
        ("javascript:alert(1)", "/"),
        ("/a/../b?next=https://evil.example", "/b?next=https://evil.example"),
    ] {
        browser.remove_cookie("vestibule");
        // Several sign-ins in a row without a session in between would be a loop.
        world.advance(Duration::from_secs(400));
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let page = world.sign_in(&browser, &format!("/.auth/login?return_to={encoded}")).await;
        assert_eq!((page.status, page.url.as_str()), (200, world.at(end).as_str()), "{target}: {:?}", page.trail());
    }
}

#[tokio::test]
async fn cve_c08_i09_no_other_parameter_leads_anywhere() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    for name in ["rd", "redirect", "redirect_uri", "target_link_uri", "url", "next", "post_logout_redirect_uri"] {
        for path in ["/.auth/logout", "/.auth/logout/done", "/.auth/login/idp/continue", "/.auth/login"] {
            let page =
                browser.navigate_without_following(world.at(&format!("{path}?{name}=https://evil.example"))).await;
            assert!(!page.body.contains("evil.example"), "{path} {name}: {}", page.body);
            assert!(page.header("location").is_none_or(|to| to == "/"), "{path} {name}: {:?}", page.header("location"));
        }
    }
}

/// Every start before every host: what redirectors were published for falling for, and what only looks harmless.
fn hostile() -> Vec<String> {
    let starts = [
        "//",
        "///",
        "////",
        "/\\",
        "\\\\",
        "\\/",
        "/\\/",
        "\\",
        "/\t/",
        "/\n/",
        "/\r/",
        "/\r\n/",
        "/ /",
        "/\u{b}/",
        "/\0/",
        "/%09/",
        "/%0a/",
        "/%0d/",
        "/%0d%0aLocation:%20https://",
        "/%20/",
        "/%00/",
        "/%2f/",
        "/%2F",
        "%2f%2f",
        "/%5c",
        "/%5C%5C",
        "%5c%5c",
        "/./",
        "/.//",
        "/./\\",
        "/../",
        "/..//",
        "/..\\",
        "/..//..//",
        "/%2e/",
        "/%2e%2e//",
        "/%2e%2e%2f",
        "/;//",
        "/..;//",
        "/x/..//",
        "/.auth/..//",
        "/.auth/../\\",
        "http:",
        "http:/",
        "http://",
        "http:///",
        "http:\\\\",
        "https:",
        "https://",
        "hTTps://",
        "https:///",
        "https:/\\",
        "ftp://",
        "javascript:",
        "data:text/html,",
        "vbscript:",
        "file://",
        "ws://",
        " //",
        "\t//",
        "\n//",
        "\u{a0}//",
        "\u{3000}//",
        "\u{ff0f}\u{ff0f}",
        "/\u{ff0f}",
        "/\u{2044}",
        "\u{feff}//",
        "\u{202e}//",
        "?//",
        "#//",
        "&//",
        "@",
        ".",
        "..",
        "",
    ];
    let ends = [
        "evil.example",
        "evil.example/%2e%2e",
        "evil%E3%80%82example",
        "127.0.0.1@evil.example",
        "127.0.0.1:80\\@evil.example",
        "[::1]",
    ];
    starts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))).collect()
}
