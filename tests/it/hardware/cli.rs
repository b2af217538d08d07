//! The command line, and `hearth up` with both programs.

use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{Hwctl, becomes, is_live};
use crate::support::{Hearthd, Office, hearth, program, soon};

#[tokio::test]
async fn the_command_line_says_the_same_as_the_page() {
    let office = Office::open().await;
    let data = office.data().to_owned();
    let none = hearth(&data, &["fan", "status"]);
    assert!(none.ok().contains("hearth-hwctl does not run here"), "{none:?}");
    let _hwctl = Hwctl::start(&office);
    becomes(&office.owner, "a machine", is_live).await;
    let status = hearth(&data, &["fan", "status"]);
    assert!(status.ok().starts_with("SIMULATED MACHINE"), "{status:?}");
    assert!(status.ok().contains(" rpm"), "{status:?}");
    assert_eq!(hearth(&data, &["fan", "status", "--json"]).json()["state"], "live");
    let top = hearth(&data, &["top"]);
    assert!(top.ok().contains("SIMULATED") && !top.out.contains('\u{1b}'), "plain: {top:?}");
    assert_eq!(hearth(&data, &["top", "--json"]).json()["state"], "live");
    hearth(&data, &["fan", "profile", "quiet"]).ok();
    let quiet = |seen: &serde_json::Value| seen["status"]["wanted_profile"] == "quiet";
    becomes(&office.owner, "a quiet machine", quiet).await;
    let audit = office.owner.get("/admin/audit?area=machine").await.ok();
    assert_eq!(audit["entries"][0]["by"]["kind"], "operator", "{audit}");
    // Nobody is asked where nobody can answer, and nothing is done then.
    let unasked = hearth(&data, &["fan", "calibrate"]);
    assert_eq!(unasked.code, Some(1));
    assert!(unasked.err.contains("--yes"), "{unasked:?}");
    let running = hearth(&data, &["fan", "restore"]);
    assert_eq!(running.code, Some(1));
    assert!(running.err.contains("stop it first"), "{running:?}");
}

/// In the middle of it the firmware has the fan, which is not its end.
#[tokio::test]
async fn a_drill_is_waited_for_and_its_result_told() {
    let office = Office::open().await;
    let _hwctl = Hwctl::start(&office);
    becomes(&office.owner, "a machine", is_live).await;
    let drill = hearth(office.data(), &["fan", "drill"]);
    assert_eq!(drill.ok().trim(), "The fan did what it was told.", "{drill:?}");
    assert_eq!(super::machine(&office.owner).await["status"]["drill"]["passed"], true);
}

#[tokio::test]
async fn a_fan_of_a_dead_hwctl_is_given_back_by_hand() {
    let mut office = Office::open().await;
    let data = office.data().to_owned();
    let mut hwctl = Hwctl::start(&office);
    becomes(&office.owner, "a machine", is_live).await;
    hwctl.kill();
    office.stop().await;
    let mode = || {
        let path = "hwctl/machine/sys/devices/i2c-0/0-002e/hwmon/hwmon1/pwm1_enable";
        std::fs::read_to_string(data.join(path)).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(mode(), "1", "a program that was killed holds the fan");
    hearth(&data, &["fan", "restore"]).ok();
    assert_eq!(mode(), "2");
}

fn up(data: &Path, hearth: &Path) -> Hearthd {
    let mut command = Command::new(hearth);
    command.args(["up", "--machine", "simulated"]);
    command.env("HEARTH_DATA", data).env("HEARTH_LISTEN", "127.0.0.1:0");
    command.env_remove("HEARTH_PORT").env_remove("HEARTH_CONFIG");
    Hearthd::spawn(command)
}

/// Children of a process, by their names.
fn children(of: u32) -> Vec<(String, i32)> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap();
    let named = list.split_whitespace().filter_map(|pid| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some((name.trim().to_owned(), pid.parse().ok()?))
    });
    named.collect()
}

fn child(of: u32, name: &str) -> Option<i32> {
    children(of).into_iter().find(|(found, _)| found == name).map(|(_, pid)| pid)
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

#[tokio::test]
async fn up_runs_both_and_neither_takes_the_other_down() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let mut supervisor = up(&data, &program("hearth"));
    supervisor.ready().await;
    let said = |line: &str| line.contains("hearth-hwctl | ").then_some(());
    supervisor.logged(said).await;
    let of = supervisor.pid();
    let live = async || {
        let looking = async {
            while hearth(&data, &["top", "--json"]).json()["state"] != "live" {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        soon("a machine", looking).await;
    };
    live().await;
    let (server, watcher) = (child(of, "hearthd").unwrap(), child(of, "hearth-hwctl").unwrap());
    kill(watcher);
    let again = |name: &'static str, before: i32| async move {
        let looking = async {
            while child(of, name).is_none_or(|pid| pid == before) {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        soon("another one", looking).await;
    };
    again("hearth-hwctl", watcher).await;
    assert_eq!(child(of, "hearthd"), Some(server), "the office goes on");
    live().await;
    let watcher = child(of, "hearth-hwctl").unwrap();
    // A reload is none of its business.
    supervisor.signal(Signal::HUP);
    kill(server);
    again("hearthd", server).await;
    live().await;
    assert_eq!(child(of, "hearth-hwctl"), Some(watcher), "the fan goes on");
    assert_eq!(supervisor.stop().await, 0, "{}", supervisor.log());
    assert!(test_kill_process(Pid::from_raw(watcher).unwrap()).is_err(), "the child is gone");
}

#[tokio::test]
async fn without_the_program_it_is_said_once_and_is_fine() {
    let scratch = tempfile::tempdir_in(program("hearth").parent().unwrap()).unwrap();
    for name in ["hearth", "hearthd"] {
        std::fs::hard_link(program(name), scratch.path().join(name)).unwrap();
    }
    let mut supervisor = up(&scratch.path().join("data"), &scratch.path().join("hearth"));
    supervisor.ready().await;
    assert_eq!(supervisor.stop().await, 0);
    let log = supervisor.log();
    assert_eq!(log.matches("hearth-hwctl is not installed").count(), 1, "{log}");
}
