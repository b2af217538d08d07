//! The files of `config/` are read by the programs they are for.

use std::path::Path;

use crate::support::Launch;

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
            _ => panic!("which program reads {}? Say it here", file.display()),
        }
    }
}
