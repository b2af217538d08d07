//! What the kernel knows of the process. A sandbox may hide some of /proc; a gauge then stays as it is.

use std::fs;

use rustix::process::{Resource, getrlimit};

pub(super) fn observe() {
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(entries.count() as f64);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        metrics::gauge!("process_max_fds").set(most as f64);
    }
    if let Ok(entries) = fs::read_dir("/proc/self/task") {
        metrics::gauge!("process_threads").set(entries.count() as f64);
    }
}

fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Time of the processors in the process and in the kernel for it, since it began.
pub(super) fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold anything; what follows it begins with field 3 (proc(5)).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Some((ticks(14)? + ticks(15)?) as f64 / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_memory_and_time() {
        assert!(resident_bytes().unwrap() > 1_000_000);
        let before = cpu_seconds().unwrap();
        // Whoever goes on until the clock has moved has used some.
        while cpu_seconds().unwrap() <= before {
            std::hint::black_box(fs::read_to_string("/proc/self/stat").unwrap());
        }
    }
}
