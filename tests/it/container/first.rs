//! What the first process of a container owes to the others, in a PID namespace without a container.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Hearthd, hearth, program, soon};

/// `hearth up` as the first process of a namespace; nothing where there can be none, which is said.
fn first(data: &Path) -> Option<Hearthd> {
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"]);
        unshare
    };
    if !unshare().arg("true").status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: this needs the right to make a PID namespace");
        return None;
    }
    let mut command = unshare();
    command.arg(program("hearth")).args(["up", "--machine", "none"]);
    command.env("HEARTH_DATA", data).env("HEARTH_LISTEN", "127.0.0.1:0");
    command.env_remove("HEARTH_PORT").env_remove("HEARTH_CONFIG");
    Some(Hearthd::spawn(command))
}

/// The children of a process.
fn children(parent: i32) -> Vec<i32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let list = fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace().map(|child| child.parse().expect("a process number")).collect()
}

fn only(processes: Vec<i32>) -> i32 {
    let &[one] = processes.as_slice() else { panic!("not one process: {processes:?}") };
    one
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    soon(what, wait).await;
}

#[tokio::test]
async fn it_takes_orphans_in_and_passes_signals_on() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut up) = first(scratch.path()) else { return };
    up.ready().await;
    let unshare = i32::try_from(up.pid()).unwrap();
    let init = only(children(unshare));
    let second = only(children(init));
    // An orphan of that namespace: its parent, which came from outside, ends at once.
    let orphans = Command::new("nsenter")
        .args(["--target", &init.to_string(), "--user", "--preserve-credentials", "--pid"])
        .args(["sh", "-c", "for i in 1 2 3; do (sleep 0.1; exit 3) & done"])
        .status();
    assert!(orphans.is_ok_and(|status| status.success()), "make orphans");
    until("the end of the orphans", || children(init) == [second]).await;

    // A reload reaches the server, and ends nothing.
    let init = Pid::from_raw(init).unwrap();
    kill_process(init, Signal::HUP).unwrap();
    assert_eq!(hearth(scratch.path(), &["healthcheck"]).ok(), "ready");
    // A stop is a stop in good order, and its exit code that of all.
    kill_process(init, Signal::TERM).unwrap();
    let status = up.ended().await;
    assert_eq!(status.code(), Some(0), "{}", up.log());
    assert!(up.log().contains("hearthd | ") && up.log().contains("stopping"), "{}", up.log());
}

#[tokio::test]
async fn it_ends_as_what_it_started() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut up) = first(scratch.path()) else { return };
    up.ready().await;
    let second = only(children(only(children(i32::try_from(up.pid()).unwrap()))));
    kill_process(Pid::from_raw(second).unwrap(), Signal::KILL).unwrap();
    assert_eq!(up.ended().await.code(), Some(137), "{}", up.log());
    assert_eq!(hearth(scratch.path(), &["healthcheck"]).code, Some(1));
}
