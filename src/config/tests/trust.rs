//! Trusted proxies: networks that contain everyone, and networks that are too wide.

use super::fixture::{Fixture, VALID, with_line};

fn with_proxies(proxies: &[&str]) -> String {
    with_line(VALID, 5, &format!("proxies = {proxies:?}"))
}

// Covers: L42.
#[test]
fn networks_that_contain_everyone_are_refused() {
    let fixture = Fixture::new();
    for (proxies, named) in [
        (&["0.0.0.0/0"][..], &["\"0.0.0.0/0\""][..]),
        (&["::/0"], &["\"::/0\""]),
        (&["0.0.0.0/1", "128.0.0.0/1"], &["\"0.0.0.0/1\"", "\"128.0.0.0/1\""]),
        (&["10.0.0.1", "192.0.0.0/2", "0.0.0.0/2", "128.0.0.0/2", "64.0.0.0/2"], &["\"64.0.0.0/2\"", "\"0.0.0.0/2\""]),
        // Without the private and the multicast addresses, which no client on the internet has.
        (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], &["\"192.0.0.0/3\""]),
        (&["1.2.3.4/1", "200.1.1.1/1"], &["\"0.0.0.0/1\"", "\"128.0.0.0/1\""]),
        (&["::ffff:0:0/96"], &["\"0.0.0.0/0\""]),
        (&["::ffff:0.0.0.0/97", "128.0.0.0/1"], &["\"0.0.0.0/1\"", "\"128.0.0.0/1\""]),
        (&["::/1", "8000::/1"], &["\"::/1\""]),
        (&["2000::/3"], &["\"2000::/3\""]),
        (&["2000::/5", "2800::/5"], &["\"2000::/5\"", "\"2800::/5\""]),
    ] {
        let errors = fixture.errors(&with_proxies(proxies), &[]);
        assert_eq!(errors.count(), 1, "{proxies:?} {errors}");
        let message = &errors.list[0].message;
        assert!(message.ends_with("any client could forge its address"), "{message}");
        assert!(named.iter().all(|named| message.contains(named)), "{proxies:?} {message}");
    }
    let errors = fixture.errors(&with_proxies(&["::/0", "0.0.0.0/1", "128.0.0.0/1"]), &[]);
    assert_eq!(errors.count(), 2, "one for each family: {errors}");
}

// Covers: L42.
#[test]
fn wide_public_networks_cause_warnings() {
    let fixture = Fixture::new();
    for (proxies, warned) in [
        (&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10"][..], &[][..]),
        (&["fc00::/7", "fd00::/8", "fe80::/10", "::1", "2001:db8::/32", "2a06:98c0::/29"], &[]),
        (&["173.245.48.0/20", "8.0.0.0/8"], &[]),
        (&["64.0.0.0/2", "10.0.0.0/8"], &["\"64.0.0.0/2\""]),
        (&["8.0.0.0/7", "2a00::/12", "::ffff:64.0.0.0/98"], &["\"8.0.0.0/7\"", "\"2a00::/12\"", "\"64.0.0.0/2\""]),
        // Wider than the private network that it contains.
        (&["10.0.0.0/7"], &["\"10.0.0.0/7\""]),
    ] {
        let (settings, warnings) = fixture.read(&with_proxies(proxies), &[]).expect("valid");
        assert_eq!(warnings.count(), warned.len(), "{proxies:?} {warnings}");
        for (warning, named) in warnings.list.iter().zip(warned) {
            assert!(warning.message.starts_with(named) && warning.message.contains("large part of the internet"));
        }
        assert_eq!(settings.trust.0.len(), proxies.len());
    }
}

#[test]
fn mapped_networks_are_compared_as_ipv4() {
    let settings = Fixture::new().settings(&with_proxies(&["::ffff:192.0.2.0/120", "::ffff:198.51.100.7"]), &[]);
    for (peer, is_trusted) in
        [("192.0.2.9", true), ("::ffff:192.0.2.9", true), ("198.51.100.7", true), ("192.0.3.9", false), ("::1", false)]
    {
        assert_eq!(settings.trust.include(peer.parse().expect("an address")), is_trusted, "{peer}");
    }
}
