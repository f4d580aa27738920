//! What is told to the operator: log, audit trail, access log. Knows no other room.

pub mod audit;
mod lines;
mod logging;

pub use lines::LineWriter;
pub use logging::start_logging;
