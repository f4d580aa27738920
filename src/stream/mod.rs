//! Bodies under way: what they hold in memory, how slow their clients may be, and what ends them early.

mod abortable;
mod bounded_read;
mod budget;
mod client_task;
mod compact;
mod limits;
mod open_stream;
mod reservation;
mod streams;

pub(crate) use abortable::{AbortableExecutor, abortable, current_task, handed_over_last};
pub(crate) use bounded_read::BoundedRead;
pub(crate) use compact::compact;
pub(crate) use limits::StreamLimits;
pub(crate) use open_stream::{AccessWatch, Direction, Ends, OpenStream, Owner, StreamEnd};
pub(crate) use reservation::Reservation;
pub(crate) use streams::Streams;
