//! How often foreign hosts are asked: whoever writes links must not make the box a nuisance to
//! somebody else, nor use it up for the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

/// Requests to one host at the same time.
const AT_ONCE_MAX: usize = 2;
/// Requests to one host in a minute.
const OF_ONE_MAX: u32 = 30;
/// Requests to all hosts in a minute.
const OF_ALL_MAX: u32 = 120;
/// The minute.
const SPAN: Duration = Duration::from_secs(60);

/// What is remembered of hosts: at most as many as may be asked in a minute.
#[derive(Default)]
pub(super) struct Hosts(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    since: Duration,
    asked: u32,
    hosts: HashMap<String, Host>,
}

struct Host {
    asked: u32,
    places: Arc<Semaphore>,
}

impl Hosts {
    /// Counts a request to a host, and gives the places for it; nothing when it would be too many.
    /// `now` is on the clock that never jumps.
    pub(super) fn ask(&self, host: &str, now: Duration) -> Option<Arc<Semaphore>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(counts.since) >= SPAN {
            counts.since = now;
            counts.asked = 0;
            // A host that is still being asked keeps its places, so that there are no more of them.
            counts.hosts.retain(|_, host| {
                host.asked = 0;
                Arc::strong_count(&host.places) > 1
            });
        }
        if counts.asked == OF_ALL_MAX {
            return None;
        }
        let fresh = || Host { asked: 0, places: Arc::new(Semaphore::new(AT_ONCE_MAX)) };
        let known = counts.hosts.entry(host.to_owned()).or_insert_with(fresh);
        if known.asked == OF_ONE_MAX {
            return None;
        }
        known.asked += 1;
        let places = Arc::clone(&known.places);
        counts.asked += 1;
        Some(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_asked_so_often_and_again_after_a_minute() {
        let hosts = Hosts::default();
        let taken = (0..100).filter(|_| hosts.ask("a.example", SPAN).is_some()).count();
        assert_eq!(taken, OF_ONE_MAX as usize);
        assert!(hosts.ask("b.example", SPAN).is_some());
        assert!(hosts.ask("a.example", SPAN * 2).is_some());
    }

    #[test]
    fn all_hosts_together_are_asked_so_often() {
        let hosts = Hosts::default();
        let taken = (0..1_000).filter(|n| hosts.ask(&format!("{n}.example"), SPAN).is_some());
        assert_eq!(taken.count(), OF_ALL_MAX as usize);
        assert!(hosts.0.lock().unwrap().hosts.len() <= OF_ALL_MAX as usize);
    }

    #[test]
    fn places_in_use_outlive_the_minute() {
        let hosts = Hosts::default();
        let places = hosts.ask("a.example", SPAN).unwrap();
        assert!(Arc::ptr_eq(&places, &hosts.ask("a.example", SPAN * 2).unwrap()));
        drop(places);
        hosts.ask("b.example", SPAN * 3).unwrap();
        assert!(!hosts.0.lock().unwrap().hosts.contains_key("a.example"));
    }
}
