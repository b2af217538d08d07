//! The task that makes backups when they are due or asked for, one destination after the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::time::Timestamp;
use hearth_store::machine;
use hearth_wire::vault::{BackupDestination, BackupFault, BackupPlace, BackupRun, BackupSettings};

use crate::actions::ActionError;
use crate::app::App;
use crate::clock::Clock;
use crate::hardware::quiet_left_s;
use crate::journal;
use crate::quiet::QuietThread;
use crate::vault::check::{self, Depth};
use crate::vault::fetch;
use crate::vault::keeper::{ALL_READ_EVERY_MS, Keeper, Known, Wanted};
use crate::vault::place::{self, Own};
use crate::vault::write::{self, Made, Source, Target};
use crate::vault::{VaultError, Watch};

/// How often it is looked whether a backup is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// Longest text file of the data folder that goes into a backup, in bytes.
const BOX_FILE_BYTES_MAX: u64 = 64 * 1_024;

/// Makes backups until the tasks stop.
pub async fn run(app: Arc<App>) {
    loop {
        let watch = Watch::ending_with(app.tasks.stop_signal().child_token());
        let is_quiet = is_quiet(&app).await;
        let wanted = app.premises.vault.begin((app.clock.now(), is_quiet), &watch);
        if let Some(wanted) = wanted {
            round(&app, wanted, watch).await;
            app.premises.vault.ended();
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.premises.vault.rung.notified() => {}
            () = app.tasks.stopping() => return,
        }
        if app.tasks.is_stopping() {
            return;
        }
    }
}

async fn is_quiet(app: &App) -> bool {
    let settings = app.store.read(|tx| Ok::<_, ActionError>(machine::settings(tx)?)).await;
    let settings = settings.unwrap_or_default();
    quiet_left_s(settings.quiet_hours.as_ref(), app.clock.now()) > 0
}

async fn round(app: &Arc<App>, wanted: Wanted, watch: Watch) {
    let thread = match QuietThread::start("backup") {
        Ok(thread) => thread,
        Err(error) => {
            tracing::error!(%error, "there is no thread for a backup");
            return;
        }
    };
    let round = Round {
        keeper: Arc::clone(&app.premises.vault),
        database: app.store.path().to_owned(),
        blobs: app.store.blobs().folder(),
        data: app.premises.data.clone(),
        office: app.store.origin().node,
        clock: app.clock.clone(),
        watch,
    };
    let done = thread.begin(move || round.all(&wanted)).await;
    if done.await.is_err() {
        tracing::error!("the thread of a backup ended in the middle");
        if let Err(error) = app.premises.vault.note_interrupted() {
            tracing::warn!(%error, "how a backup went can't be noted");
        }
    }
}

/// What the thread works with.
struct Round {
    keeper: Arc<Keeper>,
    database: std::path::PathBuf,
    blobs: std::path::PathBuf,
    data: std::path::PathBuf,
    office: hearth_domain::id::NodeId,
    clock: Clock,
    watch: Watch,
}

impl Round {
    fn all(&self, wanted: &Wanted) {
        let (Wanted::Backup(ids) | Wanted::Verify(ids)) = wanted;
        for id in ids {
            let Some((destination, known)) = self.keeper.destination(id) else { continue };
            if !self.watch.goes_on() {
                return;
            }
            self.watch.turn_to(id);
            let at = self.clock.now();
            let started = self.clock.monotonic();
            if let Err(error) = self.keeper.note_begun(id, at) {
                tracing::warn!(%error, "the beginning of a backup can't be noted");
            }
            let read_all = known
                .standing
                .all_read_at
                .is_none_or(|all_read_at| at.ms_since(all_read_at) >= ALL_READ_EVERY_MS);
            let (made, read_all) = match wanted {
                Wanted::Backup(_) => (self.back_up(&destination, &known, at, read_all), read_all),
                Wanted::Verify(_) => (self.verify(&destination, &known), true),
            };
            let took = self.clock.monotonic().saturating_sub(started);
            self.note(&destination, (at, took), made, read_all);
        }
    }

    fn back_up(
        &self,
        destination: &BackupDestination,
        known: &Known,
        at: Timestamp,
        read_all: bool,
    ) -> Result<Made, VaultError> {
        let (keeper, settings) = (&self.keeper, self.keeper.settings());
        let mark = keeper.passphrase().map(|passphrase| keeper.key().mark_of(passphrase));
        let is_current = known.passphrase == mark;
        let target = Target {
            place: self.open(destination)?,
            key: keeper.key(),
            passphrase: keeper.passphrase().map(|passphrase| (passphrase, is_current)),
            known: known.written,
            shares_disk: matches!(destination.place, BackupPlace::Box {}),
            depth: if read_all { Depth::All } else { Depth::These(Default::default()) },
            kept: settings.kept,
        };
        write::back_up(&self.source(settings), &target, (at, &self.watch))
    }

    fn source(&self, settings: BackupSettings) -> Source {
        Source {
            database: self.database.clone(),
            blobs: self.blobs.clone(),
            scratch: self.keeper.scratch(),
            office: self.office,
            box_files: box_files(&self.data),
            settings,
        }
    }

    fn open(&self, destination: &BackupDestination) -> Result<Box<dyn place::Place>, VaultError> {
        let own = Own { folder: &self.keeper.own_place(), key: self.keeper.key() };
        let failed =
            |source| VaultError::Place { doing: "opening", name: destination.id.clone(), source };
        let place = place::open(&destination.place, &own).map_err(failed)?;
        if let Some(fingerprint) = place.fingerprint() {
            self.keeper.pin(&destination.id, fingerprint).map_err(failed)?;
        }
        Ok(place)
    }

    fn verify(&self, destination: &BackupDestination, known: &Known) -> Result<Made, VaultError> {
        let place = self.open(destination)?;
        let list = fetch::find(&*place, None)?;
        let asked =
            check::Asked { list: list.clone(), depth: Depth::All, scratch: self.keeper.scratch() };
        let (manifest, checked) = check::verify(&*place, self.keeper.key(), &asked, &self.watch)?;
        Ok(Made {
            name: list,
            made_at: manifest.made_at,
            written_bytes: 0,
            broken: manifest.broken,
            checked,
            count: known.standing.count,
            size_bytes: known.standing.size_bytes,
        })
    }

    fn note(
        &self,
        destination: &BackupDestination,
        (at, took): (Timestamp, Duration),
        made: Result<Made, VaultError>,
        read_all: bool,
    ) {
        let fault = made.as_ref().err().map(VaultError::fault);
        match &made {
            Ok(made) => tracing::info!(
                destination = destination.id,
                backup = made.name,
                written_bytes = made.written_bytes,
                files_read = made.checked.files_read,
                took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "a backup was made and checked"
            ),
            Err(VaultError::Cancelled) => tracing::info!("a backup was ended"),
            Err(error) => {
                let (message_id, destination) = (journal::BACKUP_FAILED, &destination.id);
                tracing::warn!(message_id, destination, %error, "a backup was not made");
            }
        }
        count(fault, took);
        let run = BackupRun {
            at,
            destination: destination.id.clone(),
            fault,
            detail: made.as_ref().err().map(ToString::to_string).unwrap_or_default(),
            name: made.as_ref().map(|made| made.name.clone()).unwrap_or_default(),
            written_bytes: made.as_ref().map_or(0, |made| made.written_bytes),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            broken_files: made.as_ref().map_or(0, |made| made.broken.len() as u64),
            times: 1,
        };
        let noted = self.keeper.note(run, made.as_ref().ok().map(|made| (made, read_all)));
        if let Err(error) = noted {
            tracing::warn!(%error, "how a backup went can't be noted");
        }
    }
}

/// Keys and certificates of the box's own authority: without them, every device would have to trust
/// another one after a restore.
fn box_files(data: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(data.join("tls")) else { return found };
    for entry in entries.flatten() {
        let small = entry.metadata().is_ok_and(|m| m.is_file() && m.len() <= BOX_FILE_BYTES_MAX);
        let name = entry.file_name().into_string();
        if let (true, Ok(name), Ok(text)) = (small, name, std::fs::read_to_string(entry.path())) {
            found.insert(format!("tls/{name}"), text);
        }
    }
    found
}

fn count(fault: Option<BackupFault>, took: Duration) {
    let outcome = if fault.is_none() { "verified" } else { "failed" };
    metrics::counter!("hearth_backups_total", "outcome" => outcome).increment(1);
    metrics::histogram!("hearth_backup_seconds").record(took.as_secs_f64());
}
