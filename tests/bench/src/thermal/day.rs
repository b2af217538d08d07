//! An office day of an AI chat machine: questions through the day, a job at night.
//!
//! Questions arrive at random: every 75 s at nine to twelve and one to five, every 300 s around that,
//! every two hours at night. One takes a log-normal time (median 20 s, 4 to 240 s) and all the
//! power there is: 56 W for 28 s, then 46 W. At two a job of 36 minutes takes 25 W.

use super::plant::{IDLE_W, LONG_W, Noise as _, SHORT_W, STEP_S};
use super::random::Draws;

const SHORT_S: f64 = 28.0;
const NIGHT_JOB_W: f64 = 25.0;
const NIGHT_JOB_S: (f64, f64) = (7_200.0, 9_360.0);
const POWER_NOISE_W: f64 = 0.6;

/// What the processor wants at one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) power_w: f64,
    /// The share of the processor that is busy.
    pub(crate) load: f64,
}

/// The whole day, step by step.
pub(crate) fn office(hours: u32, mut draws: Draws) -> Vec<Wish> {
    let end_s = f64::from(hours) * 3_600.0;
    let steps = index(end_s);
    let mut day = vec![Wish { power_w: IDLE_W, load: 0.04 }; steps];
    let mut at_s = 0.0;
    loop {
        at_s += draws.exponential(pause_s(at_s / 3_600.0 % 24.0));
        if at_s >= end_s {
            break;
        }
        let takes_s = draws.log_normal(3.0, 0.8).clamp(4.0, 240.0);
        let (from, to) = (index(at_s).min(steps), index(at_s + takes_s).min(steps));
        for (nth, wish) in day[from..to].iter_mut().enumerate() {
            let short = (from + nth) as f64 * STEP_S - at_s < SHORT_S;
            *wish = Wish { power_w: if short { SHORT_W } else { LONG_W }, load: 0.97 };
        }
        at_s += takes_s;
    }
    for wish in &mut day[index(NIGHT_JOB_S.0).min(steps)..index(NIGHT_JOB_S.1).min(steps)] {
        wish.power_w = wish.power_w.max(NIGHT_JOB_W);
        wish.load = wish.load.max(0.6);
    }
    for wish in &mut day {
        wish.power_w = (wish.power_w + POWER_NOISE_W * draws.normal()).max(0.5);
    }
    day
}

fn index(at_s: f64) -> usize {
    (at_s / STEP_S) as usize
}

/// The mean pause before the next question.
fn pause_s(hour: f64) -> f64 {
    match hour {
        hour if (9.0..12.0).contains(&hour) || (13.0..17.0).contains(&hour) => 75.0,
        hour if (8.0..18.0).contains(&hour) => 300.0,
        _ => 7_200.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_busy_by_day_and_the_same_for_the_same_seed() {
        let day = office(24, Draws::new(1, 2));
        let again = office(24, Draws::new(1, 2));
        assert_eq!(day.len(), 24 * 3_600 * 4);
        assert!(day.iter().zip(&again).all(|(a, b)| a.power_w == b.power_w));
        let busy = |from: usize, to: usize| {
            let hours = &day[from * 14_400..to * 14_400];
            hours.iter().filter(|wish| wish.load > 0.9).count() as f64 / hours.len() as f64
        };
        assert!((0.15..0.5).contains(&busy(9, 17)), "{}", busy(9, 17));
        assert!(busy(19, 24) < 0.05);
        assert!(day[index(8_000.0)].power_w > 20.0);
    }
}
