//! The machine a figure was measured on, and what a process uses of it. All from `/proc`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::fs::statfs;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;

use crate::clock::now_ns;
use crate::load::latencies::Latencies;

const SYNC_PROBE_NS: u64 = 500_000_000;
const TMPFS_MAGIC: u64 = 0x0102_1994;

/// What a reader needs to compare figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) kernel: String,
}

impl Machine {
    /// This machine.
    pub(crate) fn here() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = text("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|rest| rest.trim_start_matches([' ', '\t', ':']));
        Self {
            cpu: model.unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_bytes: field_bytes(&text("/proc/meminfo"), "MemTotal:").unwrap_or_default(),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Pages in memory, shared ones included.
    pub(crate) rss_bytes: u64,
    /// The same with shared pages divided among their users, where the kernel tells.
    pub(crate) pss_bytes: Option<u64>,
    /// Pages that are not backed by a file: heap, stacks, page tables excluded.
    pub(crate) anonymous_bytes: u64,
}

impl Memory {
    /// What a process uses now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))
            .with_context(|| format!("process {pid} is gone"))?;
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        Ok(Self {
            rss_bytes: field_bytes(&status, "VmRSS:").context("no VmRSS")?,
            pss_bytes: field_bytes(&rollup, "Pss:"),
            anonymous_bytes: field_bytes(&status, "RssAnon:").unwrap_or_default(),
        })
    }
}

/// User and system time a process has used, in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold spaces; what follows the last bracket does not.
    let (_, fields) = stat.rsplit_once(')').context("odd stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    // Linux reports in hundredths on every architecture Hearth runs on.
    Ok(ticks.sum::<f64>() / 100.0)
}

fn field_bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Allows this process and its children all descriptors it may have, and checks that it is enough.
pub(crate) fn raise_descriptor_limit(needed: u64) -> Result<()> {
    let now = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum })?;
    match now.maximum {
        Some(maximum) if maximum < needed => {
            bail!("needs {needed} descriptors in one process, but the limit is {maximum}")
        }
        _ => Ok(()),
    }
}

/// Whether a folder lies on a real disk: on a file system in memory fsync costs nothing.
pub(crate) fn disk_of(folder: &Path) -> Result<&'static str> {
    let kind = statfs(folder)?.f_type;
    Ok(if u64::try_from(kind)? == TMPFS_MAGIC { "memory (fsync is free)" } else { "disk" })
}

/// How long the disk takes to keep 4 KiB, as hearthd asks of it for every commit: the median and
/// the 99th percentile of half a second, in milliseconds. No durable send can be faster, and with a
/// neighbour on the disk this tells whose time it was.
pub(crate) fn sync_ms(folder: &Path) -> Result<(f64, f64)> {
    let path = folder.join(format!("hearth-bench-{}.sync", std::process::id()));
    let measured = sync_file(&path);
    fs::remove_file(&path)?;
    measured
}

fn sync_file(path: &Path) -> Result<(f64, f64)> {
    let mut file = File::create(path)?;
    let mut times = Latencies::new()?;
    let end_ns = now_ns() + SYNC_PROBE_NS;
    while now_ns() < end_ns {
        file.write_all(&[7; 4096])?;
        let start_ns = now_ns();
        file.sync_data()?;
        times.add(now_ns() - start_ns);
        // As far apart as commits at a steady rate.
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok((times.percentile_ms(50.0), times.percentile_ms(99.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_process_are_described() {
        let machine = Machine::here();
        assert!(machine.cores > 0 && machine.memory_bytes > 1 << 20 && !machine.kernel.is_empty());
        let own = Memory::of(std::process::id()).unwrap();
        assert!(own.rss_bytes > 100_000 && own.rss_bytes >= own.anonymous_bytes);
        assert!(cpu_seconds(std::process::id()).unwrap() >= 0.0);
    }

    #[test]
    fn fields_are_in_bytes() {
        assert_eq!(field_bytes("VmPeak: 9 kB\nVmRSS:\t    12 kB\n", "VmRSS:"), Some(12_288));
        assert_eq!(field_bytes("VmPeak: 9 kB", "VmRSS:"), None);
    }
}
