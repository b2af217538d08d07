//! Slows down who guesses: exponential back-off per account and per address.
//!
//! The first [`FREE_ATTEMPTS`] failures cost nothing; each further one doubles the wait, from one
//! second to fifteen minutes. An hour without a failure forgets them. Both keys of an attempt must be
//! free: the account's, so that many addresses can't guess one password, and the address's, so that
//! one address can't try many accounts. Behind one router a whole office has one address, which is
//! why an address has more free attempts. Loopback is never made to wait, so an admin at the box
//! can't be locked out by strangers who guess.
//!
//! A pure state machine over a bounded map: about 100 bytes a key, 10,000 keys, 1 MB. When it is
//! full, the key that failed longest ago is forgotten.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Failures of one account before it has to wait.
pub const FREE_ATTEMPTS: u32 = 5;
/// Failures from one address before it has to wait.
pub const FREE_ATTEMPTS_OF_ADDRESS: u32 = 30;
/// The first wait, in milliseconds.
pub const WAIT_MS_MIN: u64 = 1_000;
/// The longest wait, in milliseconds.
pub const WAIT_MS_MAX: u64 = 15 * 60 * 1_000;
/// A key without failure for this long starts anew, in milliseconds.
pub const FORGET_MS: u64 = 60 * 60 * 1_000;
/// Keys kept.
pub const KEYS_MAX: usize = 10_000;

/// What an attempt is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A handle as it was typed, in lower case, whether or not it exists.
    Account(String),
    /// Where the attempt came from; an IPv6 host owns its whole /64.
    Address(IpAddr),
}

impl Key {
    /// The keys of a sign-in.
    #[must_use]
    pub fn of_sign_in(handle: &str, address: IpAddr) -> [Self; 2] {
        // A longer one can't exist; the map must not keep what a guesser makes up.
        let handle = handle.trim().chars().take(64).flat_map(char::to_lowercase).collect();
        [Self::Account(handle), Self::of_address(address)]
    }

    /// The key of an address.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
            v4 => v4,
        })
    }

    const fn free_attempts(&self) -> u32 {
        match self {
            Self::Account(_) => FREE_ATTEMPTS,
            Self::Address(_) => FREE_ATTEMPTS_OF_ADDRESS,
        }
    }
}

/// Too many attempts; the next one is heard after `wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; wait {wait:?}")]
pub struct Wait {
    /// How long.
    pub wait: Duration,
}

impl Wait {
    /// Whole seconds, rounded up, for `Retry-After`.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
    }
}

/// What a failed attempt means for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// One of its keys has to wait from now on.
    First,
    /// Nothing new: there is no wait yet, or there was one before.
    Again,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    failures: u32,
    failed_at: Duration,
}

/// The failures so far. Times are monotonic ([`crate::clock::Clock::monotonic`]).
#[derive(Debug, Default)]
pub struct Throttle {
    records: HashMap<Key, Record>,
}

impl Throttle {
    /// Nobody has failed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether an attempt under all of these keys may be made now.
    ///
    /// # Errors
    ///
    /// [`Wait`] with the longest wait of the keys.
    pub fn check(&self, keys: &[Key], now: Duration) -> Result<(), Wait> {
        if keys.iter().any(is_console) {
            return Ok(());
        }
        let wait = keys.iter().map(|key| self.wait(key, now)).max().unwrap_or_default();
        if wait.is_zero() { Ok(()) } else { Err(Wait { wait }) }
    }

    /// The attempt failed; whether one of the keys has to wait for the first time.
    pub fn failed(&mut self, keys: &[Key], now: Duration) -> Failed {
        if keys.iter().any(is_console) {
            return Failed::Again;
        }
        let mut outcome = Failed::Again;
        for key in keys {
            if !self.records.contains_key(key) && self.records.len() >= KEYS_MAX {
                self.make_room(now);
            }
            let record =
                self.records.entry(key.clone()).or_insert(Record { failures: 0, failed_at: now });
            if is_forgotten(record, now) {
                record.failures = 0;
            }
            record.failures = record.failures.saturating_add(1);
            record.failed_at = now;
            if record.failures == key.free_attempts() {
                outcome = Failed::First;
            }
        }
        outcome
    }

    /// The attempt succeeded. Only the account starts anew: else one own account would buy an
    /// address any number of guesses at others.
    pub fn succeeded(&mut self, keys: &[Key]) {
        for key in keys.iter().filter(|key| matches!(key, Key::Account(_))) {
            self.records.remove(key);
        }
    }

    fn wait(&self, key: &Key, now: Duration) -> Duration {
        let Some(record) = self.records.get(key).filter(|record| !is_forgotten(record, now)) else {
            return Duration::ZERO;
        };
        let Some(over) = record.failures.checked_sub(key.free_attempts()) else {
            return Duration::ZERO;
        };
        let wait_ms = WAIT_MS_MIN.saturating_mul(1 << over.min(20)).min(WAIT_MS_MAX);
        (record.failed_at + Duration::from_millis(wait_ms)).saturating_sub(now)
    }

    fn make_room(&mut self, now: Duration) {
        self.records.retain(|_, record| !is_forgotten(record, now));
        if self.records.len() < KEYS_MAX {
            return;
        }
        let mut times: Vec<Duration> = self.records.values().map(|r| r.failed_at).collect();
        // A tenth at a time, so that a flood of new keys does not sort on every attempt.
        let (_, limit, _) = times.select_nth_unstable(KEYS_MAX / 10);
        let limit = *limit;
        self.records.retain(|_, record| record.failed_at > limit);
    }
}

fn is_forgotten(record: &Record, now: Duration) -> bool {
    now.saturating_sub(record.failed_at) >= Duration::from_millis(FORGET_MS)
}

fn is_console(key: &Key) -> bool {
    matches!(key, Key::Address(address) if address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Duration = Duration::from_secs(1_000);

    fn keys(handle: &str) -> [Key; 2] {
        Key::of_sign_in(handle, IpAddr::from([192, 168, 1, 9]))
    }

    fn fail(throttle: &mut Throttle, keys: &[Key], times: u32, now: Duration) {
        for _ in 0..times {
            throttle.failed(keys, now);
        }
    }

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut throttle = Throttle::new();
        fail(&mut throttle, &keys("ann"), FREE_ATTEMPTS - 1, T0);
        assert_eq!(throttle.check(&keys("ann"), T0), Ok(()));
        let mut waits = Vec::new();
        for _ in 0..14 {
            throttle.failed(&keys("ann"), T0);
            waits.push(throttle.check(&keys("ann"), T0).map_or_else(|w| w.seconds(), |()| 0));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
        fail(&mut throttle, &keys("ann"), 200, T0);
        assert_eq!(throttle.check(&keys("ann"), T0).map_err(|w| w.seconds()), Err(900));
        assert_eq!(throttle.check(&keys("ann"), T0 + Duration::from_secs(900)), Ok(()));
    }

    #[test]
    fn case_and_spaces_do_not_buy_new_attempts() {
        let mut throttle = Throttle::new();
        fail(&mut throttle, &keys(" Ann"), FREE_ATTEMPTS, T0);
        assert!(throttle.check(&keys("aNN "), T0).is_err());
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits() {
        let mut throttle = Throttle::new();
        for n in 0..FREE_ATTEMPTS_OF_ADDRESS {
            assert_eq!(throttle.check(&keys("new"), T0), Ok(()));
            throttle.failed(&keys(&format!("user{n}")), T0);
        }
        assert!(throttle.check(&keys("new"), T0).is_err());
        // Signing in to one's own account does not lift it.
        throttle.succeeded(&keys("mallory"));
        assert!(throttle.check(&keys("new"), T0).is_err());
        let elsewhere = Key::of_sign_in("new", IpAddr::from([192, 168, 1, 10]));
        assert_eq!(throttle.check(&elsewhere, T0), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one() {
        let a = Key::of_address("2001:db8::1".parse().unwrap());
        assert_eq!(a, Key::of_address("2001:db8::ffff:0:9".parse().unwrap()));
        assert_ne!(a, Key::of_address("2001:db8:0:1::1".parse().unwrap()));
        let mapped = Key::of_address("::ffff:10.0.0.1".parse().unwrap());
        assert_eq!(mapped, Key::of_address(IpAddr::from([10, 0, 0, 1])));
    }

    #[test]
    fn success_and_time_forgive() {
        let mut throttle = Throttle::new();
        fail(&mut throttle, &keys("ann"), FREE_ATTEMPTS + 3, T0);
        throttle.succeeded(&keys("ann"));
        assert_eq!(throttle.check(&keys("ann"), T0), Ok(()));
        fail(&mut throttle, &keys("bob"), FREE_ATTEMPTS + 20, T0);
        let later = T0 + Duration::from_millis(FORGET_MS);
        throttle.failed(&keys("bob"), later);
        assert_eq!(throttle.check(&keys("bob"), later), Ok(()));
    }

    #[test]
    fn the_console_is_never_locked_out() {
        let mut throttle = Throttle::new();
        fail(&mut throttle, &keys("owner"), 50, T0);
        let console = Key::of_sign_in("owner", IpAddr::from([127, 0, 0, 1]));
        assert_eq!(throttle.check(&console, T0), Ok(()));
        fail(&mut throttle, &console, 50, T0);
        assert_eq!(throttle.check(&console, T0), Ok(()));
    }

    #[test]
    fn the_map_is_bounded_and_keeps_the_latest() {
        let mut throttle = Throttle::new();
        let count = u32::try_from(KEYS_MAX).unwrap() + 500;
        for n in 0..count {
            let unique = [Key::Account(format!("user{n}"))];
            throttle.failed(&unique, T0 + Duration::from_millis(u64::from(n)));
            assert!(throttle.records.len() <= KEYS_MAX);
        }
        assert!(throttle.records.contains_key(&Key::Account(format!("user{}", count - 1))));
        assert!(!throttle.records.contains_key(&Key::Account("user0".to_owned())));
    }
}
