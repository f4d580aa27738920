//! Who may pass.

mod rule;

pub use rule::{Decision, Denial, Pass, Requirement, Rule};
