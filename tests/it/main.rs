//! One integration binary, a subject a file.

#[cfg(test)]
mod bans;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod house;
#[cfg(test)]
mod own_paths;
#[cfg(test)]
mod return_to;
#[cfg(test)]
mod server;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_out;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod world;
