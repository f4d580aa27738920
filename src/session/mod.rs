//! What the gateway remembers of a browser: its session, its sign-ins under way, and where both are kept.

mod expiring;
mod id;
mod index;
mod login_request;
mod login_transaction;
mod memory;
mod pending_response;
mod preserved_post;
mod refresh;
mod session;
mod settings;
mod store;

pub use id::{SessionCookie, SessionKey};
pub use index::LogoutTarget;
pub use login_request::{LoginRequest, SubjectHash, Try};
pub use login_transaction::{LoginBinding, LoginTransaction, State, StateError, Tag};
pub use memory::MemoryStore;
pub use pending_response::{PendingResponse, ResponseTicket};
pub use preserved_post::{PostTicket, PreservedPost};
pub use refresh::{RefreshGrant, RefreshUrgency};
pub use session::{NewSession, Session};
pub use settings::SessionSettings;
pub use store::{
    CompletionKey, CompletionState, Lookup, Outcome, PendingKey, PendingKind, SessionStore, StoreError, StoreFuture,
};
