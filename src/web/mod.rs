//! Our HTTP vocabulary: what rooms above say to each other about requests and answers.

mod form;

pub use form::{Form, FormError, encode as encode_form};
