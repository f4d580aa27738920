//! Row D41: a provider whose certificate is not trusted. Nothing is sent to it, at any step of a sign-in.

use vestibule_harness::{
    Handshake,
    ca::{TestCa, self_signed_server_config},
    idp::EventKind,
};

use super::{SignIn, assert_rejected, discovery::LONGEST_PAUSE};
use crate::world::{Setup, World};

/// The faults of the handshake, by name.
fn untrusted_handshakes(ca: &TestCa) -> [(&'static str, Handshake); 6] {
    [
        ("self-signed", Handshake::Tls(self_signed_server_config(HOSTS))),
        ("of another authority", Handshake::Tls(TestCa::new().server_config(HOSTS))),
        ("of another host", Handshake::Tls(ca.server_config(&["elsewhere.example"]))),
        ("expired", Handshake::Tls(ca.expired_server_config(HOSTS))),
        ("TLS 1.1", Handshake::Tls11),
        ("none at all", Handshake::Plain),
    ]
}

fn restore_handshake(world: &World) {
    world.provider.set_handshake(Handshake::Tls(world.ca.server_config(HOSTS)));
    world.advance(LONGEST_PAUSE);
}

// Covers: CVE-D7, D41.
#[tokio::test]
async fn metadata_needs_a_trusted_certificate() {
    let world = Setup::new().provider_down().start().await;
    for (wrong, handshake) in untrusted_handshakes(&world.ca) {
        world.provider.set_handshake(handshake);
        world.provider.unavailable(false);
        world.advance(LONGEST_PAUSE);
        let page = world.browser().navigate(world.at("/wanted")).await;
        world.assert_refused(&page, "provider-unreachable");
        assert_eq!((page.status, world.admin_status("/readyz").await), (502, 503), "{wrong}");
    }
    assert_eq!(world.provider.events(), []);
    restore_handshake(&world);
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
}

// Covers: CVE-D7, D41.
#[tokio::test]
async fn keys_need_a_trusted_certificate() {
    let world = World::start().await;
    let signed_in = world.signed_in().await;
    for (wrong, handshake) in untrusted_handshakes(&world.ca) {
        world.provider.rotate_keys();
        let sign_in = SignIn::start(&world).await;
        world.provider.clear_events();
        world.provider.set_handshake(handshake);
        let page = sign_in.end().await;
        assert_rejected(&world, &sign_in.browser, &page, "id-token-unknown-key");
        assert_eq!(world.provider.events(), [], "{wrong}");
        assert_eq!(signed_in.navigate(world.at("/still")).await.history(), ["GET /still 200"], "{wrong}");
        restore_handshake(&world);
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{wrong}");
    }
}

// Covers: CVE-D7, D41.
#[tokio::test]
async fn the_token_endpoint_needs_a_trusted_certificate() {
    let world = World::start().await;
    let signed_in = world.signed_in().await;
    for (wrong, handshake) in untrusted_handshakes(&world.ca) {
        let sign_in = SignIn::start(&world).await;
        world.provider.clear_events();
        world.provider.set_handshake(handshake);
        let page = sign_in.end().await;
        assert_rejected(&world, &sign_in.browser, &page, "provider-unreachable");
        assert_eq!(page.status, 502, "{wrong}");
        assert_eq!(world.provider.events(), [], "{wrong}");
        assert_eq!(signed_in.navigate(world.at("/still")).await.history(), ["GET /still 200"], "{wrong}");
        restore_handshake(&world);
    }
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.provider.count(EventKind::Token), 1);
}

const HOSTS: &[&str] = &["localhost", "127.0.0.1"];
