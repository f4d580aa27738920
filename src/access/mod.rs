//! Access rules and decisions.

mod rule;

pub(crate) use rule::{Allow, Decision, Denial, Pass, Requirement, Rule};
