//! The process of a proxy: start under a wrapper, CPU time from /proc, stop.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::Outcome;

/// A running process and its directory. A drop kills the process and deletes the directory.
pub(crate) struct Process {
    child: Child,
    folder: Folder,
}

/// A directory that is deleted on drop.
pub(crate) struct Folder(PathBuf);

impl Process {
    /// Starts `command` under `wrapper` and waits until it listens at `listens`.
    pub(crate) fn start(wrapper: &[&str], command: &[&str], folder: Folder, listens: SocketAddr) -> Outcome<Self> {
        let words: Vec<&str> = wrapper.iter().chain(command).copied().collect();
        let (program, arguments) = words.split_first().ok_or("no command")?;
        let output = fs::File::create(folder.0.join("output"))?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let mut started = Self { child, folder };
        while TcpStream::connect(listens).is_err() {
            if let Some(status) = started.child.try_wait()? {
                let output = fs::read_to_string(started.folder.0.join("output"))?;
                return Err(format!("{} ended with {status}: {output}", words.join(" ")).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(started)
    }

    /// The CPU time of all threads of the process so far.
    pub(crate) fn cpu_nanoseconds(&self) -> Outcome<u64> {
        let mut sum = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let figures = fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += figures.split(' ').next().ok_or("schedstat is empty")?.parse::<u64>()?;
        }
        Ok(sum)
    }

    /// Stops the process with SIGTERM and waits for its end, when valgrind or strace writes its counts.
    pub(crate) fn stop(&mut self) -> Outcome<()> {
        self.signal("-TERM")?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal to the proxy. Under strace the proxy is the child of the child, and outlives a tracer that is killed.
    fn signal(&self, signal: &str) -> Outcome<()> {
        let id = self.child.id();
        let below = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let proxy = below.split_whitespace().next().map_or_else(|| id.to_string(), str::to_owned);
        Command::new("kill").args([signal, &proxy]).stderr(Stdio::null()).status()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A failure means that the process has ended already.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.signal("-KILL");
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Folder {
    /// A new, empty directory in the build directory.
    pub(crate) fn new(name: &str) -> Outcome<Self> {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        for number in 0_u32.. {
            let path = parent.join(format!("bench-{name}-{}-{number}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err("no free directory name".into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Pins this process, and the processes that it starts without a wrapper, to one core.
pub(crate) fn pin_this_to(core: &str) -> Outcome<()> {
    let id = process::id().to_string();
    let done = Command::new("taskset").args(["-a", "-p", "-c", core, &id]).stdout(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { Err("taskset cannot pin to a core; are there two?".into()) }
}

/// A local address with a free port.
pub(crate) fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
