//! The packages, as `scripts/package` makes them: what is in them, and what becomes of a machine on which
//! they are installed, upgraded, removed and purged, by the real dpkg, rpm and apt under a real systemd.
//!
//! `scripts/debian` makes the machine and `scripts/package` the packages; where either is missing, each
//! case says `SKIPPED`.

mod content;
mod life;
mod machine;
mod release;
mod repository;
mod update;

use std::path::{Path, PathBuf};
use std::process::Command;

use machine::Machine;

/// The packages that were made last.
#[derive(Debug)]
struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// From `HEARTH_PACKAGES`, or where `scripts/package` puts them.
    fn find() -> Option<Self> {
        let given = std::env::var_os("HEARTH_PACKAGES").map(PathBuf::from);
        let folder = given.unwrap_or_else(|| {
            let test = std::env::current_exe().expect("a test knows its own path");
            // <target>/<profile>/deps/it-<hash>
            test.ancestors().nth(3).expect("a test lies in <profile>/deps").join("package")
        });
        let packages = Self { folder };
        if packages.one(".deb").is_none() || packages.one(".rpm").is_none() {
            println!("SKIPPED: there are no packages to test: run scripts/package");
            return None;
        }
        Some(packages)
    }

    fn one(&self, ending: &str) -> Option<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).ok()?;
        let found = entries.map(|entry| entry.expect("a file").path());
        found.filter(|path| path.to_string_lossy().ends_with(ending)).max()
    }

    fn deb(&self) -> PathBuf {
        self.one(".deb").expect("a package for Debian")
    }

    fn rpm(&self) -> PathBuf {
        self.one(".rpm").expect("a package for Fedora")
    }
}

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Runs a program of this machine to its end; gives its exit code, and all that it said.
fn run(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let all = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&all).into_owned())
}

/// What a program of this machine says that must succeed.
#[track_caller]
fn said(command: &mut Command) -> String {
    let (code, all) = run(command);
    assert_eq!(code, Some(0), "{command:?}: {all}");
    all
}

/// The same package under another version, packed quickly. Its programs are the same.
fn repacked(deb: &Path, version: &str, into: &Path) -> PathBuf {
    changed(deb, version, into, |_| {})
}

/// The package under another version, after a change to its tree.
fn changed(deb: &Path, version: &str, into: &Path, change: impl Fn(&Path)) -> PathBuf {
    let tree = into.join(format!("tree-{version}"));
    said(Command::new("dpkg-deb").arg("--raw-extract").arg(deb).arg(&tree));
    change(&tree);
    let control = tree.join("DEBIAN/control");
    let text = std::fs::read_to_string(&control).expect("read the control file");
    let line = text.lines().find(|line| line.starts_with("Version: ")).expect("a version");
    let text = text.replace(line, &format!("Version: {version}"));
    std::fs::write(&control, text).expect("write the control file");
    let packed = into.join(format!("hearth_{version}.deb"));
    let pack = ["-Zgzip", "-z1", "--root-owner-group", "--build"];
    said(Command::new("dpkg-deb").args(pack).arg(&tree).arg(&packed));
    std::fs::remove_dir_all(&tree).expect("remove the tree");
    packed
}
