//! What the gateway reports to its operator: log, audit trail, access log lines and metrics.

pub(crate) mod audit;
mod exposition;
mod heartbeats;
mod labels;
mod line_writer;
mod logging;
mod metrics;
mod output;
mod settings;

pub use labels::{LogName, MetricLabel, ResponseEnd, StatusClass};
pub use line_writer::LineWriter;
pub use logging::{RunningLog, start_logging};
pub use metrics::{Counter, CounterBy, Metrics};
pub use settings::LogSettings;

pub(crate) use exposition::{Exposition, FamilyKind};
pub(crate) use heartbeats::Heartbeats;
