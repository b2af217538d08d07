//! What has a size, looked at when somebody asks.

use crate::actions::health;
use crate::app::App;
use crate::checks::backups::Keeping;

/// Sets every gauge of the office that nobody keeps.
pub async fn observe(app: &App) {
    let premises = &app.premises;
    let set = |name: &'static str, value: f64| metrics::gauge!(name).set(value);
    set("hearth_ready", f64::from(u8::from(premises.ready.is_ready())));
    set("hearth_hub_queue_commands", app.hub.queue_commands() as f64);
    set("hearth_store_queue_jobs", app.store.queue_jobs() as f64);
    set("hearth_store_database_bytes", premises.database_bytes() as f64);
    set("hearth_search_index_bytes", premises.search_bytes() as f64);
    metrics::counter!("hearth_log_events_total").absolute(app.store.head().0);
    match premises.disk() {
        Ok((free, size)) => {
            set("hearth_disk_free_bytes", free as f64);
            set("hearth_disk_size_bytes", size as f64);
        }
        Err(error) => {
            tracing::warn!(%error, "the disk can't be asked how full it is");
            set("hearth_disk_free_bytes", f64::NAN);
        }
    }
    let ends_at = premises.certificate_ends_at();
    let ends_s = ends_at.map_or(f64::NAN, |end| end.as_ms() as f64 / 1e3);
    set("hearth_certificate_expiry_timestamp_seconds", ends_s);
    let now = app.clock.now();
    let vault = premises.vault.view(now);
    let keeping = Keeping::of(&vault);
    let age_ms =
        health::last_backup_at(app).await.max(keeping.verified_at).map(|at| now.ms_since(at));
    set("hearth_backup_age_seconds", age_ms.map_or(f64::INFINITY, |age| age as f64 / 1e3));
    set("hearth_backup_destinations", vault.standings.len() as f64);
    set("hearth_backup_destinations_failing", keeping.failing.len() as f64);
    let bytes: u64 = vault.standings.iter().map(|standing| standing.size_bytes).sum();
    set("hearth_backup_bytes", bytes as f64);
    set("hearth_backup_key_saved", f64::from(u8::from(keeping.key_saved)));
}
