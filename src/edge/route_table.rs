//! Host and longest path prefix lead to a site.

use std::{cmp::Reverse, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{error_response::Refusal, route::Route, settings::RouteSettings};
use crate::{
    base::Timestamp,
    proxy::StripList,
    reason::ReasonCode,
    web::{Origin, Target, below},
};

/// The sites of one worker, the most specific first.
pub(super) struct RouteTable {
    sites: Vec<(Place, Route)>,
}

/// What a site is for.
struct Place {
    host: Option<String>,
    path: String,
    /// The path as the most lenient servers read it.
    lenient: String,
}

impl RouteTable {
    /// One site for each route. What any of them tells its application is stripped from requests to all of them.
    pub(super) fn new(routes: &[RouteSettings], stop: &CancellationToken) -> Self {
        let strip = Arc::new(StripList::new(routes.iter().map(|route| &route.headers)));
        let mut sites: Vec<(Place, Route)> = routes
            .iter()
            .map(|route| (Place::of(route), Route::new(route, Arc::clone(&strip), stop.clone())))
            .collect();
        // The longest path wins, on every host; of two routes for one path, the one for this host alone. A rule for
        // `/admin` everywhere is thus not undone by an open `/` on one host.
        sites.sort_by_key(|(place, _)| (Reverse(place.path.len()), place.host.is_none()));
        Self { sites }
    }

    /// The site behind `target` of `origin`. A path that a lenient server could read as one of another route is refused:
    /// the rule of the one would be decided, and the page of the other shown.
    pub(super) fn find(&self, origin: &Origin, target: &Target) -> Result<&Route, Refusal> {
        let found = self.first(origin, |place| target.below(&place.path).is_some());
        if let Some(lenient) = target.lenient_path() {
            let other = self.first(origin, |place| below(&lenient, &place.lenient).is_some());
            let is_clear = match (found, other) {
                (Some((place, _)), Some((other, _))) => place.is_like(other),
                (None, None) => true,
                _ => false,
            };
            if !is_clear {
                return Err(Refusal::Reason(ReasonCode::TargetAmbiguous));
            }
        }
        found.map(|(_, site)| site).ok_or(Refusal::Reason(ReasonCode::NotFound))
    }

    fn first(&self, origin: &Origin, leads_there: impl Fn(&Place) -> bool) -> Option<&(Place, Route)> {
        let is_host = |place: &Place| place.host.as_deref().is_none_or(|host| host == origin.host());
        self.sites.iter().find(|(place, _)| is_host(place) && leads_there(place))
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        for (_, site) in &self.sites {
            site.reap(now);
        }
    }
}

impl Place {
    fn of(route: &RouteSettings) -> Self {
        let lenient = Target::parse(&route.path).ok().and_then(|target| target.lenient_path());
        Self { host: route.host.clone(), path: route.path.clone(), lenient: lenient.unwrap_or(route.path.clone()) }
    }

    /// Whether a lenient server could not tell this place from `other`.
    fn is_like(&self, other: &Self) -> bool {
        self.host == other.host && self.lenient == other.lenient
    }
}
