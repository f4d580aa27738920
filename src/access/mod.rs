//! Who may pass.

mod rule;

pub use rule::{Decision, Pass, Requirement, Rule};
