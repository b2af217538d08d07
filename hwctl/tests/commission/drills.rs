//! Drills of the simulated machine.

use hearth_hwctl::control::{Attempt, FanCommand};
use hearth_hwctl::drill::{self, Drill, Failure, Next, Order};
use hearth_hwctl::sense::Reading;
use hearth_hwctl::units::{Rpm, Seconds};

use hearth_hwctl::simulated::plant::{Build, Fault};

use super::rig::{GOOD, Rig};

/// Runs one after a minute of rest; how it ended, and how long it took.
fn drill(
    rig: &mut Rig,
    mut each: impl FnMut(&mut Rig, &mut Drill, f64),
) -> (Result<(), Failure>, f64) {
    for _ in 0..60 {
        rig.second(None);
    }
    let (mut drill, mut attempt, begun_s) = (Drill::default(), None, rig.now_s);
    loop {
        each(rig, &mut drill, rig.now_s - begun_s);
        let commands = rig.second(attempt);
        let wanted = rig.controller.wanted();
        if let FanCommand::Duty(duty) = commands.fan {
            assert!(duty >= wanted, "{duty} where {wanted} is needed");
        }
        let seen = drill::Seen {
            junction: rig.junction(),
            fan: rig.fan(),
            wanted,
            echo: rig.echo(&commands),
        };
        attempt = Some(match drill.step(&seen, Seconds(rig.now_s)) {
            Next::Try(Order::Duty(duty)) => Attempt::Drill(duty),
            Next::Try(Order::HandBack) => Attempt::HandBack,
            Next::Over(end) => return (end, rig.now_s - begun_s),
        });
    }
}

#[test]
fn a_good_fan_passes_in_half_a_minute() {
    let mut rig = Rig::new(Build::middle(), GOOD, 21);
    let (end, took_s) = drill(&mut rig, |_, _, _| {});
    assert_eq!(end, Ok(()));
    assert!((25.0..=35.0).contains(&took_s), "{took_s}");
}

#[test]
fn a_fan_that_stands_or_does_not_come_back_fails() {
    let mut rig = Rig::new(Build::middle(), GOOD, 22);
    let (end, _) = drill(&mut rig, |rig, _, _| rig.plant.fault = Some(Fault::Stolen));
    assert_eq!(end, Err(Failure::FanDidNotFollow));
    let mut rig = Rig::new(Build::middle(), GOOD, 23);
    let (end, _) = drill(&mut rig, |rig, _, at_s| rig.deaf = at_s > 22.0);
    assert_eq!(end, Err(Failure::FanDidNotFollow));
}

#[test]
fn a_warm_machine_a_lost_sensor_and_a_wish_end_it() {
    let mut rig = Rig::new(Build { room_c: 82.0, ..Build::middle() }, GOOD, 24);
    assert_eq!(drill(&mut rig, |_, _, _| {}).0, Err(Failure::TooHot));
    let mut rig = Rig::new(Build::middle(), GOOD, 25);
    let (end, _) = drill(&mut rig, |rig, _, at_s| {
        rig.plant.fault = (at_s > 10.0).then_some(Fault::SensorGone);
    });
    assert_eq!(end, Err(Failure::Blind));
    let mut rig = Rig::new(Build::middle(), GOOD, 26);
    let (end, took_s) = drill(&mut rig, |_, drill, at_s| {
        if at_s > 10.0 {
            drill.stop();
        }
    });
    assert!(end == Err(Failure::Stopped) && took_s < 15.0, "{end:?} {took_s}");
}

#[test]
fn without_a_tachometer_only_its_coming_back_can_be_seen() {
    let nature = super::rig::Nature { tach: None, ..GOOD };
    let mut rig = Rig::new(Build::middle(), nature, 27);
    assert!(matches!(rig.fan(), Reading::<Rpm>::Unknown(_)));
    assert_eq!(drill(&mut rig, |_, _, _| {}).0, Ok(()));
}
