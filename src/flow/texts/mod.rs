//! The texts of the pages, in every language.

mod english;
mod french;
mod german;
mod japanese;
mod label;
mod words;

pub use words::{Words, words};

pub(crate) use label::Label;
