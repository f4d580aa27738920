//! The stories: each file is one, told top-down. No HTTP here but a visit, a form and a reply.

mod anew;
mod callback;
mod complete;
mod frontchannel;
mod guard;
mod home;
mod kept;
mod login;
mod logout;
mod loop_stop;
mod me;
mod pages;
mod paths;
mod problem;
mod reasons;
mod redemption;
mod relying_party;
mod renew;
mod texts;

pub use guard::Admission;
pub use home::Home;
pub use kept::{Pressed, SendButton};
pub use pages::{WayOn, not_in_a_frame, not_kept, refused as refusal_page, samples as sample_pages, sign_in_for_part};
pub use paths::Paths;
pub use problem::{Problem, Stopped, report};
pub use reasons::{Fault, REASONS, Reason, find as find_reason};
pub use relying_party::{Parts, RelyingParty};
pub use texts::{Label, Message, Words};
