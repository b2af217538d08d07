//! Repositories as `scripts/repository` makes them, read by the real apt and rpm: installed from,
//! upgraded from, another track, and everything that somebody in between could change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Machine, Packages, repacked, repository, said};

const KEY: &str = "Hearth's key for tests";

/// A folder of packages, a key, and a machine that gets its packages from there.
pub(super) struct Published {
    pub(super) machine: Machine,
    pub(super) packages: PathBuf,
    keys: PathBuf,
    pub(super) original: PathBuf,
}

impl Published {
    pub(super) fn new(machine: Machine, deb: PathBuf) -> Self {
        let (packages, keys) = (machine.scratch().join("packages"), machine.scratch().join("keys"));
        fs::create_dir(&packages).expect("make a folder");
        said(Command::new("install").args(["-d", "-m", "700"]).arg(&keys));
        // The key is old enough for a list that has run out.
        let key = ["-60d", "gpg", "--batch", "--passphrase", "", "--quick-generate-key", KEY];
        let key = Command::new("faketime")
            .args(["-f"])
            .args(key)
            .args(["rsa3072", "sign", "never"])
            .env("GNUPGHOME", &keys)
            .output();
        let key = key.expect("run faketime: scripts/setup test installs it");
        assert!(key.status.success(), "{}", String::from_utf8_lossy(&key.stderr));
        Self { machine, packages, keys, original: deb }
    }

    /// Adds a version of the package for Debian.
    pub(super) fn adds(&self, version: &str) {
        repacked(&self.original, version, &self.packages);
    }

    fn folder(&self) -> PathBuf {
        self.machine.path("/srv/hearth")
    }

    /// Makes and signs the repositories, valid for 30 days.
    pub(super) fn publish(&self) {
        self.published_by(&mut Command::new(repository("scripts/repository")));
    }

    /// The same, forty days ago.
    fn published_long_ago(&self) {
        let mut then = Command::new("faketime");
        then.args(["-f", "-40d"]).arg(repository("scripts/repository"));
        self.published_by(&mut then);
    }

    fn published_by(&self, script: &mut Command) {
        said(
            script
                .args(["--url", "file:///srv/hearth", "--key", KEY, "--days", "30"])
                .arg("--packages")
                .arg(&self.packages)
                .arg("--out")
                .arg(self.folder())
                .env("GNUPGHOME", &self.keys),
        );
    }

    /// Has the machine get its packages from here and from nowhere else, and installs one.
    #[track_caller]
    pub(super) fn installs(&self) {
        let machine = &self.machine;
        machine.ok("rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*");
        machine.ok(
            "cd /srv/hearth/apt/pool && dpkg -i hearth-archive-keyring_* hearth-track-stable_*",
        );
        self.updates();
        machine.ok("apt-get -qq install -y hearth");
    }

    #[track_caller]
    fn updates(&self) {
        self.machine.ok("apt-get -qq update");
    }

    #[track_caller]
    pub(super) fn has(&self, version: &str) {
        let found = self.machine.ok("dpkg-query -W -f '${Version}' hearth");
        assert_eq!(found, version);
        self.machine.answers();
    }

    /// Whatever apt is asked, it refuses for this reason.
    #[track_caller]
    fn refuses(&self, script: &str, why: &[&str]) {
        let (code, said) = self.machine.sh(script);
        let named = why.iter().any(|why| said.contains(why));
        assert!(code == Some(100) && named, "{script}: {code:?}: {said}");
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // gpg leaves an agent behind, which would hold its folder.
        let kill = ["--homedir", &self.keys.to_string_lossy(), "--kill", "all"].map(str::to_owned);
        drop(Command::new("gpgconf").args(kill).status());
    }
}

/// Changes one byte in the middle.
fn falsify(path: &Path) {
    let mut bytes = fs::read(path).expect("read a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("write a file");
}

#[test]
fn apt_installs_upgrades_and_changes_the_track() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let published = Published::new(machine, packages.deb());
    published.adds("0.9.0-1");
    published.adds("1.0.0~alpha.1-1");
    published.publish();
    published.installs();
    published.has("0.9.0-1");
    let machine = &published.machine;

    published.adds("0.9.1-1");
    published.adds("1.0.0~beta.1-1");
    published.publish();
    published.updates();
    machine.ok("apt-get -qq upgrade -y");
    published.has("0.9.1-1");

    machine.ok("apt-get -qq install -y hearth-track-beta");
    assert_eq!(
        machine.ok("dpkg-query -W -f '${Package} ' 'hearth-track-*'").trim(),
        "hearth-track-beta"
    );
    published.updates();
    machine.ok("apt-get -qq upgrade -y");
    published.has("1.0.0~beta.1-1");
    what_was_changed_on_the_way_is_refused(&published);

    // Whoever goes back to stable keeps what is installed until stable has come that far.
    published.publish();
    published.updates();
    machine.ok("apt-get -qq install -y hearth-track-stable");
    published.updates();
    machine.ok("apt-get -qq upgrade -y");
    published.has("1.0.0~beta.1-1");
    published.adds("1.0.0-1");
    published.publish();
    published.updates();
    machine.ok("apt-get -qq upgrade -y");
    published.has("1.0.0-1");
}

fn what_was_changed_on_the_way_is_refused(published: &Published) {
    let mismatch = &["Hash Sum mismatch", "File has unexpected size"];
    // A package, with the length that it had.
    let architecture = published.machine.ok("dpkg --print-architecture");
    let package = format!("apt/pool/hearth_1.0.0~beta.1-1_{architecture}.deb");
    falsify(&published.file(&package));
    published.refuses("apt-get -qq install -y --reinstall hearth", mismatch);
    published.has("1.0.0~beta.1-1");
    // A list of packages.
    published.publish();
    for list in ["Packages", "Packages.gz"] {
        falsify(&published.file(&format!("apt/dists/beta/main/binary-{architecture}/{list}")));
    }
    published.refuses("apt-get -qq -o APT::Update::Error-Mode=any update", mismatch);
    // The list of lists.
    published.publish();
    let release = published.file("apt/dists/beta/InRelease");
    let text = fs::read_to_string(&release).expect("read the list");
    fs::write(&release, text.replace("Suite: beta", "Suite: beto")).expect("write the list");
    let bad = &["BADSIG", "invalid", "not signed"];
    published.refuses("apt-get -qq -o APT::Update::Error-Mode=any update", bad);
    // An old state, which was right once.
    published.published_long_ago();
    published.refuses("apt-get -qq -o APT::Update::Error-Mode=any update", &["is expired"]);
}

#[test]
fn rpm_knows_the_key() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let published = Published::new(machine, packages.deb());
    let name = packages.rpm().file_name().expect("a name").to_string_lossy().into_owned();
    fs::copy(packages.rpm(), published.packages.join(&name)).expect("copy the package");
    published.publish();
    let machine = &published.machine;
    let check = format!("rpm --checksig /srv/hearth/rpm/stable/{name}");
    assert_ne!(machine.sh(&check).0, Some(0), "nobody knows the key yet");
    machine.ok("rpm --import /srv/hearth/hearth.asc");
    machine.ok(&check);
    falsify(&published.file(&format!("rpm/stable/{name}")));
    assert_ne!(machine.sh(&check).0, Some(0), "it was changed");

    let signature = published.file("rpm/stable/repodata/repomd.xml.asc");
    let list = published.file("rpm/stable/repodata/repomd.xml");
    let verify = || {
        let mut gpg = Command::new("gpg");
        gpg.arg("--verify").args([&signature, &list]).env("GNUPGHOME", &published.keys);
        super::run(&mut gpg).0
    };
    assert_eq!(verify(), Some(0));
    falsify(&list);
    assert_ne!(verify(), Some(0));
    machine.ok("rpm -U --nodeps /srv/hearth/rpm/beta/hearth-track-beta-*.rpm");
    machine.ok("grep -qx 'baseurl=file:///srv/hearth/rpm/beta' /etc/yum.repos.d/hearth.repo");
}
