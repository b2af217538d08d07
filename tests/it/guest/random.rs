//! No chance: the plant of the simulator without its noise, so that a case runs the same every time.

/// Draws that are always the middle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws;

impl Draws {
    pub(crate) fn new(_seed: u64, _part: u64) -> Self {
        Self
    }

    pub(crate) fn normal(&mut self) -> f64 {
        0.0
    }

    pub(crate) fn around(&mut self, value: f64, _spread: f64) -> f64 {
        value
    }
}
