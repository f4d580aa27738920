//! What the gateway reports to its operator: log, audit trail, access log lines and counters.

pub(crate) mod audit;
mod line_writer;
mod logging;
mod metrics;

pub use line_writer::LineWriter;
pub use logging::start_logging;
pub use metrics::{Counter, Metrics};
