//! How fast a client may send frames: a bucket that fills steadily and holds one second's worth.

use hearth_wire::limits::CLIENT_FRAMES_PER_S;
use tokio::time::Instant;

/// One client's bucket.
#[derive(Debug)]
pub(super) struct Pace {
    left: f64,
    filled_at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: f64::from(CLIENT_FRAMES_PER_S), filled_at: now }
    }

    /// Takes one frame out. False when the bucket is empty.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let rate = f64::from(CLIENT_FRAMES_PER_S);
        let since_s = now.duration_since(self.filled_at).as_secs_f64();
        self.left = since_s.mul_add(rate, self.left).min(rate) - 1.0;
        self.filled_at = now;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_flood_is_noticed_and_a_pause_forgives() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let taken = (0..CLIENT_FRAMES_PER_S * 2).take_while(|_| pace.take(start)).count();
        assert_eq!(taken, CLIENT_FRAMES_PER_S as usize);
        assert!(pace.take(start + Duration::from_secs(1)));
    }
}
