//! The machine for Prometheus, in base units, under names of Hearth's own: what node_exporter exports of
//! hwmon and RAPL is not repeated under its names.
//!
//! `hearth-hwctl` counts from zero in each run; the counters here go on. While the machine is not seen,
//! gauges are `NaN` and `hearth_hw_sensor_stale_seconds` grows. There are at most [`LABELS_MAX`] names of
//! sensors and fans, whatever is told.

use std::collections::BTreeSet;
use std::time::Duration;

use hearth_wire::hardware::{FanSpin, HardwareController, HardwareState, HardwareStatus};
use metrics::Unit;

use super::line::{Counters, Told};

/// Different sensors and fans in one run of the process; further ones are not exported.
const LABELS_MAX: usize = 64;
const MODES: [(&str, HardwareController); 2] =
    [("hwctl", HardwareController::Hwctl), ("firmware", HardwareController::Firmware)];

/// What was counted of which run.
#[derive(Debug, Default)]
pub(super) struct Counted {
    started: String,
    counters: Counters,
    joules: f64,
    /// Counters of Prometheus are whole: what is left goes into the next step.
    joules_left: f64,
    throttle_left_s: f64,
    failed: bool,
    labels: BTreeSet<(bool, String)>,
}

pub(super) fn describe() {
    let gauges = [
        ("hearth_hw_temperature_celsius", "What a sensor of the machine shows."),
        ("hearth_hw_temperature_limit_celsius", "What the sensor's part must not pass."),
        ("hearth_hw_fan_rpm", "Speed of a fan in revolutions per minute."),
        ("hearth_hw_fan_duty_ratio", "How strongly a fan is driven, 0 to 1."),
        ("hearth_hw_power_watts", "Power that the processor's package takes."),
        ("hearth_hw_power_limit_watts", "Power that the package may take now."),
        (
            "hearth_hw_thermal_resistance_kelvin_per_watt",
            "The heat sink's resistance to the air, where it is known.",
        ),
        ("hearth_hw_thermal_headroom_seconds", "How long the present power can go on."),
        ("hearth_hw_control_mode", "1 for who drives the fan: hwctl or firmware."),
        ("hearth_hw_sensor_stale_seconds", "Age of what was last heard of the machine."),
        ("hearth_hw_simulated", "1 if the machine is a simulated one."),
    ];
    for (name, help) in gauges {
        metrics::describe_gauge!(name, help);
    }
    let counters = [
        ("hearth_hw_fan_speed_changes_total", "How often the fan was given another speed."),
        ("hearth_hw_fan_faults_total", "Fans that stood still, by kind: stalled or failed."),
        ("hearth_hw_pwm_writes_total", "Writes of a fan's duty, by what came of them."),
        ("hearth_hw_sensor_losses_total", "How often the processor's sensor was lost."),
    ];
    for (name, help) in counters {
        metrics::describe_counter!(name, help);
    }
    metrics::describe_counter!(
        "hearth_hw_package_energy_joules_total",
        Unit::Count,
        "Energy that the processor's package took while Hearth looked."
    );
    metrics::describe_counter!(
        "hearth_hw_throttle_seconds_total",
        Unit::Seconds,
        "How long heat limited the power."
    );
}

/// Tells Prometheus what a line says.
pub(super) fn tell(told: &Told, counted: &mut Counted) {
    let status = &told.status;
    gauges(status, counted);
    let now = told.counters;
    if counted.started != status.started {
        counted.started.clone_from(&status.started);
        (counted.counters, counted.joules) = (Counters::default(), 0.0);
    }
    let before = std::mem::replace(&mut counted.counters, now);
    let add = |name: &'static str, before: u64, now: u64| {
        metrics::counter!(name).increment(now.saturating_sub(before));
    };
    add("hearth_hw_fan_speed_changes_total", before.speed_changes, now.speed_changes);
    add("hearth_hw_sensor_losses_total", before.sensor_losses, now.sensor_losses);
    let (was, is) = (before.writes, now.writes);
    for (outcome, before, now) in [
        ("applied", was.applied, is.applied),
        ("quantised", was.quantised, is.quantised),
        ("ignored", was.ignored, is.ignored),
        ("stolen", was.stolen, is.stolen),
        ("denied", was.denied, is.denied),
        ("gone", was.gone, is.gone),
    ] {
        let counter = metrics::counter!("hearth_hw_pwm_writes_total", "outcome" => outcome);
        counter.increment(now.saturating_sub(before));
    }
    let failed = status.fans.iter().any(|fan| fan.state == FanSpin::Failed);
    let fails = u64::from(failed && !counted.failed);
    counted.failed = failed;
    let stalls = now.stalls.saturating_sub(before.stalls);
    metrics::counter!("hearth_hw_fan_faults_total", "kind" => "stalled").increment(stalls);
    metrics::counter!("hearth_hw_fan_faults_total", "kind" => "failed").increment(fails);
    let throttled = whole(now.throttle_s - before.throttle_s, &mut counted.throttle_left_s);
    metrics::counter!("hearth_hw_throttle_seconds_total").increment(throttled);
    if let Some(joules) = status.energy_j {
        let added = whole(joules - counted.joules, &mut counted.joules_left);
        counted.joules = joules;
        metrics::counter!("hearth_hw_package_energy_joules_total").increment(added);
    }
}

fn gauges(status: &HardwareStatus, counted: &mut Counted) {
    let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
    for sensor in &status.temperatures {
        let Some(label) = label(&mut counted.labels, false, &sensor.key) else { continue };
        let of = |name: &'static str| metrics::gauge!(name, "sensor" => label.clone());
        of("hearth_hw_temperature_celsius").set(number(sensor.celsius));
        of("hearth_hw_temperature_limit_celsius").set(number(sensor.limit_c));
    }
    for fan in &status.fans {
        let Some(label) = label(&mut counted.labels, true, &fan.key) else { continue };
        let of = |name: &'static str| metrics::gauge!(name, "fan" => label.clone());
        of("hearth_hw_fan_rpm").set(number(fan.rpm));
        of("hearth_hw_fan_duty_ratio").set(number(fan.duty));
    }
    metrics::gauge!("hearth_hw_power_watts").set(number(status.power_w));
    metrics::gauge!("hearth_hw_power_limit_watts").set(status.allowed_w);
    let resistance = number(status.resistance_k_per_w);
    metrics::gauge!("hearth_hw_thermal_resistance_kelvin_per_watt").set(resistance);
    metrics::gauge!("hearth_hw_thermal_headroom_seconds").set(status.headroom_s);
    metrics::gauge!("hearth_hw_simulated").set(f64::from(u8::from(status.simulated)));
    for (mode, who) in MODES {
        let holds = f64::from(u8::from(status.controlled_by == who));
        metrics::gauge!("hearth_hw_control_mode", "mode" => mode).set(holds);
    }
}

/// A key as a label, unless there are too many already.
fn label(labels: &mut BTreeSet<(bool, String)>, is_fan: bool, key: &str) -> Option<String> {
    let entry = (is_fan, key.to_owned());
    if !labels.contains(&entry) {
        if labels.len() >= LABELS_MAX {
            return None;
        }
        labels.insert(entry);
    }
    Some(key.to_owned())
}

/// The whole part of what was added, with what was left before.
fn whole(added: f64, left: &mut f64) -> u64 {
    *left += added.max(0.0);
    let whole = left.floor();
    *left -= whole;
    whole as u64
}

/// Says how old the last line is; without a machine, nothing.
pub(super) fn age(age: Option<Duration>, state: HardwareState) {
    let Some(age) = age else { return };
    metrics::gauge!("hearth_hw_sensor_stale_seconds").set(age.as_secs_f64().floor());
    if state != HardwareState::Live {
        for name in [
            "hearth_hw_power_watts",
            "hearth_hw_power_limit_watts",
            "hearth_hw_thermal_resistance_kelvin_per_watt",
            "hearth_hw_thermal_headroom_seconds",
        ] {
            metrics::gauge!(name).set(f64::NAN);
        }
        for (mode, _) in MODES {
            metrics::gauge!("hearth_hw_control_mode", "mode" => mode).set(f64::NAN);
        }
    }
}

/// Forgets what sensors and fans showed.
pub(super) fn blank(counted: &Counted) {
    for (is_fan, key) in &counted.labels {
        let (label, names) = if *is_fan {
            ("fan", ["hearth_hw_fan_rpm", "hearth_hw_fan_duty_ratio"])
        } else {
            ("sensor", ["hearth_hw_temperature_celsius", "hearth_hw_temperature_limit_celsius"])
        };
        for name in names {
            metrics::gauge!(name, label => key.clone()).set(f64::NAN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::told;
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use serde_json::json;

    #[test]
    fn counters_go_on_where_a_new_run_counts_from_zero() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe();
            let mut counted = Counted::default();
            for (started, joules, changes) in [("a", 10.6, 3), ("a", 20.9, 5), ("b", 4.2, 1)] {
                let told = told(|line| {
                    line["started"] = json!(started);
                    line["energy_j"] = json!(joules);
                    line["counters"]["speed_changes"] = json!(changes);
                });
                tell(&told, &mut counted);
            }
            age(Some(Duration::from_secs(1)), HardwareState::Live);
        });
        let text = handle.render();
        for line in [
            "hearth_hw_package_energy_joules_total 25",
            "hearth_hw_fan_speed_changes_total 6",
            "hearth_hw_pwm_writes_total{outcome=\"applied\"} 80",
            "hearth_hw_temperature_celsius{sensor=\"sys/devices/pci0000:00/0000:01:00.0/nvme/nvme0:nvme:temp1\"} 41.85",
            "hearth_hw_fan_rpm{fan=\"sys/devices/i2c-0/0-002e:adt7475:pwm1\"} 1240",
            "hearth_hw_control_mode{mode=\"hwctl\"} 1",
            "hearth_hw_control_mode{mode=\"firmware\"} 0",
            "hearth_hw_sensor_stale_seconds 1",
            "# HELP hearth_hw_fan_duty_ratio How strongly a fan is driven, 0 to 1.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_flood_of_names_is_not_exported() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let mut counted = Counted::default();
            for number in 0..1_000 {
                let key = json!(format!("sys/{number}"));
                tell(&told(|line| line["temperatures"][0]["key"] = key), &mut counted);
            }
            blank(&counted);
        });
        let text = handle.render();
        let series = text.lines().filter(|line| line.contains("sensor=")).count();
        assert!((1..=2 * LABELS_MAX).contains(&series), "{series}");
        assert!(text.contains("hearth_hw_temperature_celsius{sensor=\"sys/0\"} NaN"), "{text}");
    }
}
