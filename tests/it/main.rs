//! The integration tests in one binary, one file for each subject.

#[cfg(test)]
mod access_log;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod authorize;
#[cfg(test)]
mod browser_binding;
#[cfg(test)]
mod capacity;
#[cfg(test)]
mod changed_response;
#[cfg(test)]
mod client_auth;
#[cfg(test)]
mod client_budgets;
#[cfg(test)]
mod code_cookie;
mod compared_as_sent;
#[cfg(test)]
mod connection_auth;
#[cfg(test)]
mod deny;
#[cfg(test)]
mod early_response;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod entra;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forwarded;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod fragment;
#[cfg(test)]
mod frontchannel;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod hanging_provider;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod liveness;
#[cfg(test)]
mod log;
#[cfg(test)]
mod login_loop;
#[cfg(test)]
mod login_start;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod output;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod planted_login;
#[cfg(test)]
mod prefix;
#[cfg(test)]
mod preserved_post;
#[cfg(test)]
mod process;
#[cfg(test)]
mod provider_errors;
#[cfg(test)]
mod provider_of_route;
#[cfg(test)]
mod query;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod redemption;
#[cfg(test)]
mod redirect_uri;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod rejected_responses;
#[cfg(test)]
mod response_binding;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod return_to;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod script_requests;
#[cfg(test)]
mod sealed_values;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_in_steps;
#[cfg(test)]
mod sign_out;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod step_up;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tabs;
#[cfg(test)]
mod tampered_values;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod unauthenticated;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod world;
