//! A machine over half a year or a whole one: does it notice its dust, and only its dust?
//!
//! Every day is another office day. The room follows the seasons by 5 K, the hours by 2 K and chance by
//! 1 K a day; a sensor shows the air of the case in whole kelvins. A machine that gathers dust goes
//! from 1.0 to 1.6 in 180 days; a clean one is watched for a year.

use serde::Serialize;

use super::day;
use super::plant::{Build, Noise as _, STEP_S};
use super::random::Draws;
use super::rivals::Rival;
use super::run::Office;

/// From here on the controller asks for cleaning.
const ASKS: f64 = 1.15;
const DUSTY_DAYS: u32 = 180;
const DUST_GROWS_TO: f64 = 1.6;
const YEAR_DAYS: u32 = 365;
const STEPS_PER_HOUR: usize = (3_600.0 / STEP_S) as usize;
/// How much machines of one kind differ.
const SPREAD: f64 = 0.1;

/// What became of all machines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seasons {
    machines: u64,
    /// The dust at which it was found, on average and at worst; nothing if one was never found.
    found_at_dust: Option<f64>,
    found_at_dust_max: Option<f64>,
    /// How often a clean machine was called dusty.
    false_alarms_per_year: f64,
    /// The highest dust that a clean machine was said to have.
    clean_dust_max: f64,
}

/// One machine at work for months.
struct Months {
    office: Office,
    room_c: f64,
    seed: u64,
    draws: Draws,
}

impl Months {
    fn new(seed: u64) -> Self {
        let mut chance = Draws::new(seed, 1);
        let build = Build::middle().varied(|value| chance.around(value, SPREAD));
        let office = Office::new(build, Rival::OursWithAir, Draws::new(seed, 3));
        Self { office, room_c: build.room_c, seed, draws: Draws::new(seed, 5) }
    }

    /// One day; what is known of the dust at its end.
    fn day(&mut self, day: u32, dust: f64) -> Option<f64> {
        self.office.plant.build.dust = dust;
        let season = 5.0 * (std::f64::consts::TAU * f64::from(day) / f64::from(YEAR_DAYS)).sin();
        let chance = self.draws.normal();
        let wishes = day::office(24, Draws::new(self.seed * 1_000 + u64::from(day), 2));
        for (hour, wishes) in wishes.chunks(STEPS_PER_HOUR).enumerate() {
            let hours = 2.0 * (std::f64::consts::TAU * (hour as f64 - 9.0) / 24.0).sin();
            self.office.plant.build.room_c = self.room_c + season + hours + chance;
            for wish in wishes {
                self.office.step(*wish, false);
            }
        }
        let health = self.office.cooling.health?;
        health.dust_known.then_some(health.dust)
    }
}

/// Runs so many machines of each kind, on every core.
pub(crate) fn run(machines: u64, seed: u64) -> Seasons {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let both = std::thread::scope(|scope| {
        let one = |nth: u64| -> Vec<(Option<f64>, (u32, f64))> {
            let mine = (0..machines).filter(|n| n % cores == nth);
            mine.map(|n| (dusty(seed + n), clean(seed + n))).collect()
        };
        let threads: Vec<_> = (0..cores).map(|nth| scope.spawn(move || one(nth))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    let found: Option<Vec<f64>> = both.iter().map(|(found, _)| *found).collect();
    let found = found.filter(|found| !found.is_empty());
    let mean = |found: &Vec<f64>| found.iter().sum::<f64>() / found.len() as f64;
    let alarms: u32 = both.iter().map(|(_, (alarms, _))| alarms).sum();
    Seasons {
        machines,
        found_at_dust: found.as_ref().map(mean),
        found_at_dust_max: found.map(|found| found.into_iter().fold(f64::MIN, f64::max)),
        false_alarms_per_year: f64::from(alarms) / machines as f64,
        clean_dust_max: both.iter().map(|(_, (_, most))| *most).fold(f64::MIN, f64::max),
    }
}

/// At which dust it is found.
fn dusty(seed: u64) -> Option<f64> {
    let mut months = Months::new(seed);
    (0..DUSTY_DAYS).find_map(|day| {
        let dust = 1.0 + (DUST_GROWS_TO - 1.0) * f64::from(day) / f64::from(DUSTY_DAYS);
        months.day(day, dust).filter(|told| *told >= ASKS).map(|_| dust)
    })
}

/// How often dust is found where there is none, and the most of it.
fn clean(seed: u64) -> (u32, f64) {
    let (mut months, mut alarms, mut asked, mut most) = (Months::new(seed), 0, false, f64::MIN);
    for day in 0..YEAR_DAYS {
        let told = months.day(day, 1.0);
        let asks = told.is_some_and(|told| told >= ASKS);
        alarms += u32::from(asks && !asked);
        (asked, most) = (asks, most.max(told.unwrap_or(most)));
    }
    (alarms, most)
}
