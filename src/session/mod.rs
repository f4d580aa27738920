//! Sessions, sign-ins in progress, and the store of both.

mod completion;
mod expiring;
mod id;
mod index;
mod login_request;
mod login_transaction;
mod logout_marks;
mod memory;
mod pending;
mod pending_response;
mod preserved_post;
mod refresh;
mod session;
mod settings;
mod store;

pub use id::{SessionCookie, SessionKey};
pub use login_request::LoginRequest;
pub use login_transaction::{LoginBinding, LoginCookie, LoginTransaction, State, StateError, Tag};
pub use pending::PendingKind;
pub use pending_response::{PendingResponse, ResponseTicket};

pub(crate) use completion::{CompletionKey, CompletionState, Outcome, SealedCookie};
pub(crate) use index::LogoutTarget;
pub(crate) use login_request::{SubjectHash, Try};
pub(crate) use memory::MemoryStore;
pub(crate) use preserved_post::{PostTicket, PreservedPost};
pub(crate) use refresh::{RefreshGrant, RefreshUrgency};
pub(crate) use session::{NewSession, Session};
pub(crate) use settings::SessionSettings;
pub(crate) use store::{SessionStore, StoreError};

/// For stores of tests.
#[cfg(test)]
pub(crate) use {
    pending::PendingKey,
    store::{Lookup, StoreFuture},
};
