//! Which files can be opened: Landlock.

use std::fs::{self, File};
use std::io;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, RestrictionStatus, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, path_beneath_rules,
};

use super::{Lock, Needs};

/// What is asked for. A kernel that knows less locks what it knows; Debian 12's knows the second.
const KNOWN: ABI = ABI::V5;
/// What is said where there is no such lock.
pub const ABSENT: &str = "this kernel has no Landlock";
/// Everybody may write it, and this process may not any more.
const FOREIGN_FILE: &str = "/dev/null";
/// Everybody may list it, and this process may not any more.
const FOREIGN_FOLDER: &str = "/";

/// Locks this thread and all that it starts, and tries whether that holds.
pub fn lock_files(needs: &Needs) -> Lock {
    match restrict(needs) {
        Err(error) => Lock::Open(error.to_string()),
        Ok(status) if status.ruleset == RulesetStatus::NotEnforced => Lock::Open(ABSENT.to_owned()),
        Ok(_) => try_what_is_foreign(),
    }
}

fn restrict(needs: &Needs) -> Result<RestrictionStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let make = AccessFs::MakeReg | AccessFs::MakeSock | AccessFs::RemoveFile;
    let own: BitFlags<AccessFs> = read | write | make;
    Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .create()?
        .add_rules(path_beneath_rules(&needs.read, read))?
        .add_rules(path_beneath_rules(&needs.write, write))?
        .add_rules(path_beneath_rules(&needs.own, own))?
        .restrict_self()
}

fn try_what_is_foreign() -> Lock {
    let opened = File::options().write(true).open(FOREIGN_FILE).map(drop);
    let listed = fs::read_dir(FOREIGN_FOLDER).map(drop);
    let refused = |tried: &io::Result<()>| matches!(tried, Err(error) if error.kind() == io::ErrorKind::PermissionDenied);
    for (path, tried) in [(FOREIGN_FILE, opened), (FOREIGN_FOLDER, listed)] {
        if !refused(&tried) {
            return Lock::Open(format!("the kernel said it would, and {path} gives {tried:?}"));
        }
    }
    Lock::Holds
}
