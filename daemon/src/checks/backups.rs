//! Whether somebody could put the office back after the worst day.

use hearth_domain::time::Timestamp;
use hearth_wire::admin::Finding;
use hearth_wire::vault::{BackupFault, BackupPlace, BackupVault};
use serde::{Deserialize, Serialize};

use super::{DAY_MS, Live, bad, good, said, warning};

/// A backup older than this is a reason to look why, in days.
const OLD_DAYS: u64 = 2;
/// One that is older than this is as good as none.
const LOST_DAYS: u64 = 7;

/// How the backups are that the box makes by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// When the latest one was made that was read back and checked.
    pub verified_at: Option<Timestamp>,
    /// Whether somebody has the key, or a passphrase opens it.
    pub key_saved: bool,
    /// Whether one goes to another disk or machine.
    pub elsewhere: bool,
    /// Destinations whose last attempt failed: what people call them, and why.
    pub failing: Vec<(String, BackupFault)>,
}

impl Keeping {
    /// What the page shows, as far as it is a matter of health.
    #[must_use]
    pub fn of(vault: &BackupVault) -> Self {
        let destinations = vault.settings.destinations.iter().zip(&vault.standings);
        let failing = destinations.filter_map(|(destination, standing)| {
            let name =
                if destination.name.is_empty() { &destination.id } else { &destination.name };
            let fault = standing.fault.filter(|fault| *fault != BackupFault::Cancelled)?;
            Some((name.clone(), fault))
        });
        let mut places = vault.settings.destinations.iter();
        let elsewhere = places.any(|one| !matches!(one.place, BackupPlace::Box {}));
        Self {
            verified_at: vault.verified_at,
            key_saved: vault.key.saved_at.is_some() || vault.key.has_passphrase,
            elsewhere,
            failing: failing.collect(),
        }
    }
}

/// The age of the last good backup, whoever made it.
pub(super) fn age(live: &Live, now: Timestamp) -> Finding {
    let make = said(
        "See on the page Backup when the next one is made and what became of the last; one can be made \
         there now.",
        "“备份”页面会显示下一次备份的时间和上一次的结果，也可以在那里立即备份。",
    );
    let last = live.last_backup_at.max(live.backups.verified_at);
    let Some(days) = last.map(|at| now.ms_since(at) / DAY_MS) else {
        let none = said("There is no verified backup yet.", "还没有通过校验的备份。");
        return warning("backup", none, make);
    };
    let old = said(
        format!("The last verified backup is {days} days old."),
        format!("最近一次通过校验的备份是 {days} 天前。"),
    );
    match days {
        0..=OLD_DAYS => good(
            "backup",
            "A backup was made and checked in the last days.",
            "最近几天有通过校验的备份。",
        ),
        _ if days > LOST_DAYS => bad("backup", old, make),
        _ => warning("backup", old, make),
    }
}

/// Destinations that fail, or that would burn with the box.
pub(super) fn places(live: &Live) -> Finding {
    let keeping = &live.backups;
    if let Some((name, fault)) = keeping.failing.first() {
        let (text, remedy) = why(*fault);
        let others = keeping.failing.len() - 1;
        let and = if others > 0 { format!(" {others} more fail.") } else { String::new() };
        let also = if others > 0 { format!("另有 {others} 个失败。") } else { String::new() };
        return warning(
            "backup_place",
            said(
                format!("The backup to “{name}” fails: {}.{and}", text.0),
                format!("备份到“{name}”失败：{}。{also}", text.1),
            ),
            said(remedy.0, remedy.1),
        );
    }
    if keeping.elsewhere {
        return good("backup_place", "Backups leave this box.", "备份会保存到这台机器之外。");
    }
    warning(
        "backup_place",
        said(
            "All backups are on this box and would be lost with it.",
            "所有备份都在这台机器上，会随它一起丢失。",
        ),
        said("Add a destination elsewhere on the page Backup.", "请在“备份”页面添加其他位置。"),
    )
}

/// Whether anybody but this box can read its backups.
pub(super) fn key(live: &Live) -> Finding {
    if live.backups.key_saved {
        let (en, zh_cn) = ("The key of the backups is saved elsewhere.", "备份密钥已另外保存。");
        return good("backup_key", en, zh_cn);
    }
    warning(
        "backup_key",
        said(
            "Nobody has saved the key of the backups: without this box, nobody could read them.",
            "还没有人保存备份密钥：如果这台机器坏了，谁也读不了备份。",
        ),
        said("An owner saves it on the page Backup.", "请所有者在“备份”页面保存。"),
    )
}

/// What is wrong, as the end of a sentence, and what to do; each in both languages.
const fn why(fault: BackupFault) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    match fault {
        BackupFault::Gone => {
            (("it is not there", "找不到它"), ("Plug it in, or mount it.", "请插好或挂载。"))
        }
        BackupFault::Changed => (
            ("its earlier backups are not there", "原有备份不见了"),
            (
                "Mount the right disk. If it is meant to be a new one, remove the destination and add it again.",
                "请挂载正确的磁盘。如果确实换了新盘，请删除该位置后重新添加。",
            ),
        ),
        BackupFault::NotOurs => (
            ("backups of another office are there", "那里是其他办公室的备份"),
            ("Choose another folder.", "请选择其他文件夹。"),
        ),
        BackupFault::Full => (
            ("it is full", "空间已满"),
            ("Keep fewer backups, or get a larger disk.", "请减少保留的备份，或换更大的磁盘。"),
        ),
        BackupFault::NoRoom => (
            ("this box has too little free space", "本机剩余空间不足"),
            ("Free some space on this box.", "请清理本机磁盘。"),
        ),
        BackupFault::ReadOnly => (
            ("it can't be written", "无法写入"),
            ("Make it writable for Hearth's user.", "请让 Hearth 的用户可以写入。"),
        ),
        BackupFault::Unreachable => (
            ("it can't be reached", "无法连接"),
            ("Check its address, and the network.", "请检查地址和网络。"),
        ),
        BackupFault::Refused => (
            ("it does not let Hearth in", "拒绝访问"),
            ("Check its key or password, and the clock.", "请检查密钥或密码，以及时钟。"),
        ),
        BackupFault::Damaged => (
            ("what was read back is damaged", "读回的内容已损坏"),
            ("Check that disk, and the one of this box.", "请检查该磁盘和本机磁盘。"),
        ),
        BackupFault::Cancelled => {
            (("somebody ended it", "已被取消"), ("Make another one.", "请再做一次。"))
        }
        BackupFault::Interrupted => (
            ("Hearth was stopped meanwhile", "Hearth 中途停止了"),
            ("Make another one.", "请再做一次。"),
        ),
        BackupFault::Other => (("it went wrong", "出错了"), ("See the log.", "请查看日志。")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::live;
    use super::*;
    use hearth_wire::admin::Severity;

    const NOW: Timestamp = Timestamp::from_ms(1_795_867_200_000);

    fn of(backups: Keeping) -> [Severity; 3] {
        let live = Live { backups, ..live() };
        [age(&live, NOW), places(&live), key(&live)].map(|finding| finding.severity)
    }

    #[test]
    fn a_backup_that_nobody_could_use_is_no_comfort() {
        let days = |days| Some(Timestamp::from_ms(NOW.as_ms() - days * DAY_MS));
        let (good, warning, bad) = (Severity::Good, Severity::Warning, Severity::Bad);
        assert_eq!(of(Keeping::default()), [warning; 3]);
        let well =
            Keeping { verified_at: days(1), key_saved: true, elsewhere: true, failing: Vec::new() };
        assert_eq!(of(well.clone()), [good; 3]);
        let old = Keeping { verified_at: days(3), ..well.clone() };
        assert_eq!(of(old)[0], warning);
        let lost = Keeping { verified_at: days(8), ..well.clone() };
        assert_eq!(of(lost)[0], bad);
        let failing = vec![("Disk".to_owned(), BackupFault::Gone)];
        assert_eq!(of(Keeping { failing, ..well })[1], warning);
    }
}
