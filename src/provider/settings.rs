//! The settings of one provider.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::credentials::Credentials;
use crate::oidc::ProviderSettings;

/// The settings of one provider: a `[[provider]]` table of the configuration file.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// The provider and the registration of the gateway there.
    pub client: ProviderSettings,
    /// The client credentials of the gateway.
    pub(crate) credentials: Arc<Credentials>,
    /// A PEM file with the only root certificates for connections to the provider; `None` for those of the system.
    pub(crate) ca_file: Option<PathBuf>,
    /// How long one request to the provider may take.
    pub(crate) timeout: Duration,
}
