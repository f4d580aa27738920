//! A browser without a screen: cookie rules (RFC 6265bis), redirects, forms, Fetch metadata, a WebSocket; no script but the form that posts itself and the page that goes on by itself.

mod call;
mod client;
mod form;
mod jar;
mod navigation;
mod page;
mod script;
mod set_cookie;
mod site;
mod transport;
mod websocket;

pub use call::Call;
pub use client::Browser;
pub use form::Form;
pub use jar::{Cookie, RejectedCookie};
pub use page::{Hop, Page, Response, StreamingResponse};
pub use set_cookie::SameSite;
pub use websocket::WebSocket;
