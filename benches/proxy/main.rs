//! What an authenticated 1 KiB GET costs, beside nginx that only forwards it.
//!
//! `cargo bench --bench proxy` prints, for each proxy: CPU time per request and its ratio to nginx, user-space instructions per request,
//! system calls per request. It reports and asserts nothing about speed. Needs nginx, taskset, valgrind and strace.
//!
//! **Method.** The proxies run together on core 0, each with one worker; the application and the load run on core 1. One proxy is loaded at
//! a time, in an order that turns each round, with a fixed number of requests over a fixed number of kept connections. CPU time is what the
//! scheduler says of every thread of the proxy, and only ratios within a round are compared, because a machine's mood changes slowly.
//! Instructions (callgrind) and system calls (strace) are the difference of a long run and a short one: neither knows noise, both are what
//! to watch from change to change. Nginx runs twice, so that its ratio to itself shows what a ratio is worth.

mod count;
mod gateway;
mod load;
mod nginx;
mod process;
mod report;
mod upstream;

use std::{env, error::Error, net::SocketAddr};

use load::{Load, Target};
use process::Process;
use report::Row;
use vestibule_harness::idp::Provider;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Starts a proxy before the application, under the given wrapper (`taskset …`, `valgrind …`, `strace …`).
type Start = fn(upstream: SocketAddr, wrapper: &[&str]) -> Outcome<Proxy>;

/// A running proxy and the request that goes through it.
struct Proxy {
    process: Process,
    target: Target,
    /// Part of what the application must see of each request, in lower case: proof that the proxy does its work.
    shows: &'static str,
    /// The provider at which somebody signed in, as long as the proxy may ask it.
    #[expect(dead_code, reason = "it only has to live")]
    provider: Option<Provider>,
}

/// The proxies, the one that the others are compared to first.
const PROXIES: &[(&str, Start)] = &[
    ("nginx proxy_pass", nginx::start),
    ("nginx again (the noise)", nginx::start),
    ("vestibule, signed in", gateway::start),
];
const PROXY_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// How much is measured: `-- --rounds 9 --requests 25000 --connections 64`.
struct Plan {
    rounds: usize,
    requests: usize,
    connections: usize,
}

fn main() -> Outcome<()> {
    let plan = Plan::from_arguments()?;
    process::pin_this_to(LOAD_CORE)?;
    let upstream = upstream::start()?;
    let load = Load::new()?;
    let mut rows = Vec::new();
    for (name, start) in PROXIES {
        match count::per_request(*start, upstream, &load) {
            Ok(counts) => rows.push(Row { name, counts, micros: Vec::new() }),
            Err(error) => report::left_out(name, &*error),
        }
    }
    measure_time(&plan, upstream, &load, &mut rows)?;
    report::print(&rows);
    Ok(())
}

/// Fills in each row's CPU time per request, one figure a round.
fn measure_time(plan: &Plan, upstream: SocketAddr, load: &Load, rows: &mut [Row]) -> Outcome<()> {
    let mut proxies = Vec::new();
    for row in rows.iter() {
        let (_, start) = PROXIES.iter().find(|(name, _)| *name == row.name).ok_or("a row without its proxy")?;
        let proxy = start(upstream, &["taskset", "-c", PROXY_CORE])?;
        let seen = load.seen_by_application(&proxy.target)?;
        if !seen.to_ascii_lowercase().contains(proxy.shows) {
            return Err(format!("{}: the application sees no `{}` in:\n{seen}", row.name, proxy.shows).into());
        }
        proxies.push(proxy);
    }
    for round in 0..plan.rounds {
        for turn in 0..proxies.len() {
            let at = (round + turn) % proxies.len();
            let Proxy { process, target, .. } = &proxies[at];
            load.send(target, plan.requests / 10, plan.connections)?;
            let before = process.cpu_nanoseconds()?;
            load.send(target, plan.requests, plan.connections)?;
            let spent = process.cpu_nanoseconds()? - before;
            rows[at].micros.push(report::per(spent, plan.requests) / 1_000.0);
        }
    }
    Ok(())
}

impl Plan {
    fn from_arguments() -> Outcome<Self> {
        let mut plan = Self { rounds: 9, requests: 25_000, connections: 64 };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--rounds" => &mut plan.rounds,
                "--requests" => &mut plan.requests,
                "--connections" => &mut plan.connections,
                // Cargo says that this is a benchmark.
                "--bench" => continue,
                other => return Err(format!("unknown argument {other}").into()),
            };
            *place = words.next().ok_or("a number is missing")?.parse()?;
        }
        Ok(plan)
    }
}
