//! The machine under the office: the real hearth-hwctl on a machine that lives, the real hearthd, and
//! real sockets between them.

mod cli;
mod hostile;
mod wishes;
mod works;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Office, Person, program, soon};

/// How often hearth-hwctl looks here, in milliseconds: a test need not wait for whole seconds.
const TICK_MS: &str = "200";

/// A hearth-hwctl with a simulated machine, as `hearth up` starts it. It is killed when this is dropped.
pub(crate) struct Hwctl {
    child: Child,
    run: PathBuf,
}

impl Hwctl {
    /// In the place where an office looks for it.
    pub(crate) fn start(office: &Office) -> Self {
        Self::start_in(&office.data().join("hwctl"))
    }

    fn start_in(run: &Path) -> Self {
        std::fs::create_dir_all(run).unwrap();
        let mut command = Command::new(program("hearth-hwctl"));
        command.args(["run", "--simulate", "--tick-ms", TICK_MS, "--run"]).arg(run);
        // It follows the load of the machine beneath: of one without any, not of a busy one that tests.
        command.arg("--root").arg(run);
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, run: run.to_owned() }
    }

    fn kill(&mut self) {
        // Both fail only for a child that was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Kills it without warning and starts another one.
    fn kill_9(&mut self) {
        self.kill();
        *self = Self::start_in(&self.run.clone());
    }
}

impl Drop for Hwctl {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What somebody sees of the machine.
async fn machine(person: &Person) -> Value {
    person.get("/hardware").await.ok()
}

/// Waits until somebody sees the machine so.
async fn becomes(person: &Person, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let looking = async {
        loop {
            let seen = machine(person).await;
            if wanted(&seen) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon(what, looking).await
}

fn is_live(seen: &Value) -> bool {
    seen["state"] == "live"
}

fn joules(seen: &Value) -> f64 {
    seen["energy"]["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["joules"].as_f64().unwrap())
        .sum()
}
