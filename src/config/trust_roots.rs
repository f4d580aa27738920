//! `ca_file`: the certificates that are trusted for hosts reached over https, instead of the system's roots.

use std::{path::PathBuf, sync::Arc};

use rustls::ClientConfig;

use super::{
    diagnostic::Span,
    section::{Reader, Spanned},
};
use crate::{
    base::chain,
    provider::{TrustError, client_config},
};

/// The TLS client that trusts the certificates of `ca_file`, or the system's roots without one. `None` after an error.
///
/// Errors that do not concern `ca_file` are reported at `span`, the key of the host.
pub(super) fn tls_client(
    reader: &Reader<'_>,
    span: &Span,
    ca_file: Option<&Spanned<PathBuf>>,
) -> Option<Arc<ClientConfig>> {
    let error = match client_config(ca_file.map(|file| file.value.as_path())) {
        Ok(client) => return Some(client),
        Err(error) => error,
    };
    let cause = chain(&error);
    match (ca_file, &error) {
        (_, TrustError::Tls(_)) => reader.error(span, format!("cannot use TLS: {cause}"), "use another build"),
        (Some(file), _) => {
            let message = format!("cannot use {}: {cause}", file.value.display());
            let help = "the file must contain PEM certificates, and the gateway's user must be able to read it";
            reader.error(&file.span, message, help);
        }
        (None, _) => {
            let help = "install the system's certificates (package ca-certificates), or set ca_file";
            reader.error(span, "this system has no usable root certificates", help);
        }
    }
    None
}
