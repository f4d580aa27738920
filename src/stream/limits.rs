//! The limits of bodies under way.

use std::{fs, time::Duration};

use super::budget::Budget;

/// The limits of bodies under way. Only time counts in which the gateway waits for the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamLimits {
    /// How long a client may send no byte of a request body.
    pub(crate) request_stall: Duration,
    /// How long a client may accept no byte of a response.
    pub(crate) response_stall: Duration,
    /// The least bytes per second, on average over the time waited for the client.
    pub(crate) min_rate: u64,
    /// How long the gateway waits for a client in all before `min_rate` applies.
    pub(crate) min_rate_after: Duration,
    /// How many bytes bodies may hold that wait for a slow receiver; by default a quarter of the memory that the process may
    /// use.
    pub(crate) memory: Option<u64>,
    /// The same for one client address, and for one account; by default an eighth of `memory`.
    pub(crate) memory_per_client: Option<u64>,
}

impl StreamLimits {
    /// How many bytes bodies may hold.
    pub(super) fn budget(&self) -> Budget {
        let all = self.memory.unwrap_or_else(|| available_memory() / 4);
        Budget { all, each: self.memory_per_client.unwrap_or((all / 8).max(STREAM_MEMORY)) }
    }
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            request_stall: Duration::from_secs(60),
            response_stall: Duration::from_secs(60),
            min_rate: 500,
            min_rate_after: Duration::from_secs(30),
            memory: None,
            memory_per_client: None,
        }
    }
}

/// The memory that this process may use: the limit of its control group, or what the machine has.
fn available_memory() -> u64 {
    let group = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    // The control group as the process sees it, which in a container is the root (cgroups(7)).
    let path = group.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/").to_owned();
    let files = [
        format!("/sys/fs/cgroup{path}/memory.max"),
        "/sys/fs/cgroup/memory.max".to_owned(),
        "/sys/fs/cgroup/memory/memory.limit_in_bytes".to_owned(),
    ];
    let groups = files.iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    groups.chain(machine_memory()).min().unwrap_or(FALLBACK_MEMORY)
}

fn machine_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix(" kB")?;
    Some(kilobytes.parse::<u64>().ok()? * 1024)
}

/// What a body holds at most while it waits for a slow receiver: the read buffer and the frames of the sender's connection,
/// and the write buffers of the receiver's.
pub(super) const STREAM_MEMORY: u64 = 96 * 1024;

/// Assumed where the operating system does not say how much memory there is.
const FALLBACK_MEMORY: u64 = 512 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::{STREAM_MEMORY, StreamLimits, available_memory, machine_memory};

    #[test]
    fn budgets_follow_from_the_memory() {
        assert!(available_memory() <= machine_memory().expect("a machine with memory"));
        for (memory, memory_per_client, each) in [
            (80 * STREAM_MEMORY, None, 10 * STREAM_MEMORY),
            (STREAM_MEMORY, None, STREAM_MEMORY),
            (STREAM_MEMORY, Some(10), 10),
        ] {
            let limits = StreamLimits { memory: Some(memory), memory_per_client, ..StreamLimits::default() };
            assert_eq!((limits.budget().all, limits.budget().each), (memory, each));
        }
    }
}
