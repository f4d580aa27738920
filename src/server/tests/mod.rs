//! The room from outside: real sockets, a service that notes what it was asked.

mod bench;
mod floods;
mod http;
mod lifecycle;
mod smuggling;
mod tls;
