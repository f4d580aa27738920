//! `/healthz` asks every worker.

use std::{
    fs,
    sync::{Arc, Condvar, Mutex},
    thread,
};

use serde_json::{Value, json};
use vestibule::{
    app::{self, Dependencies, RunningGateway},
    base::{Clock, SystemClock, Timestamp},
    config::{self, Environment},
};
use vestibule_harness::browser::{Browser, Call};

use crate::world::{World, wait_until};

/// The clock of the system. While it is held, the first worker that asks for the time waits, as in a call that blocks or in a
/// loop that does not end.
#[derive(Clone, Default)]
struct BlockingClock(Arc<(Mutex<Held>, Condvar)>);

#[derive(Default)]
struct Held {
    on: bool,
    spins: bool,
    waiting: Option<String>,
}

impl BlockingClock {
    fn hold(&self, spins: bool) {
        *self.0.0.lock().expect("the clock") = Held { on: true, spins, waiting: None };
    }

    fn release(&self) {
        *self.0.0.lock().expect("the clock") = Held::default();
        self.0.1.notify_all();
    }

    /// The name of the thread that waits.
    fn waiting(&self) -> Option<String> {
        self.0.0.lock().expect("the clock").waiting.clone()
    }
}

impl Clock for BlockingClock {
    fn now(&self) -> Timestamp {
        let thread = thread::current();
        let name = thread.name().unwrap_or_default();
        let mut held = self.0.0.lock().expect("the clock");
        // The other workers go on.
        if held.on && name.starts_with("worker-") && held.waiting.as_deref().is_none_or(|waiting| waiting == name) {
            held.waiting = Some(name.to_owned());
            while held.on {
                if held.spins {
                    drop(held);
                    held = self.0.0.lock().expect("the clock");
                } else {
                    held = self.0.1.wait(held).expect("the clock");
                }
            }
        }
        SystemClock.now()
    }
}

/// A gateway with three workers.
fn start(world: &World, clock: &BlockingClock) -> RunningGateway {
    let file = world.config_file();
    let text = fs::read_to_string(&file).expect("the configuration");
    let text = text.replace("[listen]", "[listen]\nliveness_timeout = \"2s\"");
    fs::write(&file, text).expect("a writable folder");
    let (settings, _warnings) =
        config::load(&file, &Environment::of_process()).unwrap_or_else(|errors| panic!("{errors}"));
    let bound = app::bind(&settings.listen, settings.admin, 3).expect("the port is free");
    let dependencies = Dependencies { clock: Arc::new(clock.clone()), ..Dependencies::system() };
    app::start(settings, bound, dependencies).expect("a gateway")
}

async fn health(browser: &Browser, gateway: &RunningGateway) -> (u16, Value) {
    let admin = gateway.admin().expect("an admin listener");
    let answer = browser.request(Call::new("GET", &format!("http://{admin}/healthz"))).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_blocked_worker_is_not_alive_and_is_named() {
    let (mut world, clock) = (World::start().await, BlockingClock::default());
    world.stop().await;
    let (gateway, browser) = (start(&world, &clock), world.browser());
    assert_eq!(health(&browser, &gateway).await.0, 200);
    for spins in [false, true] {
        clock.hold(spins);
        // A worker asks for the time with each tick.
        wait_until(|| clock.waiting().is_some()).await;
        let blocked = clock.waiting().expect("a worker");
        let (status, body) = loop {
            match health(&browser, &gateway).await {
                (200, _) => tokio::task::yield_now().await,
                other => break other,
            }
        };
        assert_eq!((status, &body["status"], &body["workers"]), (503, &"blocked".into(), &json!([blocked])));
        clock.release();
        while health(&browser, &gateway).await.0 != 200 {}
    }
    gateway.stop().await.expect("a clean stop");
}
