//! The air in the case: the coolest sensor of the board that can be believed.
//!
//! Without it a warm room looks like dust. Boards have inputs that nothing is connected to; those show
//! nonsense, or one number for ever. So a sensor counts once it has been seen to move, and while it
//! shows what air in an office can have.

use crate::parts::TEMPERATURES_MAX;
use crate::sense::{Moved, Reading, Why};
use crate::units::Celsius;

/// What the air in a case can have.
const RANGE_C: std::ops::RangeInclusive<f64> = 5.0..=60.0;

/// Remembers which sensors moved.
#[derive(Clone, Debug, Default)]
pub struct Air([Moved; TEMPERATURES_MAX]);

impl Air {
    /// The coolest of the board's sensors, each with its number.
    pub fn coolest(
        &mut self,
        board: impl Iterator<Item = (usize, Reading<Celsius>)>,
    ) -> Reading<Celsius> {
        let mut coolest: Reading<Celsius> = Reading::Unknown(Why::Missing);
        for (nth, reading) in board {
            let Some(at) = reading.value().filter(|at| RANGE_C.contains(&at.0)) else { continue };
            let moved = self.0.get_mut(nth).is_some_and(|moved| moved.follow(at));
            if moved && coolest.value().is_none_or(|coolest| at < coolest) {
                coolest = reading;
            }
        }
        coolest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coolest_counts_once_it_moved_and_nonsense_never() {
        let mut air = Air::default();
        let mut of = |celsius: [f64; 4]| {
            let board = celsius.map(|celsius| Reading::now(Celsius(celsius)));
            air.coolest(board.into_iter().enumerate()).value()
        };
        assert_eq!(of([40.0, 33.0, 20.0, -60.0]), None);
        assert_eq!(of([41.0, 33.0, 20.0, 127.0]), Some(Celsius(41.0)));
        assert_eq!(of([41.0, 34.0, 20.0, f64::NAN]), Some(Celsius(34.0)));
        assert_eq!(of([41.0, 33.0, 20.0, -60.0]), Some(Celsius(33.0)));
        let gone = [(0, Reading::Unknown(Why::Fault)), (99, Reading::now(Celsius(20.0)))];
        assert_eq!(air.coolest(gone.into_iter()), Reading::Unknown(Why::Missing));
    }
}
