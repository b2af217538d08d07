use proptest::prelude::*;

use super::*;
use crate::sense::Why;

const LIMITS: Limits = Limits {
    critical: crate::units::Celsius(100.0),
    power_max: Watts(60.0),
    power_min: Watts(8.0),
};

/// A machine whose package takes what its work wants, or what really limits it.
#[derive(Clone, Copy, Debug)]
struct Machine {
    /// What it answers to a package limit, if it has one.
    package: Option<Outcome>,
    /// Whether what is written there limits anything.
    works: bool,
    /// What it answers to a frequency, if it has one.
    frequency: Option<Outcome>,
    wants_w: f64,
    load: f64,
    has_meter: bool,
}

const OFFICE: Machine = Machine {
    package: Some(Outcome::Applied),
    works: true,
    frequency: Some(Outcome::Applied),
    wants_w: 50.0,
    load: 0.9,
    has_meter: true,
};

impl Machine {
    fn takes(self, wish: &Wish) -> f64 {
        let share = wish.frequency.filter(|_| self.frequency.is_some_and(Outcome::obeys));
        let by_frequency = self.wants_w * share.unwrap_or(1.0).powi(2);
        let by_package = wish.cap.filter(|_| self.works && self.package.is_some());
        by_frequency.min(by_package.map_or(f64::MAX, |cap| cap.0))
    }
}

/// A governor on a machine, looked at once a second.
struct Rig {
    machine: Machine,
    governor: Governor,
    second: u32,
    wish: Wish,
    writes: Vec<(u32, Wish)>,
}

impl Rig {
    fn new(machine: Machine) -> Self {
        let (governor, wish) = (Governor::new(LIMITS), Wish::default());
        Self { machine, governor, second: 0, wish, writes: Vec::new() }
    }

    fn run(&mut self, heat: Heat, seconds: u32) -> Capping {
        for _ in 0..seconds {
            self.second += 1;
            let now = Seconds(f64::from(self.second));
            let power = match self.machine.has_meter {
                true => Reading::now(Watts(self.machine.takes(&self.wish))),
                false => Reading::Unknown(Why::Missing),
            };
            let seen = Seen { power, load: Reading::now(self.machine.load) };
            let Some(wish) = self.governor.step(heat, false, seen, now) else { continue };
            self.governor.sent(wish, now);
            if wish != self.wish {
                self.writes.push((self.second, wish));
            }
            self.wish = wish;
            self.governor.answered(Answer::Done(Done {
                power: self.machine.package,
                frequency: self.machine.frequency,
                preference: None,
                profile: None,
                felt_after: Seconds(15.0),
            }));
        }
        self.governor.capping()
    }

    fn state(&mut self, heat: Heat, seconds: u32) -> CapState {
        self.run(heat, seconds).state
    }
}

const CAP: Heat = Heat::Capped(Watts(25.4));

#[test]
fn a_cap_is_effective_once_a_load_was_seen_below_it() {
    let mut rig = Rig::new(OFFICE);
    assert_eq!(rig.state(Heat::Free, 60), CapState::None);
    assert_eq!(rig.state(CAP, 1), CapState::Pending);
    assert_eq!(rig.run(CAP, 30), Capping { cap: Some(Watts(25.0)), state: CapState::Effective });
    assert_eq!(rig.writes.len(), 1);
    // Without need it goes away after half a minute, not before.
    assert_eq!(rig.state(Heat::Free, 29), CapState::Effective);
    assert_eq!(rig.state(Heat::Free, 2), CapState::None);
    assert_eq!(rig.wish, Wish::default());
}

#[test]
fn an_idle_machine_proves_nothing_and_neither_does_one_without_a_meter() {
    let mut idle = Rig::new(Machine { wants_w: 4.0, load: 0.05, ..OFFICE });
    assert_eq!(idle.state(CAP, 600), CapState::Pending);
    let mut blind = Rig::new(Machine { has_meter: false, ..OFFICE });
    assert_eq!(blind.state(CAP, 600), CapState::Pending);
}

#[test]
fn what_was_proved_is_forgotten_when_the_meter_is_silent() {
    let mut rig = Rig::new(OFFICE);
    assert_eq!(rig.state(CAP, 40), CapState::Effective);
    rig.machine.has_meter = false;
    assert_eq!(rig.state(CAP, 5), CapState::Effective);
    assert_eq!(rig.state(CAP, 10), CapState::Pending);
}

#[test]
fn a_limit_that_reads_as_written_and_limits_nothing_is_found_by_its_watts() {
    let mut rig = Rig::new(Machine { works: false, frequency: None, ..OFFICE });
    assert_eq!(rig.state(CAP, 14), CapState::Pending);
    assert_eq!(rig.state(CAP, 20), CapState::NotEffective);
}

#[test]
fn frequencies_do_what_the_package_limit_does_not() {
    for package in [Some(Outcome::Applied), Some(Outcome::Denied), Some(Outcome::Ignored), None] {
        let mut rig = Rig::new(Machine { package, works: false, ..OFFICE });
        assert_eq!(rig.state(CAP, 120), CapState::Effective, "{package:?}");
        let takes_w = rig.machine.takes(&rig.wish);
        assert!((15.0..=26.25).contains(&takes_w), "{package:?}: {takes_w}");
        assert_eq!(rig.wish.saving, Some(Saving::Some));
        // It neither hunts nor forgets to let go.
        let writes = rig.writes.len();
        rig.run(CAP, 600);
        assert!(rig.writes.len() <= writes + 2, "{:?}", rig.writes);
        rig.run(Heat::Free, 40);
        assert_eq!(rig.wish, Wish::default());
    }
}

#[test]
fn without_a_meter_the_frequency_goes_by_the_cap_alone() {
    let mut rig = Rig::new(Machine { package: None, has_meter: false, ..OFFICE });
    rig.run(Heat::Capped(Watts(15.0)), 5);
    assert_eq!(rig.wish.frequency, Some(0.5));
}

#[test]
fn a_machine_without_levers_says_so_and_one_that_refuses_too() {
    let mut none = Rig::new(Machine { package: None, frequency: None, ..OFFICE });
    assert_eq!(none.state(CAP, 60), CapState::Unsupported);
    let denied = Some(Outcome::Denied);
    let mut refusing = Rig::new(Machine { package: denied, frequency: denied, ..OFFICE });
    assert_eq!(refusing.state(CAP, 60), CapState::NotEffective);
    let mut full = Governor::new(LIMITS);
    let seen = Seen { power: Reading::now(Watts(9.0)), load: Reading::now(0.1) };
    let wish = full.step(CAP, false, seen, Seconds(1.0)).unwrap();
    full.sent(wish, Seconds(1.0));
    full.answered(Answer::NotKept);
    full.step(CAP, false, seen, Seconds(2.0));
    assert_eq!(full.capping().state, CapState::NotEffective);
}

#[test]
fn limits_that_do_not_answer_are_not_effective() {
    let mut governor = Governor::new(LIMITS);
    for second in 0..10 {
        let now = Seconds(f64::from(second));
        let seen = Seen { power: Reading::now(Watts(9.0)), load: Reading::now(0.1) };
        if let Some(wish) = governor.step(CAP, false, seen, now) {
            governor.sent(wish, now);
        }
        let expected = if second < 5 { CapState::Pending } else { CapState::NotEffective };
        assert_eq!(governor.capping().state, expected, "after {second} s");
    }
}

#[test]
fn the_floor_takes_everything_at_once() {
    let mut rig = Rig::new(OFFICE);
    rig.run(Heat::Capped(Watts(40.0)), 1);
    for heat in [Heat::Floor, Heat::PowerOff] {
        assert_eq!(rig.run(heat, 1).cap, Some(Watts(8.0)));
        let saving = Some(Saving::Most);
        assert_eq!((rig.wish.frequency, rig.wish.saving), (Some(0.1), saving));
    }
}

#[test]
fn a_limit_is_looked_at_every_minute_and_after_sleep() {
    let mut governor = Governor::new(LIMITS);
    let mut asked = Vec::new();
    for second in (0..100).chain(2_000..2_010) {
        let now = Seconds(f64::from(second));
        let seen = Seen { power: Reading::now(Watts(20.0)), load: Reading::now(0.9) };
        let Some(wish) = governor.step(CAP, false, seen, now) else { continue };
        governor.sent(wish, now);
        let (applied, felt_after) = (Some(Outcome::Applied), Seconds(15.0));
        let (power, frequency, preference) = (applied, applied, None);
        let done = Done { power, frequency, preference, profile: None, felt_after };
        governor.answered(Answer::Done(done));
        asked.push(second);
    }
    assert_eq!(asked, [0, 60, 2_000]);
}

#[test]
fn at_the_edge_of_the_budget_it_does_not_flap() {
    let mut rig = Rig::new(OFFICE);
    for second in 0..600 {
        let heat = if second % 2 == 0 { Heat::Capped(Watts(59.5)) } else { Heat::Free };
        rig.run(heat, 1);
    }
    assert_eq!(rig.writes.len(), 1, "{:?}", rig.writes);
}

fn heats() -> impl Strategy<Value = Heat> {
    prop_oneof![
        Just(Heat::Free),
        (0.0..70.0_f64).prop_map(|watts| Heat::Capped(Watts(watts))),
        Just(Heat::Capped(Watts(f64::NAN))),
        Just(Heat::Floor),
        Just(Heat::PowerOff),
    ]
}

proptest! {
    #[test]
    fn a_cap_is_never_above_what_was_wanted_for_long_and_writes_are_bounded(
        heats in prop::collection::vec((heats(), 1..20_u32), 1..20),
        works: bool,
        wants_w in 0.0..80.0_f64,
    ) {
        let mut rig = Rig::new(Machine { works, wants_w, ..OFFICE });
        for (heat, seconds) in heats {
            rig.run(heat, seconds);
            let cap = rig.governor.capping().cap;
            match heat {
                Heat::Free => {}
                Heat::Capped(Watts(most_w)) => {
                    prop_assert!(cap.unwrap().0 <= most_w.max(8.0));
                    prop_assert!(cap.unwrap().0 >= 8.0);
                }
                Heat::Floor | Heat::PowerOff => prop_assert_eq!(cap, Some(Watts(8.0))),
            }
        }
        // At most one write a second, and a cap goes up, or away, ten seconds after it changed.
        for pair in rig.writes.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0);
        }
        let cap_w = |wish: &Wish| wish.cap.map_or(f64::MAX, |cap| cap.0);
        let mut caps: Vec<(u32, f64)> =
            rig.writes.iter().map(|(second, wish)| (*second, cap_w(wish))).collect();
        caps.dedup_by_key(|(_, cap_w)| *cap_w);
        for pair in caps.windows(2).filter(|pair| pair[1].1 > pair[0].1) {
            prop_assert!(pair[1].0 - pair[0].0 >= 10, "{:?}", pair);
        }
    }

    #[test]
    fn any_readings_and_moments_are_survived(
        steps in prop::collection::vec((heats(), any::<f64>(), any::<f64>(), any::<f64>()), 1..60),
    ) {
        let mut governor = Governor::new(LIMITS);
        for (heat, power, load, now) in steps {
            let seen = Seen { power: Reading::now(Watts(power)), load: Reading::now(load) };
            if let Some(wish) = governor.step(heat, false, seen, Seconds(now)) {
                governor.sent(wish, Seconds(now));
                let share = wish.frequency.unwrap_or(1.0);
                prop_assert!((0.1..=1.0).contains(&share), "{share}");
                prop_assert!(wish.cap.is_none_or(|cap| (8.0..=70.0).contains(&cap.0)));
            }
        }
    }
}
