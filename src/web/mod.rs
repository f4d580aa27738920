//! HTTP types shared by the modules above: targets, origins, cookies, forms, pages, responses.

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

pub use body::{Body, BoxError};
pub use cookies::{CookieName, CookieNames, Cookies, DEFAULT_PREFIX, is_own_cookie, pairs as cookie_pairs};
pub use form::{Form, FormError, encode as encode_form};
pub use language::Language;
pub use origin::{Origin, OriginError, is_loopback_host};
pub use page::Page;
pub use problem_details::ProblemDetails;
pub use reply::{Content, Reply};
pub use request_context::{RequestContext, RequestKind, is_same_origin};
pub use request_id::{RequestId, RequestIds};
pub use return_to::{RESUME, ReturnTo};
pub use set_cookie::{expire as expire_cookie, set as set_cookie};
pub use target::{Target, TargetError, below};
pub use templates::{Defect, Part, TemplateError, Templates};
