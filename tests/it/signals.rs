//! Signals to the process of the gateway, and stopping it under load.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tokio::net::TcpStream;
use vestibule_harness::raw;

use crate::world::{Setup, World, wait_until};

#[tokio::test]
async fn harmless_signals_do_not_end_the_process() {
    let (_world, mut process) = started(Setup::new()).await;
    for signal in ["USR1", "USR2", "ALRM", "VTALRM", "PROF", "PIPE", "IO", "PWR", "16", "XFSZ", "34", "50", "64", "HUP"]
    {
        process.signal(signal);
    }
    // The last one is logged.
    wait_until(|| process.log().contains("reloaded")).await;
    assert!(process.is_running());
    for signal in ["QUIT", "INT", "TERM"] {
        process.signal(signal);
        assert!(process.ends_well().await, "{signal}");
        process.start_again().await;
    }
}

#[tokio::test]
async fn a_signal_during_the_start_does_not_end_the_process() {
    let (_world, mut process) = started(Setup::new()).await;
    process.signal("TERM");
    assert!(process.ends_well().await);
    process.spawn();
    wait_until(|| process.catches_signals()).await;
    process.signal("HUP");
    process.signal("USR1");
    process.is_listening().await;
    assert!(process.is_running());
}

#[tokio::test]
async fn sighup_reads_the_certificate_and_the_session_secret_again() {
    let (world, mut process) = started(Setup::new().https().session("secret = { file = \"{secret}\" }")).await;
    process.signal("HUP");
    wait_until(|| process.log().contains("the certificate was read again")).await;
    wait_until(|| process.log().contains("the session secret was read again")).await;
    std::fs::write(world.config_file().with_file_name("tls.crt"), "no certificate").expect("a writable folder");
    std::fs::write(world.config_file().with_file_name("session-secret"), "short").expect("a writable folder");
    process.signal("HUP");
    wait_until(|| process.log().contains("the certificate cannot be reloaded")).await;
    wait_until(|| process.log().contains("the configuration cannot be read again")).await;
    let after = world.browser();
    assert_eq!(world.sign_in(&after, "/").await.status, 200, "the current certificate and secret stay in use");
    process.signal("TERM");
    assert!(process.ends_well().await);
}

#[tokio::test]
async fn stopping_under_load_loses_no_request() {
    let mut setup = Setup::new();
    setup.shutdown = String::new();
    let (world, mut process) = started(setup).await;
    for round in 0..3 {
        let clients: Vec<_> =
            (0..50).map(|_| tokio::spawn(keep_asking(world.address(), world.authority().to_owned()))).collect();
        process.signal("TERM");
        let ended = process.ends_well().await;
        let mut lost = 0;
        for client in clients {
            lost += client.await.expect("a count");
        }
        assert_eq!((ended, lost), (true, 0), "round {round}");
        process.start_again().await;
    }
}

/// Sends requests over one connection after the other until connections are refused. Returns how many had no response.
async fn keep_asking(address: std::net::SocketAddr, host: String) -> usize {
    let request = format!("GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut lost = 0;
    while let Ok(mut kept) = raw::Connection::try_open(address).await {
        loop {
            kept.send(request.as_bytes()).await;
            let answer = String::from_utf8_lossy(&kept.response().await).into_owned();
            if !answer.starts_with("HTTP/1.1 401 ") {
                lost += 1;
                break;
            }
            if answer.contains("\r\nconnection: close\r\n") {
                break;
            }
        }
    }
    lost
}

/// The gateway of a world as a process.
struct Process {
    config: PathBuf,
    address: std::net::SocketAddr,
    log: PathBuf,
    child: Child,
}

async fn started(setup: Setup) -> (World, Process) {
    let mut world = setup.start().await;
    world.stop().await;
    let (config, address) = (world.config_file(), world.address());
    let log = config.with_file_name("log");
    let child = spawn(&config, &log);
    let mut process = Process { config, address, log, child };
    process.is_listening().await;
    (world, process)
}

fn spawn(config: &PathBuf, log: &PathBuf) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("run")
        .arg("--config")
        .arg(config)
        .env_remove("VESTIBULE_LOG")
        .stdout(Stdio::null())
        .stderr(File::create(log).expect("a writable folder"))
        .spawn()
        .expect("the binary runs")
}

impl Process {
    fn spawn(&mut self) {
        self.child = spawn(&self.config, &self.log);
    }

    async fn start_again(&mut self) {
        self.spawn();
        self.is_listening().await;
    }

    async fn is_listening(&mut self) {
        while TcpStream::connect(self.address).await.is_err() {
            assert!(self.is_running(), "{}", self.log());
            tokio::task::yield_now().await;
        }
    }

    /// Sends a signal by its name or number. The shell knows every name.
    fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").arg("-c").arg(command).status().expect("a shell").success(), "{signal}");
    }

    /// Whether the process has a handler for SIGHUP (proc(5), `SigCgt`).
    fn catches_signals(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits for the end of the process, and returns whether it was a success.
    async fn ends_well(&mut self) -> bool {
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.success();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
