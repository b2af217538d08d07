use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::lever::Bounds;
use super::*;
use crate::sysfs::Attribute;
use crate::sysfs::fake::{EACCES, EINVAL, Machine};
use crate::sysfs::originals::{Hold, Originals, Thing, restore};

const ENODEV: i32 = 19;

/// What a register does with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    Obedient,
    /// Rounds down to eighths of a watt.
    Counting,
    /// Says yes and stays as it is: locked by firmware.
    Locked,
    Refusing(i32),
    /// Takes the value, and says that it failed.
    Lying,
}

#[derive(Debug)]
struct Register {
    nature: Nature,
    says: String,
    gone: bool,
    writes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Wire(Arc<Mutex<Register>>);

impl Wire {
    fn new(nature: Nature, says: &str) -> Self {
        let says = says.to_owned();
        Self(Arc::new(Mutex::new(Register { nature, says, gone: false, writes: Vec::new() })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Register) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    fn says(&self) -> String {
        self.with(|register| register.says.clone())
    }
}

impl Attribute for Wire {
    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.with(|register| {
            if register.gone {
                return Err(io::Error::from_raw_os_error(ENODEV));
            }
            let text = format!("{}\n", register.says);
            let length = text.len().min(into.len());
            into[..length].copy_from_slice(&text.as_bytes()[..length]);
            Ok(length)
        })
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        let text = std::str::from_utf8(text).unwrap().trim_end().to_owned();
        self.with(|register| {
            if register.gone {
                return Err(io::Error::from_raw_os_error(ENODEV));
            }
            register.writes.push(text.clone());
            match register.nature {
                Nature::Obedient => register.says = text,
                Nature::Counting => match text.parse::<u64>() {
                    Ok(value) => register.says = (value / 125_000 * 125_000).to_string(),
                    Err(_) => return Err(io::Error::from_raw_os_error(EINVAL)),
                },
                Nature::Locked => {}
                Nature::Refusing(errno) => return Err(io::Error::from_raw_os_error(errno)),
                Nature::Lying => {
                    register.says = text;
                    return Err(io::Error::from_raw_os_error(5));
                }
            }
            Ok(())
        })
    }
}

fn power(control: &str, limit: &str) -> Which {
    Which::Power {
        control: control.to_owned(),
        zone: "package-0".to_owned(),
        limit: limit.to_owned(),
    }
}

fn lever(which: Which, wire: &Wire, most: Option<u64>) -> Lever {
    let choices = ["quiet", "balanced", "performance", "balance_power", "power"];
    let choices = choices.into_iter().map(str::to_owned).collect();
    let bounds = Bounds { most, choices, ..Bounds::default() };
    Lever::new(which, Box::new(wire.clone()), bounds)
}

/// A package with both limits, and what was kept.
fn package(nature: Nature) -> (Wire, Wire, Levers) {
    let (long, short) = (Wire::new(nature, "46000000"), Wire::new(nature, "56000000"));
    let levers = vec![
        lever(power("intel-rapl", LONG), &long, Some(65_000_000)),
        lever(power("intel-rapl", SHORT), &short, None),
    ];
    (long, short, Levers::new(levers))
}

fn capped(watts: f64) -> Wish {
    Wish { cap: Some(Watts(watts)), ..Wish::default() }
}

fn set(levers: &mut Levers, wish: &Wish, run: &Path) -> Done {
    levers.set(wish, &mut |seen: &[Setting]| Originals::keep_settings(run, seen)).unwrap()
}

#[test]
fn a_cap_goes_to_both_limits_and_away_again_and_nothing_is_written_twice() {
    let run = tempfile::tempdir().unwrap();
    let (long, short, mut levers) = package(Nature::Counting);
    for _ in 0..3 {
        let done = set(&mut levers, &capped(35.0), run.path());
        assert_eq!((done.power, done.frequency), (Some(Outcome::Applied), None));
    }
    assert_eq!((long.says(), short.says()), ("35000000".to_owned(), "35000000".to_owned()));
    assert_eq!(long.with(|register| register.writes.len()), 1);
    set(&mut levers, &Wish::default(), run.path());
    assert_eq!((long.says(), short.says()), ("46000000".to_owned(), "56000000".to_owned()));
    assert!(!levers.holds());
}

#[test]
fn a_cap_never_lifts_a_limit() {
    let run = tempfile::tempdir().unwrap();
    let (long, short, mut levers) = package(Nature::Obedient);
    set(&mut levers, &capped(50.0), run.path());
    assert_eq!((long.says(), short.says()), ("46000000".to_owned(), "50000000".to_owned()));
    for nonsense in [f64::NAN, f64::INFINITY, -5.0, 1e300] {
        set(&mut levers, &capped(nonsense), run.path());
        let said: u64 = long.says().parse().unwrap();
        assert!((1_000_000..=46_000_000).contains(&said), "{nonsense}: {said}");
    }
}

#[test]
fn refusals_locks_and_losses_are_told_apart() {
    let run = tempfile::tempdir().unwrap();
    for (nature, outcome) in [
        (Nature::Locked, Outcome::Ignored),
        (Nature::Refusing(EACCES), Outcome::Denied),
        (Nature::Refusing(1), Outcome::Denied),
        (Nature::Refusing(EINVAL), Outcome::Ignored),
    ] {
        let (long, _, mut levers) = package(nature);
        assert_eq!(set(&mut levers, &capped(20.0), run.path()).power, Some(outcome), "{nature:?}");
        assert_eq!(long.says(), "46000000");
        let back = levers.give_back(&Originals::load(run.path()).unwrap().unwrap().settings());
        assert!(back.iter().all(|(_, given)| *given == GivenBack::AsBefore), "{back:?}");
    }
    let (long, _, mut levers) = package(Nature::Obedient);
    set(&mut levers, &capped(20.0), run.path());
    long.with(|register| register.says = "46000000".to_owned());
    long.with(|register| register.nature = Nature::Locked);
    assert_eq!(set(&mut levers, &capped(20.0), run.path()).power, Some(Outcome::Stolen));
    long.with(|register| register.gone = true);
    assert_eq!(set(&mut levers, &capped(20.0), run.path()).power, Some(Outcome::Gone));
    assert!(levers.is_lost());
}

#[test]
fn the_lower_of_two_drivers_counts() {
    let run = tempfile::tempdir().unwrap();
    let (mmio, msr) =
        (Wire::new(Nature::Obedient, "40000000"), Wire::new(Nature::Locked, "46000000"));
    let mut levers = Levers::new(vec![
        lever(power("intel-rapl", LONG), &msr, None),
        lever(power("intel-rapl-mmio", LONG), &mmio, None),
    ]);
    assert_eq!(set(&mut levers, &capped(20.0), run.path()).power, Some(Outcome::Applied));
    assert_eq!(mmio.says(), "20000000");
}

#[test]
fn what_can_not_be_kept_is_not_written() {
    let (long, short, mut levers) = package(Nature::Obedient);
    let nowhere = Path::new("/proc/nowhere");
    let refused = levers
        .set(&capped(20.0), &mut |seen: &[Setting]| Originals::keep_settings(nowhere, seen))
        .unwrap_err();
    assert!(refused.to_string().contains("no limit written"), "{refused}");
    assert!(long.with(|register| register.writes.is_empty()));
    assert!(short.with(|register| register.writes.is_empty()));
}

#[test]
fn a_limit_that_says_nonsense_is_not_touched() {
    let run = tempfile::tempdir().unwrap();
    for says in ["0", "", "-5", "many", "46000000 watts", "99999999999999999999", "../../etc"] {
        let wire = Wire::new(Nature::Obedient, says);
        let mut levers = Levers::new(vec![lever(power("intel-rapl", LONG), &wire, None)]);
        let done = set(&mut levers, &capped(20.0), run.path());
        assert_eq!(done.power, Some(Outcome::Ignored), "{says}");
        assert_eq!(wire.says(), says);
    }
}

#[test]
fn limits_that_the_profile_moves_are_kept_before_the_profile_is_written() {
    let run = tempfile::tempdir().unwrap();
    let profile = Wire::new(Nature::Obedient, "balanced");
    let long = Wire::new(Nature::Obedient, "46000000");
    let mut levers = Levers::new(vec![
        lever(Which::Profile, &profile, None),
        lever(power("intel-rapl", LONG), &long, None),
    ]);
    let quiet = Wish { quiet: true, ..Wish::default() };
    set(&mut levers, &quiet, run.path());
    assert_eq!(profile.says(), "quiet");
    // The firmware makes the limit smaller, then a cap comes and goes.
    long.with(|register| register.says = "25000000".to_owned());
    set(&mut levers, &Wish { quiet: true, ..capped(20.0) }, run.path());
    assert_eq!(long.says(), "20000000");
    set(&mut levers, &Wish::default(), run.path());
    assert_eq!((profile.says(), long.says()), ("balanced".to_owned(), "46000000".to_owned()));
}

#[test]
fn a_machine_without_package_limits_has_frequencies_and_preferences() {
    let (machine, run) = (Machine::empty(), tempfile::tempdir().unwrap());
    let base = "sys/devices/system/cpu/cpufreq";
    for policy in ["policy0", "policy1"] {
        machine.write(&format!("{base}/{policy}/cpuinfo_min_freq"), "400000\n");
        machine.write(&format!("{base}/{policy}/cpuinfo_max_freq"), "4000000\n");
        machine.write(&format!("{base}/{policy}/scaling_max_freq"), "3600000\n");
        let words = "default performance balance_performance balance_power power\n";
        let epp = format!("{base}/{policy}/energy_performance");
        machine.write(&format!("{epp}_available_preferences"), words);
        machine.write(&format!("{epp}_preference"), "balance_performance\n");
    }
    let root = machine.root();
    let mut levers = find(&root);
    let wish =
        |share, saving| Wish { frequency: Some(share), saving: Some(saving), ..capped(15.0) };
    let done = set(&mut levers, &wish(0.5, Saving::Some), run.path());
    let applied = Some(Outcome::Applied);
    assert_eq!((done.power, done.frequency, done.preference), (None, applied, applied));
    let says = |what: &str| machine.read(&format!("{base}/policy1/{what}"));
    assert!(says("scaling_max_freq").starts_with("2000000\n"));
    assert!(says("energy_performance_preference").starts_with("balance_power\n"));
    // Not below the processor's least, not above what was there.
    set(&mut levers, &wish(0.01, Saving::Most), run.path());
    assert!(says("scaling_max_freq").starts_with("400000\n"));
    set(&mut levers, &wish(1.0, Saving::Some), run.path());
    assert!(says("scaling_max_freq").starts_with("3600000\n"));
    drop(levers);
    let done = restore(&root, run.path(), Hold::Released).unwrap();
    assert!(done.iter().all(|(_, given)| *given == GivenBack::AsBefore), "{done:?}");
    assert!(says("energy_performance_preference").starts_with("balance_performance\n"));
    assert!(says("scaling_max_freq").starts_with("3600000\n"));
}

const ZONE: &str = "sys/class/powercap/intel-rapl:0";

#[test]
fn restore_gives_limits_back_once_and_leaves_later_changes_alone() {
    let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
    let root = machine.root();
    let limit = format!("{ZONE}/constraint_0_power_limit_uw");
    set(&mut find(&root), &capped(20.0), run.path());
    assert!(machine.read(&limit).starts_with("20000000\n"));
    // A program that starts again keeps the first original.
    set(&mut find(&root), &capped(15.0), run.path());
    // While a program runs, what it needs stays.
    restore(&root, run.path(), Hold::Held).unwrap();
    assert!(machine.read(&limit).starts_with("46000000\n"));
    set(&mut find(&root), &capped(15.0), run.path());
    let done = restore(&root, run.path(), Hold::Released).unwrap();
    assert!(done.contains(&(Thing::Limit(power("intel-rapl", LONG)), GivenBack::AsBefore)));
    assert!(machine.read(&limit).starts_with("46000000\n"));
    machine.write(&limit, "30000000\n");
    assert_eq!(restore(&root, run.path(), Hold::Released).unwrap(), []);
    assert_eq!(machine.read(&limit), "30000000\n");
}

#[test]
fn a_zone_that_is_gone_is_told_and_the_original_stays() {
    let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
    let root = machine.root();
    set(&mut find(&root), &capped(20.0), run.path());
    let folder = machine.root().path().join(ZONE);
    let away = machine.root().path().join("away");
    std::fs::rename(&folder, &away).unwrap();
    let done = restore(&root, run.path(), Hold::Released).unwrap();
    assert!(done.iter().all(|(_, given)| *given == GivenBack::Failed(Outcome::Gone)), "{done:?}");
    std::fs::rename(&away, folder.with_file_name("intel-rapl:3")).unwrap();
    restore(&root, run.path(), Hold::Released).unwrap();
    let limit = "sys/class/powercap/intel-rapl:3/constraint_0_power_limit_uw";
    assert!(machine.read(limit).starts_with("46000000\n"));
}

#[test]
fn a_zone_that_went_and_came_is_limited_again_and_given_back() {
    let run = tempfile::tempdir().unwrap();
    let (old, _, mut levers) = package(Nature::Obedient);
    set(&mut levers, &capped(20.0), run.path());
    old.with(|register| register.gone = true);
    assert_eq!(set(&mut levers, &capped(20.0), run.path()).power, Some(Outcome::Gone));
    assert!(levers.is_lost());
    // Nothing is there any more: what was lost is not forgotten.
    levers.renew(Levers::default());
    assert!(levers.is_lost() && levers.holds());
    // It comes back as we left it, and as the firmware sets it.
    for says in ["20000000", "46000000"] {
        let new = Wire::new(Nature::Obedient, says);
        levers.renew(Levers::new(vec![lever(power("intel-rapl", LONG), &new, None)]));
        assert_eq!(set(&mut levers, &capped(18.0), run.path()).power, Some(Outcome::Applied));
        assert_eq!(new.says(), "18000000");
        set(&mut levers, &Wish::default(), run.path());
        assert_eq!(new.says(), "46000000");
    }
}

#[test]
fn hostile_originals_reach_no_other_file_and_write_no_nonsense() {
    let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
    let root = machine.root();
    let file = run.path().join("originals.json");
    let settings = [
        r#"{"which":{"what":"frequency","policy":"../../../../etc"},"value":"1"}"#,
        r#"{"which":{"what":"power","control":"intel-rapl","zone":"package-0","limit":"long_term"},"value":"1\n2"}"#,
        r#"{"which":{"what":"power","control":"intel-rapl","zone":"package-0","limit":"long_term"},"value":"99999999999999"}"#,
        r#"{"which":{"what":"enabled","control":"intel-rapl","zone":"package-0"},"value":"yes"}"#,
    ];
    for setting in settings {
        std::fs::write(&file, format!(r#"{{"version":2,"fans":[],"settings":[{setting}]}}"#))
            .unwrap();
        let done = restore(&root, run.path(), Hold::Released).unwrap();
        assert!(matches!(done[0].1, GivenBack::Failed(_)), "{setting}: {done:?}");
    }
    assert_eq!(machine.read(&format!("{ZONE}/constraint_0_power_limit_uw")), "46000000\n");
    assert_eq!(machine.read(&format!("{ZONE}/enabled")), "1\n");
}

fn natures() -> impl Strategy<Value = Nature> {
    prop_oneof![
        Just(Nature::Obedient),
        Just(Nature::Counting),
        Just(Nature::Locked),
        Just(Nature::Refusing(EACCES)),
        Just(Nature::Refusing(EINVAL)),
        Just(Nature::Lying),
    ]
}

fn wishes() -> impl Strategy<Value = Wish> {
    let cap = prop::option::of(prop_oneof![0.0..80.0_f64, Just(f64::NAN), Just(-1.0)]);
    let frequency = prop::option::of(-0.5..1.5_f64);
    let saving = prop::option::of(prop_oneof![Just(Saving::Some), Just(Saving::Most)]);
    (cap, frequency, saving, any::<bool>()).prop_map(|(cap, frequency, saving, quiet)| Wish {
        cap: cap.map(Watts),
        frequency,
        saving,
        quiet,
    })
}

proptest! {
    // Each case syncs a few files.
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn no_sequence_leaves_a_limit_written_after_it_is_given_back(
        steps in prop::collection::vec((wishes(), prop::option::of((0..6_usize, natures())), any::<bool>()), 1..12),
        crash in any::<bool>(),
    ) {
        let run = tempfile::tempdir().unwrap();
        let policy = || "policy0".to_owned();
        let originals = ["balanced", "46000000", "56000000", "1", "4000000", "performance"];
        let whiches = [
            Which::Profile,
            power("intel-rapl", LONG),
            power("intel-rapl", SHORT),
            Which::Enabled { control: "intel-rapl".to_owned(), zone: "package-0".to_owned() },
            Which::Frequency { policy: policy() },
            Which::Preference { policy: policy() },
        ];
        let wires = originals.map(|says| Wire::new(Nature::Obedient, says));
        let all = || {
            let one = |(which, wire): (&Which, &Wire)| lever(which.clone(), wire, None);
            Levers::new(whiches.iter().zip(&wires).map(one).collect())
        };
        let mut levers = all();
        for (wish, change, again) in steps {
            if let Some((nth, nature)) = change {
                wires[nth].with(|register| register.nature = nature);
            }
            set(&mut levers, &wish, run.path());
            // What is written is never above what was there.
            for nth in [1, 2, 4] {
                let (said, before): (u64, u64) = (wires[nth].says().parse().unwrap(), originals[nth].parse().unwrap());
                prop_assert!(said <= before, "{said} over {before}");
            }
            if again {
                // A crash, and a new program that knows nothing but the file.
                levers = all();
            }
        }
        // Whatever went wrong with writing has passed; a lock that came over our own value could not.
        for wire in &wires {
            wire.with(|register| register.nature = Nature::Obedient);
        }
        if crash {
            levers = all();
            let kept = Originals::load(run.path()).unwrap().unwrap_or_default();
            levers.give_back(&kept.settings());
        } else {
            set(&mut levers, &Wish::default(), run.path());
            let kept = Originals::load(run.path()).unwrap().unwrap_or_default();
            levers.give_back(&kept.settings());
        }
        for (wire, original) in wires.iter().zip(originals) {
            prop_assert_eq!(wire.says(), original);
        }
    }
}
