//! What the pages say, in every language.

mod english;
mod french;
mod german;
mod japanese;
mod label;
mod words;

pub use words::{Words, words};

pub(crate) use label::Label;
