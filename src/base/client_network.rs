//! The network that counts as one client.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one client: an IPv4 address, or the /64 of an IPv6 address. A host can have every address of its /64 at
/// once (RFC 4291 §2.5.4, RFC 8981), so a limit per IPv6 address would limit nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientNetwork(IpAddr);

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & SUBNET_PREFIX)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

const SUBNET_PREFIX: u128 = u128::MAX << 64;

#[cfg(test)]
mod tests {
    use super::ClientNetwork;

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_subnet() {
        for (one, other, is_same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let client = |text: &str| ClientNetwork::from(text.parse::<std::net::IpAddr>().unwrap());
            assert_eq!(client(one) == client(other), is_same, "{one} {other}");
        }
    }
}
