//! The release rule of docs/release.md, as `scripts/release-check` checks it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{repository, run, said};

/// A clone with nothing in it but what the rule is about.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the clone");
        let checkout = Self(folder);
        for folder in ["scripts", "web"] {
            fs::create_dir(checkout.path().join(folder)).expect("make a folder");
        }
        let script = checkout.path().join("scripts/release-check");
        fs::copy(repository("scripts/release-check"), script).expect("copy the script");
        checkout.git(&["init", "--quiet"]);
        checkout
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, words: &[&str]) {
        let who = ["-c", "user.name=Test", "-c", "user.email=test@hearth.invalid"];
        let who = [&who[..], &["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]].concat();
        said(Command::new("git").args(who).args(words).current_dir(self.path()));
    }

    /// Commits a version, everywhere where one is written.
    fn says(&self, version: &str) {
        self.write("Cargo.toml", &format!("[workspace.package]\nversion = \"{version}\"\n"));
        self.write("web/package.json", &format!("{{\n  \"version\": \"{version}\",\n}}\n"));
        self.write("CHANGELOG.md", &format!("# Changelog\n\n## {version} - 2026-11-28\n"));
        self.commit();
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).expect("write a file");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "next"]);
    }

    fn check(&self, tag: &str) -> (Option<i32>, String) {
        run(Command::new(self.path().join("scripts/release-check")).arg(tag))
    }

    /// Commits a version, checks its tag, and sets it.
    #[track_caller]
    fn releases(&self, version: &str, track: &str) {
        self.says(version);
        let tag = format!("v{version}");
        assert_eq!(self.check(&tag), (Some(0), format!("{track}\n")));
        self.git(&["tag", &tag]);
    }

    #[track_caller]
    fn refuses(&self, tag: &str, why: &str) {
        let (code, said) = self.check(tag);
        assert!(code == Some(1) && said.contains(why), "{tag}: {said}");
    }
}

#[test]
fn alphas_become_betas_become_releases() {
    let checkout = Checkout::new();
    checkout.releases("1.2.0-alpha.9", "alpha");
    checkout.releases("1.2.0-alpha.10", "alpha");
    checkout.says("1.2.0");
    checkout.refuses("v1.2.0", "no v1.2.0-beta.*");
    checkout.releases("1.2.0-beta.1", "beta");
    checkout.releases("1.2.0", "stable");
    checkout.says("1.2.0-beta.2");
    checkout.refuses("v1.2.0-beta.2", "1.2.0 is out already");
    checkout.says("1.3.0-beta.1");
    checkout.refuses("v1.3.0-beta.1", "no v1.3.0-alpha.*");
    checkout.releases("1.3.0-alpha.1", "alpha");
}

#[test]
fn versions_changelog_and_tag_agree() {
    let checkout = Checkout::new();
    checkout.says("1.0.0-alpha.1");
    for wrong in ["1.0.0-alpha.1", "v1.0", "v1.0.0-gamma.1", "v1.0.0-alpha.0", "v01.0.0-alpha.1"] {
        checkout.refuses(wrong, "is no version");
    }
    checkout.refuses("v1.0.0-alpha.2", "Cargo.toml says 1.0.0-alpha.1 and not 1.0.0-alpha.2");
    checkout.write("web/package.json", "{\n  \"version\": \"0.9.0\",\n}\n");
    checkout.refuses("v1.0.0-alpha.1", "no commit has");
    checkout.commit();
    checkout.refuses("v1.0.0-alpha.1", "web/package.json says 0.9.0");
    checkout.says("1.0.0-alpha.1");
    checkout
        .write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 1.0.0-alpha.1 - 2026-11-28\n");
    checkout.commit();
    checkout.refuses("v1.0.0-alpha.1", "## Unreleased");
    checkout.releases("1.0.0-alpha.1", "alpha");
    checkout.commit();
    checkout.refuses("v1.0.0-alpha.1", "is another commit");
}
