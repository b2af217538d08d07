//! The files that settings come from, and where in them each setting stands.
//!
//! The file comes first; the files of the folder follow in the order of their names, byte by byte.
//! A later file replaces single settings of earlier ones, and leaves the others of the same section
//! as they are; a list is replaced whole. Every file is checked by itself, so that a mistake is
//! reported where it was made.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;
use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError};

/// How the files of a folder end that are read.
const EXTENSION: &str = "toml";

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// A setting that is made somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name with its section, as `tls.mode`.
    pub key: String,
    /// Its value, as it is written.
    pub value: String,
    /// Where.
    pub place: Place,
}

struct Source {
    path: PathBuf,
    text: String,
}

/// The files, in the order in which they count.
pub struct Sources(Vec<Source>);

impl Sources {
    /// Reads the file and the folder, if they are named. A folder that is not there holds nothing: an
    /// empty one may have been removed.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Read`]
    pub fn read(file: Option<&Path>, folder: Option<&Path>) -> Result<Self, ConfigError> {
        let mut paths: Vec<PathBuf> = file.map(Path::to_owned).into_iter().collect();
        if let Some(folder) = folder {
            let failed = |source| ConfigError::Read { path: folder.to_owned(), source };
            paths.extend(inside(folder).map_err(failed)?);
        }
        let read = |path: PathBuf| match fs::read_to_string(&path) {
            Ok(text) => Ok(Source { path, text }),
            Err(source) => Err(ConfigError::Read { path, source }),
        };
        paths.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// A file that was read already.
    #[cfg(test)]
    pub(super) fn of(path: &str, text: &str) -> Self {
        Self(vec![Source { path: path.into(), text: text.to_owned() }])
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What they say together.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which names file, line and key.
    pub fn merged(&self) -> Result<Config, ConfigError> {
        let mut all = Table::new();
        for source in &self.0 {
            source.parse::<Config>()?;
            lay_over(&mut all, source.parse::<Table>()?);
        }
        let together = |error: toml::de::Error| ConfigError::Together(error.message().to_owned());
        Config::deserialize(all).map_err(together)
    }

    /// Where a setting is made that counts, if it is.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Place> {
        self.0.iter().rev().find_map(|source| source.place(key))
    }

    /// All settings that are made and count, in the order of their names.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let mut found: Vec<Setting> = Vec::new();
        for source in &self.0 {
            let Ok(table) = DeTable::parse(&source.text) else { continue };
            source.collect(table.get_ref(), "", &mut found);
        }
        found.sort_by(|one, other| one.key.cmp(&other.key));
        found
    }
}

/// The files of a folder that are read, in order.
fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

impl Source {
    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(self.text.len()));
            let line = self.line(at);
            let written = self.text.lines().nth(line - 1).unwrap_or_default();
            let key = written.split_once('=').map(|(key, _)| format!("{}: ", key.trim()));
            ConfigError::Parse {
                path: self.path.clone(),
                line,
                key: key.unwrap_or_default(),
                message: error.message().trim().replace('\n', ", "),
            }
        })
    }

    fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn at(&self, span: &Range<usize>) -> Place {
        Place { path: self.path.clone(), line: self.line(span.start.min(self.text.len())) }
    }

    fn place(&self, key: &str) -> Option<Place> {
        let table = DeTable::parse(&self.text).ok()?;
        let mut inside = table.get_ref();
        let mut names = key.split('.').peekable();
        loop {
            let (name, value) = inside.get_key_value(names.next()?)?;
            match value.get_ref() {
                DeValue::Table(table) if names.peek().is_some() => inside = table,
                _ => return Some(self.at(&name.span())),
            }
        }
    }

    fn collect(&self, table: &DeTable<'_>, section: &str, found: &mut Vec<Setting>) {
        for (name, value) in table {
            let key = format!("{section}{}", name.get_ref());
            if let DeValue::Table(table) = value.get_ref() {
                self.collect(table, &format!("{key}."), found);
                continue;
            }
            let written = self.text.get(value.span()).unwrap_or_default();
            found.retain(|earlier| earlier.key != key);
            let (value, place) = (written.to_owned(), self.at(&name.span()));
            found.push(Setting { key, value, place });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TlsMode;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn later_files_replace_single_settings() {
        let folder = folder(&[
            ("base", "[server]\nlisten = \"[::]:443\"\nhosts = [\"a\"]\n[tls]\nmode = \"own-ca\""),
            ("20-b.toml", "[limits]\ndrain_s = 2\n[server]\nhosts = [\"c\"]\n"),
            ("10-a.toml", "server.hosts = [\"b\"]\nlimits.drain_s = 1\n"),
            (".30.toml", "nonsense"),
            ("40.toml~", "nonsense"),
        ]);
        let sources =
            Sources::read(Some(&folder.path().join("base")), Some(folder.path())).unwrap();
        assert_eq!(sources.count(), 3);
        let config = sources.merged().unwrap();
        assert_eq!(config.server.listen.to_string(), "[::]:443");
        assert_eq!(config.server.hosts, ["c"]);
        assert_eq!((config.limits.drain_s, config.tls.mode), (2, TlsMode::OwnCa));
        let place = sources.place("limits.drain_s").unwrap().to_string();
        assert!(place.ends_with("/20-b.toml:2"), "{place}");
        assert_eq!(sources.place("tls.cert"), None);
        let told: Vec<String> = sources
            .settings()
            .into_iter()
            .map(|setting| format!("{}={} {}", setting.key, setting.value, setting.place.line))
            .collect();
        let all = [
            "limits.drain_s=2 2",
            "server.hosts=[\"c\"] 4",
            "server.listen=\"[::]:443\" 2",
            "tls.mode=\"own-ca\" 5",
        ];
        assert_eq!(told, all);
    }

    #[test]
    fn a_mistake_is_reported_where_it_was_made() {
        let folder = folder(&[("10.toml", "[server]\n"), ("20.toml", "\n[server]\nhots = []\n")]);
        let told = Sources::read(None, Some(folder.path())).unwrap().merged().unwrap_err();
        assert!(told.to_string().contains("/20.toml:3: hots: unknown field"), "{told}");
    }

    #[test]
    fn no_folder_is_an_empty_one_and_a_file_that_cannot_be_read_is_named() {
        let sources = Sources::read(None, Some(Path::new("/no/such/folder"))).unwrap();
        assert_eq!(sources.merged().unwrap(), Config::default());
        let folder = folder(&[]);
        fs::create_dir(folder.path().join("a.toml")).unwrap();
        let told = Sources::read(None, Some(folder.path())).err().unwrap().to_string();
        assert!(told.contains("/a.toml: can't read"), "{told}");
    }
}
