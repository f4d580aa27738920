//! What the room promises: sound files are read, and every mistake is found, placed and mended.

mod client_auth;
mod documents;
mod ground;
mod mistakes;
mod overlay;
mod pages;
mod secrets;
mod warnings;
