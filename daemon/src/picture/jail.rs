//! What the kernel still does for the process that decodes.

use std::io;

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use super::{CPU_S_MAX, MEMORY_BYTES_MAX};

/// How much nicer than the server the process is: people's messages come first.
const NICENESS: i32 = 10;
/// Where memory runs out, this process goes and not the server, whose own score it had.
const OOM_SCORE: &str = "500";

/// To read a picture, find memory, write what was made, and end. Nothing here opens, connects, starts
/// or asks about anything; another call ends the process.
const CALLS: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_read,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Gives up what decoding does not need, before the first byte is read.
pub(super) fn lock() -> io::Result<()> {
    // Where the kernel does not take it, the memory of this process is limited all the same.
    drop(std::fs::write("/proc/self/oom_score_adj", OOM_SCORE));
    let at_most = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::As, at_most(MEMORY_BYTES_MAX))?;
    setrlimit(Resource::Cpu, at_most(CPU_S_MAX))?;
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(3))?;
    nice(NICENESS)?;
    apply_filter(&filter()?).map_err(io::Error::other)
}

fn filter() -> io::Result<BpfProgram> {
    let calls = CALLS.iter().map(|call| (*call, Vec::new())).collect();
    let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    SeccompFilter::new(calls, SeccompAction::KillProcess, SeccompAction::Allow, arch)
        .and_then(TryInto::try_into)
        .map_err(io::Error::other)
}
