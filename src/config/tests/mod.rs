//! Tests of whole configurations: valid ones are read, and every error is reported with its location and a fix.

mod believed_claims;
mod client_auth;
mod documents;
mod environment;
mod errors;
mod fixture;
mod limit_errors;
mod pages;
mod secrets;
mod strip_headers;
mod trust;
mod warnings;
