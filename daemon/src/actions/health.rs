//! How the office and its machine are: for the page, for `hearth doctor`, and by itself once a minute.

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::audit::Act;
use hearth_domain::id::UserId;
use hearth_domain::permit;
use hearth_domain::time::Timestamp;
use hearth_store::{audit, storage};
use hearth_wire::admin::{DaySize, Finding, HealthReport, PartSize, StorageReport};

use super::{ActionError, ActionResult, backups, look};
use crate::app::App;
use crate::checks::backups::Keeping;
use crate::checks::{self, Live, Server};
use crate::tls::Served;

/// How often the list is looked through without anybody asking.
const EVERY: Duration = Duration::from_secs(60);
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Days that the page of storage shows.
const DAYS_MAX: u32 = 90;
/// Parts of the database that it shows by their names; the others are one sum.
const PARTS_MAX: usize = 60;

/// What only the running process knows.
pub async fn live(app: &App) -> Live {
    let now = app.clock.now();
    let probe = app.store.write(now, |_| Ok::<_, ActionError>(())).await;
    let premises = &app.premises;
    let uptime = app.clock.monotonic().saturating_sub(premises.started);
    Live {
        ready: premises.ready.is_ready(),
        url: premises.url().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_s: uptime.as_secs(),
        database_problem: probe.err().map(|error| error.to_string()),
        database_bytes: premises.database_bytes(),
        sockets: app.hub.socket_count().await,
        queue_jobs: app.store.queue_jobs() as u64,
        log_head: app.store.head().0,
        search_behind: app.search.progress().behind(),
        search_bytes: premises.search_bytes(),
        certificate: premises.served().and_then(Served::standing),
        last_backup_at: last_backup_at(app).await,
        backups: Keeping::of(&premises.vault.view(now)),
        machine: app.hardware.condition(&app.clock),
        safe_mode: app.safe_mode.is_on(),
        database_check: app.store.check(),
        wal_bytes: app.store.wal_bytes(),
        search_repairs: app.search.repairs(),
        told: app.findings.told(now),
        since: app.findings.since(),
    }
}

/// Looks through the list now and once a minute until the tasks stop, so that the log and the metrics
/// know what nobody asked for.
pub async fn watch(app: Arc<App>) {
    loop {
        if let Err(error) = look_through(&app).await {
            tracing::warn!(%error, "the findings are not known");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
    }
}

/// Every finding, and what they were found from.
async fn look_through(app: &App) -> ActionResult<(Vec<Finding>, Live)> {
    let live = live(app).await;
    let (config, now) = (app.premises.config.clone(), app.clock.now());
    let server = Server::Running(Box::new(live.clone()));
    let looking = app.tasks.spawn_blocking(move || checks::all(&config, &server, now));
    let mut findings =
        looking.await.map_err(|_| ActionError::Defect("a check of health panicked"))?;
    app.findings.settle(&mut findings, now);
    Ok((findings, live))
}

/// When the last backup was made, by whatever way.
pub async fn last_backup_at(app: &App) -> Option<Timestamp> {
    let noted = app.store.read(|tx| Ok::<_, ActionError>(audit::last(tx, Act::BackupMade)?)).await;
    let lying = backups::last_made_at(&app.premises.backups.folder).await;
    noted.ok().flatten().max(lying)
}

/// Every check and some numbers.
///
/// # Errors
/// By permission.
pub async fn report(app: &App, user: UserId) -> ActionResult<HealthReport> {
    look(app, user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    let (findings, live) = look_through(app).await?;
    let Live { version, uptime_s, sockets, queue_jobs, log_head, .. } = live;
    let severity = checks::worst(&findings);
    Ok(HealthReport { severity, findings, version, uptime_s, sockets, queue_jobs, log_head })
}

/// How large things are, and how they grew.
///
/// # Errors
/// By permission, or when the disk can't be asked.
pub async fn storage(app: &App, user: UserId) -> ActionResult<StorageReport> {
    let seen = look(app, user, |tx, actor| {
        let permit = permit::manage(actor)?;
        let files = (storage::kept_files_bytes(tx)?, storage::leaving_files_bytes(tx)?);
        Ok((storage::days(tx, &permit, DAYS_MAX)?, storage::parts(tx, &permit)?, files))
    });
    let (days, mut parts, (files_bytes, leaving_bytes)) = seen.await?;
    let backups = backups::state(app, user).await?;
    let (disk_free_bytes, disk_bytes) = app.premises.disk().map_err(|error| {
        tracing::warn!(%error, "the disk can't be asked how full it is");
        ActionError::Unavailable
    })?;
    let days = days.into_iter().map(|day| DaySize {
        day: Timestamp::from_ms(day.day.saturating_mul(DAY_MS)),
        database_bytes: day.database_bytes,
        files_bytes: day.files_bytes,
        messages: day.messages,
    });
    let others: u64 = parts.drain(PARTS_MAX.min(parts.len())..).map(|(_, bytes)| bytes).sum();
    parts.extend((others > 0).then(|| ("other".to_owned(), others)));
    let parts = parts.into_iter();
    Ok(StorageReport {
        database_bytes: app.premises.database_bytes(),
        files_bytes,
        leaving_bytes,
        search_bytes: app.premises.search_bytes(),
        backup_bytes: backups.backups.iter().map(|backup| backup.size_bytes).sum(),
        disk_free_bytes,
        disk_bytes,
        folder: app.premises.data.display().to_string(),
        days: days.collect(),
        parts: parts.map(|(name, size_bytes)| PartSize { name, size_bytes }).collect(),
    })
}
