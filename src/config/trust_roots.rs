//! Who vouches for a host that is reached over https: the system's roots, or the certificates of a file.

use std::{path::PathBuf, sync::Arc};

use rustls::ClientConfig;

use super::{
    problem::Spot,
    section::{Reader, Written},
};
use crate::{
    base::chain,
    provider::{TrustError, client_config},
};

/// How to meet a host: with a certificate that `ca_file` vouches for, or without one, a root of the system. `spot` names
/// who is to be met.
pub(super) fn client(
    reader: &Reader<'_>,
    spot: &Spot,
    ca_file: Option<&Written<PathBuf>>,
) -> Option<Arc<ClientConfig>> {
    let error = match client_config(ca_file.map(|file| file.value.as_path())) {
        Ok(client) => return Some(client),
        Err(error) => error,
    };
    let cause = chain(&error);
    match (ca_file, &error) {
        (_, TrustError::Tls(_)) => reader.wrong(spot, format!("is out of reach: {cause}"), "use another build"),
        (Some(file), _) => {
            let wrong = format!("leads to {}, which {cause}", file.value.display());
            let mend =
                "put PEM certificates there, each from -----BEGIN CERTIFICATE-----, that the gateway's user may read";
            reader.wrong(&file.spot, wrong, mend);
        }
        (None, _) => {
            let mend = "install the system's certificates (package ca-certificates), or name a ca_file";
            reader.wrong(spot, "cannot be trusted by anything: this system has no usable root certificate", mend);
        }
    }
    None
}
