//! No reader of the log or the access log stops the gateway: one that reads nothing, one that is gone, a disk that is full.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use vestibule_harness::{
    browser::Call,
    raw::{Connection, status},
};

use crate::world::{World, wait_until};

/// A gateway in a process of its own, with the configuration and the address of a [`World`] whose own gateway is stopped.
struct Process {
    child: Child,
    admin: SocketAddr,
}

impl Process {
    async fn start(world: &mut World, outputs: impl Fn() -> Stdio) -> Self {
        world.stop().await;
        let admin = TcpListener::bind("127.0.0.1:0").and_then(|probe| probe.local_addr()).expect("a free port");
        let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["run", "--config", world.config_file().to_str().expect("UTF-8")])
            .env("VESTIBULE__LISTEN__ADMIN", admin.to_string())
            .env("VESTIBULE__LOG__BUFFER_BYTES", "131072")
            .env_remove("VESTIBULE_LOG")
            .stdout(outputs())
            .stderr(outputs())
            .spawn()
            .expect("the binary runs");
        let process = Self { child, admin };
        wait_until(|| std::net::TcpStream::connect(admin).is_ok()).await;
        process
    }

    async fn admin(&self, world: &World, path: &str) -> (u16, String) {
        let answer = world.browser().request(Call::new("GET", &format!("http://{}{path}", self.admin))).await;
        (answer.status, answer.body)
    }

    /// How many lines of a log were dropped.
    async fn dropped(&self, world: &World, log: &str) -> u64 {
        let sample = format!("vestibule_log_lines_dropped_total{{log=\"{log}\"}} ");
        let (_, metrics) = self.admin(world, "/metrics").await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(&sample)).expect("a sample");
        value.parse().expect("a number")
    }

    fn terminate(&self) {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::TERM).expect("the process runs");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Far more lines than pipe and buffer hold, from refusals, over connections to every worker.
async fn refuse_many(world: &World) {
    let request = format!("GET /.auth/{} HTTP/1.1\r\nHost: {}\r\n\r\n", "x".repeat(500), world.authority());
    for _ in 0..16 {
        let mut connection = Connection::open(world.address()).await;
        for _ in 0..100 {
            connection.send(request.as_bytes()).await;
            assert_eq!(status(&connection.response().await), 404);
        }
    }
}

/// Reads an output to its end on a thread. Returns what its lines say about dropped lines.
fn reports_in(output: impl Read + Send + 'static) -> Receiver<String> {
    let (reports, received) = channel();
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map(|line| line.expect("UTF-8"));
        // `run` prints the warnings of the configuration before the log begins.
        for line in lines.skip_while(|line| !line.starts_with('{')) {
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
            if line["message"].as_str().is_some_and(|text| text.contains("were dropped")) {
                let some = line["lines"].as_u64().is_some_and(|lines| lines > 0);
                drop(reports.send(format!("{} {some}", line["log"])));
            }
        }
    });
    received
}

#[tokio::test]
async fn unread_output_stops_no_request() {
    let mut world = World::start().await;
    let mut process = Process::start(&mut world, Stdio::piped).await;
    refuse_many(&world).await;
    assert_eq!(process.admin(&world, "/healthz").await.0, 200);
    assert!(process.dropped(&world, "log").await > 0 && process.dropped(&world, "access").await > 0);
    // The readers are back, first that of the log: every line is whole, and the log says what is missing.
    let log = reports_in(process.child.stderr.take().expect("a pipe"));
    assert_eq!(log.recv().as_deref(), Ok("\"log\" true"));
    let access = reports_in(process.child.stdout.take().expect("a pipe"));
    assert_eq!(log.recv().as_deref(), Ok("\"access\" true"));
    process.terminate();
    assert!(process.child.wait().expect("an end").success());
    assert_eq!(access.iter().count(), 0);
}

#[tokio::test]
async fn unread_output_does_not_delay_the_end() {
    let mut world = World::start().await;
    let mut process = Process::start(&mut world, Stdio::piped).await;
    refuse_many(&world).await;
    process.terminate();
    assert!(process.child.wait().expect("an end").success());
}

#[tokio::test]
async fn a_reader_that_is_gone_stops_no_request() {
    let mut world = World::start().await;
    let mut process = Process::start(&mut world, Stdio::piped).await;
    drop((process.child.stdout.take(), process.child.stderr.take()));
    refuse_many(&world).await;
    assert_eq!(process.admin(&world, "/healthz").await.0, 200);
    assert!(process.dropped(&world, "log").await > 0 && process.dropped(&world, "access").await > 0);
    process.terminate();
    assert!(process.child.wait().expect("an end").success());
}

#[tokio::test]
async fn a_full_disk_stops_no_request() {
    let mut world = World::start().await;
    let full = || Stdio::from(File::options().write(true).open("/dev/full").expect("a device"));
    let mut process = Process::start(&mut world, full).await;
    refuse_many(&world).await;
    assert_eq!(process.admin(&world, "/healthz").await.0, 200);
    assert!(process.dropped(&world, "log").await > 0 && process.dropped(&world, "access").await > 0);
    process.terminate();
    assert!(process.child.wait().expect("an end").success());
}
