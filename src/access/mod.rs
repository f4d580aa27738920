//! Access rules and decisions.

mod rule;

pub(crate) use rule::{Decision, Denial, Pass, Requirement, Rule};
