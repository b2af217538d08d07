//! Speeds at which a case hums: the fan passes through them and does not stay.

use std::fmt;

use crate::units::Rpm;

/// What a calculation may be off at the end of a band, in revolutions per minute.
const EDGE_RPM: f64 = 0.01;
/// The most bands of one fan.
pub const BANDS_MAX: usize = 8;

/// Checked bands of speeds: at most 8, each from a lower to a higher speed, rising and apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bands(Vec<(Rpm, Rpm)>);

/// Why these are no bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandsError {
    /// There are this many.
    Count(usize),
    /// The one with this number (from 1) does not rise, or not above the one before it.
    Rising(usize),
}

impl std::error::Error for BandsError {}

impl fmt::Display for BandsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "there are at most {BANDS_MAX} bands, not {count}"),
            Self::Rising(nth) => {
                write!(
                    f,
                    "band {nth}: it must go from a lower to a higher speed, above the one before"
                )
            }
        }
    }
}

impl Bands {
    /// Checks bands.
    ///
    /// # Errors
    ///
    /// Names the first thing that is wrong.
    pub fn new(bands: Vec<(Rpm, Rpm)>) -> Result<Self, BandsError> {
        if bands.len() > BANDS_MAX {
            return Err(BandsError::Count(bands.len()));
        }
        let mut before = Rpm(0.0);
        for (nth, (from, to)) in bands.iter().enumerate() {
            if !(*from > before && to > from && to.0.is_finite()) {
                return Err(BandsError::Rising(nth + 1));
            }
            before = *to;
        }
        Ok(Self(bands))
    }

    /// The band that a speed lies within, without its ends.
    pub fn around(&self, speed: Rpm) -> Option<(Rpm, Rpm)> {
        self.0
            .iter()
            .copied()
            .find(|(from, to)| speed.0 > from.0 + EDGE_RPM && speed.0 < to.0 - EDGE_RPM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(bands: &[(f64, f64)]) -> Result<Bands, BandsError> {
        Bands::new(bands.iter().map(|(from, to)| (Rpm(*from), Rpm(*to))).collect())
    }

    #[test]
    fn bands_rise_and_do_not_touch() {
        for wrong in [(1_600.0, 1_400.0), (0.0, 100.0), (-1.0, 5.0), (f64::NAN, 5.0)] {
            assert_eq!(bands(&[wrong]), Err(BandsError::Rising(1)), "{wrong:?}");
        }
        assert_eq!(bands(&[(900.0, f64::INFINITY)]), Err(BandsError::Rising(1)));
        assert_eq!(bands(&[(900.0, 1_000.0), (1_000.0, 1_100.0)]), Err(BandsError::Rising(2)));
        assert_eq!(bands(&[(900.0, 1_000.0); 9]), Err(BandsError::Count(9)));
        let two = bands(&[(900.0, 1_000.0), (2_000.0, 2_100.0)]).unwrap();
        assert_eq!(two.around(Rpm(2_050.0)), Some((Rpm(2_000.0), Rpm(2_100.0))));
        assert_eq!([899.0, 900.0, 1_000.0, 1_500.0].map(|rpm| two.around(Rpm(rpm))), [None; 4]);
    }
}
