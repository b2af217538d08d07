//! Commissioning and drills under readings that no machine gives: whatever they see, what the fan is
//! driven with is safe, and they end.

use hearth_hwctl::bands::Bands;
use hearth_hwctl::commission::{Commission, Echo, Next, Seen};
use hearth_hwctl::control::{
    Aside, Attempt, Controller, Driver, FanCommand, Limits, Readings, Reason, Setup,
};
use hearth_hwctl::curve::Curve;
use hearth_hwctl::drill::{self, Drill};
use hearth_hwctl::fan::Fan;
use hearth_hwctl::model::Sink;
use hearth_hwctl::sense::{Reading, Why};
use hearth_hwctl::units::{Celsius, Duty, Rpm, Seconds, Watts};
use proptest::prelude::*;

/// A second of a bad day.
#[derive(Clone, Debug)]
struct Moment {
    junction: Reading<Celsius>,
    power: Reading<Watts>,
    tachs: [Reading<Rpm>; 2],
    aside: Reading<Celsius>,
    echo: Echo,
    elapsed: f64,
    stop: bool,
}

fn number(plausible: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    prop_oneof![8 => plausible, 1 => prop::num::f64::ANY]
}

fn reading<T: Copy + std::fmt::Debug + 'static>(
    plausible: std::ops::Range<f64>,
    unit: fn(f64) -> T,
) -> impl Strategy<Value = Reading<T>> {
    let known = (number(plausible), prop_oneof![9 => Just(0.0), 1 => 0.0..6.0_f64]);
    let known = known
        .prop_map(move |(value, age)| Reading::Known { value: unit(value), age: Seconds(age) });
    prop_oneof![15 => known, 1 => Just(Reading::Unknown(Why::Fault))]
}

fn moment() -> impl Strategy<Value = Moment> {
    // Mostly cool, so that much of a commissioning is seen, and sometimes not.
    let junction =
        prop_oneof![12 => reading(35.0..45.0, Celsius), 1 => reading(20.0..110.0, Celsius)];
    let rpm = || prop_oneof![1 => reading(0.0..1.0, Rpm), 3 => reading(0.0..4_500.0, Rpm)];
    let echo = prop_oneof![
        3 => Just(Echo::Unknown),
        8 => any::<u8>().prop_map(Echo::Says),
        1 => Just(Echo::Disobeyed),
    ];
    // Far larger ones are no moments: a number that large has no seconds to count.
    let absurd = [-1e9, 1e6, 1e9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let absurd = prop::sample::select(absurd.to_vec());
    let elapsed = prop_oneof![30 => Just(1.0), 2 => 0.0..12.0_f64, 1 => absurd];
    let stop = prop::bool::weighted(0.002);
    let aside = reading(20.0..60.0, Celsius);
    (junction, reading(0.0..60.0, Watts), [rpm(), rpm()], aside, echo, (elapsed, stop)).prop_map(
        |(junction, power, tachs, aside, echo, (elapsed, stop))| Moment {
            junction,
            power,
            tachs,
            aside,
            echo,
            elapsed,
            stop,
        },
    )
}

/// What is tried.
enum Trial {
    Commission(Box<Commission>),
    Drill(Drill),
}

impl Trial {
    /// What it attempts next; nothing once it is over.
    fn step(
        &mut self,
        moment: &Moment,
        (believed, echo): (Reading<Celsius>, Echo),
        wanted: Duty,
        now: f64,
    ) -> Option<Attempt> {
        let now = Seconds(now);
        match self {
            Self::Commission(commission) => {
                if moment.stop {
                    commission.stop();
                }
                let seen =
                    Seen { junction: believed, power: moment.power, tachs: &moment.tachs, echo };
                match commission.step(&seen, now) {
                    Next::Try(order) => {
                        assert!((0.0..=1.0).contains(&order.load));
                        Some(Attempt::Calibrate(order.duty))
                    }
                    Next::Done(measured) => {
                        let fan = measured.fan;
                        assert!(fan.start >= fan.sustain && fan.full.0 > 0.0 && fan.slowest < 1.0);
                        None
                    }
                    Next::Aborted(_) => None,
                }
            }
            Self::Drill(drill) => {
                if moment.stop {
                    drill.stop();
                }
                let seen = drill::Seen { junction: believed, fan: moment.tachs[0], wanted, echo };
                match drill.step(&seen, now) {
                    drill::Next::Try(drill::Order::Duty(duty)) => Some(Attempt::Drill(duty)),
                    drill::Next::Try(drill::Order::HandBack) => Some(Attempt::HandBack),
                    drill::Next::Over(_) => None,
                }
            }
        }
    }
}

/// What must hold at every moment, written down as simply as can be.
fn is_safe(
    fan: FanCommand,
    reason: Reason,
    junction: Option<Celsius>,
    hot_s: f64,
    unknown_s: f64,
) -> bool {
    let duty = match fan {
        FanCommand::Duty(duty) => duty.ratio(),
        // Full first, then the firmware.
        FanCommand::HandBack => 1.0,
    };
    let tried = matches!(reason, Reason::Calibrating | Reason::Drill);
    let cool = junction.is_some_and(|junction| junction.0 < 85.0);
    let least =
        match (hot_s >= 2.0, unknown_s >= 3.0, cool && matches!(reason, Reason::Calibrating)) {
            (true, ..) => 1.0,
            (_, true, _) => 0.7,
            (_, _, true) => 0.0,
            _ => Fan::default().sustain.ratio(),
        };
    duty >= least - 1e-9 && (!tried || cool)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_seen_the_fan_is_safe_and_the_trial_ends(
        drills in any::<bool>(),
        moments in prop::collection::vec(moment(), 1..300),
    ) {
        let limits =
            Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) };
        let setup =
            Setup { curve: Curve::Auto, sink: Sink::default(), fan: Fan::default(), bands: Bands::default(), limits };
        let mut controller = Controller::new(setup);
        let mut trial = match drills {
            true => Trial::Drill(Drill::default()),
            false => Trial::Commission(Box::new(Commission::new(Seconds(2.5)))),
        };
        let (mut now, mut known, mut hot_since) = (0.0_f64, 0.0_f64, None);
        let (mut attempt, mut over) = (None, false);
        // After what was given, the last moment repeats: it has to end under anything that lasts.
        let last = moments[moments.len() - 1].clone();
        let forever = std::iter::repeat_n(Moment { elapsed: 1.0, ..last }, 3_700);
        for (nth, moment) in moments.iter().cloned().chain(forever).enumerate() {
            let told = now + moment.elapsed;
            now = if told >= now && told.is_finite() { told } else { now };
            let asides = [Aside { temperature: moment.aside, limit: Celsius(70.0) }];
            let readings = Readings {
                junction: moment.junction,
                power: moment.power,
                load: Reading::now(0.1),
                fan: moment.tachs[0],
                driver: Driver::Us,
                air: Reading::Unknown(Why::Missing),
                asides: &asides,
            };
            controller.attempt(attempt);
            let commands = controller.step(&readings, Seconds(told));
            let believed = commands.health.junction.is_none();
            let junction = moment.junction.value().filter(|_| believed);
            known = if believed || nth == 0 { now } else { known };
            let hot = junction.is_some_and(|junction| junction.0 >= 91.0);
            hot_since = if hot { Some(hot_since.unwrap_or(now)) } else { None };
            let hot_s = hot_since.map_or(0.0, |since| now - since);
            prop_assert!(
                is_safe(commands.fan, commands.reason, junction, hot_s, now - known),
                "{commands:?} at {now} after {attempt:?}"
            );
            let granted = matches!(commands.reason, Reason::Calibrating | Reason::Drill);
            prop_assert!(attempt.is_some() || !granted, "nothing was asked: {commands:?}");
            let echo = if attempt.is_some() && !granted { Echo::Overruled } else { moment.echo };
            let seen = if believed { moment.junction } else { Reading::Unknown(Why::Fault) };
            let next = trial.step(&moment, (seen, echo), controller.wanted(), told);
            prop_assert!(!over || next.is_none(), "it began again");
            (attempt, over) = (next, next.is_none());
        }
        prop_assert!(over, "it did not end");
    }
}
