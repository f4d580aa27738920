//! Control of the provider over HTTP, for browser scripts and the demo; the paths are outside the issuer's.

use http::Method;
use serde_json::json;

use super::{
    fault::{Fault, FaultPoint},
    reply::Reply,
    router::Call,
    world::Shared,
};

/// Answers `/_control/<command>`.
pub(crate) fn answer(shared: &Shared, call: &Call, command: &str) -> Reply {
    match (&call.method, command) {
        (&Method::POST, "fault") => switch_on(shared, call),
        (&Method::POST, "clear") => {
            shared.world().faults.clear();
            Reply::ok(json!({}))
        }
        (&Method::POST, "rotate") => {
            shared.world().keys.rotate(shared.options.algorithm);
            Reply::ok(json!({}))
        }
        (&Method::GET, "events") => Reply::ok(json!(shared.events())),
        (&Method::GET, "faults") => Reply::ok(
            Fault::all()
                .map(|fault| json!({"id": fault.id(), "what": fault.describe(), "place": fault.point().name()}))
                .collect(),
        ),
        _ => Reply::error(404, "not_found"),
    }
}

fn switch_on(shared: &Shared, call: &Call) -> Reply {
    let Some(fault) = call.param("id").and_then(Fault::find) else {
        return Reply::error(400, "unknown_fault");
    };
    let fault = match call.param("at").map(FaultPoint::find) {
        None => fault,
        Some(Some(point)) if fault.fits(point) => fault.at(point),
        Some(_) => return Reply::error(400, "no_such_place"),
    };
    shared.world().faults.push(fault);
    Reply::ok(json!({"id": fault.id(), "what": fault.describe(), "place": fault.point().name()}))
}
