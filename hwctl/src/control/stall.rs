//! A fan that is driven and does not turn gets a kick, then another, and then counts as failed.

use crate::sense::Reading;
use crate::units::{Duty, Rpm, Seconds};

/// Driven more than this, every fan turns.
const DRIVEN: Duty = Duty::new(0.2);
/// How long a driven fan may stand: a start takes a second or two, a tachometer's cache as much.
const STANDS: Seconds = Seconds(5.0);
/// How long a kick lasts.
const KICK: Seconds = Seconds(3.0);
/// After so many without effect the fan has failed. It is driven on: some begin again.
const KICKS: u8 = 2;
/// A tachometer's reading older than this says nothing.
const AGE_MAX: Seconds = Seconds(5.0);

/// What the fan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spin {
    /// It turns, or is not driven enough to have to.
    Turning,
    /// There is no tachometer to tell.
    Untold,
    /// It stood, and is driven with all there is. Until it turns, the power is kept to what still
    /// air carries away.
    Kick,
    /// It does not turn any more.
    Failed,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Stall {
    standing_since: Option<Seconds>,
    kick_since: Option<Seconds>,
    kicks: u8,
}

impl Stall {
    /// What the fan does, being driven with `duty` since the last look.
    pub(super) fn watch(&mut self, duty: Duty, fan: Reading<Rpm>, now: Seconds) -> Spin {
        let Some(rpm) = fan.within(AGE_MAX).filter(|rpm| !rpm.0.is_nan()) else {
            return if self.kicks == 0 { Spin::Untold } else { self.verdict() };
        };
        if rpm.0 > 0.0 || duty <= DRIVEN {
            *self = Self::default();
            return Spin::Turning;
        }
        if let Some(since) = self.kick_since {
            if now - since < KICK {
                return self.verdict();
            }
            self.kick_since = None;
            self.standing_since = Some(now);
        }
        let standing_for = now - *self.standing_since.get_or_insert(now);
        if standing_for >= STANDS && self.kicks <= KICKS {
            self.kicks += 1;
            self.kick_since = Some(now);
        }
        self.verdict()
    }

    /// What the fan does while somebody else drives it: nothing that could be told.
    pub(super) fn rest(&mut self) -> Spin {
        *self = Self::default();
        Spin::Untold
    }

    fn verdict(&self) -> Spin {
        match self.kicks {
            0 => Spin::Turning,
            kicks if kicks <= KICKS => Spin::Kick,
            _ => Spin::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(stall: &mut Stall, rpm: f64, at: u32) -> Spin {
        stall.watch(Duty::new(0.5), Reading::now(Rpm(rpm)), Seconds(f64::from(at)))
    }

    #[test]
    fn a_standing_fan_is_kicked_twice_and_then_has_failed() {
        let mut stall = Stall::default();
        let spins: Vec<Spin> = (0..30).map(|second| watch(&mut stall, 0.0, second)).collect();
        let first = |spin| spins.iter().position(|other| *other == spin);
        assert_eq!((first(Spin::Kick), first(Spin::Failed)), (Some(5), Some(21)));
        assert!(spins[21..].iter().all(|spin| *spin == Spin::Failed));
        assert_eq!(watch(&mut stall, 900.0, 31), Spin::Turning);
    }

    #[test]
    fn a_kick_that_works_is_forgotten() {
        let mut stall = Stall::default();
        for second in 0..6 {
            watch(&mut stall, 0.0, second);
        }
        assert_eq!(watch(&mut stall, 0.0, 6), Spin::Kick);
        assert_eq!(watch(&mut stall, 1_200.0, 7), Spin::Turning);
        assert_eq!(watch(&mut stall, 0.0, 8), Spin::Turning);
    }

    #[test]
    fn who_is_not_driven_may_stand() {
        let mut stall = Stall::default();
        for second in 0..60 {
            let duty = Duty::new(0.2);
            let spin = stall.watch(duty, Reading::now(Rpm(0.0)), Seconds(f64::from(second)));
            assert_eq!(spin, Spin::Turning);
        }
    }
}
