//! Who somebody is, once a token about them was verified.

mod claims;
mod demand;
mod headers;
mod person;

pub use claims::Claims;
pub use demand::{Demand, Unmet};
pub use headers::{HeaderSet, identity_name};
pub use person::Identity;
