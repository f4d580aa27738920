//! The log: JSON lines on standard error.

use std::io;

use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts the log of this process. `filter` is a list such as `info,vestibule=debug`; one that cannot be read is `info`.
///
/// A second start changes nothing: the first has the word.
pub fn start_logging(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines =
        fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).with_writer(io::stderr);
    let _first_has_the_word = Registry::default().with(filter).with(lines).try_init();
}
