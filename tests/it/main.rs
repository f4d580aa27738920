//! One integration binary.

#[cfg(test)]
mod bans;
#[cfg(test)]
mod house;
