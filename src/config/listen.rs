//! `[listen]`: addresses and the certificate.

use std::net::{Ipv4Addr, SocketAddr};

use super::{
    problem::Spot,
    section::{Section, Written},
};
use crate::{
    base::chain,
    server::{TlsError, TlsFiles, load_tls},
};

pub(super) const KEYS: &[&str] = &["address", "admin", "tls"];
pub(super) const TLS_KEYS: &[&str] = &["certificate", "key"];

/// What `[listen]` says.
pub(super) struct Listen {
    pub(super) addresses: Vec<Written<SocketAddr>>,
    pub(super) admin: Option<Written<SocketAddr>>,
    pub(super) tls: Option<TlsFiles>,
    /// Whether a certificate is meant to be there, sound or not.
    pub(super) speaks_tls: bool,
}

/// Reads `[listen]`.
pub(super) fn read(section: &Section<'_>) -> Listen {
    let addresses = if section.has("address") {
        let texts = section.filled("address", ADDRESS_MEND);
        texts.iter().filter_map(|text| address(section, text)).collect()
    } else {
        vec![Written { value: DEFAULT, spot: section.spot("address") }]
    };
    let listen = Listen {
        addresses,
        admin: section.text("admin").and_then(|text| address(section, &text)),
        tls: section.has("tls").then(|| tls(section)).flatten(),
        speaks_tls: section.has("tls"),
    };
    refuse_overlap(section, &listen);
    listen
}

fn address(section: &Section<'_>, text: &Written<&str>) -> Option<Written<SocketAddr>> {
    if text.value == "systemd" || text.value.starts_with("unix:") {
        section.reader.wrong(&text.spot, "is a kind of socket that is not there yet", ADDRESS_MEND);
        return None;
    }
    let Ok(value) = text.value.parse() else {
        section.reader.wrong(&text.spot, "is no address with a port", ADDRESS_MEND);
        return None;
    };
    Some(Written { value, spot: text.spot.clone() })
}

fn tls(section: &Section<'_>) -> Option<TlsFiles> {
    let tls = section.section("tls", TLS_KEYS);
    for key in TLS_KEYS {
        tls.require(key, "write tls = { certificate = \"/path/tls.crt\", key = \"/path/tls.key\" }");
    }
    let (certificate, key) = (tls.path("certificate"), tls.path("key"));
    let (certificate, key) = (certificate?, key?);
    let files = TlsFiles { certificate: certificate.value, key: key.value };
    let Err(error) = load_tls(&files) else { return Some(files) };
    let spot = if concerns_key(&error, &files) { key.spot } else { certificate.spot };
    refuse_files(section, &spot, &error);
    None
}

fn concerns_key(error: &TlsError, files: &TlsFiles) -> bool {
    match error {
        TlsError::Unreadable { file, .. } | TlsError::NotPem { file, .. } => *file == files.key,
        TlsError::NoKey { .. } | TlsError::Mismatch { .. } => true,
        TlsError::NoCertificate { .. } | TlsError::Unusable { .. } | TlsError::Provider(_) => false,
    }
}

fn refuse_files(section: &Section<'_>, spot: &Spot, error: &TlsError) {
    let mend = match error {
        TlsError::Unreadable { .. } => "check the path, and that the gateway's user may read it",
        TlsError::Mismatch { .. } => "name the key that the certificate was made for",
        _ => "the files must be PEM: the certificate followed by those that vouch for it, and its unencrypted key",
    };
    section.reader.wrong(spot, format!("cannot be used: {}", chain(error)), mend);
}

fn refuse_overlap(section: &Section<'_>, listen: &Listen) {
    for (at, one) in listen.addresses.iter().enumerate() {
        if one.value.port() != 0 && listen.addresses[..at].iter().any(|other| other.value == one.value) {
            section.reader.wrong(&one.spot, "is named twice", "leave one out");
        }
    }
    let Some(admin) = &listen.admin else { return };
    if listen.addresses.iter().any(|public| overlap(public.value, admin.value)) {
        let wrong = "is a public address too: anybody could reach what is for operators only";
        section.reader.wrong(&admin.spot, wrong, "give it a port of its own, such as \"127.0.0.1:4181\"");
    }
}

/// Whether a connection to one of them may reach the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let same_host = one_ip == other_ip || one_ip.is_unspecified() || other_ip.is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_host
}

const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4180);
const ADDRESS_MEND: &str = "write an address and a port, such as \"127.0.0.1:4180\", \"0.0.0.0:443\" or \"[::]:443\"";
