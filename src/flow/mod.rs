//! The stories: each file is one, told top-down. No HTTP here but a visit, a form and a reply.

mod callback;
mod complete;
mod error;
mod frontchannel;
mod guard;
mod login;
mod login_loop;
mod logout;
mod me;
mod pages;
mod paths;
mod preserved_post;
mod redemption;
mod refresh;
mod relying_party;
mod retry;
mod texts;

pub use error::{FlowError, Rejection, report};
pub use guard::Admission;
pub use pages::{
    NextLink, form_not_preserved, no_sign_in_in_frame, problem_details, refusal_page, sample_pages,
    sign_in_needed_in_frame,
};
pub use paths::Paths;
pub use preserved_post::{Pressed, SendButton};
pub use relying_party::{Parts, RelyingParty};
pub use texts::{Label, Words, words};
