//! What our pages say, in every language that they speak.

mod english;
mod french;
mod german;
mod japanese;
mod message;

pub use message::{Label, Message, Words};
