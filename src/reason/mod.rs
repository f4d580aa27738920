//! Why a request is refused: the reason codes, and what is known about each.

mod code;
mod fault;
mod page_message;

pub use code::ReasonCode;
pub use fault::Fault;
pub use page_message::PageMessage;
