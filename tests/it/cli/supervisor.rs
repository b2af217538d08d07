//! `hearth up`.

use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::{Hearthd, hearth, program, soon};

fn up(data: &Path, config: Option<&Path>) -> Hearthd {
    let mut command = Command::new(program("hearth"));
    command.arg("up").env("HEARTH_DATA", data).env("HEARTH_LISTEN", "127.0.0.1:0");
    command.env_remove("HEARTH_PORT").env_remove("HEARTH_CONFIG");
    if let Some(config) = config {
        command.env("HEARTH_CONFIG", config);
    }
    Hearthd::spawn(command)
}

/// The process number of the child that serves a folder.
fn child_of(data: &Path) -> i32 {
    let status = hearth(data, &["status", "--json"]).json();
    assert_eq!(status["ready"], true, "{status}");
    i32::try_from(status["pid"].as_i64().expect("a process")).unwrap()
}

fn pid(number: i32) -> Pid {
    Pid::from_raw(number).expect("a process number")
}

#[tokio::test]
async fn up_starts_again_what_dies_and_stops_what_runs() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let mut supervisor = up(&data, None);
    supervisor.logged(|line| line.contains("/setup#code=").then_some(())).await;
    let log = supervisor.log();
    assert!(log.contains("hearthd | "), "lines say where they come from: {log}");
    assert_eq!(log.matches("/setup#code=").count(), 1, "one link: {log}");

    let first = child_of(&data);
    kill_process(pid(first), Signal::KILL).unwrap();
    let again = |line: &str| line.contains("starting it again").then_some(());
    supervisor.logged(again).await;
    let restarted = async {
        loop {
            let status = hearth(&data, &["status", "--json"]).json();
            if status["ready"] == true && status["pid"] != first {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon("a new hearthd", restarted).await;
    let second = child_of(&data);
    assert_eq!(supervisor.stop().await, 0, "{}", supervisor.log());
    assert!(test_kill_process(pid(second)).is_err(), "the child is gone");
    let log = supervisor.log();
    let last = log.rsplit("starting it again").next().unwrap_or_default();
    assert!(last.contains("hearthd | ") && last.contains("stopping"), "{log}");
    assert_eq!(hearth(&data, &["status"]).code, Some(1));
}

#[tokio::test]
async fn a_child_does_not_outlive_its_supervisor() {
    let scratch = tempfile::tempdir().unwrap();
    let mut supervisor = up(scratch.path(), None);
    supervisor.ready().await;
    let child = child_of(scratch.path());
    supervisor.kill();
    let gone = async {
        while test_kill_process(pid(child)).is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    soon("the end of the child", gone).await;
}

#[tokio::test]
async fn a_wrong_configuration_ends_up_with_78() {
    let scratch = tempfile::tempdir().unwrap();
    let config = scratch.path().join("my.toml");
    std::fs::write(&config, "[server]\nport = 80\n").unwrap();
    let mut supervisor = up(&scratch.path().join("data"), Some(&config));
    let status = supervisor.ended().await;
    assert_eq!(status.code(), Some(78), "{}", supervisor.log());
    assert!(supervisor.log().contains("my.toml:2: port: unknown field"), "{}", supervisor.log());
}
