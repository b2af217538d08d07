//! Backups that the box makes by itself: they come back as the same office, or say why not.

mod bad;
mod page;
mod round;
mod s3;
mod sftp;
mod usb;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Done, Office, Person, hearth, soon};

/// Longest wait for a backup: a machine under load is slow.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// Settings with one destination.
fn settings(place: &Value) -> Value {
    let destinations = json!([{"id": "disk", "name": "A disk", "place": place}]);
    let kept = json!({"hours": 0, "days": 7, "weeks": 4});
    json!({"every": "day", "at": 180, "kept": kept, "destinations": destinations})
}

fn folder(path: &Path) -> Value {
    json!({"kind": "folder", "path": path})
}

/// Sets a folder as the one destination, and makes it.
async fn to_folder(office: &Office) -> PathBuf {
    let path = office.scratch().join("disk");
    std::fs::create_dir(&path).unwrap();
    office.owner.put("/admin/vault", &settings(&folder(&path))).await.ok();
    path
}

async fn view(person: &Person) -> Value {
    person.get("/admin/vault").await.ok()
}

/// Waits until nothing is being made, and gives what is shown then.
async fn idle(person: &Person, runs: u64) -> Value {
    let wait = async {
        loop {
            let state = view(person).await;
            let done = state["history"].as_array().unwrap().iter();
            let done: u64 = done.map(|run| run["times"].as_u64().unwrap()).sum();
            if state["running"].is_null() && done >= runs {
                return state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(state) => state,
        Err(_) => panic!("the backup did not end: {}", view(person).await),
    }
}

/// How many backups were tried until now.
async fn tried(person: &Person) -> u64 {
    let state = view(person).await;
    let runs = state["history"].as_array().unwrap().iter();
    runs.map(|run| run["times"].as_u64().unwrap()).sum()
}

/// Makes a backup from the page and waits for its end.
async fn back_up(person: &Person) -> Value {
    let before = tried(person).await;
    let started = person.post("/admin/vault/run", &json!({})).await;
    assert_eq!(started.status, 202, "{started:?}");
    idle(person, before + 1).await
}

/// The key, in a file.
async fn key_file(office: &Office) -> PathBuf {
    let key = office.owner.post("/admin/vault/key", &json!({})).await.ok();
    let path = office.scratch().join("key.txt");
    std::fs::write(&path, key["secret"].as_str().unwrap()).unwrap();
    path
}

fn restore(data: &Path, from: &Path, key: &Path) -> Done {
    let (from, key) = (from.to_str().unwrap(), key.to_str().unwrap());
    hearth(data, &["restore", from, "--key", key, "--json"])
}

/// Every file in the folder of backups below another one, by its name there.
fn held(folder: &Path) -> Vec<String> {
    held_in(&folder.join("hearth-backup"))
}

fn held_in(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found);
    found.sort();
    found
}

fn lists(folder: &Path) -> Vec<String> {
    held(folder).into_iter().filter(|name| name.ends_with(".json.zst.age")).collect()
}

/// Waits for something that is asked again and again.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon(what, wait).await;
}
