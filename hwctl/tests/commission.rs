//! Commissioning and drills against the simulated machine: what is found is what the machine is like,
//! and whatever is wrong with it, they end in a defined state with the fan in the controller's hands.

#[path = "commission/absurd.rs"]
mod absurd;
#[path = "commission/drills.rs"]
mod drills;
#[path = "commission/random.rs"]
mod random;
#[path = "commission/rig.rs"]
mod rig;

use hearth_hwctl::commission::{Abort, Measured, Next, NoSink, POINTS};
use hearth_hwctl::control::{FanCommand, Reason};
use hearth_hwctl::simulated::plant::{Blower, Build, Fault};
use hearth_hwctl::units::Duty;
use random::Draws;
use rig::{GOOD, Nature, Rig};

fn done(next: Next) -> Measured {
    match next {
        Next::Done(measured) => measured,
        other => panic!("{other:?}"),
    }
}

fn blower(sustain_pwm: u8, start_pwm: u8, slowest: f64, bend: f64) -> Build {
    Build { fan: Blower { sustain_pwm, start_pwm, slowest, bend }, ..Build::middle() }
}

#[test]
fn fans_of_many_kinds_are_measured() {
    for (sustain, start, slowest, bend) in
        [(40, 60, 0.12, 1.0), (24, 30, 0.3, 0.7), (90, 130, 0.25, 1.4), (66, 66, 0.4, 1.0)]
    {
        let nature = Nature { has_meter: false, ..GOOD };
        let mut rig = Rig::new(blower(sustain, start, slowest, bend), nature, 1);
        let measured = done(rig.commission(|_, _| {}));
        let fan = measured.fan;
        let (found_sustain, found_start) = (fan.sustain.pwm(), fan.start.pwm());
        assert!((sustain..=sustain + 5).contains(&found_sustain), "{sustain}: {found_sustain}");
        assert!((start..=start + 12).contains(&found_start), "{start}: {found_start}");
        assert!((fan.full.0 - 4_200.0).abs() < 60.0, "{fan:?}");
        // At every duty the fan is as fast as it is taken for.
        for pwm in [100, 140, 180, 220] {
            let share = f64::from(pwm - sustain) / f64::from(255 - sustain);
            let speed = slowest + (1.0 - slowest) * share.powf(bend);
            let taken = fan.speed(Duty::from_pwm(pwm));
            assert!((taken - speed).abs() < 0.05, "{pwm}: {taken} for {speed} of {fan:?}");
        }
        assert_eq!(measured.sink, Err(NoSink::NoMeter));
    }
}

#[test]
fn the_tachometer_of_another_channel_is_found() {
    let nature = Nature { tach: Some(2), has_meter: false, ..GOOD };
    let mut rig = Rig::new(Build::middle(), nature, 2);
    assert_eq!(done(rig.commission(|_, _| {})).tach, 2);
}

#[test]
fn a_chip_of_few_steps_shows_its_steps() {
    let nature = Nature { quantum: 8, has_meter: false, ..GOOD };
    let mut rig = Rig::new(Build::middle(), nature, 3);
    let measured = done(rig.commission(|_, _| {}));
    let echoes = measured.points.map(|point| point.echo.unwrap());
    assert_eq!(echoes, POINTS.map(|pwm| pwm / 8 * 8));
    assert!((40..=56).contains(&measured.fan.sustain.pwm()), "{:?}", measured.fan);
}

#[test]
fn a_fan_that_does_not_turn_or_has_no_tachometer_is_not_measured() {
    let mut rig = Rig::new(Build::middle(), GOOD, 4);
    let end = rig.commission(|rig, _| rig.plant.fault = Some(Fault::Stalled));
    assert_eq!(end, Next::Aborted(Abort::FanUntold));
    let mut rig = Rig::new(Build::middle(), Nature { tach: None, ..GOOD }, 5);
    assert_eq!(rig.commission(|_, _| {}), Next::Aborted(Abort::FanUntold));
    // One that breaks in the middle.
    let mut rig = Rig::new(Build::middle(), GOOD, 6);
    let end = rig.commission(|rig, _| {
        rig.plant.fault = (rig.now_s > 160.0).then_some(Fault::Stalled);
    });
    assert_eq!(end, Next::Aborted(Abort::FanUntold));
}

#[test]
fn a_hot_machine_is_not_tried_and_one_that_becomes_hot_is_left() {
    let hot = Build { room_c: 72.0, ..Build::middle() };
    assert_eq!(Rig::new(hot, GOOD, 7).commission(|_, _| {}), Next::Aborted(Abort::TooHot));
    // Somebody works while the fan stands.
    let mut rig = Rig::new(Build { room_c: 34.0, ..Build::middle() }, GOOD, 8);
    let end = rig.commission(|rig, _| rig.others = 1.0);
    assert_eq!(end, Next::Aborted(Abort::TooHot));
    // From then on the controller has the fan and cools.
    let commands = rig.second(None);
    assert!(matches!(commands.fan, FanCommand::Duty(duty) if duty.ratio() > 0.15), "{commands:?}");
    assert!(!matches!(commands.reason, Reason::Calibrating));
}

#[test]
fn people_who_go_on_working_only_interrupt_it() {
    for (room_c, every_s) in [(22.0, 60.0), (22.0, 97.0), (30.0, 97.0)] {
        let mut rig = Rig::new(Build { room_c, ..Build::middle() }, GOOD, 13);
        let end = rig.commission(|rig, _| {
            rig.others = if rig.now_s % every_s < 14.0 { 0.95 } else { 0.0 };
        });
        let measured = done(end);
        assert!((measured.fan.full.0 - 4_200.0).abs() < 60.0, "{measured:?}");
        assert!(measured.sink.is_ok(), "{measured:?}");
    }
}

#[test]
fn a_sensor_that_goes_or_stands_still_ends_it() {
    let mut rig = Rig::new(Build::middle(), GOOD, 9);
    let end = rig.commission(|rig, _| {
        rig.plant.fault = (rig.now_s > 150.0).then_some(Fault::SensorGone);
    });
    assert_eq!(end, Next::Aborted(Abort::Blind));
    let mut rig = Rig::new(Build::middle(), GOOD, 10);
    let end = rig.commission(|rig, _| rig.plant.fault = Some(Fault::SensorStuck));
    assert_eq!(end, Next::Aborted(Abort::Blind));
}

#[test]
fn somebody_may_stop_it_and_a_machine_that_slept_does() {
    let mut rig = Rig::new(Build::middle(), GOOD, 11);
    let end = rig.commission(|rig, commission| {
        if rig.now_s > 200.0 {
            commission.stop();
        }
    });
    assert_eq!(end, Next::Aborted(Abort::Stopped));
    let mut rig = Rig::new(Build::middle(), GOOD, 12);
    let mut slept = false;
    let end = rig.commission(|rig, _| {
        if rig.now_s > 200.0 && !std::mem::replace(&mut slept, true) {
            rig.now_s += 20.0;
        }
    });
    assert_eq!(end, Next::Aborted(Abort::Stopped));
}

#[test]
fn a_load_that_has_no_effect_leaves_the_fan_measured_and_the_sink_not() {
    let mut rig = Rig::new(Build::middle(), Nature { idle_load: true, ..GOOD }, 13);
    assert_eq!(done(rig.commission(|_, _| {})).sink, Err(NoSink::NoFit));
}

/// How far off the mean of a figure is over the seeds, and the worst.
#[derive(Default)]
struct Off {
    sum: f64,
    worst: f64,
    count: f64,
}

impl Off {
    fn add(&mut self, found: f64, real: f64) {
        let off = found / real - 1.0;
        self.sum += off.abs();
        self.worst = self.worst.max(off.abs());
        self.count += 1.0;
    }
}

#[test]
fn the_sink_of_twenty_machines_is_found() {
    let mut offs: [Off; 4] = Default::default();
    for seed in 0..20 {
        let mut draws = Draws::new(seed, 9);
        let build = Build::middle().varied(|value| draws.around(value, 0.3));
        let build = Build { exponent: draws.around(0.8, 0.1), ..build };
        let build = Build { room_c: draws.around(25.0, 0.2), ..build };
        let mut rig = Rig::new(build, GOOD, seed);
        let sink = done(rig.commission(|_, _| {})).sink.unwrap().sink;
        let conductance =
            |speed: f64| build.still_w_per_k + build.blown_w_per_k * speed.powf(build.exponent);
        offs[0].add(sink.junction_k_per_w, build.junction_k_per_w);
        offs[1].add(sink.conductance(0.4, 1.0), conductance(0.4));
        offs[2].add(sink.conductance(1.0, 1.0), conductance(1.0));
        offs[3].add(sink.capacity_j_per_k, build.sink_j_per_k);
    }
    for (name, off) in ["Rj", "G at 40 %", "G at full", "C"].iter().zip(&offs) {
        println!(
            "{name}: mean {:.1} %, worst {:.1} %",
            100.0 * off.sum / off.count,
            100.0 * off.worst
        );
    }
    for (off, (mean, worst)) in
        offs.iter().zip([(0.08, 0.15), (0.08, 0.2), (0.08, 0.25), (0.05, 0.1)])
    {
        assert!(off.sum / off.count < mean && off.worst < worst, "{} {}", off.sum, off.worst);
    }
}
