//! The controller as a whole: what it does with a machine, with absurd readings, and with memory.

use proptest::prelude::*;

use super::*;

fn setup(curve: Curve) -> Setup {
    let limits = Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) };
    let bands = Bands::new(vec![(Rpm(1_200.0), Rpm(1_500.0))]).unwrap();
    Setup { curve, sink: Sink::default(), fan: Fan::default(), bands, limits }
}

fn readings(junction: f64, power: f64) -> Readings<'static> {
    Readings {
        junction: Reading::now(Celsius(junction)),
        power: Reading::now(Watts(power)),
        load: Reading::now((power / 60.0).clamp(0.0, 1.0)),
        fan: Reading::now(Rpm(1_500.0)),
        driver: Driver::Us,
        air: Reading::Unknown(Why::Missing),
        asides: &[],
    }
}

fn duty(commands: &Commands) -> f64 {
    match commands.fan {
        FanCommand::Duty(duty) => duty.ratio(),
        FanCommand::HandBack => 1.0,
    }
}

#[test]
fn an_idle_machine_is_as_quiet_as_its_fan_can_be() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let mut last = None;
    for second in 0..600 {
        last = Some(controller.step(&readings(42.0, 4.0), Seconds(f64::from(second))));
    }
    let last = last.unwrap();
    assert_eq!(last.fan, FanCommand::Duty(Fan::default().sustain));
    assert_eq!((last.heat, last.budget.headroom), (Heat::Free, HEADROOM_MAX));
}

#[test]
fn power_is_capped_before_the_junction_can_pass_its_limit() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let mut heat = Heat::Free;
    for second in 0..60 {
        // A sink at 75 °C under 30 W.
        heat = controller.step(&readings(75.0 + 13.5, 30.0), Seconds(f64::from(second))).heat;
    }
    let Heat::Capped(cap) = heat else { panic!("{heat:?}") };
    assert!((cap.0 - 14.0 / 0.45).abs() < 1.0, "{cap}");
}

#[test]
fn a_wish_takes_power_off_and_never_adds_any() {
    let heat = |wishes: Wishes, junction: f64| {
        let mut controller = Controller::new(setup(Curve::Auto));
        controller.wish(wishes);
        controller.step(&readings(junction, 5.0), Seconds(0.0)).heat
    };
    let capped = |power_cap: f64| Wishes { power_cap: Some(Watts(power_cap)), ..Wishes::default() };
    assert_eq!(heat(Wishes::default(), 45.0), Heat::Free);
    assert_eq!(heat(capped(30.0), 45.0), Heat::Capped(Watts(30.0)));
    assert_eq!(heat(capped(1.0), 45.0), Heat::Capped(Watts(8.0)));
    assert_eq!(heat(capped(f64::NAN), 45.0), Heat::Free);
    assert_eq!(heat(capped(500.0), 96.0), Heat::Floor);
    let quiet = heat(Wishes { profile: Profile::Quiet, ..Wishes::default() }, 45.0);
    assert!(matches!(quiet, Heat::Capped(cap) if (20.0..45.0).contains(&cap.0)), "{quiet:?}");
}

/// The duty and the sink's aim after `seconds` at an idle machine's readings.
fn after(wishes: Wishes, seconds: u32) -> (f64, f64) {
    let mut controller = Controller::new(setup(Curve::Auto));
    controller.wish(wishes);
    let mut last = None;
    for second in 0..seconds {
        last = Some(controller.step(&readings(44.0, 5.0), Seconds(f64::from(second))));
    }
    let last = last.unwrap();
    (duty(&last), last.sink.unwrap().aim.0)
}

#[test]
fn a_boost_keeps_the_sink_cooler_and_takes_nothing() {
    let (_, aim_c) = after(Wishes::default(), 10);
    let boost = Wishes { profile: Profile::Boost, ..Wishes::default() };
    assert!(after(boost, 10).1 <= aim_c - 5.0);
    let mut controller = Controller::new(setup(Curve::Auto));
    controller.wish(boost);
    assert_eq!(controller.step(&readings(45.0, 5.0), Seconds(0.0)).heat, Heat::Free);
}

#[test]
fn for_a_job_the_fan_begins_early_and_slowly_and_a_quiet_one_not_as_far() {
    let of = |profile, seconds| {
        let job = Some(Job { power: Watts(46.0), lasts: Seconds(1_800.0) });
        after(Wishes { profile, job, power_cap: None }, seconds).0
    };
    let (idle, _) = after(Wishes::default(), 600);
    let [soon, later] = [12, 600].map(|seconds| of(Profile::Balanced, seconds));
    assert!(soon > idle && soon < idle + 0.02, "{soon} after {idle}");
    assert!((0.3..0.65).contains(&later), "{later}");
    assert!(of(Profile::Quiet, 600) < later);
    let short = Some(Job { power: Watts(46.0), lasts: Seconds(10.0) });
    let short = after(Wishes { job: short, ..Wishes::default() }, 600).0;
    assert!(short < 0.2, "{short}");
}

#[test]
fn a_standing_fan_leaves_what_still_air_carries() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let mut heat = Heat::Free;
    for second in 0..40 {
        let standing = Readings { fan: Reading::now(Rpm(0.0)), ..readings(80.0, 40.0) };
        heat = controller.step(&standing, Seconds(f64::from(second))).heat;
        assert!(second < 10 || matches!(heat, Heat::Capped(cap) if cap.0 < 12.0), "{heat:?}");
    }
    assert!(matches!(heat, Heat::Capped(_)));
}

#[test]
fn a_fan_that_the_firmware_lets_stand_has_not_failed() {
    let mut controller = Controller::new(setup(Curve::Auto));
    for second in 0..60 {
        let standing = Readings {
            fan: Reading::now(Rpm(0.0)),
            driver: Driver::Firmware,
            ..readings(80.0, 20.0)
        };
        let commands = controller.step(&standing, Seconds(f64::from(second)));
        assert_eq!(commands.health.fan, Spin::Untold);
        assert_eq!(commands.health.dust, 1.0);
    }
}

#[test]
fn a_warm_drive_wins_over_a_cool_processor_and_a_lost_one_is_not_forgotten() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let mut step = |temperature, at| {
        let asides = [Aside { temperature, limit: Celsius(70.0) }];
        let seen = Readings { asides: &asides, ..readings(42.0, 4.0) };
        controller.step(&seen, Seconds(at))
    };
    let warm = step(Reading::now(Celsius(62.0)), 0.0);
    assert!(warm.reason == Reason::Aside(0) && duty(&warm) > 0.6, "{warm:?}");
    for second in 1..5 {
        step(Reading::Unknown(Why::Missing), f64::from(second));
    }
    assert!(duty(&step(Reading::Unknown(Why::Missing), 5.0)) >= 0.6);
}

#[test]
fn a_cool_drive_of_whole_degrees_asks_for_nothing_while_the_processor_works_and_rests() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let asides = [Aside { temperature: Reading::now(Celsius(37.0)), limit: Celsius(85.0) }];
    for second in 0..900_u32 {
        let works = second / 30 % 2 == 1;
        // The junction moves, so only the drive stands still.
        let junction = 45.0 + f64::from(second % 3) + if works { 12.0 } else { 0.0 };
        let seen =
            Readings { asides: &asides, ..readings(junction, if works { 40.0 } else { 5.0 }) };
        let commands = controller.step(&seen, Seconds(f64::from(second)));
        assert!(!matches!(commands.reason, Reason::Aside(_)), "{second}: {commands:?}");
    }
}

#[test]
fn without_a_power_meter_it_still_cools() {
    let mut controller = Controller::new(setup(Curve::Auto));
    let unknown = Reading::Unknown(Why::Missing);
    let mut reached = 0.0;
    for second in 0..300 {
        let seen = Readings {
            power: unknown,
            load: Reading::Unknown(Why::Missing),
            ..readings(80.0, 0.0)
        };
        reached = duty(&controller.step(&seen, Seconds(f64::from(second))));
    }
    assert!(reached > 0.9, "{reached}");
}

#[test]
fn after_a_pause_the_present_counts() {
    let mut controller = Controller::new(setup(Curve::Auto));
    for second in 0..100 {
        controller.step(&readings(85.0, 50.0), Seconds(f64::from(second)));
    }
    let after = controller.step(&readings(35.0, 3.0), Seconds(5_000.0));
    assert!(matches!(after.reason, Reason::Sink { at, .. } if at.0 < 35.0), "{after:?}");
}

/// A second of a bad day: what each sensor says, and when.
#[derive(Clone, Debug)]
struct Moment {
    junction: Reading<Celsius>,
    power: Reading<Watts>,
    load: Reading<f64>,
    fan: Reading<Rpm>,
    aside: Reading<Celsius>,
    driver: Driver,
    wishes: Wishes,
    elapsed: f64,
}

/// Any number at all, with the plausible ones often.
fn number(plausible: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    prop_oneof![6 => plausible, 1 => prop::num::f64::ANY]
}

fn reading<T: Copy + std::fmt::Debug + 'static>(
    plausible: std::ops::Range<f64>,
    unit: fn(f64) -> T,
) -> impl Strategy<Value = Reading<T>> {
    let known = (number(plausible), number(0.0..4.0));
    let known = known
        .prop_map(move |(value, age)| Reading::Known { value: unit(value), age: Seconds(age) });
    prop_oneof![5 => known, 1 => Just(Reading::Unknown(Why::Fault))]
}

fn moment() -> impl Strategy<Value = Moment> {
    let absurd = [-1e9, 1e6, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let absurd = prop::sample::select(absurd.to_vec());
    let elapsed = prop_oneof![16 => Just(1.0), 2 => 0.0..30.0_f64, 1 => absurd];
    let sensors = (
        reading(20.0..105.0, Celsius),
        reading(0.0..70.0, Watts),
        reading(0.0..1.0, |load| load),
        reading(0.0..4_500.0, Rpm),
        reading(20.0..90.0, Celsius),
    );
    let driver = prop_oneof![4 => Just(Driver::Us), 1 => Just(Driver::Firmware)];
    (sensors, driver, wishes(), elapsed).prop_map(|(sensors, driver, wishes, elapsed)| {
        let (junction, power, load, fan, aside) = sensors;
        Moment { junction, power, load, fan, aside, driver, wishes, elapsed }
    })
}

/// Wishes as nobody could say them: the controller does not rely on who checked them.
fn wishes() -> impl Strategy<Value = Wishes> {
    let profile = prop::sample::select(vec![Profile::Balanced, Profile::Quiet, Profile::Boost]);
    let cap = prop::option::weighted(0.2, number(5.0..500.0));
    let job = prop::option::weighted(0.5, (number(1.0..500.0), number(1.0..3_600.0)));
    (profile, cap, job).prop_map(|(profile, cap, job)| Wishes {
        profile,
        power_cap: cap.map(Watts),
        job: job.map(|(power_w, s)| Job { power: Watts(power_w), lasts: Seconds(s) }),
    })
}

fn curve() -> impl Strategy<Value = Curve> {
    let line = Curve::Linear { from: Celsius(45.0), to: Celsius(85.0), least: Duty::new(0.1) };
    prop_oneof![
        4 => Just(Curve::Auto),
        1 => (0.0..1.0_f64).prop_map(|ratio| Curve::Fixed(Duty::new(ratio))),
        1 => Just(Curve::Steps),
        1 => Just(line),
    ]
}

/// The safe duty, written down a second time and as simply as can be: when the junction was last
/// possibly known, and since when it has been hot without a break.
#[derive(Default)]
struct Oracle {
    known: Option<f64>,
    hot_since: Option<f64>,
}

impl Oracle {
    fn least(&mut self, moment: &Moment, believed: bool, now: f64) -> f64 {
        let celsius = moment.junction.value().filter(|_| believed);
        let known = *self.known.get_or_insert(now);
        if celsius.is_some() {
            self.known = Some(now);
        }
        let hot = celsius.is_some_and(|celsius| celsius.0 >= 91.0);
        self.hot_since = if hot { Some(self.hot_since.unwrap_or(now)) } else { None };
        let long_hot = self.hot_since.is_some_and(|since| now - since >= 2.0);
        let blind = celsius.is_none() && now - known >= 3.0;
        match (long_hot, blind) {
            (true, _) => 1.0,
            (false, true) => 0.7,
            (false, false) => Fan::default().sustain.ratio(),
        }
    }
}

/// The speed at which the fan would stay in a band that it should only pass through.
fn humming(commands: &Commands) -> Option<f64> {
    let FanCommand::Duty(duty) = commands.fan else { return None };
    let fan = Fan::default();
    let rpm = fan.speed(Duty::from_pwm(duty.pwm())) * fan.full.0;
    setup(Curve::Auto).bands.around(Rpm(rpm)).map(|_| rpm)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_sequence_ends_below_the_safe_duty(
        curve in curve(),
        moments in prop::collection::vec(moment(), 1..120),
    ) {
        let mut controller = Controller::new(setup(curve));
        let (mut oracle, mut now, mut unknown_s) = (Oracle::default(), 0.0_f64, 0.0_f64);
        for (nth, moment) in moments.iter().enumerate() {
            let before = now;
            let told = now + moment.elapsed;
            now = if told >= now && told.is_finite() { told } else { now };
            let asides = [Aside { temperature: moment.aside, limit: Celsius(80.0) }];
            let seen = Readings {
                junction: moment.junction,
                power: moment.power,
                load: moment.load,
                fan: moment.fan,
                driver: moment.driver,
                air: moment.aside,
                asides: &asides,
            };
            controller.wish(moment.wishes);
            let commands = controller.step(&seen, Seconds(told));
            let believed = commands.health.junction.is_none();
            let least = oracle.least(moment, believed, now);
            prop_assert!(duty(&commands) >= least - 1e-9, "{commands:?} at {now}, not {least}");
            prop_assert_eq!(humming(&commands), None, "{:?}", commands);
            // A value that comes late, but comes, is blind and not lost.
            let comes = believed || commands.health.junction == Some(Why::Stale);
            unknown_s = if comes || nth == 0 { 0.0 } else { unknown_s + now - before };
            let handed_back = commands.fan == FanCommand::HandBack;
            prop_assert!(!believed || !handed_back, "{commands:?}");
            prop_assert!(unknown_s < 15.0 || handed_back, "{commands:?} after {unknown_s} s");
            prop_assert!(commands.budget.allowed.0 >= 0.0 && commands.budget.headroom.0 >= 0.0);
            if let Heat::Capped(cap) = commands.heat {
                prop_assert!((8.0..=60.0).contains(&cap.0), "{cap}");
            }
        }
    }

    /// Whatever happened before, a machine that is read well again is controlled again.
    #[test]
    fn good_readings_heal(moments in prop::collection::vec(moment(), 0..60)) {
        let mut controller = Controller::new(setup(Curve::Auto));
        let mut now = 0.0_f64;
        for moment in &moments {
            now += if (0.0..1e6).contains(&moment.elapsed) { moment.elapsed } else { 0.0 };
            let seen = Readings { junction: moment.junction, power: moment.power, ..readings(0.0, 0.0) };
            controller.step(&seen, Seconds(now));
        }
        let mut last = None;
        for second in 0..1_200 {
            let wobble = f64::from(second % 2);
            last = Some(controller.step(&readings(45.0 + wobble, 4.0), Seconds(now + f64::from(second))));
        }
        let last = last.unwrap();
        prop_assert!(last.health.junction.is_none() && last.heat == Heat::Free, "{last:?}");
        prop_assert!(duty(&last) < 0.4, "{last:?}");
    }
}
