//! Sessions, sign-ins under way, and the store that holds both.

mod completion;
mod expiring;
mod id;
mod index;
mod login_request;
mod login_transaction;
mod memory;
mod pending;
mod pending_response;
mod preserved_post;
mod refresh;
mod session;
mod settings;
mod store;

pub use completion::{CompletionKey, CompletionState, Outcome, SealedCookie};
pub use id::{SessionCookie, SessionKey};
pub use index::LogoutTarget;
pub use login_request::{LoginRequest, SubjectHash, Try};
pub use login_transaction::{LoginBinding, LoginCookie, LoginTransaction, State, StateError, Tag};
pub use memory::MemoryStore;
pub use pending::{PendingKey, PendingKind};
pub use pending_response::{PendingResponse, ResponseTicket};
pub use preserved_post::{PostTicket, PreservedPost};
pub use refresh::{RefreshGrant, RefreshUrgency};
pub use session::{NewSession, Session};
pub use settings::SessionSettings;
pub use store::{Lookup, SessionStore, StoreError, StoreFuture};
