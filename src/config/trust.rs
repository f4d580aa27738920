//! `[trust]`: whose word about a request's origin is taken.

use std::net::IpAddr;

use ipnet::IpNet;

use super::section::{Section, Written};
use crate::edge::TrustedProxies;

pub(super) const KEYS: &[&str] = &["proxies"];

/// What `[trust]` says.
pub(super) struct Trust {
    pub(super) proxies: TrustedProxies,
    /// Whether a proxy is meant to be there, readable or not.
    pub(super) names_proxies: bool,
}

/// Reads `[trust]`.
pub(super) fn read(section: &Section<'_>) -> Trust {
    let texts = section.texts("proxies").unwrap_or_default();
    let proxies = texts.iter().filter_map(|text| network(section, text)).collect();
    Trust { proxies: TrustedProxies(proxies), names_proxies: !texts.is_empty() }
}

fn network(section: &Section<'_>, text: &Written<&str>) -> Option<IpNet> {
    let network = text.value.parse().ok().or_else(|| text.value.parse::<IpAddr>().ok().map(IpNet::from));
    let mend = "write addresses or networks, such as \"10.0.0.7\" or \"10.1.0.0/16\"";
    let Some(network) = network else {
        section.reader.wrong(&text.spot, "is neither an address nor a network", mend);
        return None;
    };
    if network.prefix_len() == 0 {
        let wrong = "is every address there is: anybody could forge where a request comes from";
        section.reader.wrong(&text.spot, wrong, "name the addresses of the proxies");
        return None;
    }
    Some(network.trunc())
}
