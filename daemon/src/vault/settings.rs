//! What may be set, and the file that keeps it. It holds the secrets of destinations, so only its owner
//! may read it, and what is shown has none of them.

use std::collections::BTreeSet;
use std::path::Path;

use hearth_domain::notify::MinuteOfDay;
use hearth_wire::vault::{BackupDestination, BackupEvery, BackupKept, BackupPlace, BackupSettings};

/// Destinations at most.
const DESTINATIONS_MAX: usize = 8;
const ID_CHARS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 60;
/// Longest path, host name, address or key, in bytes.
const FIELD_BYTES_MAX: usize = 1_024;
/// Three in the morning.
const AT_MINUTE: u16 = 180;
const KEPT_MAX: BackupKept = BackupKept { hours: 48, days: 60, weeks: 104 };

/// Settings that can't be used: the field, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct SettingsRefused {
    /// Which field.
    pub field: String,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Every night at three, into the data folder, until somebody says otherwise.
pub(super) fn standard() -> BackupSettings {
    BackupSettings {
        every: BackupEvery::Day,
        at: MinuteOfDay::try_from(AT_MINUTE).unwrap_or(MinuteOfDay::MIDNIGHT),
        kept: BackupKept::default(),
        destinations: vec![BackupDestination {
            id: "box".to_owned(),
            name: String::new(),
            place: BackupPlace::Box {},
        }],
    }
}

/// The settings of a file; nothing where there is none yet.
pub(super) fn read(path: &Path) -> std::io::Result<Option<BackupSettings>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => serde_json::from_slice(&read?).map(Some).map_err(std::io::Error::from),
    }
}

/// Checks settings that came in.
///
/// # Errors
/// [`SettingsRefused`], which names the field.
pub fn check(settings: &BackupSettings) -> Result<(), SettingsRefused> {
    let refuse = |field: String, what| Err(SettingsRefused { field, what });
    let BackupKept { hours, days, weeks } = settings.kept;
    if hours > KEPT_MAX.hours || days > KEPT_MAX.days || weeks > KEPT_MAX.weeks {
        return refuse("kept".to_owned(), "more than 48 hours, 60 days or 104 weeks");
    }
    if settings.destinations.len() > DESTINATIONS_MAX {
        return refuse("destinations".to_owned(), "more than 8");
    }
    let mut ids = BTreeSet::new();
    for (n, destination) in settings.destinations.iter().enumerate() {
        let field = |name: &str| format!("destinations[{n}].{name}");
        let BackupDestination { id, name, place } = destination;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > ID_CHARS_MAX || !id.chars().all(plain) {
            return refuse(field("id"), "not 1 to 40 small letters, digits and hyphens");
        }
        if !ids.insert(id) {
            return refuse(field("id"), "used twice");
        }
        if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return refuse(field("name"), "longer than 60 characters, or not one line");
        }
        place_check(place).map_err(|(name, what)| SettingsRefused { field: field(name), what })?;
    }
    Ok(())
}

fn place_check(place: &BackupPlace) -> Result<(), (&'static str, &'static str)> {
    let line = |field, text: &str, must: bool| {
        if text.len() > FIELD_BYTES_MAX || text.chars().any(char::is_control) {
            return Err((field, "too long, or not one line"));
        }
        if must && text.is_empty() { Err((field, "empty")) } else { Ok(()) }
    };
    match place {
        BackupPlace::Box {} => Ok(()),
        BackupPlace::Folder { path } => {
            line("path", path, true)?;
            if Path::new(path).is_absolute() { Ok(()) } else { Err(("path", "not absolute")) }
        }
        BackupPlace::Usb { label } => {
            line("label", label, true)?;
            if label.contains('/') { Err(("label", "not a label")) } else { Ok(()) }
        }
        BackupPlace::S3 { endpoint, region, bucket, prefix, access_key, secret_key, .. } => {
            line("endpoint", endpoint, true)?;
            line("region", region, true)?;
            line("bucket", bucket, true)?;
            line("prefix", prefix, false)?;
            line("access_key", access_key, true)?;
            line("secret_key", secret_key, false)?;
            let url = url::Url::parse(endpoint).map_err(|_| ("endpoint", "not a URL"))?;
            let plain = matches!(url.scheme(), "http" | "https") && url.host().is_some();
            if plain { Ok(()) } else { Err(("endpoint", "not http:// or https://")) }
        }
        BackupPlace::Sftp { host, user, path, host_key, password, port } => {
            line("host", host, true)?;
            line("user", user, true)?;
            line("path", path, true)?;
            line("host_key", host_key, false)?;
            line("password", password, false)?;
            if *port == 0 { Err(("port", "not a port")) } else { Ok(()) }
        }
    }
}

/// The secret of a destination, if its kind has one.
pub(super) fn secret_of(place: &mut BackupPlace) -> Option<&mut String> {
    match place {
        BackupPlace::S3 { secret_key, .. } => Some(secret_key),
        BackupPlace::Sftp { password, .. } => Some(password),
        BackupPlace::Box {} | BackupPlace::Folder { .. } | BackupPlace::Usb { .. } => None,
    }
}

/// What may be shown.
pub(super) fn without_secrets(settings: &BackupSettings) -> BackupSettings {
    let mut shown = settings.clone();
    for destination in &mut shown.destinations {
        if let Some(secret) = secret_of(&mut destination.place) {
            secret.clear();
        }
    }
    shown
}

/// Puts the secrets that are known where none was given, for the same account at the same place.
pub(super) fn with_secrets(mut wanted: BackupSettings, known: &BackupSettings) -> BackupSettings {
    for destination in &mut wanted.destinations {
        let before = known.destinations.iter().find(|before| before.id == destination.id);
        let Some(mut before) = before.cloned() else { continue };
        // A secret is sent nowhere else than where it was meant for.
        if !same_account(&before.place, &destination.place) {
            continue;
        }
        let known = secret_of(&mut before.place).map(std::mem::take);
        if let (Some(secret), Some(known)) = (secret_of(&mut destination.place), known)
            && secret.is_empty()
        {
            *secret = known;
        }
    }
    wanted
}

fn same_account(one: &BackupPlace, other: &BackupPlace) -> bool {
    match (one, other) {
        (
            BackupPlace::S3 { endpoint, access_key, .. },
            BackupPlace::S3 { endpoint: there, access_key: key, .. },
        ) => endpoint == there && access_key == key,
        (
            BackupPlace::Sftp { host, port, user, .. },
            BackupPlace::Sftp { host: there, port: at, user: who, .. },
        ) => host == there && port == at && user == who,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(endpoint: &str, secret_key: &str) -> BackupSettings {
        let place = BackupPlace::S3 {
            endpoint: endpoint.to_owned(),
            region: "here".to_owned(),
            bucket: "b".to_owned(),
            prefix: String::new(),
            path_style: true,
            access_key: "key".to_owned(),
            secret_key: secret_key.to_owned(),
        };
        let mut settings = standard();
        let id = "cloud".to_owned();
        settings.destinations.push(BackupDestination { id, name: "Cloud".to_owned(), place });
        settings
    }

    fn secret(mut settings: BackupSettings) -> String {
        let place = &mut settings.destinations.last_mut().unwrap().place;
        secret_of(place).unwrap().clone()
    }

    #[test]
    fn secrets_are_not_shown_and_not_lost_and_go_nowhere_else() {
        let known = s3("https://one.example", "hush");
        assert_eq!(secret(without_secrets(&known)), "");
        assert_eq!(secret(with_secrets(s3("https://one.example", ""), &known)), "hush");
        assert_eq!(secret(with_secrets(s3("https://one.example", "new"), &known)), "new");
        assert_eq!(secret(with_secrets(s3("https://two.example", ""), &known)), "");
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        let refused = |change: fn(&mut BackupSettings)| {
            let mut settings = s3("https://one.example", "hush");
            change(&mut settings);
            check(&settings).unwrap_err().to_string()
        };
        assert!(check(&standard()).is_ok() && check(&s3("http://nas:9000", "")).is_ok());
        assert_eq!(refused(|s| s.kept.days = 61).split(':').next(), Some("kept"));
        assert!(
            refused(|s| s.destinations[1].id = "box".to_owned()).contains("[1].id: used twice")
        );
        assert!(refused(|s| s.destinations[1].id = "A".to_owned()).contains("[1].id"));
        let folder = |path: &str| BackupPlace::Folder { path: path.to_owned() };
        let mut settings = standard();
        settings.destinations[0].place = folder("backup");
        assert_eq!(check(&settings).unwrap_err().what, "not absolute");
        assert!(refused(|s| s.destinations[0].name = "two\nlines".to_owned()).contains("name"));
        let mut settings = s3("ftp://one.example", "x");
        assert!(check(&settings).unwrap_err().field.ends_with("endpoint"));
        settings.destinations = vec![settings.destinations[0].clone(); 9];
        assert_eq!(check(&settings).unwrap_err().field, "destinations");
    }
}
