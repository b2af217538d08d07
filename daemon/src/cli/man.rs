//! `hearth man <dir>`: a manual page for each program and subcommand.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory};

use super::Cli;
use crate::args;

#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder to write to; it is made if it is missing
    dir: PathBuf,
}

pub(super) fn run(man: &Man) -> anyhow::Result<ExitCode> {
    let doing = || format!("write manual pages to {}", man.dir.display());
    fs::create_dir_all(&man.dir).with_context(doing)?;
    for command in [Cli::command(), args::Args::command()] {
        clap_mangen::generate_to(command, &man.dir).with_context(doing)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_has_a_page() {
        let scratch = tempfile::tempdir().unwrap();
        let man = Man { dir: scratch.path().join("man") };
        run(&man).unwrap();
        for page in ["hearth.1", "hearthd.1", "hearth-user-add.1", "hearth-backup.1"] {
            assert!(man.dir.join(page).exists(), "{page}");
        }
    }
}
