//! Whether the fan's speed does what its duty says: the only sign of a theft on chips that show the
//! last duty that was written, whoever drives.

use crate::units::{Rpm, Seconds};

/// A change of the duty by so much must be seen in the speed …
const CHANGE_PWM: u8 = 26;
/// … after so long: two caches and a fan that speeds up or slows down.
const SEEN_AFTER: Seconds = Seconds(8.0);
/// … by this share.
const CHANGE_SHARE: f64 = 0.03;
/// At a steady duty, a speed that is off by this share and by this much …
const DRIFT_SHARE: f64 = 0.1;
const DRIFT_RPM: f64 = 100.0;
/// … for so long is not the fan's own.
const DRIFT_FOR: Seconds = Seconds(3.0);
/// A fan that wears out drifts too: it is not taken again sooner than this.
const AGAIN_AFTER: Seconds = Seconds(20.0);

/// What the speed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// Nothing is wrong, or nothing is known yet.
    Well,
    /// The duty was changed and the speed was not.
    Not,
    /// The speed changed and the duty did not.
    Drifts,
    /// After the fan was taken again its speed was what it had been.
    CameBack,
}

/// Remembers what the speed was.
#[derive(Clone, Debug, Default)]
pub(super) struct Follow {
    duty: Option<(u8, Seconds)>,
    /// The speed before a change that has to be seen, whether it rises, and when it was told.
    change: Option<(f64, bool, Seconds)>,
    /// The speed at this duty.
    settled: Option<f64>,
    off_since: Option<Seconds>,
    /// What it was before it drifted, and when that was found.
    drifted: Option<(f64, Seconds)>,
}

impl Follow {
    /// Takes a duty that is written, and the speed before.
    pub(super) fn told(&mut self, pwm: u8, rpm: Option<Rpm>, now: Seconds) {
        let before = self.duty.map(|(before, _)| before);
        if before == Some(pwm) {
            return;
        }
        let rises = before.is_some_and(|before| pwm > before);
        let far = before.is_some_and(|before| pwm.abs_diff(before) >= CHANGE_PWM);
        // One that is turned round before it was seen is none.
        self.change = self.change.filter(|(_, rose, _)| *rose == rises);
        if far && self.change.is_none() {
            let rpm = rpm.filter(|rpm| rpm.0 > 0.0);
            self.change = rpm.map(|rpm| (rpm.0, rises, now));
        }
        self.duty = Some((pwm, now));
        (self.settled, self.off_since, self.drifted) = (None, None, None);
    }

    /// What the speed says now.
    pub(super) fn look(&mut self, rpm: Option<Rpm>, now: Seconds) -> Followed {
        // What stands is a matter of stalls.
        let Some(rpm) = rpm.map(|rpm| rpm.0).filter(|rpm| *rpm > 0.0) else {
            return Followed::Well;
        };
        if let Some((before, rises, since)) = self.change
            && now - since >= SEEN_AFTER
        {
            self.change = None;
            let followed = match rises {
                true => rpm >= before * (1.0 + CHANGE_SHARE),
                false => rpm <= before * (1.0 - CHANGE_SHARE),
            };
            if !followed {
                return Followed::Not;
            }
        }
        if self.duty.is_none_or(|(_, since)| now - since < SEEN_AFTER) {
            return Followed::Well;
        }
        self.drift(rpm, now)
    }

    fn drift(&mut self, rpm: f64, now: Seconds) -> Followed {
        let near = |speed: f64| (rpm - speed).abs() <= (speed * DRIFT_SHARE).max(DRIFT_RPM);
        if let Some((speed, since)) = self.drifted {
            if near(speed) {
                (self.drifted, self.settled) = (None, Some(speed));
                return Followed::CameBack;
            }
            if now - since < AGAIN_AFTER {
                return Followed::Well;
            }
            // It is the fan's own speed by now.
            (self.drifted, self.settled) = (None, Some(rpm));
        }
        let settled = *self.settled.get_or_insert(rpm);
        if near(settled) {
            self.off_since = None;
            return Followed::Well;
        }
        if now - *self.off_since.get_or_insert(now) < DRIFT_FOR {
            return Followed::Well;
        }
        (self.off_since, self.drifted) = (None, Some((settled, now)));
        Followed::Drifts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks once a second from `from` on at a speed that depends on the second.
    fn looks(follow: &mut Follow, from: u32, to: u32, rpm: fn(u32) -> f64) -> Vec<Followed> {
        let look = |at: u32| follow.look(Some(Rpm(rpm(at))), Seconds(f64::from(at)));
        let mut seen: Vec<Followed> = (from..to).map(look).collect();
        seen.dedup();
        seen
    }

    #[test]
    fn a_change_up_or_down_has_to_be_seen() {
        for (pwm, rpm, expected) in [
            (200, 2_400.0, Followed::Well),
            (200, 1_510.0, Followed::Not),
            (60, 1_490.0, Followed::Not),
        ] {
            let mut follow = Follow::default();
            follow.told(128, Some(Rpm(1_500.0)), Seconds(0.0));
            follow.told(pwm, Some(Rpm(1_500.0)), Seconds(20.0));
            let before = follow.look(Some(Rpm(rpm)), Seconds(27.0));
            assert_eq!(before, Followed::Well);
            assert_eq!(follow.look(Some(Rpm(rpm)), Seconds(28.0)), expected, "{pwm} {rpm}");
        }
    }

    #[test]
    fn a_speed_that_changes_by_itself_is_a_theft_if_taking_the_fan_again_helps() {
        let mut follow = Follow::default();
        follow.told(128, None, Seconds(0.0));
        let seen =
            looks(&mut follow, 1, 60, |at| if (30..36).contains(&at) { 900.0 } else { 1_900.0 });
        assert_eq!(
            seen,
            [Followed::Well, Followed::Drifts, Followed::Well, Followed::CameBack, Followed::Well]
        );
    }

    #[test]
    fn a_fan_that_wears_out_is_taken_again_now_and_then_and_no_theft() {
        let mut follow = Follow::default();
        follow.told(128, None, Seconds(0.0));
        let seen = looks(&mut follow, 1, 200, |at| if at < 30 { 1_900.0 } else { 1_300.0 });
        assert_eq!(seen, [Followed::Well, Followed::Drifts, Followed::Well]);
        let wobbles = looks(&mut follow, 200, 400, |at| 1_300.0 + 90.0 * f64::from(at % 3));
        assert_eq!(wobbles, [Followed::Well]);
    }
}
