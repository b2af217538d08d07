//! A chip that behaves like measured ones, driven.

use super::super::fake::{Bench, EACCES, EINVAL, Nature};
use super::*;

fn driven(nature: Nature) -> (Bench, Drive) {
    let bench = Bench::new(nature);
    let key = Key {
        device: "d".to_owned(),
        driver: if nature == Nature::Quantising(4) { "lm63" } else { "adt7475" }.to_owned(),
        channel: "pwm1".to_owned(),
        label: None,
    };
    (bench.clone(), Drive::new(key, bench.ports()))
}

/// Drives with a duty and looks once a second for twelve seconds; what was seen, without repeats.
fn outcomes(bench: &Bench, drive: &mut Drive, pwm: u8) -> Vec<Outcome> {
    let mut seen = Vec::new();
    for _ in 0..12 {
        let now = bench.with(|chip| {
            chip.now_s += 1.0;
            Seconds(chip.now_s)
        });
        let done = drive.drive(Duty::from_pwm(pwm), now);
        seen.extend(done.err());
        if let Verdict::Known(outcome) = drive.verify(now) {
            seen.push(outcome);
        }
    }
    seen.dedup();
    seen
}

#[test]
fn an_obedient_chip_applies_and_a_quantising_one_comes_close() {
    let (bench, mut drive) = driven(Nature::Obedient);
    assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Applied]);
    assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 200));
    let (bench, mut drive) = driven(Nature::Quantising(4));
    assert_eq!(outcomes(&bench, &mut drive, 130), [Outcome::Quantised(128)]);
}

#[test]
fn a_success_without_effect_is_ignored() {
    let (bench, mut drive) = driven(Nature::Deaf);
    assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Ignored]);
}

#[test]
fn a_fan_that_does_not_speed_up_is_ignored_once() {
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 60);
    bench.with(|chip| chip.blocked = true);
    let seen = outcomes(&bench, &mut drive, 220);
    assert!(seen.contains(&Outcome::Ignored), "{seen:?}");
}

#[test]
fn a_stolen_fan_is_noticed_although_the_mode_lies_and_is_taken_again() {
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 200);
    bench.steal();
    let seen = outcomes(&bench, &mut drive, 200);
    assert_eq!(seen, [Outcome::Stolen, Outcome::Applied]);
    assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 200));
}

#[test]
fn a_theft_that_the_chip_hides_shows_in_the_speed_long_before_the_minute_is_over() {
    let (bench, mut drive) = driven(Nature::Secretive);
    for _ in 0..2 {
        outcomes(&bench, &mut drive, 200);
    }
    assert_eq!(bench.with(|chip| chip.mode), 1);
    bench.steal();
    let seen = outcomes(&bench, &mut drive, 200);
    assert_eq!(seen, [Outcome::Applied, Outcome::Stolen, Outcome::Applied]);
    assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 200));
}

#[test]
fn a_theft_is_found_also_while_the_duty_changes_every_second() {
    let (bench, mut drive) = driven(Nature::Obedient);
    let mut stolen_after = None;
    for second in 0..60_u32 {
        let now = Seconds(f64::from(second));
        bench.with(|chip| chip.now_s = now.0);
        if second == 30 {
            bench.steal();
        }
        drive.drive(Duty::from_pwm(100 + (second % 20) as u8), now).unwrap();
        let verdict = drive.verify(now);
        if second < 30 {
            assert!(!matches!(verdict, Verdict::Known(_)), "{verdict:?} at {second}");
        } else if verdict == Verdict::Known(Outcome::Stolen) {
            stolen_after = stolen_after.or(Some(second - 30));
        }
    }
    assert!(stolen_after.is_some_and(|after| after <= 5), "{stolen_after:?}");
    assert_eq!(bench.with(|chip| chip.mode), 1);
}

#[test]
fn a_chip_that_can_not_be_read_is_unread_and_after_a_while_given_up() {
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 200);
    bench.with(|chip| chip.unreadable = true);
    let verdicts: Vec<Verdict> = (0..6).map(|_| drive.verify(Seconds(20.0))).collect();
    assert_eq!(verdicts, [Verdict::Unread; 6]);
    assert!(drive.is_hopeless());
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 200);
    bench.with(|chip| chip.unreadable = true);
    assert_eq!(drive.verify(Seconds(20.0)), Verdict::Unread);
    bench.with(|chip| chip.unreadable = false);
    assert_eq!(drive.verify(Seconds(21.0)), Verdict::Known(Outcome::Applied));
    assert!(!drive.is_hopeless());
}

#[test]
fn a_fan_that_another_program_keeps_taking_is_hopeless() {
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 200);
    for second in 0..60 {
        bench.steal();
        let now = Seconds(100.0 + f64::from(second));
        bench.with(|chip| chip.now_s = now.0);
        drive.drive(Duty::from_pwm(200), now).unwrap();
        bench.steal();
        drive.verify(now);
    }
    assert!(drive.is_hopeless());
}

#[test]
fn refusals_are_told_apart() {
    let (bench, mut drive) = driven(Nature::Refusing(EACCES));
    assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Denied]);
    let (bench, mut drive) = driven(Nature::Refusing(EINVAL));
    assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Ignored]);
    let (bench, mut drive) = driven(Nature::Obedient);
    bench.with(|chip| chip.gone = true);
    assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Gone]);
}

#[test]
fn a_fan_is_given_back_to_the_firmware_or_left_at_full() {
    let (bench, mut drive) = driven(Nature::Obedient);
    outcomes(&bench, &mut drive, 60);
    assert_eq!(drive.hand_back(Some(2)), GivenBack::Firmware(2));
    assert_eq!(bench.with(|chip| chip.mode), 2);
    outcomes(&bench, &mut drive, 60);
    assert_eq!(drive.hand_back(None), GivenBack::Firmware(2));
    // "No control" is refused by this chip as by most, and manual mode has no other driver.
    for original in [0, MANUAL] {
        outcomes(&bench, &mut drive, 60);
        assert_eq!(drive.hand_back(Some(original)), GivenBack::Full);
        assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 255));
    }
}
