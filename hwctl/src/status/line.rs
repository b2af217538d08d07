//! The line of JSON: what a [`Status`] looks like to others. Version 2.
//!
//! Every field is always there; what is not known is null. Figures are rounded to thousandths.

use serde::Serialize;

use super::counters::Counts;
use super::{About, Calibration, Drill, Status};
use crate::control::{Driver, FanCommand, Heat, Profile, Reason, Spin};
use crate::limiter::governor::CapState;
use crate::parts::{FanPart, Parts, Sensor};
use crate::sense::{Reading, Why};
use crate::sysfs::Kind;
use crate::sysfs::discover::Tier;
use crate::sysfs::drive::Outcome;
use crate::units::{Celsius, Rpm};

const VERSION: u32 = 2;

/// What the thread that tells adds to a status.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extra {
    /// The share of the memory that is in use.
    pub(super) memory: Option<f64>,
    /// The processor's mean frequency.
    pub(super) frequency_mhz: Option<f64>,
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    started: &'a str,
    simulated: bool,
    board: &'a str,
    tier: Tier,
    controlled_by: &'static str,
    reason: &'static str,
    sink_c: Option<f64>,
    sink_aim_c: Option<f64>,
    junction_c: Option<f64>,
    junction_unknown: Option<&'static str>,
    junction_limit_c: f64,
    temperatures: Vec<TemperatureLine<'a>>,
    fans: Vec<FanLine<'a>>,
    power_w: Option<f64>,
    energy_j: Option<f64>,
    load: Option<f64>,
    memory: Option<f64>,
    frequency_mhz: Option<f64>,
    heat: &'static str,
    allowed_w: f64,
    sustained_w: f64,
    headroom_s: f64,
    cap_w: Option<f64>,
    cap_state: CapState,
    profile: Profile,
    wanted_profile: Profile,
    quiet_left_s: u32,
    boost_left_s: u32,
    dust: f64,
    dust_known: bool,
    resistance_k_per_w: Option<f64>,
    calibration: Calibration,
    drill: Option<Drill>,
    counters: Counts,
}

#[derive(Serialize)]
struct TemperatureLine<'a> {
    key: String,
    name: &'a str,
    kind: Kind,
    celsius: Option<f64>,
    limit_c: Option<f64>,
}

#[derive(Serialize)]
struct FanLine<'a> {
    key: String,
    name: &'a str,
    ours: bool,
    rpm: Option<f64>,
    duty: Option<f64>,
    state: &'static str,
    outcome: Option<&'static str>,
}

/// The line of a status, with its newline.
pub(super) fn line(about: &About, parts: &Parts, status: &Status, extra: Extra) -> Option<String> {
    let Status { look, commands, .. } = status;
    let celsius = |sink: Option<Celsius>| sink.map(|celsius| thousandths(celsius.0));
    let temperatures = parts.temperatures.iter().zip(look.temperatures);
    let line = Line {
        version: VERSION,
        started: &about.started,
        simulated: about.simulated,
        board: &parts.board,
        tier: parts.tier,
        controlled_by: controlled_by(look.driver),
        reason: reason(status),
        sink_c: celsius(commands.sink.map(|sink| sink.at)),
        sink_aim_c: celsius(commands.sink.map(|sink| sink.aim)),
        junction_c: number(look.junction, |celsius| celsius.0),
        junction_unknown: commands.health.junction.map(why),
        junction_limit_c: thousandths(status.junction_limit.0),
        temperatures: temperatures.map(|(part, reading)| temperature(part, reading)).collect(),
        fans: parts.fans.iter().enumerate().map(|(nth, part)| fan(part, nth, status)).collect(),
        power_w: number(look.power, |power| power.0),
        energy_j: status.power.energy_j.map(thousandths),
        load: number(look.load, |load| load),
        memory: extra.memory.map(thousandths),
        frequency_mhz: extra.frequency_mhz.map(f64::round),
        heat: heat(commands.heat),
        allowed_w: thousandths(commands.budget.allowed.0),
        sustained_w: thousandths(commands.budget.sustained.0),
        headroom_s: thousandths(commands.budget.headroom.0),
        cap_w: status.power.capping.cap.map(|cap| thousandths(cap.0)),
        cap_state: status.power.capping.state,
        profile: status.profile.now,
        wanted_profile: status.profile.wanted,
        quiet_left_s: status.profile.quiet_left_s,
        boost_left_s: status.profile.boost_left_s,
        dust: thousandths(commands.health.dust),
        dust_known: commands.health.dust_known,
        resistance_k_per_w: commands.health.resistance_k_per_w.map(thousandths),
        calibration: status.calibration,
        drill: status.drill,
        counters: Counts { throttle_s: thousandths(status.counts.throttle_s), ..status.counts },
    };
    serde_json::to_string(&line).ok().map(|json| json + "\n")
}

/// See [`Status::matters`].
pub(super) fn matters(status: &Status) -> [&'static str; 4] {
    let Status { look, commands, .. } = status;
    let junction = commands.health.junction.map_or("known", why);
    [controlled_by(look.driver), state(commands.health.fan), heat(commands.heat), junction]
}

fn temperature(part: &Sensor, reading: Reading<Celsius>) -> TemperatureLine<'_> {
    TemperatureLine {
        key: part.key.to_string(),
        name: &part.name,
        kind: part.kind,
        celsius: number(reading, |celsius| celsius.0),
        limit_c: part.limit.map(|limit| thousandths(limit.0)),
    }
}

/// Only the first fan can be ours. The duty of another is not told: what a chip shows while its
/// firmware drives is on several chips the last duty that was written.
fn fan<'a>(part: &'a FanPart, nth: usize, status: &Status) -> FanLine<'a> {
    let reading: Reading<Rpm> = status.look.fans[nth];
    let ours = nth == 0 && status.look.driver == Driver::Us;
    let turns = reading.value().is_some_and(|rpm| rpm.0 > 0.0);
    FanLine {
        key: part.key.to_string(),
        name: &part.name,
        ours,
        rpm: number(reading, |rpm| rpm.0),
        duty: match status.commands.fan {
            FanCommand::Duty(duty) if ours => Some(thousandths(duty.ratio())),
            FanCommand::Duty(_) | FanCommand::HandBack => None,
        },
        state: match status.commands.health.fan {
            spin if ours => state(spin),
            _ if turns => state(Spin::Turning),
            _ => state(Spin::Untold),
        },
        outcome: status.outcome.filter(|_| nth == 0).map(outcome),
    }
}

fn number<T: Copy>(reading: Reading<T>, value: fn(T) -> f64) -> Option<f64> {
    reading.value().map(value).filter(|value| value.is_finite()).map(thousandths)
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn reason(status: &Status) -> &'static str {
    match status.commands.reason {
        // A fan that was given back for this reason is the firmware's.
        Reason::Lost => "lost",
        _ if status.look.driver == Driver::Firmware => "firmware",
        Reason::Sink { .. } => "sink",
        Reason::Curve => "curve",
        Reason::Aside(_) => "aside",
        Reason::Holding => "holding",
        Reason::Blind => "blind",
        Reason::Hot(_) => "hot",
        Reason::Kick => "kick",
        Reason::FanFailed => "fan_failed",
        Reason::Calibrating => "calibrating",
        Reason::Drill => "drill",
    }
}

fn controlled_by(driver: Driver) -> &'static str {
    match driver {
        Driver::Us => "hwctl",
        Driver::Firmware => "firmware",
    }
}

fn state(spin: Spin) -> &'static str {
    match spin {
        Spin::Turning => "turning",
        Spin::Untold => "untold",
        Spin::Kick => "kick",
        Spin::Failed => "failed",
    }
}

fn heat(heat: Heat) -> &'static str {
    match heat {
        Heat::Free => "free",
        Heat::Capped(_) => "capped",
        Heat::Floor => "floor",
        Heat::PowerOff => "power_off",
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Missing => "missing",
        Why::Garbage => "garbage",
        Why::Fault => "fault",
        Why::OutOfRange => "out_of_range",
        Why::Jumped => "jumped",
        Why::Stuck => "stuck",
        Why::Stale => "stale",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Quantised(_) => "quantised",
        Outcome::Ignored => "ignored",
        Outcome::Stolen => "stolen",
        Outcome::Denied => "denied",
        Outcome::Gone => "gone",
    }
}
