//! The flows: sign-in, the decision about a request, refresh, preserved requests, sign-out.
//!
//! A flow takes a request context and a form, and returns a reply. It does not handle HTTP messages.

mod callback;
mod client_budget;
mod complete;
mod completion;
mod error;
mod form_token;
mod front_channel;
mod frontchannel_logout;
mod guard;
mod login;
mod login_loop;
mod logout;
mod me;
mod pages;
mod paths;
mod presented_session;
mod preserved_post;
mod redemption;
mod refresh;
mod refreshes;
mod relying_party;
mod response_cookie;
mod retry;
mod sign_in;
mod texts;

pub use texts::{Words, words};

pub(crate) use error::{FlowError, Rejection, report};
pub(crate) use logout::Logout;
pub(crate) use me::{sign_in_required, step_up_required};
pub(crate) use pages::{
    NextLink, form_not_preserved, no_sign_in_in_frame, problem_details, refusal_page, sample_pages,
    sign_in_needed_in_frame,
};
pub(crate) use paths::Paths;
pub(crate) use preserved_post::{PreservedPosts, Restore, RestoreForm};
pub(crate) use relying_party::{RelyingParty, RelyingPartyParts};
pub(crate) use sign_in::SignIn;
pub(crate) use texts::Label;
