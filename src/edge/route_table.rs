//! The route table: finds a route by host and longest path prefix.

use std::{cmp::Reverse, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{error::RequestError, route::Route, settings::RouteSettings};
use crate::{
    base::Timestamp,
    proxy::StripList,
    reason::ReasonCode,
    stream::Streams,
    web::{Origin, Target, below},
};

/// The routes of one worker, the most specific first.
pub(super) struct RouteTable {
    routes: Vec<(Pattern, Route)>,
}

/// The requests that a route is for.
struct Pattern {
    host: Option<String>,
    path: String,
    /// The path as the most lenient servers normalize it.
    lenient: String,
}

impl RouteTable {
    /// The table of `routes`. A header name that any of them sets or strips is removed from the requests of all.
    pub(super) fn new(routes: &[RouteSettings], streams: &Arc<Streams>, shutdown: &CancellationToken) -> Self {
        let further = routes.iter().flat_map(|route| &route.strip_headers);
        let strip = Arc::new(StripList::new(routes.iter().map(|route| &route.headers), further));
        let mut routes: Vec<(Pattern, Route)> = routes
            .iter()
            .map(|route| {
                (Pattern::of(route), Route::new(route, Arc::clone(&strip), Arc::clone(streams), shutdown.clone()))
            })
            .collect();
        // The longest path comes first, and for one path a route with a host before a route for all hosts. So a public
        // `/` on one host does not override a rule for `/admin` on all hosts.
        routes.sort_by_key(|(pattern, _)| (Reverse(pattern.path.len()), pattern.host.is_none()));
        Self { routes }
    }

    /// The route of `target` on `origin`. A path that a lenient server could read as a path of another route is refused:
    /// otherwise the rule of one route would be applied and a resource of the other served.
    pub(super) fn find(&self, origin: &Origin, target: &Target) -> Result<&Route, RequestError> {
        let found = self.first(origin, |pattern| target.below(&pattern.path).is_some());
        if let Some(lenient) = target.lenient_path() {
            let other = self.first(origin, |pattern| below(&lenient, &pattern.lenient).is_some());
            let is_unambiguous = match (found, other) {
                (Some((pattern, _)), Some((other, _))) => pattern.is_equivalent(other),
                (None, None) => true,
                _ => false,
            };
            if !is_unambiguous {
                return Err(RequestError::Reason(ReasonCode::TargetAmbiguous));
            }
        }
        found.map(|(_, route)| route).ok_or(RequestError::Reason(ReasonCode::NotFound))
    }

    fn first(&self, origin: &Origin, matches: impl Fn(&Pattern) -> bool) -> Option<&(Pattern, Route)> {
        let is_host = |pattern: &Pattern| pattern.host.as_deref().is_none_or(|host| host == origin.host());
        self.routes.iter().find(|(pattern, _)| is_host(pattern) && matches(pattern))
    }

    /// Closes idle upstream connections.
    pub(super) fn reap(&self, now: Timestamp) {
        for (_, route) in &self.routes {
            route.reap(now);
        }
    }
}

impl Pattern {
    fn of(route: &RouteSettings) -> Self {
        let lenient = Target::parse(&route.path).ok().and_then(|target| target.lenient_path());
        Self { host: route.host.clone(), path: route.path.clone(), lenient: lenient.unwrap_or(route.path.clone()) }
    }

    /// Whether a lenient server could not distinguish this pattern from `other`.
    fn is_equivalent(&self, other: &Self) -> bool {
        self.host == other.host && self.lenient == other.lenient
    }
}
