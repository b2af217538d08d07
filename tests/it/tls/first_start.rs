//! A box without an owner: what its screen, its log and its command show, and who gets in with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::Response;
use serde_json::{Value, json};

use super::*;
use crate::support::{Done, hearth};

/// A box with a screen.
struct Fresh {
    office: Guarded,
    data: PathBuf,
    screen: PathBuf,
}

impl Fresh {
    async fn start(folder: &Path) -> Self {
        let screen = folder.join("issue");
        let further = format!("[server]\nissue_file = \"{}\"\n", screen.display());
        let office = Guarded::own_ca_with(folder, &further).await;
        Self { office, data: folder.join("data"), screen }
    }

    /// What the screen shows, once it fits.
    async fn shows(&self, fits: impl Fn(&str) -> bool) -> String {
        soon("the screen", async {
            loop {
                let text = fs::read_to_string(&self.screen).unwrap_or_default();
                if fits(&text) {
                    return text;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }

    async fn found(&self, code: &str) -> Response<Bytes> {
        let setup = json!({
            "code": code, "office": "Locked House", "name": "Olga Owner", "handle": "olga",
            "password": PASSWORD,
        });
        self.office.http2(self.office.request("POST", "/setup", &setup)).await
    }

    async fn refused(&self, code: &str) {
        let answer = self.found(code).await;
        assert_eq!(answer.status(), 403, "{answer:?}");
        assert_eq!(json_of(&answer)["code"], "setup_code_invalid");
    }

    async fn trust(&self) -> Value {
        json_of(&self.office.http2(self.office.request("GET", "/trust", &Value::Null)).await)
    }

    fn operate(&self, arguments: &[&str]) -> Done {
        hearth(&self.data, arguments)
    }
}

fn words_of(trust: &Value) -> String {
    let words = trust["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn screen_log_command_and_page_show_the_same_and_one_code_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut fresh = Fresh::start(folder.path()).await;
    let first = setup_code(&fresh.office.hearthd).await;
    let words = words_of(&fresh.trust().await);
    assert_eq!(words.split(' ').count(), 6, "{words}");
    let screen = fresh.shows(|text| text.contains(&first)).await;
    assert!(screen.contains(&words), "{screen}");
    let said = |line: &str| line.contains(&words).then_some(());
    fresh.office.hearthd.logged(said).await;

    let command = fresh.operate(&["setup-link"]);
    let said = command.ok();
    assert!(said.contains(&words), "{said}");
    let link = said.lines().next().unwrap();
    let (_, behind) = link.split_once("/setup#code=").unwrap();
    let (second, key) = behind.split_once("&fp=").unwrap();
    assert_eq!(fresh.trust().await["key"], key);
    assert_ne!(second, first);
    fresh.shows(|text| text.contains(second)).await;
    assert!(fresh.operate(&["status"]).ok().contains(&words));

    fresh.refused(&first).await;
    // As somebody types it who reads it off a screen.
    let typed = second.to_lowercase().replace('-', " ");
    assert_eq!(fresh.found(&typed).await.status(), 201);
    fresh.shows(str::is_empty).await;
    assert_eq!(fresh.found(second).await.status(), 409);
    assert_eq!(fresh.operate(&["setup-link"]).code, Some(1));
    assert_eq!(fresh.office.hearthd.stop().await, 0);
}

#[tokio::test]
async fn five_wrong_codes_need_a_new_one_from_the_box() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = Fresh::start(folder.path()).await;
    let code = setup_code(&fresh.office.hearthd).await;
    fresh.refused("no code at all").await;
    for _ in 0..4 {
        fresh.refused("0000-0000-0000-0000").await;
    }
    fresh.shows(|text| text.contains(&code)).await;
    fresh.refused("0000-0000-0000-0000").await;
    fresh.refused(&code).await;
    let ended = fresh.shows(|text| text.contains("hearth setup-link")).await;
    assert!(!ended.contains(&code), "{ended}");
    let said = fresh.operate(&["--json", "setup-link"]).json();
    let code = said["code"].as_str().unwrap();
    assert_eq!(fresh.found(code).await.status(), 201);
    fresh.shows(str::is_empty).await;
}
