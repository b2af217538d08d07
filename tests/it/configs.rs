//! The files of `config/` are read by the programs they are for.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Launch, program, soon};

#[tokio::test]
async fn every_default_file_is_understood_by_its_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        text.parse::<toml::Table>().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        match file.file_name().and_then(|name| name.to_str()) {
            Some("hearthd.toml") => {
                let scratch = tempfile::tempdir().unwrap();
                let launch = Launch::in_folder(&scratch.path().join("data")).config(file);
                let mut hearthd = launch.start();
                hearthd.ready().await;
                assert_eq!(hearthd.stop().await, 0);
            }
            Some("hwctl.toml") => {
                let run = tempfile::tempdir().unwrap();
                let mut command = Command::new(program("hearth-hwctl"));
                command.args(["run", "--simulate", "--config"]).arg(&file).arg("--run");
                let mut hwctl = command.arg(run.path()).stderr(Stdio::null()).spawn().unwrap();
                let status = run.path().join("status.sock");
                soon("a status of hearth-hwctl", async {
                    while std::os::unix::net::UnixStream::connect(&status).is_err() {
                        assert_eq!(hwctl.try_wait().unwrap(), None, "it does not take its file");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                })
                .await;
                hwctl.kill().unwrap();
                hwctl.wait().unwrap();
            }
            _ => panic!("which program reads {}? Say it here", file.display()),
        }
    }
}
