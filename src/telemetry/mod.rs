//! What the gateway reports to its operator: log, audit trail, access log lines and metrics.

pub(crate) mod audit;
mod exposition;
mod line_writer;
mod logging;
mod metrics;

pub use line_writer::LineWriter;
pub use logging::start_logging;
pub use metrics::{Counter, CounterBy, MetricLabel, Metrics};

pub(crate) use exposition::{Exposition, FamilyKind};
