//! What Hearth stands on, looked at piece by piece, and what to do, in both languages.
//!
//! `hearth doctor` and the page of the office's health ask this one list. It changes nothing. It works
//! while Hearth runs, then it is also told what only the process knows ([`Live`]), and while it does
//! not, then it also tries the port.

mod machine;
mod place;

use hearth_domain::time::Timestamp;
use hearth_wire::admin::{Finding, Verdict};
use hearth_wire::problem::Sentence;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::hardware::Condition;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// A backup older than this is a reason to make one, in days.
const BACKUP_DAYS_MAX: u64 = 7;
/// A certificate that ends within this should have been renewed, in days.
const CERTIFICATE_DAYS_MIN: u64 = 14;
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
    /// When the certificate ends; nothing without TLS.
    pub certificate_ends_at: Option<Timestamp>,
    /// When the last backup was made, by whatever way.
    pub last_backup_at: Option<Timestamp>,
    /// How the machine is.
    #[serde(default)]
    pub machine: Condition,
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
    match server {
        Server::NotRunning => findings.push(place::database_file(data)),
        Server::Silent(_) => findings.push(silent_database()),
        Server::Running(live) => {
            findings.push(database(live));
            findings.push(queue(live));
            findings.push(search(live));
            findings.push(backup(live, now));
            findings.push(machine::finding_of(&live.machine));
            findings.extend(live.certificate_ends_at.map(|end| certificate(end, now)));
        }
    }
    findings
}

/// The worst of all.
#[must_use]
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Good)
}

fn finding(check: &str, verdict: Verdict, words: Sentence) -> Finding {
    Finding { check: check.to_owned(), verdict, words }
}

fn said(en: impl Into<String>, zh_cn: impl Into<String>) -> Sentence {
    Sentence { en: en.into(), zh_cn: zh_cn.into() }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn of_server(server: &Server) -> Finding {
    let (verdict, words) = match server {
        Server::Running(live) if live.ready => (
            Verdict::Good,
            said(format!("Hearth runs: {}", live.url), format!("Hearth 正在运行：{}", live.url)),
        ),
        Server::Running(_) => (
            Verdict::Warning,
            said("Hearth runs but is not ready yet.", "Hearth 已启动，但尚未就绪。"),
        ),
        Server::NotRunning => (
            Verdict::Warning,
            said(
                "Hearth does not run. Start it with `hearth up`.",
                "Hearth 没有运行。请用 `hearth up` 启动。",
            ),
        ),
        Server::Silent(error) => (
            Verdict::Bad,
            said(
                format!("Hearth runs but does not answer ({error}). Restart it."),
                format!("Hearth 已启动但没有响应（{error}）。请重新启动。"),
            ),
        ),
    };
    finding("server", verdict, words)
}

fn database(live: &Live) -> Finding {
    let (verdict, words) = match &live.database_problem {
        None => {
            let bytes = size(live.database_bytes);
            (
                Verdict::Good,
                said(
                    format!("The database takes writes ({bytes})."),
                    format!("数据库可以写入（{bytes}）。"),
                ),
            )
        }
        Some(problem) => (
            Verdict::Bad,
            said(
                format!("The database takes no writes: {problem}. See the log."),
                format!("数据库无法写入：{problem}。请查看日志。"),
            ),
        ),
    };
    finding("database", verdict, words)
}

fn silent_database() -> Finding {
    let words = said("The server said nothing of its database.", "服务器没有报告数据库状态。");
    finding("database", Verdict::Warning, words)
}

fn queue(live: &Live) -> Finding {
    let jobs = live.queue_jobs;
    let (verdict, words) = if jobs > QUEUE_JOBS_MANY {
        (
            Verdict::Warning,
            said(
                format!("{jobs} writes wait for the disk. Is another program using it?"),
                format!("有 {jobs} 个写入在等待磁盘。是否有其他程序占用磁盘？"),
            ),
        )
    } else {
        (Verdict::Good, said("The disk keeps up with what is written.", "磁盘写入速度正常。"))
    };
    finding("queue", verdict, words)
}

fn search(live: &Live) -> Finding {
    let (behind, bytes) = (live.search_behind, size(live.search_bytes));
    let words = if behind > SEARCH_EVENTS_MANY {
        said(
            format!("The search index is being built, {behind} entries of the log to go."),
            format!("正在建立搜索索引，还剩 {behind} 条记录。"),
        )
    } else if behind > 0 {
        said(
            format!("The search index follows, {behind} entries of the log behind ({bytes})."),
            format!("搜索索引正在跟进，还差 {behind} 条记录（{bytes}）。"),
        )
    } else {
        said(
            format!("The search index holds everything ({bytes})."),
            format!("搜索索引完整（{bytes}）。"),
        )
    };
    let verdict = if behind > SEARCH_EVENTS_MANY { Verdict::Warning } else { Verdict::Good };
    finding("search", verdict, words)
}

fn backup(live: &Live, now: Timestamp) -> Finding {
    let days = live.last_backup_at.map(|at| now.ms_since(at) / DAY_MS);
    let (verdict, words) = match days {
        None => (
            Verdict::Warning,
            said(
                "There is no backup yet. Make one on the page Backup, and keep a copy elsewhere.",
                "还没有备份。请在“备份”页面做一份，并另存到别处。",
            ),
        ),
        Some(days) if days > BACKUP_DAYS_MAX => (
            Verdict::Warning,
            said(
                format!("The last backup is {days} days old. Make another one."),
                format!("最近一次备份是 {days} 天前。请再做一次。"),
            ),
        ),
        Some(_) => {
            (Verdict::Good, said("A backup was made in the last days.", "最近几天做过备份。"))
        }
    };
    finding("backup", verdict, words)
}

fn certificate(end: Timestamp, now: Timestamp) -> Finding {
    let days = end.ms_since(now) / DAY_MS;
    let (verdict, words) = if end <= now {
        (
            Verdict::Bad,
            said(
                "The certificate has ended: browsers refuse to connect. Replace its files.",
                "证书已过期，浏览器会拒绝连接。请更换证书文件。",
            ),
        )
    } else if days < CERTIFICATE_DAYS_MIN {
        (
            Verdict::Warning,
            said(
                format!("The certificate ends in {days} days. Renew it."),
                format!("证书将在 {days} 天后过期。请续期。"),
            ),
        )
    } else {
        (
            Verdict::Good,
            said(
                format!("The certificate is good for {days} more days."),
                format!("证书还有 {days} 天有效。"),
            ),
        )
    };
    finding("certificate", verdict, words)
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

    fn verdict_of(findings: &[Finding], check: &str) -> Verdict {
        findings.iter().find(|finding| finding.check == check).unwrap().verdict
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
        assert!(findings.iter().all(|f| f.verdict != Verdict::Bad), "{findings:?}");
        assert_eq!(findings.len(), 7);
        for finding in &findings {
            assert!(!finding.words.zh_cn.is_ascii(), "{finding:?}");
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
        assert_eq!(verdict_of(&findings, "database"), Verdict::Bad);
        assert_eq!(verdict_of(&findings, "permissions"), Verdict::Warning);
        assert_eq!(verdict_of(&findings, "port"), Verdict::Bad);
        assert_eq!(verdict_of(&findings, "descriptors"), Verdict::Warning);
        assert_eq!(verdict_of(&findings, "server"), Verdict::Warning);
    }

    fn live() -> Live {
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
            certificate_ends_at: None,
            last_backup_at: None,
            machine: Condition::default(),
        }
    }

    #[test]
    fn what_the_running_process_knows_is_judged() {
        let scratch = tempfile::tempdir().unwrap();
        let now = Timestamp::from_ms(1_800_000_000_000);
        let ago = |days: u64| Some(Timestamp::from_ms(now.as_ms() - days * DAY_MS));
        let judged = |live: Live, check: &str| {
            let findings = all(&config(scratch.path()), &Server::Running(Box::new(live)), now);
            verdict_of(&findings, check)
        };
        assert_eq!(judged(live(), "server"), Verdict::Good);
        assert_eq!(judged(Live { ready: false, ..live() }, "server"), Verdict::Warning);
        assert_eq!(judged(live(), "backup"), Verdict::Warning);
        assert_eq!(judged(Live { last_backup_at: ago(1), ..live() }, "backup"), Verdict::Good);
        assert_eq!(judged(Live { last_backup_at: ago(30), ..live() }, "backup"), Verdict::Warning);
        assert_eq!(judged(Live { queue_jobs: 900, ..live() }, "queue"), Verdict::Warning);
        assert_eq!(judged(Live { search_behind: 3, ..live() }, "search"), Verdict::Good);
        assert_eq!(judged(Live { search_behind: 9_000, ..live() }, "search"), Verdict::Warning);
        let full = Some("the disk is full".to_owned());
        assert_eq!(judged(Live { database_problem: full, ..live() }, "database"), Verdict::Bad);
        let ends = |days: u64| Some(Timestamp::from_ms(now.as_ms() + days * DAY_MS));
        for (end, verdict) in
            [(ends(90), Verdict::Good), (ends(5), Verdict::Warning), (ago(1), Verdict::Bad)]
        {
            assert_eq!(judged(Live { certificate_ends_at: end, ..live() }, "certificate"), verdict);
        }
    }
}
