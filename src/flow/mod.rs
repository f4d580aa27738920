//! The stories: each file is one, told top-down. No HTTP here but a visit, a form and a reply.

mod callback;
mod complete;
mod frontchannel;
mod guard;
mod home;
mod login;
mod logout;
mod loop_stop;
mod me;
mod paths;
mod problem;
mod reasons;
mod redemption;
mod relying_party;
mod renew;

pub use guard::Admission;
pub use home::Home;
pub use paths::Paths;
pub use problem::{Problem, Stopped, report};
pub use reasons::{Fault, REASONS, Reason, find as find_reason};
pub use relying_party::{Parts, RelyingParty};
