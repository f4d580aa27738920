//! The binary as a process of its own, for what depends on the operating system's limits of a process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

use crate::world::{World, wait_until};

/// A gateway in a process of its own. It is killed when the value is dropped.
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Process {
    /// Starts the gateway with the configuration of `world`, whose own gateway must be stopped. The shell runs `prelude`
    /// first.
    pub(crate) fn start(world: &World, prelude: &str) -> Self {
        let script = format!("{prelude}; exec \"$0\" run --config \"$1\"");
        let mut child = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_vestibule")])
            .arg(world.config_file())
            .env_remove("VESTIBULE_LOG")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let log = Arc::<Mutex<Vec<Value>>>::default();
        let (written, lines) = (Arc::clone(&log), BufReader::new(child.stderr.take().expect("a pipe")).lines());
        thread::spawn(move || {
            let values = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            values.for_each(|value| written.lock().expect("the log").push(value));
        });
        Self { child, log }
    }

    /// The first log line with this message; waits for it.
    pub(crate) async fn line(&self, message: &str) -> Value {
        wait_until(|| self.find(message).is_some()).await;
        self.find(message).expect("the line")
    }

    fn find(&self, message: &str) -> Option<Value> {
        self.log.lock().expect("the log").iter().find(|line| line["message"] == message).cloned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
