//! `hearth verify`: reads a backup back as a restore would, and throws away what came.
//!
//! Without a place, the running server does so at every destination that is set.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use hearth_domain::id::Seq;
use hearth_domain::time::Timestamp;
use hearth_store::backup;
use hearth_store::file::copy;
use serde::Serialize;

use super::output::Progress;
use super::source::{self, Opening};
use super::{Context, backup as rounds};
use crate::admin::Command;
use crate::data_dir;
use crate::vault::check::{self, Asked, Depth};
use crate::vault::place::Place;
use crate::vault::{Watch, fetch, keeper};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A folder of encrypted backups, or the file of a plain copy [default: every destination that is
    /// set]
    from: Option<PathBuf>,
    #[command(flatten)]
    opening: Opening,
}

#[derive(Debug, Serialize)]
struct Verified {
    verified: String,
    made_at: Option<Timestamp>,
    head: Seq,
    files: u64,
    broken: u64,
}

pub(super) fn run(verify: &Verify, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let Some(from) = &verify.from else {
        return rounds::round(context, &Command::VerifyBackups {}, "Reading back and checking");
    };
    let progress = Progress::new("Reading back and checking");
    let verified = match source::place(from)? {
        None => plain(from)?,
        Some(place) => sealed(&verify.opening, &*place, &context.data_dir()?)?,
    };
    drop(progress);
    let Verified { verified: name, head, files, broken, .. } = &verified;
    let mut text = format!("{name} is good: {} entries of the log, {files} files.", head.0);
    if *broken > 0 {
        text.push_str(&format!(" {broken} files were damaged before it was made."));
    }
    context.output.answer(&text, &verified)?;
    Ok(ExitCode::SUCCESS)
}

fn plain(file: &Path) -> anyhow::Result<Verified> {
    let failed = || format!("check {}", file.display());
    let found = backup::verify(file).with_context(failed)?;
    let (files, broken) =
        copy::check_blobs(file, &copy::beside_backup(file)).with_context(failed)?;
    anyhow::ensure!(
        broken.is_empty(),
        "{} files beside {} are missing or damaged",
        broken.len(),
        file.display()
    );
    let verified = file.display().to_string();
    Ok(Verified { verified, made_at: None, head: found.head, files, broken: 0 })
}

fn sealed(opening: &Opening, place: &dyn Place, data: &Path) -> anyhow::Result<Verified> {
    let key = opening.open(place, &data_dir::vault(data).join(keeper::KEY))?;
    let list = fetch::find(place, opening.backup.as_deref())?;
    let scratch = Folder::make()?;
    let asked = Asked { list: list.clone(), depth: Depth::All, scratch: scratch.0.clone() };
    let (manifest, checked) = check::verify(place, &key, &asked, &Watch::default())
        .with_context(|| format!("check {list}"))?;
    Ok(Verified {
        verified: list,
        made_at: Some(manifest.made_at),
        head: checked.head,
        files: checked.files,
        broken: manifest.broken.len() as u64,
    })
}

/// A folder of this process that goes with it.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("hearth-verify-{}", std::process::id()));
        // Others must not be able to put something in its place.
        let mut maker = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.create(&path).with_context(|| format!("make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("hearth: {} stays: {error}", self.0.display());
        }
    }
}
