//! The constants of a heat sink from what a junction did under load steps: least squares by
//! Levenberg and Marquardt, with the model integrated over the samples.
//!
//! ```text
//! C  dTs/dt = P − (Ts − Tc) · (G0 + G1 · nᵐ)        Tj = Ts + Rj · P
//! Cc dTc/dt = (Ts − Tc) · G − (Tc − Troom)/Rc
//! ```
//!
//! Found are `Rj`, `G0`, `G1`, `C`, the room and where the sink began. The air in the case (`Cc`, `Rc`)
//! and the exponent `m` are taken for a typical machine's: a junction alone does not tell them apart
//! from the rest. What is typical also weighs a little, so that what the steps leave open, above all
//! `G0`, stays near to it. All of it is deterministic and takes no memory.

use crate::model::Sink;
use crate::units::{Celsius, Seconds, Watts};

/// The air in the case and its way to the room, of a mini PC.
const CASE_J_PER_K: f64 = 600.0;
const CASE_K_PER_W: f64 = 0.12;
/// One step of the integration.
const STEP: Seconds = Seconds(1.0);
/// How far a sample's mean is off by the sensor's noise and steps.
const NOISE_K: f64 = 0.5;
/// How far machines differ from the typical one, as a share (of the logarithm).
const SPREAD: f64 = 0.6;
/// A room may be anything an office is.
const ROOM: (f64, f64) = (26.0, 8.0);
/// The sink begins where the first samples say, give or take.
const BEGIN_K: f64 = 2.0;
/// After a change of the power by this much, so many samples say little: the junction and its sensor
/// follow with a lag.
const JUMP: Watts = Watts(3.0);
const LAG_SAMPLES: u32 = 2;
/// Fewer samples than this are no measurement.
const SAMPLES_MIN: usize = 40;
const ROUNDS: u32 = 40;
/// A model that is off by more is not this machine's.
const RMS_MAX_K: f64 = 2.0;
const FOUND: usize = 6;

/// A few seconds' means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How long it lasted.
    pub elapsed: Seconds,
    /// The junction.
    pub junction: Celsius,
    /// The package's power.
    pub power: Watts,
    /// The fan's relative speed.
    pub speed: f64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { elapsed: Seconds(0.0), junction: Celsius(0.0), power: Watts(0.0), speed: 0.0 }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// The sink.
    pub sink: Sink,
    /// The room while it was measured.
    pub room: Celsius,
    /// How far the model is from what was seen, as the root of the mean square, in K.
    pub rms_k: f64,
}

type Vector = [f64; FOUND];

/// The logarithms of `Rj`, `G0`, `G1` and `C` of a typical machine, its room, and how far the sink
/// begins from where it seems to.
fn typical() -> Vector {
    let sink = Sink::default();
    let of = |value: f64| value.ln();
    let (still, blown) = (of(sink.still_w_per_k), of(sink.blown_w_per_k));
    [of(sink.junction_k_per_w), still, blown, of(sink.capacity_j_per_k), ROOM.0, 0.0]
}

const SPREADS: Vector = [SPREAD, SPREAD, SPREAD, SPREAD, ROOM.1, BEGIN_K];
/// What each is moved by to see what depends on it.
const NUDGE: Vector = [1e-4, 1e-4, 1e-4, 1e-4, 1e-3, 1e-3];

fn sink(found: &Vector) -> Sink {
    Sink {
        junction_k_per_w: found[0].exp(),
        still_w_per_k: found[1].exp(),
        blown_w_per_k: found[2].exp(),
        capacity_j_per_k: found[3].exp(),
        ..Sink::default()
    }
}

/// The machine as the model has it, at one moment.
#[derive(Clone, Copy)]
struct State {
    sink: Sink,
    room: f64,
    sink_c: f64,
    case_c: f64,
}

impl State {
    fn begin(found: &Vector, first: &Sample) -> Self {
        let sink = sink(found);
        let sink_c = first.junction.0 - sink.junction_k_per_w * first.power.0 + found[5];
        Self { sink, room: found[4], sink_c, case_c: found[4] + CASE_K_PER_W * first.power.0 }
    }

    /// Lets a sample pass, and gives the junction's mean. Steps are implicit: no constants make them
    /// swing.
    fn pass(&mut self, sample: &Sample) -> f64 {
        let conductance = self.sink.conductance(sample.speed, 1.0);
        let steps = (sample.elapsed.0 / STEP.0).round().clamp(1.0, 60.0);
        let dt_s = sample.elapsed.0 / steps;
        let (mut left, mut sum) = (steps, 0.0);
        while left > 0.0 {
            let share = dt_s * conductance / self.sink.capacity_j_per_k;
            let gained = dt_s * sample.power.0 / self.sink.capacity_j_per_k;
            self.sink_c = (self.sink_c + gained + share * self.case_c) / (1.0 + share);
            let (into, out) =
                (dt_s * conductance / CASE_J_PER_K, dt_s / CASE_K_PER_W / CASE_J_PER_K);
            self.case_c = (self.case_c + into * self.sink_c + out * self.room) / (1.0 + into + out);
            sum += self.sink_c;
            left -= 1.0;
        }
        sum / steps + self.sink.junction_k_per_w * sample.power.0
    }
}

/// The normal equations around a guess, and what the guess is worth.
struct Slopes {
    squares: [Vector; FOUND],
    towards: Vector,
    cost: f64,
    rms_k: f64,
}

fn slopes(found: &Vector, samples: &[Sample], first: &Sample) -> Slopes {
    let nudged = |nth: Option<usize>| {
        let mut other = *found;
        if let Some(nth) = nth {
            other[nth] += NUDGE[nth];
        }
        State::begin(&other, first)
    };
    let mut states: [State; FOUND + 1] = std::array::from_fn(|nth| nudged(nth.checked_sub(1)));
    let mut slopes =
        Slopes { squares: [[0.0; FOUND]; FOUND], towards: [0.0; FOUND], cost: 0.0, rms_k: 0.0 };
    let (mut before, mut lag, mut counted) = (first.power, 0, 0.0);
    for sample in samples {
        let here: [f64; FOUND + 1] = std::array::from_fn(|nth| states[nth].pass(sample));
        lag = if (sample.power.0 - before.0).abs() > JUMP.0 { LAG_SAMPLES } else { lag };
        before = sample.power;
        if lag > 0 {
            lag -= 1;
            continue;
        }
        let off = (sample.junction.0 - here[0]) / NOISE_K;
        let slope: Vector =
            std::array::from_fn(|nth| (here[nth + 1] - here[0]) / NUDGE[nth] / NOISE_K);
        slopes.add(&slope, off);
        counted += 1.0;
    }
    slopes.rms_k = NOISE_K * (slopes.cost / f64::max(counted, 1.0)).sqrt();
    for (nth, typical) in typical().into_iter().enumerate() {
        let mut slope = [0.0; FOUND];
        slope[nth] = SPREADS[nth].recip();
        slopes.add(&slope, (typical - found[nth]) / SPREADS[nth]);
    }
    slopes
}

impl Slopes {
    fn add(&mut self, slope: &Vector, off: f64) {
        for (row, one) in self.squares.iter_mut().zip(slope) {
            for (place, other) in row.iter_mut().zip(slope) {
                *place += one * other;
            }
        }
        for (place, one) in self.towards.iter_mut().zip(slope) {
            *place += one * off;
        }
        self.cost += off * off;
    }

    /// Where to go from the guess, more carefully the more `damping` there is.
    fn step(&self, damping: f64) -> Option<Vector> {
        let (mut squares, mut towards) = (self.squares, self.towards);
        for (nth, row) in squares.iter_mut().enumerate() {
            row[nth] *= 1.0 + damping;
        }
        solve(&mut squares, &mut towards)
    }
}

/// Gauss's elimination; the matrix is positive definite, so that no row has to be exchanged.
fn solve(matrix: &mut [Vector; FOUND], right: &mut Vector) -> Option<Vector> {
    for pivot in 0..FOUND {
        let (row, value) = (matrix[pivot], right[pivot]);
        if !(row[pivot] > 0.0 && row[pivot].is_finite()) {
            return None;
        }
        for below in pivot + 1..FOUND {
            let factor = matrix[below][pivot] / row[pivot];
            for (place, from) in matrix[below].iter_mut().zip(row) {
                *place -= factor * from;
            }
            right[below] -= factor * value;
        }
    }
    let mut solution = [0.0; FOUND];
    for nth in (0..FOUND).rev() {
        let known: f64 = (nth + 1..FOUND).map(|later| matrix[nth][later] * solution[later]).sum();
        solution[nth] = (right[nth] - known) / matrix[nth][nth];
    }
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

/// Finds the constants; nothing if too little was seen or no sink is like it.
pub fn fit(samples: &[Sample]) -> Option<Fitted> {
    let mut first = *samples.first()?;
    if samples.len() < SAMPLES_MIN {
        return None;
    }
    // One sample is noisy; the first few are at rest.
    let resting = &samples[..6];
    first.junction = Celsius(resting.iter().map(|sample| sample.junction.0).sum::<f64>() / 6.0);
    first.power = Watts(resting.iter().map(|sample| sample.power.0).sum::<f64>() / 6.0);
    let mut found = typical();
    let mut here = slopes(&found, samples, &first);
    let mut damping = 1e-2;
    for _ in 0..ROUNDS {
        let step = here.step(damping)?;
        let next: Vector = std::array::from_fn(|nth| {
            found[nth] + step[nth].clamp(-2.0 * SPREADS[nth], 2.0 * SPREADS[nth])
        });
        let there = slopes(&next, samples, &first);
        if there.cost < here.cost {
            let gained = here.cost - there.cost;
            (found, damping) = (next, damping / 5.0);
            let enough = gained < 1e-6 * here.cost;
            here = there;
            if enough {
                break;
            }
        } else {
            damping *= 4.0;
        }
    }
    let fitted = Fitted { sink: sink(&found), room: Celsius(found[4]), rms_k: here.rms_k };
    fitted.is_plausible().then_some(fitted)
}

impl Fitted {
    /// Whether a machine can be like this.
    pub fn is_plausible(&self) -> bool {
        let Self { sink, room, rms_k } = self;
        (0.05..=3.0).contains(&sink.junction_k_per_w)
            && (0.01..=5.0).contains(&sink.still_w_per_k)
            && (0.1..=30.0).contains(&sink.blown_w_per_k)
            && (0.3..=1.2).contains(&sink.exponent)
            && (15.0..=5_000.0).contains(&sink.capacity_j_per_k)
            && (-10.0..=60.0).contains(&room.0)
            && (0.0..=RMS_MAX_K).contains(rms_k)
    }
}
