//! What an operator says about one provider: who it is, and who vouches for its host.

use std::path::PathBuf;

use crate::oidc::ProviderSettings;

/// One `[[provider]]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The registration of this relying party there.
    pub client: ProviderSettings,
    /// A file of PEM certificates that alone vouch for the provider's host; the system's roots when absent.
    pub ca_file: Option<PathBuf>,
}
