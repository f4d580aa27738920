//! The counters of the gateway move with its audit trail, and are served to operators.

use vestibule_harness::browser::{Browser, Call};

use crate::world::World;

/// Sessions started, sessions ended, refusals.
fn counts(world: &World) -> [u64; 3] {
    let metrics = &world.metrics;
    [metrics.sessions_started.value(), metrics.sessions_ended.value(), metrics.refusals.total()]
}

async fn sign_out(world: &World, browser: &Browser) {
    let page = browser.navigate(world.at("/.auth/logout")).await;
    let done = browser.submit(&page, 0, &[]).await;
    assert_eq!(done.url.path(), "/.auth/logout/done", "{:?}", done.history());
}

#[tokio::test]
async fn counters_follow_the_audit_trail() {
    let world = World::start().await;
    assert_eq!(counts(&world), [0, 0, 0]);
    let browser = world.signed_in().await;
    assert_eq!(counts(&world), [1, 0, 0]);
    sign_out(&world, &browser).await;
    assert_eq!(counts(&world), [1, 1, 0]);
    // A sign-out without the token of its form is refused, and the session stays.
    let other = world.signed_in().await;
    let page = other.navigate(world.at("/.auth/logout")).await;
    let refused = other.submit(&page, 0, &[("token", "invented")]).await;
    world.assert_refused(&refused, "sign-out-foreign");
    assert_eq!(counts(&world), [2, 1, 1]);
}

#[tokio::test]
async fn sessions_ended_by_the_provider_are_counted() {
    let world = World::start().await;
    let _browser = world.signed_in().await;
    let sid = world.provider.sids().pop().expect("a session at the provider");
    let path = format!("/.auth/logout/idp/frontchannel?iss={}&sid={sid}", world.provider.issuer());
    for _ in 0..2 {
        let frame = Call::new("GET", &world.at(&path)).header("sec-fetch-site", "cross-site").without_cookies();
        assert_eq!(world.browser().request(frame).await.status, 200);
        assert_eq!(counts(&world), [1, 1, 0], "only sessions that were there are counted");
    }
}

#[tokio::test]
async fn metrics_are_served_in_the_text_format() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let page = browser.navigate(world.at("/.auth/no-such-page")).await;
    world.assert_refused(&page, "not-found");
    let scrape = browser.request(Call::new("GET", &format!("{}/metrics", world.admin))).await;
    assert_eq!(scrape.status, 200);
    assert_eq!(scrape.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "# TYPE vestibule_refusals_total counter",
        "vestibule_refusals_total{reason=\"not-found\"} 1",
        "vestibule_refusals_total{reason=\"not-allowed\"} 0",
        "vestibule_sessions_started_total 1",
        "vestibule_provider_ready{provider=\"idp\"} 1",
        "vestibule_ready 1",
    ] {
        assert!(scrape.body.lines().any(|one| one == line), "{line}\n{}", scrape.body);
    }
    assert!(scrape.body.contains(concat!("vestibule_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"")));
    let families = scrape.body.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for family in families {
        let samples = scrape.body.lines().filter(|line| line.split(['{', ' ']).next() == Some(family)).count();
        assert!(samples > 0, "{family}");
    }
}
