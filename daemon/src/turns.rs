//! Turns at something costly: few at a time, and nobody has them all.
//!
//! A person with as many turns under way as one may have is told to wait. Everybody else waits in
//! line, in order, for one of the places. The line is as long as the number of people allows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hearth_domain::id::UserId;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::throttle::Wait;

/// What who has too many is told to wait.
const WAIT: Duration = Duration::from_secs(1);

/// The places, and who wants one.
#[derive(Debug)]
pub struct Turns {
    places: Semaphore,
    of_one_max: usize,
    /// Turns that each person has or waits for. Held for a look, never across a wait.
    wanted: Mutex<HashMap<UserId, usize>>,
}

/// A turn; it ends with the value.
#[derive(Debug)]
pub struct Turn<'a> {
    _wanted: Wanted<'a>,
    _place: SemaphorePermit<'a>,
}

impl Turns {
    /// Places for `at_once_max` turns, of which one person has or waits for at most `of_one_max`.
    #[must_use]
    pub fn new(at_once_max: usize, of_one_max: usize) -> Self {
        Self { places: Semaphore::new(at_once_max), of_one_max, wanted: Mutex::default() }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    ///
    /// [`Wait`] for a person who has as many under way as one may have.
    pub async fn take(&self, user: UserId) -> Result<Turn<'_>, Wait> {
        let wanted = self.want(user)?;
        // The places are never closed.
        let place = self.places.acquire().await.map_err(|_| Wait { wait: WAIT })?;
        Ok(Turn { _wanted: wanted, _place: place })
    }

    fn want(&self, user: UserId) -> Result<Wanted<'_>, Wait> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let count = wanted.entry(user).or_default();
        if *count >= self.of_one_max {
            return Err(Wait { wait: WAIT });
        }
        *count += 1;
        Ok(Wanted { turns: self, user })
    }
}

#[derive(Debug)]
struct Wanted<'a> {
    turns: &'a Turns,
    user: UserId,
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        let mut wanted = self.turns.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = wanted.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                wanted.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::time::Timestamp;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_ms(1), [n; 10])
    }

    #[tokio::test]
    async fn nobody_has_them_all_and_a_turn_that_ended_is_free() {
        let turns = Turns::new(2, 2);
        let first = turns.take(user(1)).await.unwrap();
        let second = turns.take(user(1)).await.unwrap();
        assert!(turns.take(user(1)).await.is_err());
        // Somebody else waits for a place; giving up gives the wish back.
        let waiting = tokio::time::timeout(Duration::from_millis(20), turns.take(user(2)));
        assert!(waiting.await.is_err());
        drop(first);
        let other = turns.take(user(2)).await.unwrap();
        drop((second, other));
        assert!(turns.wanted.lock().unwrap().is_empty());
    }
}
