//! Files that are not what their names say: found, mended from a backup, or put aside.
//!
//! Every night between two and five, on the clock of the machine's zone, every blob is hashed again by
//! one look at a time, with a rest three times as long as each took. Whoever opens a file that is missing, of
//! another length, or that turns out to be another while it is sent, has it looked at at once. A copy
//! beside a backup that is sound is put in its place; else the damaged one is moved to the folder
//! `quarantine` of the data folder, and whoever opens the file is told that it is damaged. Uploading
//! the same content again heals it as well.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hearth_domain::file::BlobHash;
use hearth_domain::time::Timestamp;
use hearth_store::Blobs;
use hearth_store::file::blobs::Condition;
use hearth_store::file::rows;
use hearth_wire::admin::{Finding, Severity};
use tokio::sync::Mutex;

use crate::actions::{ActionError, ActionResult};
use crate::app::App;
use crate::checks::{said, warning};
use crate::files::FilesError;
use crate::zone;

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);
/// A night's look is not made twice.
const AGAIN_MS_MIN: u64 = 20 * 3_600 * 1_000;
/// The minutes of the day in which it begins: two to five.
const NIGHT: std::ops::Range<u16> = 120..300;
/// Rows read at once.
const PAGE: u32 = 500;

/// What became of looking at every file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Contents that were hashed.
    pub blobs: u64,
    /// Contents that were put back from a backup.
    pub mended: u64,
    /// Contents that are damaged or missing, and that nothing could mend.
    pub lost: u64,
}

/// The looks of this process.
#[derive(Debug, Default)]
pub struct Scrub {
    /// One look at a time.
    turn: Mutex<()>,
    last_ms: AtomicU64,
}

/// What was done about one content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Sound,
    Mended,
    Lost,
}

/// Looks at every file at night until the tasks stop.
pub async fn run(app: Arc<App>) {
    let zone = zone::of_machine();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
        let now = app.clock.now();
        let is_night = NIGHT.contains(&u16::from(zone::local(now, Some(&zone)).minute));
        let last = Timestamp::from_ms(app.scrub.last_ms.load(Ordering::Relaxed));
        if is_night
            && now.ms_since(last) > AGAIN_MS_MIN
            && let Err(error) = look_at_all(&app).await
        {
            tracing::warn!(%error, "not every file was looked at");
        }
    }
}

/// Looks at every file, and mends or puts aside what is damaged.
///
/// # Errors
/// When the store or the disk can't be used.
pub async fn look_at_all(app: &Arc<App>) -> ActionResult<Looked> {
    let turn = app.scrub.turn.lock().await;
    let mut looked = Looked::default();
    let mut after = None;
    loop {
        let page =
            app.store.read(move |tx| rows::blobs_after(tx, after, PAGE).map_err(ActionError::from));
        let page = page.await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        for hash in page {
            if app.tasks.is_stopping() {
                return Err(ActionError::Unavailable);
            }
            looked.blobs += 1;
            match look_at(app, hash).await? {
                Outcome::Sound => {}
                Outcome::Mended => looked.mended += 1,
                Outcome::Lost => looked.lost += 1,
            }
        }
    }
    app.scrub.last_ms.store(app.clock.now().as_ms(), Ordering::Relaxed);
    tracing::info!(
        blobs = looked.blobs,
        mended = looked.mended,
        lost = looked.lost,
        "looked at every file"
    );
    tell(app, looked);
    if looked.lost == 0 {
        app.findings.take_back("files", app.clock.now());
    }
    drop(turn);
    Ok(looked)
}

/// Has one file looked at that somebody could not read, without waiting for it.
pub fn suspect(app: &Arc<App>, hash: BlobHash) {
    let inner = Arc::clone(app);
    app.tasks.spawn("suspected file", async move {
        let turn = inner.scrub.turn.lock().await;
        let one = Looked { blobs: 1, ..Looked::default() };
        match look_at(&inner, hash).await {
            Ok(Outcome::Sound) => {}
            Ok(Outcome::Mended) => tell(&inner, Looked { mended: 1, ..one }),
            Ok(Outcome::Lost) => tell(&inner, Looked { lost: 1, ..one }),
            Err(error) => tracing::warn!(%error, "a suspected file can't be looked at"),
        }
        drop(turn);
    });
}

async fn look_at(app: &App, hash: BlobHash) -> ActionResult<Outcome> {
    let (blobs, backups) = (app.files.blobs().clone(), app.premises.backups.folder.clone());
    let done = app.tasks.spawn_blocking(move || {
        let begun = Instant::now();
        let outcome = mend(&blobs, &backups, hash);
        (outcome, begun.elapsed())
    });
    let (outcome, took) = done.await.map_err(|_| ActionError::Unavailable)?;
    tokio::select! {
        () = tokio::time::sleep(took * 3) => {}
        () = app.tasks.stopping() => {}
    }
    Ok(outcome.map_err(FilesError::from)?)
}

/// Looks at one content, puts a sound copy in its place if there is one, and else puts it aside.
fn mend(blobs: &Blobs, backups: &Path, hash: BlobHash) -> io::Result<Outcome> {
    let condition = blobs.condition(hash)?;
    if condition == Condition::Sound {
        return Ok(Outcome::Sound);
    }
    for folder in folders_of_files(backups)? {
        if blobs.put_back(&folder, hash)? {
            tracing::warn!(%hash, from = %folder.display(), "a damaged file was put back from a backup");
            return Ok(Outcome::Mended);
        }
    }
    if condition == Condition::Damaged {
        blobs.put_aside(hash)?;
        tracing::warn!(%hash, "a damaged file was put aside");
    }
    Ok(Outcome::Lost)
}

/// The folders of files beside the backups, the latest first.
fn folders_of_files(backups: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(backups) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "files") && path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort_unstable_by(|one, other| other.cmp(one));
    Ok(folders)
}

fn tell(app: &App, looked: Looked) {
    let now = app.clock.now();
    let Looked { mended, lost, .. } = looked;
    if mended > 0 {
        let text = said(
            format!("Damaged files were put back from a backup: {mended}."),
            format!("已从备份恢复 {mended} 个损坏的文件。"),
        );
        app.findings.tell(Finding::new("files-mended", Severity::Note, text), now);
    }
    if lost > 0 {
        app.findings.tell(lost_files(lost), now);
    }
}

fn lost_files(lost: u64) -> Finding {
    warning(
        "files",
        said(
            format!("Files are damaged or missing: {lost}. Whoever opens one is told so."),
            format!("有 {lost} 个文件已损坏或丢失，打开时会提示。"),
        ),
        said(
            "Have the disk checked. Sharing the same file again heals it, and so does putting an older \
             backup into the folder of backups before `hearth files check`.",
            "请检查磁盘。重新上传相同的文件即可修复；也可把较早的备份放入备份文件夹，再运行 `hearth files check`。",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_store::file::blobs::{digest, path_in};

    fn blob(folder: &Path, content: &[u8]) -> BlobHash {
        let hash = digest(content).unwrap();
        let path = path_in(folder, hash);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        hash
    }

    #[test]
    fn a_damaged_blob_is_put_back_or_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::beside(&folder.path().join("hearth.db"));
        let backups = folder.path().join("backups");
        let sound = blob(&blobs.folder(), b"sound");
        let saved = blob(&blobs.folder(), b"saved");
        let lost = blob(&blobs.folder(), b"lost");
        // A folder of the same name that holds rubbish is passed over.
        blob(&backups.join("a.db.files"), b"saved");
        blob(&backups.join("b.db.files"), b"saved");
        std::fs::write(path_in(&backups.join("b.db.files"), saved), "rubbish").unwrap();
        for hash in [saved, lost] {
            std::fs::write(blobs.path(hash), "bit rot").unwrap();
        }
        let of = |hash| mend(&blobs, &backups, hash).unwrap();
        assert_eq!(
            [of(sound), of(saved), of(lost)],
            [Outcome::Sound, Outcome::Mended, Outcome::Lost]
        );
        assert_eq!(std::fs::read(blobs.path(saved)).unwrap(), b"saved");
        assert!(!blobs.path(lost).exists(), "nobody reads it by mistake");
        let aside = folder.path().join("quarantine").join(lost.to_string());
        assert_eq!(std::fs::read(aside).unwrap(), b"bit rot");
        assert_eq!(of(lost), Outcome::Lost, "missing is as bad");
    }
}
