//! HTTP types shared by the higher modules: targets, origins, cookies, forms, pages, responses.

mod body;
mod cookies;
mod form;
mod language;
mod origin;
mod page;
mod problem_details;
mod reply;
mod request_context;
mod request_id;
mod return_to;
mod set_cookie;
mod target;
mod templates;
mod trace;
mod tunnel;

pub use cookies::{Cookies, is_own_cookie, pairs as cookie_pairs};
pub use form::{Form, FormError, encode as encode_form};
pub use language::Language;
pub use return_to::ReturnTo;
pub use target::{Target, TargetError, below};

pub(crate) use body::{Body, BoxError};
pub(crate) use cookies::{CookieName, DEFAULT_PREFIX};
pub(crate) use origin::{Origin, OriginError};
pub(crate) use page::Page;
pub(crate) use problem_details::ProblemDetails;
pub(crate) use reply::Reply;
pub(crate) use request_context::{RequestContext, RequestKind, is_same_origin};
pub(crate) use request_id::{RequestId, RequestIds};
pub(crate) use return_to::RESTORE;
pub(crate) use set_cookie::{expire as expire_cookie, set as set_cookie};
pub(crate) use templates::Templates;
pub(crate) use trace::{ForwardedBytes, Trace};
pub(crate) use tunnel::Tunnel;
