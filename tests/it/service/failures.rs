//! Failures that were noted, and where those who run the office read of them.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Office, Person, program, soon};

const ROOM: &str = "Machine room 机房";

/// What systemd runs after the end of a service.
fn report(data: &Path, unit: &str, result: &str, run: &str) {
    let mut command = Command::new(program("hearth"));
    command.args(["report-failure", unit]).env("HEARTH_DATA", data);
    command.env_remove("HEARTH_CONFIG").env_remove("HEARTH_CONFIG_DIR");
    command.env("SERVICE_RESULT", result).env("EXIT_STATUS", "9").env("INVOCATION_ID", run);
    assert!(command.status().unwrap().success(), "{unit} {result}");
}

/// The machine room, if this person sees it.
async fn room(person: &Person) -> Option<String> {
    let bootstrap = person.get("/bootstrap").await.ok();
    let channels = bootstrap["channels"].as_array().unwrap();
    let room = channels.iter().find(|seen| seen["channel"]["name"] == ROOM)?;
    room["channel"]["id"].as_str().map(str::to_owned)
}

async fn comes(person: &Person) -> String {
    soon("the machine room", async {
        loop {
            if let Some(room) = room(person).await {
                return room;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test]
async fn who_runs_the_office_reads_of_a_failure_once() {
    let mut office = Office::open().await;
    let anna = office.person("anna", "admin").await;
    let mia = office.person("mia", "member").await;
    let data = office.data().to_owned();
    report(&data, "hearthd.service", "success", "a");
    assert!(!data.join("failures").exists(), "a good end is none to note");
    report(&data, "hearthd.service", "watchdog", "b");
    report(&data, "hearthd.service", "watchdog", "b");
    office.restart().await;

    let found = comes(&anna).await;
    assert_eq!(room(&office.owner).await.as_deref(), Some(found.as_str()));
    assert_eq!(room(&mia).await, None);
    let texts = anna.texts(&found).await;
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("no sign of life") && texts[0].contains("没有响应"), "{texts:?}");

    // Who runs the office later is let in with the next message, and who no longer does goes.
    let account = |person: &Person| format!("/users/{}", person.id);
    office.owner.patch(&account(&mia), &json!({"role": "admin"})).await.ok();
    office.owner.patch(&account(&anna), &json!({"role": "member"})).await.ok();
    report(&data, "hearth-hwctl.service", "signal", "c");
    office.restart().await;
    assert_eq!(comes(&mia).await, found);
    let texts: Vec<String> = soon("both messages", async {
        loop {
            let texts = mia.texts(&found).await;
            if texts.len() == 2 {
                return texts;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    assert!(texts.iter().any(|text| text.contains("The fan control")), "{texts:?}");
    assert_eq!(room(&anna).await, None);
    let listed: Value = office.owner.get("/integrations").await.ok();
    assert_eq!(listed["bots"], json!([]), "it is nobody's to change: {listed}");
}
