//! The machine's own screen: a file that the login prompt shows, while there is no owner.
//!
//! `server.issue_file` names it; the package links it into /run/issue.d, which agetty shows above its
//! prompt. The kernel's console draws Latin letters and half blocks and no Chinese, so this text is in
//! English; the log, the pages and `hearth setup-link` speak both. A prompt that can't be written is
//! said in the log and keeps nobody out: the link is there as well.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use tokio::sync::Notify;

use super::Welcome;

/// Writes the file; does nothing where none is configured.
#[derive(Debug)]
pub struct Console {
    file: Option<PathBuf>,
    stale: Notify,
}

impl Console {
    /// One that writes to this file.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file, stale: Notify::new() }
    }

    /// Whether there is a file to write.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.file.is_some()
    }

    /// Says that what is shown may no longer hold.
    pub fn doubt(&self) {
        self.stale.notify_one();
    }

    /// Resolves when what is shown may no longer hold.
    pub async fn doubted(&self) {
        self.stale.notified().await;
    }

    /// Shows a fresh code.
    pub fn welcome(&self, welcome: &Welcome) {
        self.write(&greeting(welcome));
    }

    /// Says that the code no longer works and how another one is made.
    pub fn ended(&self) {
        self.write(
            "Hearth waits to be set up, but its setup code has ended (an hour, or five wrong tries).\n\
             For a new one restart this machine, or run as root: hearth setup-link\n\n",
        );
    }

    /// Shows nothing any more.
    pub fn clear(&self) {
        let Some(path) = &self.file else { return };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => complain(path, &error),
            _ => {}
        }
    }

    fn write(&self, text: &str) {
        let Some(path) = &self.file else { return };
        if let Err(error) = put(path, text) {
            complain(path, &error);
        }
    }
}

fn complain(path: &Path, error: &io::Error) {
    tracing::warn!(path = %path.display(), %error, "the console's greeting can't be written");
}

/// Never half of it: a prompt may be drawn at any moment.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text)?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
    fs::rename(&fresh, path)
}

fn greeting(welcome: &Welcome) -> String {
    // The square comes first: on a screen of 25 lines the text is what stays in sight.
    let mut text = square(&welcome.url).unwrap_or_default();
    text.push_str(
        "\nHearth waits to be set up. Scan the square with a phone in the same network, or open\n",
    );
    text.push_str(&format!("    {}\n", welcome.page));
    text.push_str(&format!(
        "and type this code (it works once, for an hour):   {}\n",
        welcome.code
    ));
    if let Some(words) = &welcome.words {
        text.push_str(&format!("The page must show these words:   {words}\n"));
    }
    if let Some(print) = &welcome.certificate {
        text.push_str(&format!("SHA-256 of its certificate:\n    {print}\n"));
    }
    text.push('\n');
    // agetty reads a backslash as the start of an escape. Nothing here has one; a name might.
    text.replace('\\', "/")
}

/// A link as a square of half blocks, for terminals that write light on dark: what is light in the
/// square is drawn. Nothing if the link is too long.
pub(crate) fn square(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let mut drawn = code.render::<Dense1x2>();
    let drawn = drawn.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark);
    Some(drawn.quiet_zone(true).build() + "\n")
}

#[cfg(test)]
mod tests {
    use super::super::{Identity, SetupCode};
    use super::*;
    use hearth_domain::time::Timestamp;

    fn welcome() -> Welcome {
        let identity = Identity::new(b"key", b"certificate");
        let code = SetupCode::parse("0123-4567-89AB-CDEF").unwrap();
        let url = "https://192.168.100.100:8443";
        Welcome::new(url, &code, Some(&identity), Timestamp::from_ms(9))
    }

    #[test]
    fn the_prompt_has_all_that_is_needed_and_fits_a_small_screen() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("issue");
        let console = Console::new(Some(path.clone()));
        console.welcome(&welcome());
        let text = fs::read_to_string(&path).unwrap();
        for part in
            ["https://192.168.100.100:8443/setup\n", "0123-4567-89AB-CDEF", "type this code"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.contains(&welcome().words.unwrap()), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 132), "{text}");
        assert!(text.lines().count() <= 32 && !text.contains('\\'), "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        console.ended();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("hearth setup-link") && !text.contains("0123"), "{text}");
        console.clear();
        console.clear();
        assert!(!path.exists());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_keeps_nobody_out() {
        let console = Console::new(Some("/no/such/folder/issue".into()));
        console.welcome(&welcome());
        console.clear();
        Console::new(None).welcome(&welcome());
    }
}
