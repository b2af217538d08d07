//! Calibrations that were stored, cut off, made up, and of other machines.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use proptest::prelude::*;

use super::*;
use crate::commission::Point;
use crate::simulated;
use crate::sysfs::fake::Machine;

/// An office machine whose chip names its driver.
fn machine() -> Machine {
    let machine = Machine::office();
    machine.folder("sys/bus/i2c/drivers/adt7475");
    machine.link("sys/devices/i2c-0/0-002e/driver", "../../../bus/i2c/drivers/adt7475");
    machine
}

fn fingerprint() -> Fingerprint {
    let (root, inventory) = (machine().root(), Inventory::of(&machine().root()));
    Fingerprint {
        kernel_driver: Some("adt7475".to_owned()),
        ..Fingerprint::of(&root, &inventory, &inventory.fans[0])
    }
}

fn load(state: &Path, machine: &Machine) -> Result<Option<Calibration>, CalibrationError> {
    let (root, inventory) = (machine.root(), Inventory::of(&machine.root()));
    Calibration::load_for(state, (&root, &inventory), Some(simulated::FAN))
}

fn measured() -> Measured {
    let point = Point { echo: Some(250), down: Some(Rpm(3_000.0)), up: Some(Rpm(3_010.0)) };
    let fitted = Fitted { sink: Sink::default(), room: Celsius(24.0), rms_k: 0.4 };
    let fan = Fan { sustain: Duty::from_pwm(42), bend: 1.25, ..Fan::default() };
    Measured { tach: 1, fan, points: [point; POINTS.len()], sink: Ok(fitted) }
}

fn stored() -> (tempfile::TempDir, Calibration) {
    let state = tempfile::tempdir().unwrap();
    let calibration = Calibration::new(fingerprint(), &measured(), None, 1_700_000_000);
    calibration.store(state.path()).unwrap();
    (state, calibration)
}

#[test]
fn what_is_stored_is_read_again() {
    let (state, calibration) = stored();
    let again = load(state.path(), &machine()).unwrap().unwrap();
    assert_eq!(again, calibration);
    assert_eq!((again.fan(), again.sink()), (measured().fan, Sink::default()));
    assert_eq!((again.no_sink(), again.echo_off()), (None, 180));
    let empty = tempfile::tempdir().unwrap();
    assert!(Calibration::load(empty.path()).unwrap().is_none());
    let unmetered = Measured { sink: Err(NoSink::NoMeter), ..measured() };
    let unmetered = Calibration::new(fingerprint(), &unmetered, None, 0);
    unmetered.store(state.path()).unwrap();
    let again = Calibration::load(state.path()).unwrap().unwrap();
    assert_eq!((again.no_sink(), again.sink()), (Some(NoSink::NoMeter), Sink::default()));
}

#[test]
fn another_board_chip_driver_or_channel_is_refused_with_the_file_and_what_to_do() {
    let (state, _) = stored();
    let told = |machine: &Machine| load(state.path(), machine).unwrap_err().to_string();
    let (board, driver, chip) = (machine(), Machine::office(), machine());
    board.write("sys/class/dmi/id/board_name", "Board 2\n");
    chip.write("sys/devices/i2c-0/0-002e/hwmon/hwmon1/name", "nct6798\n");
    for told in [told(&board), told(&driver), told(&chip)] {
        assert!(told.contains(FILE) && told.contains("calibrate again, or remove"), "{told}");
        assert!(told.contains("Maker Board 1") && told.contains("adt7475:pwm1"), "{told}");
    }
    let two = machine();
    two.write("sys/devices/i2c-0/0-002e/hwmon/hwmon1/pwm2", "100\n");
    let (root, inventory) = (two.root(), Inventory::of(&two.root()));
    let other = inventory.fans[1].key.to_string();
    let for_fan = |take| Calibration::load_for(state.path(), (&root, &inventory), take);
    assert!(matches!(for_fan(Some(other.as_str())), Err(CalibrationError::Mismatch { .. })));
    assert!(for_fan(None).unwrap().is_some());
}

#[test]
fn figures_that_no_machine_has_are_refused() {
    let (state, _) = stored();
    let good = fs::read_to_string(state.path().join(FILE)).unwrap();
    for (from, to) in [
        ("\"version\": 1", "\"version\": 2"),
        ("\"sustain_pwm\": 42", "\"sustain_pwm\": 0"),
        ("\"sustain_pwm\": 42", "\"sustain_pwm\": 201"),
        ("\"sustain_pwm\": 42", "\"sustain_pwm\": -1"),
        ("\"start_pwm\": 60", "\"start_pwm\": 41"),
        ("\"full_rpm\": 4200.0", "\"full_rpm\": 1e300"),
        ("\"bend\": 1.25", "\"bend\": 0.0"),
        ("\"slowest\": 0.12", "\"slowest\": 1.0"),
        ("\"set\": 204", "\"set\": 205"),
        ("\"down_rpm\": 3000.0", "\"down_rpm\": -3000.0"),
        ("\"junction_k_per_w\": 0.45", "\"junction_k_per_w\": 0.0"),
        ("\"capacity_j_per_k\": 180.0", "\"capacity_j_per_k\": null"),
        ("\"bend\"", "\"path\": \"/etc/passwd\", \"bend\""),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        fs::write(state.path().join(FILE), good.replace(from, to)).unwrap();
        let told = Calibration::load(state.path()).unwrap_err().to_string();
        assert!(told.contains("is damaged") && told.contains(FILE), "{to}: {told}");
    }
}

#[test]
fn power_that_goes_while_storing_leaves_the_old_one() {
    let (state, old) = stored();
    let whole = fs::read(state.path().join(FILE)).unwrap();
    // Whatever part of the new one came to the disk before its name did.
    for length in (0..whole.len()).step_by(41) {
        fs::write(state.path().join(NEW), &whole[..length]).unwrap();
        assert_eq!(Calibration::load(state.path()).unwrap(), Some(old.clone()));
    }
    let new = Calibration { at_unix_s: 1_800_000_000, ..old };
    new.store(state.path()).unwrap();
    assert_eq!(Calibration::load(state.path()).unwrap(), Some(new));
    assert!(!state.path().join(NEW).exists());
    // And a disk that lost the end of what was named.
    for length in (0..whole.len()).step_by(41) {
        fs::write(state.path().join(FILE), &whole[..length]).unwrap();
        let refused = Calibration::load(state.path());
        assert!(matches!(refused, Err(CalibrationError::Damaged { .. })), "{refused:?}");
    }
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join(FILE);
    let refused = || Calibration::load(state.path()).unwrap_err().to_string();
    fs::create_dir(&path).unwrap();
    assert!(refused().contains(FILE));
    fs::remove_dir(&path).unwrap();
    symlink("/dev/zero", &path).unwrap();
    assert!(refused().contains("not a file"), "{}", refused());
    fs::remove_file(&path).unwrap();
    fs::write(&path, vec![b' '; 20_000]).unwrap();
    assert!(refused().contains("16384 bytes"), "{}", refused());
}

#[test]
fn a_folder_that_takes_nothing_is_told() {
    let (state, calibration) = stored();
    let gone = state.path().join("gone");
    let told = calibration.store(&gone).unwrap_err().to_string();
    assert!(
        told.contains("gone/calibration.json") && told.contains("until the next start"),
        "{told}"
    );
    // Root may write anyway.
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o500)).unwrap();
    assert!(calibration.store(state.path()).is_err() || rustix::process::geteuid().is_root());
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o700)).unwrap();
}

proptest! {
    #[test]
    fn any_bytes_are_a_sound_calibration_or_refused(
        at in 0_usize..4_000,
        with in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let whole = Calibration::new(fingerprint(), &measured(), None, 1_700_000_000);
        let mut bytes = serde_json::to_vec_pretty(&whole).unwrap();
        let at = at % bytes.len();
        let end = (at + with.len()).min(bytes.len());
        bytes.splice(at..end, with);
        if let Ok(found) = parse(&bytes) {
            let fan = found.fan();
            prop_assert!(fan.sustain.pwm() >= 10 && fan.start >= fan.sustain);
            prop_assert!(fan.full.0 >= 100.0 && (0.01..=0.95).contains(&fan.slowest));
            prop_assert!(found.sink().capacity_j_per_k >= 15.0);
        }
    }
}
