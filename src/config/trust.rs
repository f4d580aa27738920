//! `[trust]`: the proxies whose forwarded headers are trusted.

use std::net::IpAddr;

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
    let proxies = texts.iter().filter_map(|text| network(section, text)).collect();
    Trust { proxies: TrustedProxies(proxies), has_proxies: !texts.is_empty() }
}

fn network(section: &Section<'_>, text: &Spanned<&str>) -> Option<IpNet> {
    let network = text.value.parse().ok().or_else(|| text.value.parse::<IpAddr>().ok().map(IpNet::from));
    let value = quoted(text.value);
    let Some(network) = network else {
        let help = "write addresses or networks, such as \"10.0.0.7\" or \"10.1.0.0/16\"";
        section.reader.error(&text.span, format!("{value} is not an IP address or network"), help);
        return None;
    };
    if network.prefix_len() == 0 {
        let message = format!("{value} contains every address: any client could forge its address");
        section.reader.error(&text.span, message, "write the addresses of the proxies");
        return None;
    }
    Some(network.trunc())
}
