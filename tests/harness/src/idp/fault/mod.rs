//! Every fault of the provider, by name; the names are rows of `docs/threats.md`.

mod answer;
mod claims;
mod documents;
mod entra;
mod jose;
mod logout;
mod table;
mod token;

pub use table::{Fault, FaultPoint};
