//! What Hearth stands on, looked at piece by piece, and what to do, in both languages: the one list
//! of findings.
//!
//! `hearth doctor`, the page of the office's health, the metrics and the log ask this one list. It
//! changes nothing. It works while Hearth runs, then it is also told what only the process knows
//! ([`Live`]), and while it does not, then it also tries the port. What a part of the process told by
//! itself ([`crate::findings`]) comes last.
//!
//! To add a check: a function in a file beside this one that gives a [`Finding`] with a code of its
//! own, one line in [`all`], and a row in the table of `docs/operator.md`.

pub mod backups;
mod certificate;
mod healing;
mod machine;
mod place;
mod updates;

use std::collections::BTreeMap;

use hearth_domain::time::Timestamp;
use hearth_store::Check;
use hearth_wire::admin::{Finding, Severity};
use hearth_wire::problem::Sentence;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::hardware::Condition;

pub use certificate::Certificate;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Writes that wait; more than this means that the disk can't keep up.
const QUEUE_JOBS_MANY: u64 = 500;
/// Events that are not in the search index; more are left only while it is built anew.
const SEARCH_EVENTS_MANY: u64 = 2_000;

/// What only the running process knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Whether it takes work.
    pub ready: bool,
    /// Where the office is reached.
    pub url: String,
    /// Its version.
    pub version: String,
    /// How long it has run.
    pub uptime_s: u64,
    /// Why the database takes no writes.
    pub database_problem: Option<String>,
    /// Size of the database with its log.
    pub database_bytes: u64,
    /// Open sockets of clients.
    pub sockets: u64,
    /// Writes that wait for the disk.
    pub queue_jobs: u64,
    /// Events in the log.
    pub log_head: u64,
    /// Of these, not in the search index yet.
    pub search_behind: u64,
    /// Size of the search index.
    pub search_bytes: u64,
    /// How the certificate in use stands; nothing without TLS.
    pub certificate: Option<Certificate>,
    /// When the last backup was made, by whatever way.
    pub last_backup_at: Option<Timestamp>,
    /// How the backups are that the box makes by itself.
    #[serde(default)]
    pub backups: backups::Keeping,
    /// How the machine is.
    #[serde(default)]
    pub machine: Condition,
    /// Whether only the chat runs.
    #[serde(default)]
    pub safe_mode: bool,
    /// What is known of the database after the run before.
    #[serde(default)]
    pub database_check: Check,
    /// What waits to be moved into the database.
    #[serde(default)]
    pub wal_bytes: u64,
    /// How often a damaged search index was thrown away.
    #[serde(default)]
    pub search_repairs: u64,
    /// What parts of the process told by themselves.
    #[serde(default)]
    pub told: Vec<Finding>,
    /// Since when each finding is as grave as it is, by its code.
    #[serde(default)]
    pub since: BTreeMap<String, Timestamp>,
}

/// What is known of the server.
#[derive(Debug)]
pub enum Server {
    /// It does not run on this data folder.
    NotRunning,
    /// It runs but says nothing of itself; why.
    Silent(String),
    /// It runs.
    Running(Box<Live>),
}

/// Every check, in a fixed order.
#[must_use]
pub fn all(config: &Config, server: &Server, now: Timestamp) -> Vec<Finding> {
    let data = &config.data.dir;
    let is_running = !matches!(server, Server::NotRunning);
    let mut findings = vec![
        of_server(server),
        place::permissions(data),
        place::disk(data),
        place::clock(data, now),
        place::port(config, is_running),
        place::descriptors(config),
    ];
    findings.extend(updates::of(config));
    match server {
        Server::NotRunning => findings.push(place::database_file(data)),
        Server::Silent(_) => findings.push(silent_database()),
        Server::Running(live) => {
            findings.push(database(live));
            findings.push(healing::last_stop(live));
            findings.push(healing::write_ahead_log(live));
            findings.push(queue(live));
            findings.push(search(live));
            findings.push(backups::age(live, now));
            findings.push(backups::places(live));
            findings.push(backups::key(live));
            findings.push(machine::finding_of(&live.machine));
            findings
                .extend(live.certificate.iter().map(|known| certificate::finding_of(known, now)));
            findings.extend(live.told.iter().cloned());
            for finding in &mut findings {
                finding.since = live.since.get(&finding.code).copied();
            }
        }
    }
    findings
}

/// The gravest of all.
#[must_use]
pub fn worst(findings: &[Finding]) -> Severity {
    findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Good)
}

pub(crate) fn good(code: &str, en: impl Into<String>, zh_cn: impl Into<String>) -> Finding {
    Finding::new(code, Severity::Good, said(en, zh_cn))
}

pub(crate) fn warning(code: &str, text: Sentence, remedy: Sentence) -> Finding {
    Finding::new(code, Severity::Warning, text).with_remedy(remedy)
}

pub(crate) fn bad(code: &str, text: Sentence, remedy: Sentence) -> Finding {
    Finding::new(code, Severity::Bad, text).with_remedy(remedy)
}

pub(crate) fn said(en: impl Into<String>, zh_cn: impl Into<String>) -> Sentence {
    Sentence::new(en, zh_cn)
}

/// Bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn of_server(server: &Server) -> Finding {
    match server {
        Server::Running(live) if live.ready => good(
            "server",
            format!("Hearth runs: {}", live.url),
            format!("Hearth 正在运行：{}", live.url),
        ),
        Server::Running(_) => warning(
            "server",
            said("Hearth runs but is not ready yet.", "Hearth 已启动，但尚未就绪。"),
            said("Wait a moment; if it stays so, see the log.", "请稍候；若一直如此，请查看日志。"),
        ),
        Server::NotRunning => warning(
            "server",
            said("Hearth does not run.", "Hearth 没有运行。"),
            said(
                "Start it with `systemctl start hearthd`, or with `hearth up` where it is no service.",
                "请用 `systemctl start hearthd` 启动；未装为系统服务时用 `hearth up`。",
            ),
        ),
        Server::Silent(error) => bad(
            "server",
            said(
                format!("Hearth runs but does not answer ({error})."),
                format!("Hearth 已启动但没有响应（{error}）。"),
            ),
            said("Restart it.", "请重新启动。"),
        ),
    }
}

fn database(live: &Live) -> Finding {
    let Some(problem) = &live.database_problem else {
        let bytes = size(live.database_bytes);
        return good(
            "database",
            format!("The database takes writes ({bytes})."),
            format!("数据库可以写入（{bytes}）。"),
        );
    };
    bad(
        "database",
        said(
            format!("The database takes no writes: {problem}."),
            format!("数据库无法写入：{problem}。"),
        ),
        said("See the log; what it says there comes first.", "请查看日志，先处理其中的问题。"),
    )
}

fn silent_database() -> Finding {
    warning(
        "database",
        said("The server said nothing of its database.", "服务器没有报告数据库状态。"),
        said("Restart Hearth, then look again.", "请重新启动 Hearth，然后再检查。"),
    )
}

fn queue(live: &Live) -> Finding {
    let jobs = live.queue_jobs;
    if jobs <= QUEUE_JOBS_MANY {
        return good("queue", "The disk keeps up with what is written.", "磁盘写入速度正常。");
    }
    warning(
        "queue",
        said(format!("{jobs} writes wait for the disk."), format!("有 {jobs} 个写入在等待磁盘。")),
        said("See whether another program uses the disk.", "请检查是否有其他程序占用磁盘。"),
    )
}

fn search(live: &Live) -> Finding {
    let (behind, bytes) = (live.search_behind, size(live.search_bytes));
    if live.safe_mode {
        return warning(
            "search",
            said("The search index rests in safe mode.", "安全模式下搜索索引已停用。"),
            said("It goes on when safe mode ends.", "退出安全模式后会继续。"),
        );
    }
    if behind > SEARCH_EVENTS_MANY {
        return warning(
            "search",
            said(
                format!("The search index is being built, {behind} entries of the log to go."),
                format!("正在建立搜索索引，还剩 {behind} 条记录。"),
            ),
            said(
                "Wait: until then a search may miss older messages.",
                "请等待：在此之前搜索可能找不到较早的消息。",
            ),
        );
    }
    if behind > 0 {
        return good(
            "search",
            format!("The search index follows, {behind} entries of the log behind ({bytes})."),
            format!("搜索索引正在跟进，还差 {behind} 条记录（{bytes}）。"),
        );
    }
    if live.search_repairs > 0 {
        return healing::search_was_mended();
    }
    good(
        "search",
        format!("The search index holds everything ({bytes})."),
        format!("搜索索引完整（{bytes}）。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use crate::data_dir::{DATABASE, DataDir};

    fn all_of(config: &Config) -> Vec<Finding> {
        all(config, &Server::NotRunning, crate::clock::Clock::system().now())
    }

    fn severity_of(findings: &[Finding], code: &str) -> Severity {
        findings.iter().find(|finding| finding.code == code).unwrap().severity
    }

    fn config(dir: &Path) -> Config {
        let mut config = Config::default();
        config.data.dir = dir.to_owned();
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.limits.connections_max = 10;
        config
    }

    #[test]
    fn a_new_machine_is_well() {
        let scratch = tempfile::tempdir().unwrap();
        let findings = all_of(&config(&scratch.path().join("new")));
        assert!(findings.iter().all(|f| f.severity != Severity::Bad), "{findings:?}");
        assert_eq!(findings.len(), 7);
        for finding in &findings {
            assert!(!finding.text.zh_cn.is_ascii(), "{finding:?}");
        }
    }

    #[test]
    fn trouble_is_found_and_named() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path().join("data");
        drop(DataDir::open(&dir).unwrap());
        fs::write(dir.join(DATABASE), "not a database at all").unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = config(&dir);
        config.server.listen = taken.local_addr().unwrap();
        config.limits.connections_max = usize::MAX / 2;
        let findings = all_of(&config);
        assert_eq!(severity_of(&findings, "database"), Severity::Bad);
        assert_eq!(severity_of(&findings, "permissions"), Severity::Warning);
        assert_eq!(severity_of(&findings, "port"), Severity::Bad);
        assert_eq!(severity_of(&findings, "descriptors"), Severity::Warning);
        assert_eq!(severity_of(&findings, "server"), Severity::Warning);
    }

    pub(super) fn live() -> Live {
        Live {
            ready: true,
            url: "http://box".to_owned(),
            version: "1.2.3".to_owned(),
            uptime_s: 60,
            database_problem: None,
            database_bytes: 5_000_000,
            sockets: 3,
            queue_jobs: 0,
            log_head: 9,
            search_behind: 0,
            search_bytes: 4_096,
            certificate: None,
            last_backup_at: None,
            backups: backups::Keeping::default(),
            machine: Condition::default(),
            safe_mode: false,
            database_check: Check::Clean,
            wal_bytes: 0,
            search_repairs: 0,
            told: Vec::new(),
            since: BTreeMap::new(),
        }
    }

    #[test]
    fn what_the_running_process_knows_is_judged() {
        let scratch = tempfile::tempdir().unwrap();
        let now = Timestamp::from_ms(1_800_000_000_000);
        let ago = |days: u64| Some(Timestamp::from_ms(now.as_ms() - days * DAY_MS));
        let judged = |live: Live, check: &str| {
            let findings = all(&config(scratch.path()), &Server::Running(Box::new(live)), now);
            severity_of(&findings, check)
        };
        assert_eq!(judged(live(), "server"), Severity::Good);
        assert_eq!(judged(Live { ready: false, ..live() }, "server"), Severity::Warning);
        assert_eq!(judged(live(), "backup"), Severity::Warning);
        assert_eq!(judged(Live { last_backup_at: ago(1), ..live() }, "backup"), Severity::Good);
        assert_eq!(judged(Live { last_backup_at: ago(30), ..live() }, "backup"), Severity::Bad);
        assert_eq!(judged(Live { queue_jobs: 900, ..live() }, "queue"), Severity::Warning);
        assert_eq!(judged(Live { search_behind: 3, ..live() }, "search"), Severity::Good);
        assert_eq!(judged(Live { search_behind: 9_000, ..live() }, "search"), Severity::Warning);
        let full = Some("the disk is full".to_owned());
        assert_eq!(judged(Live { database_problem: full, ..live() }, "database"), Severity::Bad);
        let ended = Certificate {
            begins_at: Timestamp::from_ms(0),
            ends_at: Timestamp::from_ms(now.as_ms() - DAY_MS),
            authority_ends_at: None,
            problem: None,
        };
        let live = Live { certificate: Some(ended), ..live() };
        assert_eq!(judged(live, "certificate"), Severity::Bad);
    }

    #[test]
    fn what_parts_told_comes_last_and_all_know_since_when() {
        let scratch = tempfile::tempdir().unwrap();
        let now = Timestamp::from_ms(1_800_000_000_000);
        let told = vec![Finding::new("part", Severity::Note, said("It was mended.", "已修复。"))];
        let since = BTreeMap::from([("backup".to_owned(), now)]);
        let live = Live { told: told.clone(), since, ..live() };
        let findings = all(&config(scratch.path()), &Server::Running(Box::new(live)), now);
        assert_eq!(findings.last(), told.first());
        for finding in &findings {
            assert_eq!(finding.since.is_some(), finding.code == "backup", "{finding:?}");
        }
        assert_eq!(worst(&findings), Severity::Warning);
    }
}
