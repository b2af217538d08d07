//! Which system calls can be made: seccomp.

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, apply_filter,
};

use super::Lock;

/// To look, act and tell; to start threads, wait, and end. Nothing here starts a program, reaches
/// another process or the network, mounts, or changes who this is.
const CALLS: &[c_long] = &[
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_geteuid,
    libc::SYS_getpid,
    libc::SYS_getpriority,
    libc::SYS_getrandom,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_listen,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_prlimit64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_recvfrom,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_setpriority,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_unlinkat,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The older names of some of them, which C libraries still use where they exist.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_stat,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// The bits of a mode with which a program runs as its owner or its group.
const LENDS: u64 = 0o6000;

/// Locks this thread and all that it starts. The kernel is believed: seccomp has no half ways.
pub fn lock_calls() -> Lock {
    let locked = || {
        for filter in filters()? {
            apply_filter(&filter)?;
        }
        Ok::<(), seccompiler::Error>(())
    };
    locked().map_or_else(|error| Lock::Open(error.to_string()), |()| Lock::Holds)
}

fn filters() -> Result<[BpfProgram; 2], BackendError> {
    Ok([without_clone3()?.try_into()?, calls()?.try_into()?])
}

/// Of two filters the stricter one counts.
fn calls() -> Result<SeccompFilter, BackendError> {
    let free = CALLS.iter().chain(OLDER).map(|call| (*call, Vec::new()));
    let some = [
        // A socket of this machine …
        (libc::SYS_socket, vec![one(0, libc::AF_UNIX as u64)?]),
        // … that does not block, a thread and not a process, and its name.
        (libc::SYS_ioctl, vec![one(1, libc::FIONBIO)?]),
        (libc::SYS_clone, vec![has(0, libc::CLONE_THREAD as u64)?]),
        (libc::SYS_clone3, Vec::new()),
        (libc::SYS_prctl, vec![one(0, libc::PR_SET_NAME as u64)?]),
        // A mode, but not one that lends rights.
        (libc::SYS_fchmod, vec![lacks(1, LENDS)?]),
        (libc::SYS_fchmodat, vec![lacks(2, LENDS)?]),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_chmod, vec![lacks(1, LENDS)?]),
        // `abort` is a signal to oneself.
        (libc::SYS_tgkill, vec![one(0, u64::from(std::process::id()))?]),
    ];
    let rules = free.chain(some).collect();
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch()?)
}

/// What `clone3` is told lies in memory, where a filter can't look. To a kernel without it the C library
/// says what it wants with `clone`.
fn without_clone3() -> Result<SeccompFilter, BackendError> {
    let rules = [(libc::SYS_clone3, Vec::new())].into_iter().collect();
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, missing, arch()?)
}

fn arch() -> Result<seccompiler::TargetArch, BackendError> {
    std::env::consts::ARCH.try_into()
}

fn one(argument: u8, value: u64) -> Result<SeccompRule, BackendError> {
    rule(argument, SeccompCmpOp::Eq, value)
}

fn has(argument: u8, bits: u64) -> Result<SeccompRule, BackendError> {
    rule(argument, SeccompCmpOp::MaskedEq(bits), bits)
}

fn lacks(argument: u8, bits: u64) -> Result<SeccompRule, BackendError> {
    rule(argument, SeccompCmpOp::MaskedEq(bits), 0)
}

fn rule(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value)?;
    SeccompRule::new(vec![condition])
}
