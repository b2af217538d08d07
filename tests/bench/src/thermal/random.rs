//! Chance for the simulator: what noise, arrivals and the spread of a production line look like.

use super::plant::Noise;
use crate::load::arrivals::Random;

/// Draws from distributions; the same seed and part give the same draws.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws(Random);

impl Draws {
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        Self(Random::new(seed, part))
    }

    /// The time to the next event of a Poisson process.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -(1.0 - self.0.unit()).ln() * mean
    }

    /// `e` to a normal with this mean and deviation.
    pub(crate) fn log_normal(&mut self, mean: f64, deviation: f64) -> f64 {
        (mean + deviation * self.normal()).exp()
    }

    /// Evenly between `value` less and more `spread`, a share of it.
    pub(crate) fn around(&mut self, value: f64, spread: f64) -> f64 {
        value * (1.0 + spread * (2.0 * self.0.unit() - 1.0))
    }
}

impl Noise for Draws {
    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.0.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_distributed_as_they_should() {
        let mut draws = Draws::new(3, 1);
        let many = 100_000;
        let normal: Vec<f64> = (0..many).map(|_| draws.normal()).collect();
        let mean = normal.iter().sum::<f64>() / f64::from(many);
        let variance = normal.iter().map(|x| x * x).sum::<f64>() / f64::from(many);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        let gaps = (0..many).map(|_| draws.exponential(75.0)).sum::<f64>() / f64::from(many);
        assert!((gaps - 75.0).abs() < 1.0, "{gaps}");
        assert!((0..1_000).all(|_| (0.9..=1.1).contains(&draws.around(1.0, 0.1))));
    }
}
