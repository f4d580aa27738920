//! Access rules and decisions.

mod rule;

pub(crate) use rule::{Decision, Denial};
pub use rule::{Pass, Requirement, Rule};
