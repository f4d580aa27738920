//! `[trust]`: the proxies whose forwarded headers are trusted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::section::{Section, Spanned, quoted};
use crate::edge::TrustedProxies;

pub(super) const KEYS: &[&str] = &["proxies"];

/// The values of `[trust]`.
pub(super) struct Trust {
    pub(super) proxies: TrustedProxies,
    /// Whether a proxy is written, even if it is invalid.
    pub(super) has_proxies: bool,
}

/// Reads `[trust]`.
pub(super) fn read(section: &Section<'_>) -> Trust {
    let texts = section.strings("proxies");
    let networks: Vec<_> = texts.iter().filter_map(|text| network(section, text)).collect();
    if !contains_everyone(section, &networks) {
        for network in &networks {
            warn_if_wide(section, network);
        }
    }
    let proxies = networks.into_iter().map(|network| network.value).collect();
    Trust { proxies: TrustedProxies(proxies), has_proxies: !texts.is_empty() }
}

fn network(section: &Section<'_>, text: &Spanned<&str>) -> Option<Spanned<IpNet>> {
    let network = text.value.parse().ok().or_else(|| text.value.parse::<IpAddr>().ok().map(IpNet::from));
    let Some(network) = network else {
        let help = "write addresses or networks, such as \"10.0.0.7\" or \"10.1.0.0/16\"";
        let message = format!("{} is not an IP address or network", quoted(text.value));
        section.reader.error(&text.span, message, help);
        return None;
    };
    Some(Spanned { value: canonical(network.trunc()), span: text.span.clone() })
}

/// `network` in IPv4 if it consists of IPv4-mapped addresses (RFC 4291 §2.5.5.2), as the addresses of peers are compared.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let length = mapped.prefix_len().checked_sub(MAPPED_BITS);
    let address = mapped.network().to_ipv4_mapped();
    address.zip(length).and_then(|(address, length)| IpNet::new(address.into(), length).ok()).unwrap_or(network)
}

/// Reports networks that contain every client, alone or together: any of them could then forge its address and the host.
fn contains_everyone(section: &Section<'_>, networks: &[Spanned<IpNet>]) -> bool {
    let mut found = false;
    for (internet, name) in [(INTERNET_V4, "IPv4"), (INTERNET_V6, "IPv6")] {
        let is_of_family = |network: &&Spanned<IpNet>| network.value.addr().is_ipv4() == internet.addr().is_ipv4();
        let of_family: Vec<_> = networks.iter().filter(is_of_family).collect();
        let (span, subject) = match of_family.iter().find(|network| contain(&[network], internet)) {
            Some(network) if network.value.prefix_len() == 0 => {
                (&network.span, format!("\"{}\" contains every address", network.value))
            }
            Some(network) => (&network.span, format!("\"{}\" contains every public {name} address", network.value)),
            None if contain(&of_family, internet) => {
                let names: Vec<_> = of_family.iter().map(|network| format!("\"{}\"", network.value)).collect();
                (&section.span("proxies"), format!("{} together contain every public {name} address", names.join(", ")))
            }
            None => continue,
        };
        found = true;
        section.reader.error(
            span,
            format!("{subject}: any client could forge its address"),
            "write the addresses of the proxies",
        );
    }
    found
}

/// Whether `networks` together contain every public address of `internet`.
fn contain(networks: &[&Spanned<IpNet>], internet: IpNet) -> bool {
    let all = networks.iter().map(|network| network.value).chain(NOT_PUBLIC.iter().copied()).collect();
    !networks.is_empty() && IpNet::aggregate(&all).iter().any(|network| network.contains(&internet))
}

fn warn_if_wide(section: &Section<'_>, network: &Spanned<IpNet>) {
    let net = network.value;
    let widest = if net.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    if net.prefix_len() < widest && !NOT_PUBLIC.iter().any(|other| other.contains(&net)) {
        let message = format!(
            "\"{net}\" is a large part of the internet: a client with an address there can forge addresses and hosts"
        );
        let help = "write the addresses of the proxies, or the networks that their operator publishes";
        section.reader.warn(&network.span, message, help);
    }
}

/// The largest public networks that no operator of proxies has.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 16;

/// The number of bits of `::ffff:0:0`, before an IPv4 address.
const MAPPED_BITS: u8 = 96;

const INTERNET_V4: IpNet = IpNet::new_assert(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The half of the global unicast addresses (RFC 4291 §2.4) that IANA assigns from.
const INTERNET_V6: IpNet = IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), 4);

/// Networks whose addresses no client on the internet has (RFC 6890, RFC 1112, RFC 5771).
const NOT_PUBLIC: &[IpNet] = &[
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 3),
    v6([0x2001, 0xdb8], 32),
    v6([0xfc00, 0], 7),
    v6([0xfe80, 0], 10),
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length)
}

const fn v6([a, b]: [u16; 2], length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), length)
}
