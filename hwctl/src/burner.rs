//! Work for the processor, while commissioning measures what heat does: threads that calculate and
//! throw away.
//!
//! It can't run away. A thread works in slices of 20 ms, each only until a deadline that the control
//! thread moves by [`LEASE`] at every tick: a control thread that hangs or dies ends the load with it.
//! Threads have the lowest priority (nice 19), so that whatever people do goes first, exist only while a
//! commissioning runs, and commissioning itself ends within the hour. What comes of it is not relied on:
//! the meter tells.

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::sysfs::{Access, Attribute, Root};

/// A machine with more cores is none of an office, and warm enough with these.
const THREADS_MAX: usize = 64;
/// How long a tick lets the threads work.
const LEASE: Duration = Duration::from_secs(3);
/// After each slice a thread looks whether it should go on.
const SLICE: Duration = Duration::from_millis(20);
const NICE: i32 = 19;
const STACK_BYTES: usize = 64 * 1_024;
/// What ends the threads.
const ENDED: u64 = u64::MAX;

/// What the threads share: until when they may work, in milliseconds since the start, and how many.
#[derive(Debug)]
struct Lease {
    begun: Instant,
    until_ms: AtomicU64,
    threads: AtomicU64,
}

/// Threads that calculate as much as they are asked to.
#[derive(Debug)]
pub struct Burner {
    lease: Arc<Lease>,
    count: usize,
}

impl Burner {
    /// One thread for each core; they wait.
    ///
    /// # Errors
    ///
    /// If a thread can't be started.
    pub fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let lease = Lease { begun: Instant::now(), until_ms: 0.into(), threads: 0.into() };
        let burner = Self { lease: Arc::new(lease), count };
        for nth in 0..count {
            let lease = Arc::clone(&burner.lease);
            let thread = thread::Builder::new().name("hwctl-burner".to_owned());
            thread.stack_size(STACK_BYTES).spawn(move || burn(&lease, nth as u64))?;
        }
        Ok(burner)
    }

    /// Keeps this share of the cores busy, 0 to 1, for at most three seconds from now.
    pub fn burn(&self, load: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
        #[expect(clippy::cast_sign_loss, reason = "clamped")]
        let threads = (load.clamp(0.0, 1.0) * self.count as f64).ceil() as u64;
        self.lease.threads.store(threads, Relaxed);
        let until = self.lease.begun.elapsed() + LEASE;
        self.lease.until_ms.store(millis(until), Relaxed);
    }
}

/// How the load of a commissioning is made.
#[derive(Debug)]
pub enum Load {
    /// By our own threads.
    Threads(Burner),
    /// A simulated machine is told.
    Told(Box<dyn Attribute>),
    /// Not at all.
    None,
}

/// Where a simulated machine reads which share of its processor should be busy, beneath its root.
const TOLD: &str = "load";

impl Load {
    /// For this machine. A simulated one is not warmed by burning the real one's processor.
    pub fn open(root: &Root) -> Self {
        if root.path() != Path::new("/") {
            return root.open(TOLD, Access::ReadWrite).map_or(Self::None, Self::Told);
        }
        match Burner::start() {
            Ok(burner) => Self::Threads(burner),
            Err(error) => {
                eprintln!("hearth-hwctl: no load can be made: {error}");
                Self::None
            }
        }
    }

    /// Makes this share of the processor busy, 0 to 1, until it is told anew.
    pub fn make(&self, load: f64) {
        match self {
            Self::Threads(burner) => burner.burn(load),
            Self::Told(file) => {
                // Idle, half and full are all that commissioning asks for; the length never changes.
                let text: &[u8] = match load {
                    load if load >= 0.75 => b"1.00\n",
                    load if load >= 0.25 => b"0.50\n",
                    _ => b"0.00\n",
                };
                if let Err(error) = file.write(text) {
                    eprintln!("hearth-hwctl: the simulated machine takes no load: {error}");
                }
            }
            Self::None => {}
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.make(0.0);
    }
}

impl Drop for Burner {
    fn drop(&mut self) {
        self.lease.until_ms.store(ENDED, Relaxed);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(ENDED - 1)
}

fn burn(lease: &Lease, nth: u64) {
    // Whoever can't be made to wait for people's work does none; the meter then shows no load.
    if rustix::process::nice(NICE).is_err() {
        return;
    }
    let mut number = nth.wrapping_add(1);
    loop {
        let until_ms = lease.until_ms.load(Relaxed);
        if until_ms == ENDED {
            return;
        }
        if nth >= lease.threads.load(Relaxed) || millis(lease.begun.elapsed()) >= until_ms {
            thread::sleep(SLICE);
            continue;
        }
        let begin = Instant::now();
        while begin.elapsed() < SLICE {
            for _ in 0..4_096 {
                number = number.wrapping_mul(0x5851_f42d_4c95_7f2d).rotate_left(23) ^ nth;
            }
            number = black_box(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processor time of this process, in seconds.
    fn spent_s() -> f64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }

    #[test]
    fn it_burns_as_asked_and_stops_by_itself_when_nobody_asks_any_more() {
        let burner = Burner::start().unwrap();
        let before_s = spent_s();
        let begin = Instant::now();
        // On a busy machine the least of all gets its share late.
        while spent_s() - before_s < 0.1 {
            assert!(begin.elapsed() < Duration::from_secs(60), "nothing burns");
            burner.burn(1.0);
            thread::sleep(SLICE);
        }
        thread::sleep(LEASE + Duration::from_millis(200));
        let after_s = spent_s();
        // The lease is over, and nobody asked again.
        thread::sleep(Duration::from_millis(500));
        assert!(spent_s() - after_s < 0.1, "{}", spent_s() - after_s);
        burner.burn(0.0);
        let idle_s = spent_s();
        thread::sleep(Duration::from_millis(500));
        assert!(spent_s() - idle_s < 0.1);
        let lease = Arc::clone(&burner.lease);
        drop(burner);
        let begin = Instant::now();
        while Arc::strong_count(&lease) > 1 {
            assert!(begin.elapsed() < Duration::from_secs(20), "the threads do not end");
            thread::sleep(SLICE);
        }
    }
}
