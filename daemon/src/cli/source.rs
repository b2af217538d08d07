//! Where `hearth restore` and `hearth verify` find a backup, and the key that opens it.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::vault::place::{Folder, Place};
use crate::vault::{Key, VaultError, fetch};

/// Tries at the terminal before giving up.
const TRIES: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Opening {
    /// Which of several backups: the beginning of its name [default: the latest]
    #[arg(long, value_name = "NAME")]
    pub(super) backup: Option<String>,
    /// A file with the key [default: the key of the data folder; otherwise you are asked]
    #[arg(long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// A file with the passphrase under which the key lies with the backups
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(super) passphrase: Option<PathBuf>,
}

/// The encrypted backups of a folder; nothing for the file of a plain copy.
pub(super) fn place(from: &Path) -> anyhow::Result<Option<Box<dyn Place>>> {
    if !from.is_dir() {
        return Ok(None);
    }
    let folder = Folder::found(from).with_context(|| format!("open {}", from.display()))?;
    Ok(Some(Box::new(folder)))
}

impl Opening {
    /// The key: from the file that was named, or of the data folder, or asked for.
    pub(super) fn open(&self, place: &dyn Place, own: &Path) -> anyhow::Result<Key> {
        if let Some(file) = &self.key {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("read {}", file.display()))?;
            return Key::parse(&text).with_context(|| format!("{} has no key", file.display()));
        }
        if let Some(file) = &self.passphrase {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("read {}", file.display()))?;
            return Ok(unwrap(place, text.trim())?);
        }
        if own.exists() {
            let text = std::fs::read_to_string(own);
            let text = text.with_context(|| format!("read {}", own.display()))?;
            return Key::parse(&text).with_context(|| format!("{} has no key", own.display()));
        }
        ask(place)
    }
}

fn unwrap(place: &dyn Place, passphrase: &str) -> Result<Key, VaultError> {
    Key::unwrapped(&fetch::wrapped_key(place)?[..], passphrase)
}

fn ask(place: &dyn Place) -> anyhow::Result<Key> {
    if !io::stdin().is_terminal() {
        bail!("name the file with the key: --key FILE, or --passphrase FILE");
    }
    for _ in 0..TRIES {
        let answer = hidden("The key (AGE-SECRET-KEY-1…) or the passphrase: ")?;
        if let Some(key) = Key::parse(&answer) {
            return Ok(key);
        }
        match unwrap(place, answer.trim()) {
            Err(VaultError::WrongKey | VaultError::Nothing) => {
                eprintln!("hearth: that is neither the key nor the passphrase");
            }
            opened => return Ok(opened?),
        }
    }
    Err(VaultError::WrongKey.into())
}

/// A line from the terminal that is not shown.
fn hidden(question: &str) -> anyhow::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let terminal = io::stdin();
    let before = tcgetattr(&terminal).context("ask at the terminal")?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    eprint!("{question}");
    io::stderr().flush()?;
    tcsetattr(&terminal, OptionalActions::Flush, &silent).context("ask at the terminal")?;
    let mut line = String::new();
    let read = terminal.read_line(&mut line);
    tcsetattr(&terminal, OptionalActions::Flush, &before).context("give the terminal back")?;
    eprintln!();
    read?;
    Ok(line)
}
