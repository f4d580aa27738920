//! The operator's settings of the logs.

/// The settings of the log and the access log.
#[derive(Clone, Copy, Debug)]
pub struct LogSettings {
    /// How many bytes of each log may wait for its reader. Lines beyond it are dropped.
    pub(crate) buffer_bytes: usize,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { buffer_bytes: 8 * 1024 * 1024 }
    }
}
