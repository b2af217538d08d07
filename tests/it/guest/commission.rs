//! Commissioning of a fan behind a real driver, and what the controller makes of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hearth_hwctl::simulated::plant::Build;
use serde_json::Value;

use super::adt7475::{DUTY, MANUAL, MODE, SHOWN};
use super::closed_loop::Hardware;
use super::program::guest;

/// About thirty duties, each until the speed rests behind a cache of two seconds, in an emulated
/// machine beside other tests.
const MEASURED: Duration = Duration::from_secs(480);
/// What the plant's fan is like.
const SUSTAIN: u64 = 40;
const START: u64 = 60;
const FULL_RPM: f64 = 4_200.0;

#[test]
fn a_fan_is_measured_and_what_was_found_is_used_from_then_on() {
    let Some(mut guest) = guest() else { return };
    let hardware = Hardware::start(guest.bus(), 3.0);
    guest.with_a_junction();
    guest.sh("mkdir -p /var/lib/hearth-hwctl");
    guest.take_fan();
    guest.sh("/opt/hearth-hwctl ask calibrate");
    let begin = Instant::now();
    while guest.status("calibration")["state"] != "stored" {
        let calibration = guest.status("calibration");
        assert_ne!(calibration["state"], "aborted", "{calibration} {}", guest.console());
        assert!(begin.elapsed() < MEASURED, "{calibration} {}", guest.sh("cat /tmp/hwctl.log"));
        assert!(hardware.junction_c() < 85.0, "{}", hardware.junction_c());
        std::thread::sleep(Duration::from_secs(1));
    }
    // No energy meter is emulated: the fan was measured, the sink was not.
    assert_eq!(guest.status("calibration")["why"], "no_meter");
    guest.until("it is on the disk", |guest| {
        guest.run("cat /var/lib/hearth-hwctl/calibration.json").code == 0
    });
    let stored = guest.sh("cat /var/lib/hearth-hwctl/calibration.json");
    let stored: Value = serde_json::from_str(&stored).expect("JSON");
    let fan = &stored["fan"];
    let sustain = fan["sustain_pwm"].as_u64().expect("a duty");
    let start = fan["start_pwm"].as_u64().expect("a duty");
    assert!((SUSTAIN..=SUSTAIN + 6).contains(&sustain), "{stored}");
    assert!((START..=START + 12).contains(&start), "{stored}");
    let full = fan["full_rpm"].as_f64().expect("a speed");
    assert!((full - FULL_RPM).abs() < 0.03 * FULL_RPM, "{stored}");
    assert_eq!(fan["points"][0]["echo"], 255);
    assert_eq!(stored["fingerprint"]["kernel_driver"], "adt7475");
    // An idle machine is as quiet as this fan can be, also after a crash and a new start.
    guest.end_by("KILL");
    guest.sh("/opt/hearth-hwctl restore");
    guest.take_fan();
    assert_eq!(guest.status("calibration")["state"], "stored");
    guest.until("it is quiet", |guest| u64::from(guest.register(DUTY)) == sustain);
    assert_eq!(guest.register(MODE), MANUAL);
}

#[test]
fn a_drill_finds_that_the_fan_obeys_and_comes_back() {
    let Some(mut guest) = guest() else { return };
    let _hardware = Hardware::start(guest.bus(), 3.0);
    guest.with_a_junction();
    guest.take_fan();
    guest.sh("/opt/hearth-hwctl ask drill");
    guest.until("the firmware has it for a moment", |guest| guest.register(MODE) != MANUAL);
    guest.until("the drill is over", |guest| guest.status("drill").is_object());
    let drill = guest.status("drill");
    assert_eq!((&drill["passed"], &drill["why"]), (&Value::Bool(true), &Value::Null), "{drill}");
    assert_eq!(guest.register(MODE), MANUAL);
}

#[test]
fn after_more_work_the_junction_comes_to_rest() {
    let Some(mut guest) = guest() else { return };
    // A light machine comes to rest in a minute instead of ten.
    let build = Build { sink_j_per_k: 40.0, case_j_per_k: 100.0, ..Build::middle() };
    let hardware = Hardware::start_as(build, guest.bus(), 10.0);
    guest.with_a_junction();
    guest.take_fan();
    guest.until("the duty is applied", |guest| guest.status("controlled_by") == "hwctl");
    hardware.work(40.0);
    let (begin, mut seen) = (Instant::now(), VecDeque::new());
    loop {
        let now = hardware.junction_c();
        assert!(now < 95.0, "{now}");
        seen.push_back(now);
        if seen.len() > 80 {
            seen.pop_front();
            let most = seen.iter().copied().fold(f64::MIN, f64::max);
            let least = seen.iter().copied().fold(f64::MAX, f64::min);
            if most - least < 2.5 && now > 60.0 {
                break;
            }
        }
        assert!(begin.elapsed() < 5 * SHOWN, "no rest: {seen:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    // And stays there by the fan, which is neither at its least nor at full.
    let duty = guest.register(DUTY);
    assert!((45..=250).contains(&duty), "{duty}");
}
