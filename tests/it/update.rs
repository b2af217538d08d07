//! Updates, with the real programs and a package manager that says that it is none.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Launch, Office, Settings, program, soon};

/// A box with a founded office whose server the fake package manager starts and stops.
struct Appliance {
    office: Office,
    fake: PathBuf,
    folder: PathBuf,
}

impl Appliance {
    async fn set_up() -> Self {
        let mut office = Office::open().await;
        office.owner.say(&office.lobby, "before the update").await;
        assert_eq!(office.stop().await, 0);
        let (fake, folder) = (office.scratch().join("fake"), office.scratch().join("update"));
        fs::create_dir_all(fake.join("versions")).unwrap();
        fs::create_dir_all(&folder).unwrap();
        let this = Self { office, fake, folder };
        this.word("installed", "1.0");
        this.word("candidate", "2.0");
        this.package("1.0", &this.works());
        this.package("2.0", &this.works());
        this
    }

    fn word(&self, name: &str, content: &str) {
        fs::write(self.fake.join(name), format!("{content}\n")).unwrap();
    }

    fn package(&self, version: &str, script: &str) {
        fs::write(self.fake.join("versions").join(version), script).unwrap();
    }

    /// A version that works.
    fn works(&self) -> String {
        let data = self.office.data().display();
        let hearthd = program("hearthd");
        format!("HEARTH_DATA='{data}' HEARTH_LISTEN=127.0.0.1:0 exec '{}'\n", hearthd.display())
    }

    /// A version whose migration ends, and that dies before it opened its doors.
    fn migrates_and_dies(&self) -> String {
        let (database, known) = (self.office.data().join("hearth.db"), hearth_store::SCHEMA);
        let (database, newer) = (database.display(), known + 1);
        // The schema's version is the number at offset 60 of the file, big-endian.
        format!(
            "cp '{database}' '{database}.schema-{known}'\n\
             printf '\\000\\000\\000\\{newer:03o}' \
               | dd of='{database}' bs=1 seek=60 conv=notrunc 2>/dev/null\n\
             echo 'this fake version dies after its migration' >&2\nexit 1\n"
        )
    }

    fn ask(&self, want: &str) {
        let request = json!({ "want": want }).to_string();
        fs::write(self.office.data().join("update-request.json"), request).unwrap();
    }

    fn command(&self) -> Command {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/it/update/fake-packages");
        let mut command = Command::new(program("hearth"));
        command.args(["update", "run"]).env("HEARTH_DATA", self.office.data());
        command.env("HEARTH_UPDATE_FOLDER", &self.folder).env("HEARTH_UPDATE_TOOL", tool);
        command.env("FAKE", &self.fake).env_remove("HEARTH_CONFIG").env_remove("HEARTH_PORT");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs root's side to its end.
    async fn run(&self) {
        let mut child = self.command().spawn().expect("start hearth update run");
        soon("the end of the update", async {
            while child.try_wait().expect("the child is ours").is_none() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
        assert!(child.wait().unwrap().success(), "{:?}", self.state());
    }

    /// Starts root's side and waits until the fake one hangs at this place.
    async fn hang_at(&self, place: &str) -> (Child, u32) {
        fs::write(self.fake.join(format!("hang-{place}")), "").unwrap();
        let child = self.command().spawn().expect("start hearth update run");
        let hung = self.fake.join("hung");
        let tool = soon("the tool hangs", async {
            while !hung.exists() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            fs::read_to_string(&hung).unwrap().trim().parse().unwrap()
        })
        .await;
        fs::remove_file(&hung).unwrap();
        (child, tool)
    }

    fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.folder.join("state.json")).unwrap()).unwrap()
    }

    fn installed(&self) -> String {
        fs::read_to_string(self.fake.join("installed")).unwrap().trim().to_owned()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.fake.join("log")).unwrap_or_default()
    }

    fn stop(&self) {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/it/update/fake-packages");
        let done = Command::new(tool).arg("stop").env("FAKE", &self.fake).status();
        assert!(done.expect("run the fake tool").success());
    }

    /// What is there is what was written, for who was signed in before.
    async fn is_whole(&mut self) {
        self.stop();
        self.office.start().await;
        let texts = self.office.owner.texts(&self.office.lobby).await;
        assert_eq!(texts, ["before the update"]);
        assert_eq!(self.office.stop().await, 0);
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        self.stop();
    }
}

#[tokio::test]
async fn a_version_that_works_is_installed_and_one_can_go_back() {
    let mut this = Appliance::set_up().await;
    this.ask("check");
    this.run().await;
    assert_eq!((&this.state()["candidate"], this.installed().as_str()), (&json!("2.0"), "1.0"));
    this.ask("apply");
    this.run().await;
    let state = this.state();
    assert_eq!(state["last"]["outcome"], "done", "{state}\n{}", this.log());
    assert_eq!((&state["previous"], this.installed().as_str()), (&json!("1.0"), "2.0"));
    assert!(state["plan"].is_null(), "{state}");
    this.is_whole().await;
    this.ask("rollback");
    this.run().await;
    assert_eq!(
        (&this.state()["last"]["outcome"], this.installed().as_str()),
        (&json!("done"), "1.0")
    );
    this.is_whole().await;
}

#[tokio::test]
async fn a_version_that_does_not_start_is_taken_back() {
    let mut this = Appliance::set_up().await;
    this.package("2.0", "echo 'this fake version does not start' >&2\nexit 1\n");
    this.ask("apply");
    this.run().await;
    let last = this.state()["last"].clone();
    assert_eq!(
        (&last["outcome"], this.installed().as_str()),
        (&json!("went_back"), "1.0"),
        "{last}"
    );
    assert!(last["problem"].as_str().unwrap().contains("does not start"), "{last}");
    this.is_whole().await;
    // The page and the doctor say so, also while it is stopped.
    let config = this.office.scratch().join("doctor.toml");
    fs::write(&config, format!("[update]\nfolder = \"{}\"\n", this.folder.display())).unwrap();
    let arguments = ["doctor", "--json", "--config", config.to_str().unwrap()];
    let doctor = crate::support::hearth(this.office.data(), &arguments).json();
    let findings = doctor["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == "update").unwrap();
    assert_eq!(found["severity"], "warning", "{found}");
}

#[tokio::test]
async fn a_version_that_dies_after_its_migration_leaves_nothing_behind() {
    let mut this = Appliance::set_up().await;
    this.package("2.0", &this.migrates_and_dies());
    this.ask("apply");
    this.run().await;
    let last = this.state()["last"].clone();
    assert_eq!(
        (&last["outcome"], this.installed().as_str()),
        (&json!("went_back"), "1.0"),
        "{last}"
    );
    assert!(this.log().contains("nobody had used the newer database"), "{}", this.log());
    // Nobody was signed out: the box goes on in the same life.
    this.is_whole().await;
}

#[tokio::test]
async fn a_package_that_is_not_there_changes_nothing() {
    let mut this = Appliance::set_up().await;
    this.word("candidate", "3.0");
    this.ask("apply");
    this.run().await;
    let last = this.state()["last"].clone();
    assert_eq!(
        (&last["outcome"], this.installed().as_str()),
        (&json!("given_up"), "1.0"),
        "{last}"
    );
    assert!(last["problem"].as_str().unwrap().contains("no such package"), "{last}");
    this.is_whole().await;
}

/// Kills an update at every step, before and after its effect; what the next boot starts ends it.
async fn killed_everywhere(second: fn(&Appliance) -> String, steps: &[&str], end: (&str, &str)) {
    let mut this = Appliance::set_up().await;
    this.package("2.0", &second(&this));
    for step in steps {
        for place in [(*step).to_owned(), format!("{step}-after")] {
            this.word("installed", "1.0");
            this.ask("apply");
            let (mut runner, tool) = this.hang_at(&place).await;
            // As a power cut or systemd takes all of it at once.
            runner.kill().unwrap();
            runner.wait().unwrap();
            let tool = Pid::from_raw(tool.cast_signed()).unwrap();
            kill_process(tool, Signal::KILL).unwrap();
            this.run().await;
            let state = this.state();
            assert!(state["plan"].is_null(), "{place}: {state}");
            assert_eq!(state["last"]["outcome"], end.0, "{place}: {state}\n{}", this.log());
            assert_eq!(this.installed(), end.1, "{place}");
            this.is_whole().await;
        }
    }
}

#[tokio::test]
async fn an_update_that_is_killed_anywhere_ends_with_the_new_version() {
    killed_everywhere(Appliance::works, &["fetch", "install", "start"], ("done", "2.0")).await;
}

#[tokio::test]
async fn an_update_that_is_killed_anywhere_ends_with_the_old_version_if_the_new_one_fails() {
    let steps = ["fetch", "install"];
    killed_everywhere(Appliance::migrates_and_dies, &steps, ("went_back", "1.0")).await;
}

#[tokio::test]
async fn a_newer_schema_that_was_used_is_given_back_only_by_consent() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let settings = Settings { data: Some(data.clone()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    office.owner.say(&office.lobby, "before the update").await;
    office.stop().await;
    let (database, known) = (data.join("hearth.db"), hearth_store::SCHEMA);
    fs::copy(&database, data.join(format!("hearth.db.schema-{known}"))).unwrap();
    office.start().await;
    office.owner.say(&office.lobby, "after it").await;
    office.stop().await;
    let newer = rusqlite::Connection::open(&database).unwrap();
    newer.pragma_update(None, "user_version", known + 1).unwrap();
    drop(newer);
    let doors = json!({"version": "9.9.9", "schema": known + 1}).to_string();
    fs::write(data.join("doors.json"), doors).unwrap();
    let mut refused = Launch::in_folder(&data).start();
    let (status, log) = (refused.ended().await, refused.log());
    assert_eq!(status.code(), Some(78), "{log}");
    assert!(log.contains(&format!("hearth.db.schema-{known}")), "{log}");
    fs::write(data.join("give-back.json"), json!({"schema": known + 1}).to_string()).unwrap();
    office.start().await;
    let olga = office.owner.sign_in_again().await;
    assert_eq!(olga.texts(&office.lobby).await, ["before the update"]);
    assert!(data.join("hearth.db.before-restore").exists(), "what was written since is kept");
    assert!(!data.join("give-back.json").exists(), "it counts once");
}

#[tokio::test]
async fn where_nothing_can_install_updates_this_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let none = scratch.path().join("none");
    let config = format!("[update]\nfolder = \"{}\"\n", none.display());
    let office = Office::open_with(Settings { config, ..Settings::default() }).await;
    let olga = &office.owner;
    let state = olga.get("/admin/update").await.ok();
    assert_eq!((&state["possible"], &state["asked"]), (&json!(false), &json!(false)), "{state}");
    olga.post("/admin/update", &json!({"act": "apply"})).await.refused(409, "no_updater");
    fs::create_dir_all(&none).unwrap();
    let asked = olga.post("/admin/update", &json!({"act": "apply_tonight"})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    assert_eq!(asked.json()["tonight"], true);
    let asked = olga.post("/admin/update", &json!({"act": "apply"})).await;
    assert_eq!(asked.json()["asked"], true, "{asked:?}");
    let request = fs::read_to_string(office.data().join("update-request.json")).unwrap();
    assert_eq!(request, r#"{"want":"apply"}"#);
    let noted = olga.get("/admin/audit?limit=1").await.ok();
    assert_eq!(noted["entries"][0]["act"], "update.asked", "{noted}");
}
