//! The line as others read it.

use serde_json::{Value, json};

use super::line::{Extra, line};
use super::*;
use crate::control::{Budget, Driver, FanCommand, Health, Heat, Reason, SinkState, Spin};
use crate::limiter::governor::CapState;
use crate::parts::{FanPart, Sensor};
use crate::sense::{Reading, Why};
use crate::sysfs::discover::Tier;
use crate::sysfs::{Key, Kind};
use crate::units::{Duty, Rpm, Seconds, Watts};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/status.json");
/// Every word that a field of the line can hold.
const WORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/words.json");

/// All words of an enum. One that is missing in the list does not compile.
macro_rules! words {
    ($kind:ident: $($variant:ident),+) => {{
        let _: fn($kind) = |value| match value { $($kind::$variant => ()),+ };
        json!([$($kind::$variant),+])
    }};
}

fn key(device: &str, driver: &str, channel: &str, label: Option<&str>) -> Key {
    Key {
        device: device.to_owned(),
        driver: driver.to_owned(),
        channel: channel.to_owned(),
        label: label.map(str::to_owned),
    }
}

fn parts() -> Parts {
    let sensor = |key: Key, name: &str, kind, limit: Option<f64>| Sensor {
        key,
        name: name.to_owned(),
        kind,
        limit: limit.map(Celsius),
        path: String::new(),
    };
    let fan = |key, name: &str| FanPart { key, name: name.to_owned(), tach: None };
    let chip = "sys/devices/i2c-0/0-002e";
    let package = Some("Package id 0");
    Parts {
        board: "Maker Board 1".to_owned(),
        tier: Tier::A,
        temperatures: vec![
            sensor(
                key("sys/devices/platform/coretemp.0", "coretemp", "temp1", package),
                "Package id 0",
                Kind::Processor,
                Some(100.0),
            ),
            sensor(
                key("sys/devices/pci0000:00/0000:01:00.0/nvme/nvme0", "nvme", "temp1", None),
                "nvme temperature 1",
                Kind::Drive,
                Some(84.8),
            ),
            sensor(key(chip, "adt7475", "temp2", None), "adt7475 temperature 2", Kind::Board, None),
        ],
        fans: vec![
            fan(key(chip, "adt7475", "pwm1", None), "adt7475 fan 1"),
            fan(key(chip, "adt7475", "fan3", Some("Case")), "Case"),
        ],
    }
}

/// Commands of a machine that is well.
pub(super) fn commands() -> Commands {
    let (at, aim) = (Celsius(58.1), Celsius(60.5));
    Commands {
        fan: FanCommand::Duty(Duty::new(0.31)),
        heat: Heat::Free,
        budget: Budget {
            allowed: Watts(68.666_666),
            sustained: Watts(48.0),
            headroom: Seconds(540.0),
        },
        reason: Reason::Sink { at, aim },
        sink: Some(SinkState { at, aim }),
        health: Health {
            junction: None,
            fan: Spin::Turning,
            dust: 1.12,
            dust_known: true,
            resistance_k_per_w: Some(0.651),
            throttled: false,
        },
    }
}

fn status() -> Status {
    let mut look = Look {
        junction: Reading::now(Celsius(61.0)),
        power: Reading::now(Watts(18.2)),
        load: Reading::now(0.123_456),
        driver: Driver::Us,
        ..Look::default()
    };
    look.temperatures[0] = look.junction;
    look.temperatures[1] = Reading::now(Celsius(41.85));
    look.fans[0] = Reading::now(Rpm(1_240.0));
    look.fans[1] = Reading::now(Rpm(800.0));
    let writes = Writes { applied: 40, quantised: 1, ..Writes::default() };
    Status {
        look,
        commands: commands(),
        outcome: Some(Outcome::Applied),
        junction_limit: Celsius(91.0),
        power: Power::default(),
        profile: Profiles::default(),
        calibration: Calibration::default(),
        drill: None,
        counts: Counts { speed_changes: 41, writes, throttle_s: 3.0, ..Counts::default() },
    }
}

fn told(status: &Status) -> String {
    let about = About { started: "00ff00ff00ff00ff".to_owned(), simulated: false };
    let extra = Extra { memory: Some(0.41), frequency_mhz: Some(3_400.0) };
    line(&about, &parts(), status, extra).unwrap()
}

fn value(status: &Status) -> Value {
    serde_json::from_str(&told(status)).unwrap()
}

#[test]
fn the_line_is_the_one_that_others_were_promised() {
    let now = told(&status());
    if std::env::var_os("HEARTH_BLESS").is_some() {
        fs::write(GOLDEN, &now).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    assert_eq!(golden, now, "the status line changed; HEARTH_BLESS=1 accepts it");
}

#[test]
fn the_words_are_those_that_others_were_promised() {
    let reasons = [
        Reason::Sink { at: Celsius(36.0), aim: Celsius(60.0) },
        Reason::Curve,
        Reason::Aside(0),
        Reason::Holding,
        Reason::Blind,
        Reason::Lost,
        Reason::Hot(Celsius(95.0)),
        Reason::Kick,
        Reason::FanFailed,
        Reason::Calibrating,
        Reason::Drill,
    ];
    let reasons = reasons.map(|reason| {
        let mut status = status();
        status.commands.reason = reason;
        value(&status)["reason"].clone()
    });
    let words = json!({
        "tier": words!(Tier: A, B, C, D, E),
        "reason": reasons,
        "profile": words!(Profile: Balanced, Quiet, Boost),
        "cap_state": words!(CapState: None, Pending, Effective, NotEffective, Unsupported),
        "calibration.state": words!(CalibrationState: None, Running, Stored, Mismatch, Aborted),
        "calibration.step": words!(CalibrationStep: Find, Sweep, Start, Load),
        "calibration.why": words!(
            CalibrationWhy: TooHot, FanUntold, NoFan, Stopped, NoMeter, NoFit, Blind, NotStored
        ),
        "drill.why": words!(DrillWhy: FanDidNotFollow, TooHot, Stopped, NoFan, Blind),
        "temperatures.0.kind": words!(Kind: Processor, Drive, Memory, Graphics, Board),
    });
    let now = serde_json::to_string_pretty(&words).unwrap() + "\n";
    if std::env::var_os("HEARTH_BLESS").is_some() {
        fs::write(WORDS, &now).unwrap();
    }
    let golden = fs::read_to_string(WORDS).unwrap_or_default();
    assert_eq!(golden, now, "the words changed; HEARTH_BLESS=1 accepts it");
}

#[test]
fn every_field_is_there_when_nothing_is_known() {
    let known = value(&status());
    let mut nothing = status();
    nothing.look = Look::default();
    nothing.commands.sink = None;
    nothing.commands.fan = FanCommand::HandBack;
    nothing.commands.reason = Reason::Lost;
    nothing.commands.health.junction = Some(Why::Stale);
    nothing.outcome = None;
    let unknown = value(&nothing);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    for name in ["sink_c", "junction_c", "power_w", "load", "energy_j", "cap_w", "drill"] {
        assert!(unknown[name].is_null(), "{name}: {unknown}");
    }
    assert_eq!(unknown["junction_unknown"], "stale");
    assert_eq!(
        (&unknown["controlled_by"], &unknown["reason"]),
        (&"firmware".into(), &"lost".into())
    );
    assert_eq!(names(&unknown["fans"][0]), names(&known["fans"][0]));
    assert!(unknown["fans"][0]["duty"].is_null() && unknown["fans"][0]["state"] == "untold");
}

#[test]
fn what_is_no_number_is_not_told_as_one() {
    let mut absurd = status();
    absurd.look.junction = Reading::now(Celsius(f64::NAN));
    absurd.look.temperatures[1] = Reading::now(Celsius(f64::INFINITY));
    absurd.look.power = Reading::now(Watts(f64::NEG_INFINITY));
    let told = value(&absurd);
    assert!(told["junction_c"].is_null() && told["power_w"].is_null());
    assert!(told["temperatures"][1]["celsius"].is_null());
}

#[test]
fn the_fan_that_only_turns_is_told_beside_ours() {
    let told = value(&status());
    let (ours, other) = (&told["fans"][0], &told["fans"][1]);
    assert_eq!((&ours["duty"], &ours["outcome"]), (&0.31.into(), &"applied".into()));
    assert!(other["duty"].is_null() && other["outcome"].is_null() && other["rpm"] == 800.0);
    assert_eq!((&other["state"], &other["ours"]), (&"turning".into(), &false.into()));
    let mut failed = status();
    failed.commands.health.fan = Spin::Failed;
    assert_eq!(value(&failed)["fans"][0]["state"], "failed");
    assert_eq!(value(&failed)["fans"][1]["state"], "turning");
}
