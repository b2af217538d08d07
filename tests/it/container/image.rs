//! The image, run by podman.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::podman::{IMAGE, text};
use super::{Container, Podman};
use crate::support::{Call, Door, Person};

/// What the image may take, in bytes.
const SIZE_BYTES_MAX: u64 = 80_000_000;
/// The user in it.
const USER: &str = "10001";

/// A configuration that the user in the image can read.
fn config(folder: &Path, text: &str) {
    fs::write(folder.join("hearth.toml"), text).expect("write the configuration");
    let open = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("let others read it");
    };
    open(folder, 0o755);
    open(&folder.join("hearth.toml"), 0o644);
}

fn setup_code(container: &Container<'_>) -> String {
    let log = container.log();
    let code = log.lines().find_map(|line| line.split_once("/setup#code="));
    code.unwrap_or_else(|| panic!("no link for the first owner:\n{log}")).1.trim().to_owned()
}

#[tokio::test]
async fn an_office_lives_in_it_behind_walls_and_outlives_it() {
    let Some(podman) = Podman::with_image() else { return };
    let size: u64 = podman.ask(&["image", "inspect", "-f", "{{.Size}}", IMAGE]).parse().unwrap();
    println!("the image has {size} bytes");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image.json");
    let figures = json!({ "image_bytes": size }).to_string();
    std::fs::write(&kept, figures).expect("keep the figure for hearth-bench");
    assert!(size <= SIZE_BYTES_MAX, "{size} bytes");
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), "");
    let container = podman.start(folder.path());
    container.becomes_healthy();
    behind_walls(&container);

    let door = Door::at(container.address());
    let olga = Person::found(&door, &setup_code(&container)).await;
    let lobby = olga.get("/bootstrap").await.ok()["channels"][0]["channel"]["id"].clone();
    let lobby = lobby.as_str().expect("a lobby").to_owned();
    olga.say(&lobby, "written in a container").await;

    assert_eq!(container.stop(), "0", "{}", container.log());
    container.start_again();
    container.becomes_healthy();
    door.moved(container.address());
    assert_eq!(olga.texts(&lobby).await, ["written in a container"]);
    // The next version is another container, with the same volume.
    assert_eq!(container.stop(), "0");
    container.remove();
    let next = podman.start(folder.path());
    next.becomes_healthy();
    door.moved(next.address());
    assert_eq!(olga.texts(&lobby).await, ["written in a container"]);
    let ready = Call::new("GET", "/readyz").send(door.address()).await;
    assert_eq!(ready.status, 200);
}

/// No user with rights, no capability, nothing to write to but the data.
fn behind_walls(container: &Container<'_>) {
    let status = fs::read_to_string(format!("/proc/{}/status", container.pid())).unwrap();
    for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"] {
        assert!(status.contains(line), "{line} is not in {status}");
    }
    assert!(status.contains(&format!("Uid:\t{USER}\t")), "{status}");
    let inside = container.run(&["hearth", "status"]);
    assert!(inside.status.success(), "{}", text(&inside));
    for place in ["/man", "/tmp/man", "/config/man", "/run/man"] {
        let refused = container.run(&["hearth", "man", place]);
        assert!(!refused.status.success(), "it can write to {place}: {}", text(&refused));
    }
    let written = container.run(&["hearth", "man", "/data/man"]);
    assert!(written.status.success(), "{}", text(&written));
    // There is nothing to run but what is Hearth's.
    assert!(!container.run(&["sh", "-c", "true"]).status.success());
}
