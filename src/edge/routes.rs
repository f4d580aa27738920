//! Host and longest path prefix lead to a site.

use std::sync::Arc;

use tokio::sync::watch;

use super::{settings::RouteSettings, site::Site};
use crate::{
    base::Timestamp,
    proxy::StripList,
    web::{Origin, Target},
};

/// The sites of one worker, the most specific first.
pub(super) struct Routes {
    sites: Vec<(Place, Site)>,
}

/// What a site is for.
struct Place {
    host: Option<String>,
    path: String,
}

impl Routes {
    /// One site for each route. What any of them tells its application is stripped from requests to all of them.
    pub(super) fn new(routes: &[RouteSettings], stop: &watch::Receiver<bool>) -> Self {
        let strip = Arc::new(StripList::new(routes.iter().map(|route| &route.headers)));
        let mut sites: Vec<(Place, Site)> = routes
            .iter()
            .map(|route| {
                let place = Place { host: route.host.clone(), path: route.path.clone() };
                (place, Site::new(route, Arc::clone(&strip), stop.clone()))
            })
            .collect();
        // A route for one host goes before one for every host; then the longest path.
        sites.sort_by_key(|(place, _)| (place.host.is_none(), std::cmp::Reverse(place.path.len())));
        Self { sites }
    }

    /// The site behind `target` of `origin`.
    pub(super) fn find(&self, origin: &Origin, target: &Target) -> Option<&Site> {
        let is_for = |place: &Place| {
            place.host.as_deref().is_none_or(|host| host == origin.host()) && target.below(&place.path).is_some()
        };
        self.sites.iter().find(|(place, _)| is_for(place)).map(|(_, site)| site)
    }

    /// Closes upstream connections that have waited too long.
    pub(super) fn reap(&self, now: Timestamp) {
        for (_, site) in &self.sites {
            site.reap(now);
        }
    }
}
