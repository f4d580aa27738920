//! The cost of an authenticated 1 KiB GET, compared with nginx that only forwards the request.
//!
//! `cargo bench --bench proxy` prints for each proxy: CPU time per request and its ratio to nginx, user-space instructions per request,
//! system calls per request. Nothing about speed is asserted. Needs nginx, taskset, valgrind and strace; a proxy that cannot be started is
//! left out. `cargo bench --bench proxy -- --rounds 0` counts instructions and system calls and measures no time.
//!
//! **Method.** The proxies run together on core 0, each with one worker; the application and the load generator run on core 1. One proxy is
//! loaded at a time, in an order that rotates each round, with a fixed number of requests over a fixed number of keep-alive connections. CPU
//! time is the scheduler's figure for all threads of the proxy. Only ratios within a round are compared, because the speed of a machine drifts.
//! Instructions (callgrind) and system calls (strace) are the difference between a long run and a short run. They have almost no noise, so
//! they show the effect of a change. Nginx runs twice: its ratio to itself shows the noise of a ratio.

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

/// Starts a proxy in front of the application at `upstream`, under the command `wrapper` (`taskset …`, `valgrind …`, `strace …`).
type Start = fn(upstream: SocketAddr, wrapper: &[&str]) -> Outcome<Proxy>;

/// A running proxy and where to send requests.
struct Proxy {
    process: Process,
    target: Target,
    /// A part of each request that the application must receive, in lower case. It proves that the proxy does its work.
    adds: &'static str,
    /// The identity provider, which runs as long as the proxy.
    #[expect(dead_code, reason = "kept for its drop")]
    provider: Option<Provider>,
}

/// The proxies. The first one is the reference of the ratios.
const PROXIES: &[(&str, Start)] = &[
    ("nginx proxy_pass", nginx::start),
    ("nginx again (the noise)", nginx::start),
    ("vestibule, signed in", gateway::start),
];
const PROXY_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// How much is measured: `-- --rounds 9 --requests 25000 --connections 64`. Without rounds no time is measured.
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
    if plan.rounds > 0 {
        measure_time(&plan, upstream, &load, &mut rows)?;
    }
    report::print(&rows);
    Ok(())
}

/// Fills in each row's CPU time per request, one figure per round.
fn measure_time(plan: &Plan, upstream: SocketAddr, load: &Load, rows: &mut [Row]) -> Outcome<()> {
    let mut proxies = Vec::new();
    for row in rows.iter() {
        let (_, start) = PROXIES.iter().find(|(name, _)| *name == row.name).ok_or("a row without a proxy")?;
        let proxy = start(upstream, &["taskset", "-c", PROXY_CORE])?;
        let received = load.received_by_application(&proxy.target)?;
        if !received.to_ascii_lowercase().contains(proxy.adds) {
            return Err(format!("{}: the application received no `{}` in:\n{received}", row.name, proxy.adds).into());
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
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value = match argument.as_str() {
                "--rounds" => &mut plan.rounds,
                "--requests" => &mut plan.requests,
                "--connections" => &mut plan.connections,
                // Cargo passes this to every benchmark.
                "--bench" => continue,
                other => return Err(format!("unknown argument {other}").into()),
            };
            *value = arguments.next().ok_or("a number is missing")?.parse()?;
        }
        Ok(plan)
    }
}
