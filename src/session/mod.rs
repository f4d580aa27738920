//! What the gateway remembers of a browser: its session, its sign-ins under way, and where both are kept.

mod arrival;
mod asked;
mod attempt;
mod cookie;
mod expiring;
mod id;
mod index;
mod kept;
mod memory;
mod record;
mod renewal;
mod settings;
mod store;

pub use arrival::{Arrival, Receipt};
pub use asked::{Asked, Person, Round};
pub use attempt::{Attempt, Relation, State, StateError, Tag};
pub use cookie::{expire as expire_cookie, set as set_cookie};
pub use id::{SessionCookie, SessionKey};
pub use index::LogoutTarget;
pub use kept::{KeptPost, Ticket};
pub use memory::MemoryStore;
pub use record::{Beginning, Session};
pub use renewal::{Renewal, Urgency};
pub use settings::SessionSettings;
pub use store::{Answer, Claim, ClaimKey, Later, Lot, Outcome, ParkingSlot, SessionStore, StoreError};
