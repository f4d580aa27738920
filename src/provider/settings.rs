//! What an operator says about one provider: who it is, what proves who we are, and who vouches for its host.

use std::{path::PathBuf, sync::Arc};

use super::credentials::Credentials;
use crate::oidc::ProviderSettings;

/// One `[[provider]]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The registration of this relying party there.
    pub client: ProviderSettings,
    /// What proves that it is us.
    pub credentials: Arc<Credentials>,
    /// A file of PEM certificates that alone vouch for the provider's host; the system's roots when absent.
    pub ca_file: Option<PathBuf>,
}
