//! Instructions and system calls per request, as the difference between a long run and a short run.

use std::{fs, net::SocketAddr};

use crate::{Outcome, Start, load::Load, process::Folder, report};

/// Counts per request, without start and end of the process.
pub(crate) struct Counts {
    /// In user space.
    pub(crate) instructions: f64,
    pub(crate) calls: f64,
}

const LONG: usize = 4_000;
const SHORT: usize = 1_000;
const CONNECTIONS: usize = 16;

/// Counts for the proxy that `start` starts; runs the proxy four times.
pub(crate) fn per_request(start: Start, upstream: SocketAddr, load: &Load) -> Outcome<Counts> {
    let folder = Folder::new("counts")?;
    let file = folder.path().join("counted").display().to_string();
    let difference = |wrapper: &[&str], read: fn(&str) -> Option<u64>| -> Outcome<f64> {
        let mut counted = [0, 0];
        for (counted, requests) in counted.iter_mut().zip([LONG, SHORT]) {
            let mut proxy = start(upstream, wrapper)?;
            load.send(&proxy.target, requests, CONNECTIONS)?;
            proxy.process.stop()?;
            *counted = read(&fs::read_to_string(&file)?).ok_or_else(|| format!("{} counted nothing", wrapper[0]))?;
        }
        Ok(report::per(counted[0].saturating_sub(counted[1]), LONG - SHORT))
    };
    let output = format!("--callgrind-out-file={file}");
    let instructions = difference(&["valgrind", "--tool=callgrind", &output], instructions)?;
    let calls = difference(&["strace", "-f", "-c", "-o", &file], calls)?;
    Ok(Counts { instructions, calls })
}

/// `totals: 123456`
fn instructions(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

/// `100.00    0.012345           1     12345        67 total`: the fourth column.
fn calls(table: &str) -> Option<u64> {
    table.lines().find(|line| line.ends_with(" total"))?.split_whitespace().nth(3)?.parse().ok()
}
