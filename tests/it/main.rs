//! One integration binary, a subject a file.

#[cfg(test)]
mod bans;
#[cfg(test)]
mod house;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod world;
