//! What one stream of a body may hold in memory.

mod bounded_read;
mod compact;

pub(crate) use bounded_read::BoundedRead;
pub(crate) use compact::compact;
