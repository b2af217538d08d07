//! Settings in a folder of files, over those of the package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Call, Launch, hearth};

struct Place {
    scratch: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("conf.d")).unwrap();
        Self { scratch }
    }

    fn folder(&self) -> PathBuf {
        self.scratch.path().join("conf.d")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    fn launch(&self) -> Launch {
        let mut launch = Launch::in_folder(&self.scratch.path().join("data"));
        let packaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/hearthd.toml");
        launch.config = Some(packaged);
        let folder = self.folder().to_string_lossy().into_owned();
        launch.environment.push(("HEARTH_CONFIG_DIR".to_owned(), folder));
        launch
    }

    async fn refusal(&self) -> String {
        let mut hearthd = self.launch().start();
        let status = hearthd.ended().await;
        assert_eq!(status.code(), Some(78), "{}", hearthd.log());
        hearthd.log()
    }
}

#[tokio::test]
async fn what_a_package_sets_is_understood_and_may_be_set_otherwise() {
    let place = Place::new();
    let mut hearthd = place.launch().start();
    hearthd.ready().await;
    assert!(place.scratch.path().join("data/tls/ca.pem").is_file(), "{}", hearthd.log());
    assert_eq!(hearthd.stop().await, 0);

    place.write("50-office.toml", "[tls]\nmode = \"off\"\n[log]\nfilter = \"debug\"\n");
    let mut hearthd = place.launch().start();
    let address = hearthd.ready().await;
    let page = Call::new("GET", "/healthz").send(address).await;
    assert_eq!(page.status, 200, "plain HTTP: {page:?}");
    assert_eq!(hearthd.stop().await, 0);
}

#[tokio::test]
async fn each_mistake_names_the_file_and_the_line() {
    let place = Place::new();
    place.write("10-good.toml", "[server]\nhosts = [\"chat.example\"]\n");
    for (text, said) in [
        ("\n[server]\nhots = []\n", "/20-bad.toml:3: hots: unknown field"),
        ("[limits]\ndrain_s = \"ten\"\n", "/20-bad.toml:2: drain_s: invalid type"),
        ("[server\n", "/20-bad.toml:1: "),
        // It fits by itself, and not to what the package sets.
        ("# mine\n[tls]\ncert = \"/c.pem\"\n", "hearthd.toml:20: tls.mode: must be \"files\""),
    ] {
        place.write("20-bad.toml", text);
        let log = place.refusal().await;
        assert!(log.contains(said), "{said}: {log}");
    }
    let log = place.refusal().await;
    assert!(log.contains("(tls.cert stands in ") && log.contains("/20-bad.toml:3)"), "{log}");
    place.write("20-bad.toml", "[tls]\nmode = \"files\"\nkey = \"/k.pem\"\n");
    let log = place.refusal().await;
    assert!(log.contains("tls.cert: needed") && log.contains("20-bad.toml:2)"), "{log}");
}

#[tokio::test]
async fn the_command_says_what_is_set_where() {
    let place = Place::new();
    place.write("10.toml", "[limits]\ndrain_s = 3\n");
    let (data, folder) = (place.scratch.path().join("data"), place.folder());
    let folder = folder.to_str().unwrap();
    let command = |what: &str| hearth(&data, &["--config-dir", folder, "config", what, "--json"]);
    assert_eq!(command("check").json()["files"], 1);
    let shown = command("show").json();
    assert_eq!(shown[0]["key"], "limits.drain_s");
    assert_eq!(shown[0]["place"], format!("{folder}/10.toml:2"));
    place.write("20.toml", "[limits]\nconnections_max = 0\n");
    let refused = command("check");
    assert_eq!(refused.code, Some(78), "{refused:?}");
    let error = refused.json()["error"].to_string();
    assert!(error.contains("/20.toml:2: limits.connections_max"), "{error}");
}
