//! One machine, one day, one controller.

use super::commission;
use super::day::Wish;
use super::plant::{Build, Fault, Flows, LIMIT_C, LONG_W, Plant, STEP_S};
use super::random::Draws;
use super::rivals::{Act, Cooling, Rival, Seen, bios};
use super::score::{Score, Scorer};

/// How long the processor's own load average looks back.
const LOAD_AVERAGE_S: f64 = 2.0;

/// A machine under a controller.
pub(crate) struct Office {
    pub(crate) plant: Plant,
    pub(crate) cooling: Cooling,
    act: Act,
    load: f64,
    now_s: f64,
    act_at_s: f64,
}

impl Office {
    pub(crate) fn new(build: Build, rival: Rival, draws: Draws) -> Self {
        let mut plant = Plant::new(build, draws);
        let mut cooling = rival.begin();
        if rival == Rival::OursMeasured
            && let Some(found) = commission::measure(build, draws)
        {
            cooling.adopt(found);
        }
        let seen = Seen { shown: plant.shown(), load: 0.04, now_s: 0.0 };
        let act = cooling.act(&seen);
        Self { plant, cooling, act, load: 0.04, now_s: 0.0, act_at_s: 1.0 }
    }

    /// One step; `paused` is a controller that does not run. Gives what it did last.
    pub(crate) fn step(&mut self, wish: Wish, paused: bool) -> (Flows, Act) {
        self.load += (wish.load - self.load) * STEP_S / LOAD_AVERAGE_S;
        self.now_s += STEP_S;
        if self.now_s >= self.act_at_s && !paused {
            self.act_at_s = self.now_s + self.cooling.period_s();
            let seen = Seen { shown: self.plant.shown(), load: self.load, now_s: self.now_s };
            self.act = self.cooling.act(&seen);
        }
        let duty = if self.act.handed_back { bios(self.plant.junction_c) } else { self.act.duty };
        (self.plant.step(wish.power_w, self.act.cap_w, duty), self.act)
    }
}

/// Runs a day.
pub(crate) fn day(build: Build, rival: Rival, day: &[Wish], draws: Draws) -> Score {
    let mut office = Office::new(build, rival, draws);
    let mut scorer = Scorer::new(&office.plant);
    for wish in day {
        let (flows, _) = office.step(*wish, false);
        scorer.add(&office.plant, flows, wish.power_w);
    }
    scorer.score()
}

/// What became of a fault.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Answer {
    /// From the fault to a fan at 70 % or more, a power limit below what is wanted, or the firmware;
    /// nothing if none of them came.
    pub(crate) answered_after_s: Option<f64>,
    pub(crate) max_tj_c: f64,
    pub(crate) time_over_limit_s: f64,
}

/// When a fault begins, in a machine that has half-heavy work until a minute later and then all there
/// is for half an hour.
const FAULT_AT_S: f64 = 600.0;
const HEAVY_FROM_S: f64 = 660.0;
const DRILL_ENDS_S: f64 = 2_460.0;
const HALF_W: f64 = 25.0;
/// How long a suspended machine or a stopped process misses.
const PAUSE_S: f64 = 20.0;
const STRONG: f64 = 0.7;

/// Runs a fault; without one, the controller is away for 20 s as the heavy work begins.
pub(crate) fn fault(build: Build, rival: Rival, fault: Option<Fault>, draws: Draws) -> Answer {
    let mut office = Office::new(build, rival, draws);
    let mut answer = Answer { answered_after_s: None, max_tj_c: f64::MIN, time_over_limit_s: 0.0 };
    let mut at_s = 0.0;
    while at_s < DRILL_ENDS_S {
        let heavy = at_s >= HEAVY_FROM_S;
        let (power_w, load) = if heavy { (LONG_W, 0.97) } else { (HALF_W, 0.6) };
        let begun = at_s >= FAULT_AT_S;
        office.plant.fault = fault.filter(|_| begun);
        let paused = fault.is_none() && (HEAVY_FROM_S..HEAVY_FROM_S + PAUSE_S).contains(&at_s);
        let (_, act) = office.step(Wish { power_w, load }, paused);
        let answered = act.handed_back || act.duty.ratio() >= STRONG || act.cap_w < power_w;
        if begun && answered && answer.answered_after_s.is_none() {
            answer.answered_after_s = Some(at_s - FAULT_AT_S);
        }
        answer.max_tj_c = answer.max_tj_c.max(office.plant.junction_c);
        answer.time_over_limit_s += if office.plant.junction_c > LIMIT_C { STEP_S } else { 0.0 };
        at_s += STEP_S;
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::day;
    use super::*;

    /// The dust that is found after an office day from eight on.
    fn found(build: Build, rival: Rival) -> f64 {
        let wishes = day::office(18, Draws::new(3, 2));
        let mut office = Office::new(build, rival, Draws::new(3, 3));
        for wish in &wishes[8 * 14_400..] {
            office.step(*wish, false);
        }
        office.cooling.health.expect("ours looks at its health").dust
    }

    #[test]
    fn with_a_sensor_of_the_air_a_warm_room_does_not_look_like_dust_and_dust_does() {
        let warm = Build { room_c: 32.0, ..Build::middle() };
        let with_air = found(warm, Rival::OursWithAir);
        assert!((0.85..1.15).contains(&with_air), "{with_air}");
        let blind = found(warm, Rival::Ours);
        assert!(blind > with_air + 0.1, "{blind} without, {with_air} with");
        let dusty = found(Build { dust: 1.6, ..warm }, Rival::OursWithAir);
        assert!(dusty > 1.35, "{dusty}");
    }
}
