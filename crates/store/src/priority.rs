//! Threads whose work nobody should feel.

/// How far below the others such a thread is: the kernel gives them nine times as much of a core
/// that both want.
const NICENESS: i32 = 10;

/// Puts this thread below all others, for good. It then has whatever of a core they leave. On Linux
/// a priority belongs to a thread.
pub fn yield_to_others() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_thread_yields() {
        let mine = || rustix::process::getpriority_process(None).unwrap();
        let before = mine();
        let after = std::thread::spawn(move || {
            yield_to_others();
            mine()
        });
        assert_eq!(after.join().unwrap(), (before + NICENESS).min(19));
        assert_eq!(mine(), before);
    }
}
