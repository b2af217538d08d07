//! A line of the status socket, checked before anything in it is believed.
//!
//! The socket belongs to another program, which may be of another version, broken, or not the one it
//! should be. A line is at most [`LINE_BYTES_MAX`] long, has the one version that this build knows, has
//! no more sensors and fans than it may, no text that is long or holds control characters, and no
//! number that no machine shows.

use hearth_wire::hardware::{FANS_MAX, HardwareStatus, STATUS_VERSION, TEMPERATURES_MAX};
use serde::Deserialize;

/// The longest line; a full one has about 6 KiB.
pub(super) const LINE_BYTES_MAX: usize = 32 * 1024;
/// The longest name or key.
const TEXT_BYTES_MAX: usize = 256;
/// Larger than anything a machine shows; energy is told apart.
const NUMBER_MAX: f64 = 1e7;
/// 31 years at a kilowatt.
const JOULES_MAX: f64 = 1e12;

/// What came of each write of a duty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Writes {
    pub(super) applied: u64,
    pub(super) quantised: u64,
    pub(super) ignored: u64,
    pub(super) stolen: u64,
    pub(super) denied: u64,
    pub(super) gone: u64,
}

/// What was counted since `hearth-hwctl` started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Counters {
    pub(super) speed_changes: u64,
    pub(super) writes: Writes,
    pub(super) stalls: u64,
    pub(super) sensor_losses: u64,
    pub(super) throttle_s: f64,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) status: HardwareStatus,
    pub(super) counters: Counters,
}

/// Why a line is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadLine {
    #[error("it is of version {0}, and this build knows {STATUS_VERSION}")]
    Version(u32),
    #[error("it is not of the form it must have")]
    Form,
    #[error("it has too many sensors or fans, or too long texts")]
    Size,
    #[error("it has a number that no machine shows")]
    Number,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Understands a line.
pub(super) fn read(line: &[u8]) -> Result<Told, BadLine> {
    let Version { version } = serde_json::from_slice(line).map_err(|_| BadLine::Form)?;
    if version != STATUS_VERSION {
        return Err(BadLine::Version(version));
    }
    let told: Told = serde_json::from_slice(line).map_err(|_| BadLine::Form)?;
    if !has_size(&told.status) {
        return Err(BadLine::Size);
    }
    if has_numbers(&told) { Ok(told) } else { Err(BadLine::Number) }
}

fn has_size(status: &HardwareStatus) -> bool {
    let of_sensors = status.temperatures.iter().flat_map(|sensor| [&sensor.key, &sensor.name]);
    let of_fans = status.fans.iter().flat_map(|fan| [&fan.key, &fan.name]);
    let mut texts = of_sensors.chain(of_fans).chain([&status.started, &status.board]);
    status.temperatures.len() <= TEMPERATURES_MAX
        && status.fans.len() <= FANS_MAX
        && texts.all(|text| text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control))
}

fn has_numbers(told: &Told) -> bool {
    let status = &told.status;
    let ratio = |value: Option<f64>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
    let amount = |value: Option<f64>| value.is_none_or(|value| (0.0..=NUMBER_MAX).contains(&value));
    let celsius = |value: Option<f64>| value.is_none_or(|value| (-273.15..=1e3).contains(&value));
    let energy = status.energy_j.is_none_or(|joules| (0.0..=JOULES_MAX).contains(&joules));
    let sensors = status.temperatures.iter().all(|s| celsius(s.celsius) && celsius(s.limit_c));
    let fans = status.fans.iter().all(|fan| amount(fan.rpm) && ratio(fan.duty));
    let heat = [status.sink_c, status.sink_aim_c, status.junction_c, status.junction_limit_c];
    let amounts = [
        status.power_w,
        status.frequency_mhz,
        status.cap_w,
        status.resistance_k_per_w,
        Some(status.allowed_w),
        Some(status.sustained_w),
        Some(status.headroom_s),
        Some(status.dust),
        Some(status.quiet_left_s),
        Some(status.boost_left_s),
        Some(told.counters.throttle_s),
    ];
    let ratios = [status.load, status.memory, Some(status.calibration.progress)];
    energy
        && sensors
        && fans
        && heat.into_iter().all(celsius)
        && amounts.into_iter().all(amount)
        && ratios.into_iter().all(ratio)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// What hearth-hwctl's own test writes.
    const GOLDEN: &str = include_str!("../../../hwctl/golden/status.json");

    /// A line of a machine that is well.
    pub(in crate::hardware) fn sample() -> Value {
        serde_json::from_str(GOLDEN).unwrap()
    }

    pub(in crate::hardware) fn told(change: impl FnOnce(&mut Value)) -> Told {
        let mut line = sample();
        change(&mut line);
        read(line.to_string().as_bytes()).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Value)) -> BadLine {
        let mut line = sample();
        change(&mut line);
        read(line.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn a_line_is_understood_and_what_it_adds_later_does_no_harm() {
        let told = told(|line| line["colour"] = json!("green"));
        assert_eq!(told.status.fans[0].rpm, Some(1_240.0));
        assert_eq!(told.counters.writes.applied, 40);
    }

    #[test]
    fn the_golden_line_of_the_other_program_is_understood_to_the_last_field() {
        let told = read(GOLDEN.as_bytes()).unwrap();
        let mut again = serde_json::to_value(&told.status).unwrap();
        let mut whole = sample();
        let counters = whole.as_object_mut().unwrap().remove("counters").unwrap();
        assert_eq!(counters["speed_changes"], told.counters.speed_changes);
        for line in [&mut again, &mut whole] {
            for name in ["quiet_left_s", "boost_left_s"] {
                line[name] = json!(line[name].as_f64());
            }
        }
        assert_eq!(again, whole);
    }

    #[test]
    fn every_word_of_the_other_program_is_understood() {
        let words: Value =
            serde_json::from_str(include_str!("../../../hwctl/golden/words.json")).unwrap();
        for (path, words) in words.as_object().unwrap() {
            for word in words.as_array().unwrap() {
                told(|line| {
                    line["drill"] = json!({ "at_unix_s": 1, "passed": false, "why": null });
                    let place = format!("/{}", path.replace('.', "/"));
                    *line.pointer_mut(&place).unwrap() = word.clone();
                });
            }
        }
    }

    #[test]
    fn what_no_machine_says_is_refused() {
        assert_eq!(refused(|line| line["version"] = json!(3)), BadLine::Version(3));
        assert_eq!(refused(|line| line["tier"] = json!("Z")), BadLine::Form);
        assert_eq!(refused(|line| line["started"] = json!("x".repeat(999))), BadLine::Size);
        assert_eq!(refused(|line| line["board"] = json!("a\u{1b}[2J")), BadLine::Size);
        let many = vec![sample()["fans"][0].clone(); 9];
        assert_eq!(refused(|line| line["fans"] = json!(many)), BadLine::Size);
        for (field, value) in [
            ("junction_c", -300.0),
            ("junction_c", 1e6),
            ("power_w", -1.0),
            ("power_w", 1e9),
            ("load", 1.5),
            ("energy_j", -1.0),
            ("energy_j", 1e13),
            ("headroom_s", -1.0),
        ] {
            assert_eq!(refused(|line| line[field] = json!(value)), BadLine::Number, "{field}");
        }
    }

    #[test]
    fn garbage_is_refused_whatever_it_is() {
        let whole = sample().to_string();
        for end in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..end]).is_err(), "the first {end} bytes");
        }
        let deep = "[".repeat(LINE_BYTES_MAX);
        let huge = whole.replace("18.2", "1e999");
        for line in ["", "{}", "null", "\u{0}", r#"{"version":2}"#, &deep, &huge] {
            assert_eq!(read(line.as_bytes()), Err(BadLine::Form));
        }
        assert_eq!(read(&[0xff; 100]), Err(BadLine::Form));
    }
}
