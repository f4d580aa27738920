//! `[listen]`: the addresses of the listeners, and the TLS certificate.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use super::{
    diagnostic::Span,
    section::{Section, Spanned, quoted},
};
use crate::{
    base::chain,
    server::{TlsError, TlsFiles, load_tls},
};

pub(super) const KEYS: &[&str] = &["address", "admin", "liveness_timeout", "tls"];
pub(super) const TLS_KEYS: &[&str] = &["certificate", "key"];

/// The values of `[listen]`.
pub(super) struct Listen {
    pub(super) addresses: Vec<Spanned<SocketAddr>>,
    pub(super) admin: Option<Spanned<SocketAddr>>,
    pub(super) liveness_timeout: Duration,
    pub(super) tls: Option<TlsFiles>,
    /// Whether `tls` is written, even if it is invalid.
    pub(super) has_tls: bool,
}

/// Reads `[listen]`.
pub(super) fn read(section: &Section<'_>) -> Listen {
    let addresses = if section.has("address") {
        let texts = section.non_empty_strings("address", ADDRESS_HELP);
        texts.iter().filter_map(|text| address(section, text)).collect()
    } else {
        vec![Spanned { value: DEFAULT, span: section.span("address") }]
    };
    let listen = Listen {
        addresses,
        admin: section.string("admin").and_then(|text| address(section, &text)),
        liveness_timeout: section
            .duration("liveness_timeout", LIVENESS_TIMEOUT)
            .map_or(DEFAULT_LIVENESS_TIMEOUT, |written| written.value),
        tls: section.has("tls").then(|| tls(section)).flatten(),
        has_tls: section.has("tls"),
    };
    refuse_overlap(section, &listen);
    listen
}

fn address(section: &Section<'_>, text: &Spanned<&str>) -> Option<Spanned<SocketAddr>> {
    let value = quoted(text.value);
    if text.value == "systemd" || text.value.starts_with("unix:") {
        section.reader.error(&text.span, format!("socket {value} is not supported yet"), ADDRESS_HELP);
        return None;
    }
    let Ok(address) = text.value.parse() else {
        section.reader.error(&text.span, format!("{value} is not an IP address with a port"), ADDRESS_HELP);
        return None;
    };
    Some(Spanned { value: address, span: text.span.clone() })
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
    let span = if is_about_key(&error, &files) { key.span } else { certificate.span };
    refuse_files(section, &span, &error);
    None
}

fn is_about_key(error: &TlsError, files: &TlsFiles) -> bool {
    match error {
        TlsError::Unreadable { file, .. } | TlsError::NotPem { file, .. } => *file == files.key,
        TlsError::NoKey { .. } | TlsError::Mismatch { .. } => true,
        TlsError::NoCertificate { .. } | TlsError::Unusable { .. } | TlsError::Provider(_) => false,
    }
}

fn refuse_files(section: &Section<'_>, span: &Span, error: &TlsError) {
    let help = match error {
        TlsError::Unreadable { .. } => "check the path, and that the gateway's user may read the file",
        TlsError::Mismatch { .. } => "name the private key of the certificate",
        _ => "the files must be PEM: the certificate with its chain, and the unencrypted private key",
    };
    section.reader.error(span, chain(error), help);
}

fn refuse_overlap(section: &Section<'_>, listen: &Listen) {
    for (at, one) in listen.addresses.iter().enumerate() {
        if one.value.port() != 0 && listen.addresses[..at].iter().any(|other| other.value == one.value) {
            section.reader.error(&one.span, format!("duplicate address {}", one.value), "remove one of them");
        }
    }
    let Some(admin) = &listen.admin else { return };
    if listen.addresses.iter().any(|public| overlap(public.value, admin.value)) {
        let message = "address is also public: anyone could reach the endpoints for operators";
        section.reader.error(&admin.span, message, "use another port, such as \"127.0.0.1:4181\"");
    }
}

/// Whether a connection to one of the addresses can reach a listener on the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let same_host = one_ip == other_ip || one_ip.is_unspecified() || other_ip.is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_host
}

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4180);
/// A worker says every 500 ms that it responds.
const LIVENESS_TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(600);
const DEFAULT_LIVENESS_TIMEOUT: Duration = Duration::from_secs(5);
const ADDRESS_HELP: &str = "write an address and a port, such as \"127.0.0.1:4180\", \"0.0.0.0:443\" or \"[::]:443\"";
