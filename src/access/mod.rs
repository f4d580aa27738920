//! Access rules and decisions.

mod rule;

pub use rule::{Decision, Denial, Pass, Requirement, Rule};
