//! How cool, how quiet and how steady controllers keep a simulated machine.
//!
//! Every controller gets the same 24-hour office days on the same machines: `seeds` of them, each
//! with a day of its own and with constants that differ by up to 10 % from the middle, in a clean
//! machine, in a room of 30 °C, and with dust that takes the fan's effect down by 1.6. Figures are
//! means with 95 % confidence intervals; `max_tj_c` and `time_over_limit_s` are the worst of all.
//! Then faults, with the heaviest work there is. `docs/thermal.md` has the equations and the results.
//!
//! It is a simulation: it takes no hearthd, and it says nothing about a real machine's watts. Only
//! the drills run a program, the real `hearth-hwctl`, on a machine that is a folder.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::Common;
use crate::output;
use crate::report::Report;
use crate::thermal::day;
use crate::thermal::drills::{self, Drills};
use crate::thermal::plant::{Build, Fault};
use crate::thermal::random::Draws;
use crate::thermal::rivals::Rival;
use crate::thermal::run::{self, Answer};
use crate::thermal::score::{Estimate, Score};
use crate::thermal::seasons::{self, Seasons};

/// How much machines of one kind differ.
const SPREAD: f64 = 0.1;

/// Every controller. Lines and PI have the quietest of the settings in [`tune`] that kept clean and
/// warm machines below the limit; they were chosen on other seeds than those that are compared.
const RIVALS: [Rival; 9] = [
    Rival::Full,
    Rival::Steps,
    Rival::Fancontrol { from_c: 60.0, to_c: 90.0, average: 1 },
    Rival::Fancontrol { from_c: 60.0, to_c: 90.0, average: 5 },
    Rival::Bios,
    Rival::Pi { aim_c: 75.0, per_k: 3.0 / 255.0, per_k_s: 0.05 / 255.0 },
    Rival::Ours,
    Rival::OursFanOnly,
    Rival::OursMeasured,
];

const FAULTS: [(&str, Option<Fault>); 6] = [
    ("stalled_fan", Some(Fault::Stalled)),
    ("worn_bearing", Some(Fault::Worn)),
    ("sensor_gone", Some(Fault::SensorGone)),
    ("sensor_stuck", Some(Fault::SensorStuck)),
    ("mode_stolen", Some(Fault::Stolen)),
    ("pause_20_s", None),
];

/// Options of `fans`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Days and machines.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// How long a day is.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
    hours: u32,
    /// Also end the real hearth-hwctl so often at random moments.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    drills: u64,
    /// Also let so many machines gather dust for half a year, and as many stay clean for a year.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000))]
    dust: u64,
    /// Also try the ends of every constant's range.
    #[arg(long)]
    sweep: bool,
    /// Also try other settings of the rivals.
    #[arg(long)]
    tune: bool,
}

/// By controller, by figure.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, Estimate>>;

#[derive(Debug, Serialize)]
struct Fields {
    wall_wh: f64,
    max_tj_c: f64,
    changes_per_h: f64,
    reversals_per_h: f64,
    leq_dba: f64,
    time_over_limit_s: f64,
    quieter_than_bios_dba: f64,
    fault_over_limit_s: f64,
    #[serde(flatten)]
    drills: Option<Drills>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dust: Option<Seasons>,
    cases: BTreeMap<&'static str, Table>,
    faults: BTreeMap<&'static str, BTreeMap<&'static str, Answer>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sweep: BTreeMap<String, Table>,
}

/// Measures `fans`.
pub(crate) async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let (seed, settings) = (common.seed, options.clone());
    let scratch = common.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let work = move || {
        let drilled = (settings.drills > 0).then(|| {
            let program = std::env::current_exe()?.with_file_name("hearth-hwctl");
            drills::run(program, &scratch, settings.drills, seed)
        });
        let drills = drilled.transpose()?;
        let dust = (settings.dust > 0).then(|| seasons::run(settings.dust, seed));
        anyhow::Ok(Fields { drills, dust, ..compare(seed, &settings) })
    };
    let fields = tokio::task::spawn_blocking(work).await??;
    Report::new("fans", options, &fields)
}

fn cases() -> [(&'static str, Build); 3] {
    let clean = Build::middle();
    [
        ("clean", clean),
        ("warm", Build { room_c: 30.0, ..clean }),
        ("dusty", Build { dust: 1.6, ..clean }),
    ]
}

fn compare(seed: u64, options: &Options) -> Fields {
    let mut tables = BTreeMap::new();
    for (case, build) in cases() {
        let table = table(build, &RIVALS, seed, options);
        output::note(&markdown(case, &table));
        tables.insert(case, table);
    }
    let mut faults = BTreeMap::new();
    for (name, fault) in FAULTS {
        let answer = |rival: Rival| {
            let draws = Draws::new(seed, 4);
            (rival.name(), run::fault(Build::middle(), rival, fault, draws))
        };
        let answers: BTreeMap<_, _> = [Rival::Bios, Rival::Ours].map(answer).into();
        output::note(&format!("{name}: {answers:?}"));
        faults.insert(name, answers);
    }
    let mut sweep = BTreeMap::new();
    if options.sweep {
        for (name, build) in ends() {
            let table = table(build, &[Rival::Bios, Rival::Ours], seed, options);
            output::note(&markdown(&name, &table));
            sweep.insert(name, table);
        }
    }
    if options.tune {
        tune(seed, options);
    }
    let ours = |of: &'static str| tables.values().map(move |table| table["hwctl"][of]);
    let worst = |of| ours(of).map(|estimate| estimate.mean).fold(f64::MIN, f64::max);
    let peak = |of| ours(of).map(|estimate| estimate.max).fold(f64::MIN, f64::max);
    let quieter = tables
        .values()
        .map(|table| table["bios_like"]["leq_dba"].mean - table["hwctl"]["leq_dba"].mean);
    Fields {
        wall_wh: tables["clean"]["hwctl"]["wall_wh"].mean,
        max_tj_c: peak("max_tj_c"),
        changes_per_h: worst("changes_per_h"),
        reversals_per_h: worst("reversals_per_h"),
        leq_dba: worst("leq_dba"),
        time_over_limit_s: peak("time_over_limit_s"),
        quieter_than_bios_dba: quieter.fold(f64::MAX, f64::min),
        fault_over_limit_s: faults.values().map(over_limit_s).sum(),
        drills: None,
        dust: None,
        cases: tables,
        faults,
        sweep,
    }
}

fn over_limit_s(answers: &BTreeMap<&str, Answer>) -> f64 {
    answers["hwctl"].time_over_limit_s
}

/// All rivals over all seeds, on every core.
fn table(build: Build, rivals: &[Rival], seed: u64, options: &Options) -> Table {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let scores: Vec<Vec<Score>> = std::thread::scope(|scope| {
        let one = |nth: u64| -> Vec<Vec<Score>> {
            let mine = (0..options.seeds).filter(|n| n % cores == nth);
            mine.map(|n| one_day(build, rivals, seed + n, options.hours)).collect()
        };
        let threads: Vec<_> = (0..cores).map(|nth| scope.spawn(move || one(nth))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let estimate = |rival: usize, figure: usize| {
        let values: Vec<f64> = scores.iter().map(|day| day[rival].figures()[figure]).collect();
        Estimate::of(&values)
    };
    let row = |(nth, rival): (usize, &Rival)| {
        let figures = Score::NAMES.iter().enumerate();
        (rival.name(), figures.map(|(figure, name)| (*name, estimate(nth, figure))).collect())
    };
    rivals.iter().enumerate().map(row).collect()
}

fn one_day(build: Build, rivals: &[Rival], seed: u64, hours: u32) -> Vec<Score> {
    let mut draws = Draws::new(seed, 1);
    let build = build.varied(|value| draws.around(value, SPREAD));
    let wishes = day::office(hours, Draws::new(seed, 2));
    rivals.iter().map(|rival| run::day(build, *rival, &wishes, Draws::new(seed, 3))).collect()
}

/// The middle machine with one constant at an end of its range.
fn ends() -> Vec<(String, Build)> {
    let middle = Build::middle();
    vec![
        ("junction_j_per_k 2".to_owned(), Build { junction_j_per_k: 2.0, ..middle }),
        ("junction_j_per_k 8".to_owned(), Build { junction_j_per_k: 8.0, ..middle }),
        ("junction_k_per_w 0.3".to_owned(), Build { junction_k_per_w: 0.3, ..middle }),
        ("junction_k_per_w 0.7".to_owned(), Build { junction_k_per_w: 0.7, ..middle }),
        ("sink_j_per_k 100".to_owned(), Build { sink_j_per_k: 100.0, ..middle }),
        ("sink_j_per_k 300".to_owned(), Build { sink_j_per_k: 300.0, ..middle }),
        ("exponent 0.5".to_owned(), Build { exponent: 0.5, ..middle }),
        ("leak_per_k 0.01".to_owned(), Build { leak_per_k: 0.01, ..middle }),
        ("leak_per_k 0.02".to_owned(), Build { leak_per_k: 0.02, ..middle }),
        ("fan_full_w 1".to_owned(), Build { fan_full_w: 1.0, ..middle }),
        ("fan_full_w 4".to_owned(), Build { fan_full_w: 4.0, ..middle }),
        ("room_c 18".to_owned(), Build { room_c: 18.0, ..middle }),
        ("room_c 38".to_owned(), Build { room_c: 38.0, ..middle }),
    ]
}

/// The seeds that settings are tried on begin here, far from those that are compared.
const TUNING_SEED: u64 = 10_000;

/// Shows what the rivals' settings trade.
fn tune(seed: u64, options: &Options) {
    let mut settings = Vec::new();
    for average in [1, 5] {
        for from_c in [40.0, 45.0, 50.0, 55.0, 60.0] {
            for to_c in [80.0, 85.0, 90.0] {
                settings.push(Rival::Fancontrol { from_c, to_c, average });
            }
        }
    }
    for aim_c in [65.0, 70.0, 75.0, 80.0] {
        for gain in [0.5, 1.0, 2.0] {
            let (per_k, per_k_s) = (gain * 3.0 / 255.0, gain * 0.05 / 255.0);
            settings.push(Rival::Pi { aim_c, per_k, per_k_s });
        }
    }
    settings.push(Rival::Bios);
    settings.push(Rival::Ours);
    for (case, build) in cases() {
        for rival in &settings {
            let table = table(build, &[*rival], seed + TUNING_SEED, options);
            output::note(&format!("{rival:?} {}", markdown(case, &table)));
        }
    }
}

fn markdown(case: &str, table: &Table) -> String {
    let mut text = format!("{case} | {}\n", Score::NAMES.join(" | "));
    for (rival, figures) in table {
        text.push_str(&format!("| {rival} "));
        for name in Score::NAMES {
            let Estimate { mean, ci95, max } = figures[name];
            let cell = match name {
                "max_tj_c" | "time_over_limit_s" | "throttled_s" => format!("| {max:.1} "),
                "work_percent" => format!("| {mean:.2} "),
                _ => format!("| {mean:.1} ± {ci95:.1} "),
            };
            text.push_str(&cell);
        }
        text.push_str("|\n");
    }
    text
}
