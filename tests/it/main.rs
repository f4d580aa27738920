//! One integration binary, a subject a file.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attack;
#[cfg(test)]
mod authorize;
#[cfg(test)]
mod bans;
#[cfg(test)]
mod beginning;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod carried;
#[cfg(test)]
mod changed_answer;
#[cfg(test)]
mod client_auth;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod entra;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fragment;
#[cfg(test)]
mod frontchannel;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod log;
#[cfg(test)]
mod loop_stop;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod once;
#[cfg(test)]
mod other_browser;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod own_paths;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod planted_login;
#[cfg(test)]
mod prefix;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod query;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod redirect_uri;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod renew;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod return_to;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod server;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_out;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod step_up;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tabs;
#[cfg(test)]
mod tampered;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod world;
