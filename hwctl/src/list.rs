//! What `hearth-hwctl list` shows: what there is, and whether it was measured.

use std::path::Path;

use serde::Serialize;

use crate::calibration::Calibration;
use crate::sysfs::discover::Inventory;
use crate::sysfs::{Key, Root};

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    inventory: Inventory,
    calibration: Shown,
}

/// A stored calibration.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Shown {
    None,
    Stored { fan: Key, at_unix_s: u64, sink: bool },
    Mismatch { message: String },
}

/// As JSON, for people and programs.
///
/// # Errors
///
/// If a name on this machine can't be said in JSON.
pub fn list(root: &Root, state: &Path) -> serde_json::Result<String> {
    let inventory = Inventory::of(root);
    let calibration = match Calibration::load_for(state, (root, &inventory), None) {
        Ok(None) => Shown::None,
        Ok(Some(found)) => Shown::Stored {
            fan: found.fingerprint.fan.clone(),
            at_unix_s: found.at_unix_s,
            sink: found.no_sink().is_none(),
        },
        Err(error) => Shown::Mismatch { message: error.to_string() },
    };
    serde_json::to_string_pretty(&Listed { inventory, calibration })
}
