//! What the gateway remembers of a browser: its session, its sign-ins under way, and where both are kept.

mod pending_response;
mod login_request;
mod login_transaction;
mod cookie;
mod expiring;
mod id;
mod index;
mod preserved_post;
mod memory;
mod session;
mod refresh;
mod settings;
mod store;

pub use pending_response::{PendingResponse, ResponseTicket};
pub use login_request::{LoginRequest, SubjectHash, Try};
pub use login_transaction::{LoginTransaction, LoginBinding, State, StateError, Tag};
pub use cookie::{expire as expire_cookie, set as set_cookie};
pub use id::{SessionCookie, SessionKey};
pub use index::LogoutTarget;
pub use preserved_post::{PreservedPost, PostTicket};
pub use memory::MemoryStore;
pub use session::{NewSession, Session};
pub use refresh::{RefreshGrant, RefreshUrgency};
pub use settings::SessionSettings;
pub use store::{Lookup, CompletionState, CompletionKey, StoreFuture, PendingKind, Outcome, PendingKey, SessionStore, StoreError};
