//! How fast an incoming webhook may write: one message a second on average, as at Slack, and ten at
//! once.

use std::collections::HashMap;
use std::time::Duration;

use hearth_domain::id::HookId;

use crate::throttle::Wait;

/// Messages at once after a silence.
const BURST: u32 = 10;
/// Time that earns one message.
const PER_MESSAGE: Duration = Duration::from_secs(1);

/// When each webhook's burst is whole again. One entry per webhook that exists, so at most
/// `INTEGRATIONS_MAX`.
#[derive(Debug, Default)]
pub(super) struct Paces {
    whole_at: HashMap<HookId, Duration>,
}

impl Paces {
    pub(super) fn take(&mut self, hook: HookId, now: Duration) -> Result<(), Wait> {
        let whole_at = self.whole_at.entry(hook).or_default();
        let next = (*whole_at).max(now) + PER_MESSAGE;
        let earliest = next.saturating_sub(PER_MESSAGE * BURST);
        if earliest > now {
            return Err(Wait { wait: earliest - now });
        }
        *whole_at = next;
        Ok(())
    }

    pub(super) fn forget(&mut self, hook: HookId) {
        self.whole_at.remove(&hook);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_a_second() {
        let (hook, other) = (HookId::from_bytes([1; 16]), HookId::from_bytes([2; 16]));
        let mut paces = Paces::default();
        let start = Duration::from_secs(100);
        let taken = (0..50).take_while(|_| paces.take(hook, start).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        assert_eq!(paces.take(hook, start).unwrap_err().seconds(), 1);
        assert!(paces.take(other, start).is_ok());
        assert!(paces.take(hook, start + PER_MESSAGE).is_ok());
        assert!(paces.take(hook, start + PER_MESSAGE).is_err());
        let later = start + PER_MESSAGE * 60;
        assert_eq!((0..50).take_while(|_| paces.take(hook, later).is_ok()).count(), BURST as usize);
        paces.forget(hook);
        assert!(paces.take(hook, later).is_ok());
    }
}
