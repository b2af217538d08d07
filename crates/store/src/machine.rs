//! What the machine under the office did: by the second for an hour, by the minute for 30 days, by the
//! hour for five years, the energy of each day, and how it should be run.
//!
//! Everything of a minute is written in one transaction ([`note`]): its seconds, the minute, the hour it
//! belongs to (made anew from its minutes, so that nothing depends on who ran when), what the day took,
//! and how far the meter was read. So energy is counted once, whoever of the two programs stops when.
//! Sizes: 43,200 minutes and 43,800 hours at most, 7 MB each where every figure is known.

use hearth_domain::machine::MachineSettings;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, ToSql, params, params_from_iter};

use crate::column::{int, record_or_default, time, time_in};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// How long a second is kept, in seconds.
pub const SECONDS_KEPT_S: u64 = 3_600;
/// How long a minute is kept, in seconds.
pub const MINUTES_KEPT_S: u64 = 30 * 24 * 3_600;
/// How long an hour is kept, in seconds: five years.
pub const HOURS_KEPT_S: u64 = 5 * 366 * 24 * 3_600;
/// Days of energy that are kept: five years.
const DAYS_KEPT_MAX: i64 = 5 * 366;
/// Rows removed at once, so that nobody waits long.
const PURGED_AT_ONCE: u32 = 1_000;
const HOUR_S: u64 = 3_600;
/// Figures of which least, mean and most are kept.
const FIGURES: usize = 6;

/// The least, the mean and the most of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The most.
    pub max: f64,
}

/// What is kept of a stretch of time. A figure that was never known is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Its beginning, in seconds since 1970.
    pub at_s: u64,
    /// How many seconds of it were seen.
    pub samples: u64,
    /// The junction, in °C.
    pub junction_c: Option<Range>,
    /// The first fan, in revolutions per minute.
    pub fan_rpm: Option<Range>,
    /// Its duty, 0 to 1.
    pub fan_duty: Option<Range>,
    /// The package, in watts.
    pub power_w: Option<Range>,
    /// The power that might be taken, in watts.
    pub allowed_w: Option<Range>,
    /// The heat sink's resistance relative to a clean one.
    pub dust: Option<Range>,
}

impl Range {
    /// Of one value.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        Self { min: value, mean: value, max: value }
    }

    /// Of two, each of so many seconds.
    #[must_use]
    fn with(self, samples: u64, other: Self, others: u64) -> Self {
        let weight = others as f64 / (samples + others).max(1) as f64;
        Self {
            min: self.min.min(other.min),
            mean: self.mean + (other.mean - self.mean) * weight,
            max: self.max.max(other.max),
        }
    }
}

impl Stretch {
    /// This stretch and another one together, from the beginning of this one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let join = |a: Option<Range>, b: Option<Range>| match (a, b) {
            (Some(a), Some(b)) => Some(a.with(self.samples, b, other.samples)),
            (a, b) => a.or(b),
        };
        Self {
            at_s: self.at_s,
            samples: self.samples + other.samples,
            junction_c: join(self.junction_c, other.junction_c),
            fan_rpm: join(self.fan_rpm, other.fan_rpm),
            fan_duty: join(self.fan_duty, other.fan_duty),
            power_w: join(self.power_w, other.power_w),
            allowed_w: join(self.allowed_w, other.allowed_w),
            dust: join(self.dust, other.dust),
        }
    }

    const fn figures(&self) -> [Option<Range>; FIGURES] {
        [self.junction_c, self.fan_rpm, self.fan_duty, self.power_w, self.allowed_w, self.dust]
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let range = |figure: usize| -> rusqlite::Result<Option<Range>> {
            let at = 2 + 3 * figure;
            let (min, mean, max) = (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
            let range = |((min, mean), max)| Range { min, mean, max };
            Ok(Option::zip(Option::zip(min, mean), max).map(range))
        };
        Ok(Self {
            at_s: row.get::<_, i64>(0)?.cast_unsigned(),
            samples: row.get::<_, i64>(1)?.cast_unsigned(),
            junction_c: range(0)?,
            fan_rpm: range(1)?,
            fan_duty: range(2)?,
            power_w: range(3)?,
            allowed_w: range(4)?,
            dust: range(5)?,
        })
    }
}

/// How far the energy counter was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// Which run of `hearth-hwctl`.
    pub started: String,
    /// What its counter showed, in joules.
    pub joules: f64,
    /// When.
    pub at: Timestamp,
}

/// What is noted at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// Seconds, in order.
    pub seconds: Vec<Stretch>,
    /// Minutes, or what was seen of them.
    pub minutes: Vec<Stretch>,
    /// What days took since the last note, in joules.
    pub energy: Vec<(String, f64)>,
    /// How far the counter was counted for that.
    pub meter: Option<Meter>,
}

macro_rules! stretches {
    ($($name:ident = $table:literal)+) => {$(
        mod $name {
            pub(super) const FROM: &str = concat!(
                "SELECT * FROM ", $table, " WHERE at >= ?1 AND at < ?2 ORDER BY at"
            );
            pub(super) const PUT: &str = concat!(
                "INSERT OR REPLACE INTO ", $table, " VALUES ",
                "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)"
            );
            pub(super) const PURGE: &str = concat!(
                "DELETE FROM ", $table, " WHERE at IN (SELECT at FROM ", $table,
                " WHERE at < ?1 ORDER BY at LIMIT ?2)"
            );
        }
    )+};
}

stretches! {
    of_minutes = "machine_minutes"
    of_hours = "machine_hours"
}

/// In the columns of a stretch, of one sample each.
const SECONDS: &str = "SELECT at, 1, junction, junction, junction, rpm, rpm, rpm, duty, duty, duty, \
    power, power, power, allowed, allowed, allowed, dust, dust, dust FROM machine_seconds ORDER BY at";

/// Notes seconds and minutes, with all that goes with them. What was noted of the same minute before is
/// kept in it; seconds that are not of the hour before the last one are forgotten.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn note(tx: &mut WriteTx<'_>, note: &Note) -> Result<(), DbError> {
    put_seconds(tx, &note.seconds)?;
    for minute in &note.minutes {
        let before = between(tx, of_minutes::FROM, minute.at_s, minute.at_s + 1)?;
        let whole = before.first().map_or(*minute, |before| before.with(minute));
        put(tx, of_minutes::PUT, &whole)?;
        let hour_s = minute.at_s - minute.at_s % HOUR_S;
        let minutes = between(tx, of_minutes::FROM, hour_s, hour_s + HOUR_S)?;
        let empty = Stretch { at_s: hour_s, ..Stretch::default() };
        put(tx, of_hours::PUT, &minutes.iter().fold(empty, |hour, minute| hour.with(minute)))?;
    }
    for (day, joules) in &note.energy {
        const ADD: &str = "
            INSERT INTO machine_energy (day, joules) VALUES (?1, ?2)
            ON CONFLICT (day) DO UPDATE SET joules = joules + excluded.joules";
        tx.execute(ADD, params![day, joules])?;
    }
    if let Some(Meter { started, joules, at }) = &note.meter {
        const READ: &str = "
            INSERT OR REPLACE INTO machine_meter (only_row, started, joules, at)
            VALUES (1, ?1, ?2, ?3)";
        tx.execute(READ, params![started, joules, time_in(*at)])?;
    }
    Ok(())
}

fn put_seconds(tx: &mut WriteTx<'_>, seconds: &[Stretch]) -> Result<(), DbError> {
    const PUT: &str = "INSERT OR REPLACE INTO machine_seconds VALUES (?1,?2,?3,?4,?5,?6,?7)";
    const FORGET: &str = "DELETE FROM machine_seconds WHERE at <= ?1 OR at > ?2";
    let Some(last) = seconds.last() else { return Ok(()) };
    for second in seconds {
        let [junction, rpm, duty, power, allowed, dust] =
            second.figures().map(|figure| figure.map(|range| range.mean));
        tx.execute(PUT, params![int(second.at_s), junction, rpm, duty, power, allowed, dust])?;
    }
    // A clock that was put back has seconds of the future behind it.
    let before = int(last.at_s.saturating_sub(SECONDS_KEPT_S));
    tx.execute(FORGET, params![before, int(last.at_s)]).map(drop)
}

fn put(tx: &mut WriteTx<'_>, sql: &'static str, stretch: &Stretch) -> Result<(), DbError> {
    let mut values: Vec<Box<dyn ToSql>> =
        vec![Box::new(int(stretch.at_s)), Box::new(int(stretch.samples))];
    for figure in stretch.figures() {
        values.push(Box::new(figure.map(|range| range.min)));
        values.push(Box::new(figure.map(|range| range.mean)));
        values.push(Box::new(figure.map(|range| range.max)));
    }
    tx.execute(sql, params_from_iter(values)).map(drop)
}

fn between(
    tx: &ReadTx<'_>,
    sql: &'static str,
    from_s: u64,
    to_s: u64,
) -> Result<Vec<Stretch>, DbError> {
    tx.rows(sql, [int(from_s), int(to_s)], Stretch::read)
}

/// All seconds that are kept, in order.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn seconds(tx: &ReadTx<'_>) -> Result<Vec<Stretch>, DbError> {
    tx.rows(SECONDS, [], Stretch::read)
}

/// Minutes that began at or after a time and before another one, in order; times are in seconds since
/// 1970.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn minutes(tx: &ReadTx<'_>, from_s: u64, to_s: u64) -> Result<Vec<Stretch>, DbError> {
    between(tx, of_minutes::FROM, from_s, to_s)
}

/// Hours, in the same way.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn hours(tx: &ReadTx<'_>, from_s: u64, to_s: u64) -> Result<Vec<Stretch>, DbError> {
    between(tx, of_hours::FROM, from_s, to_s)
}

/// What the last days took, in joules, the latest last.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn energy(tx: &ReadTx<'_>, days: u32) -> Result<Vec<(String, f64)>, DbError> {
    const DAYS: &str = "SELECT day, joules FROM machine_energy ORDER BY day DESC LIMIT ?1";
    let mut days = tx.rows(DAYS, [days], |row| Ok((row.get(0)?, row.get(1)?)))?;
    days.reverse();
    Ok(days)
}

/// How far the energy counter was counted.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn meter(tx: &ReadTx<'_>) -> Result<Option<Meter>, DbError> {
    const METER: &str = "SELECT started, joules, at FROM machine_meter";
    tx.first(METER, [], |row| {
        Ok(Meter { started: row.get(0)?, joules: row.get(1)?, at: time(row, 2)? })
    })
}

/// How the machine should be run.
///
/// # Errors
/// [`DbError`] when the statement fails, or the row can't be read.
pub fn settings(tx: &ReadTx<'_>) -> Result<MachineSettings, DbError> {
    const SETTINGS: &str = "SELECT record FROM machine_settings";
    let found = tx.first(SETTINGS, [], |row| record_or_default(row, 0))?;
    Ok(found.unwrap_or_default())
}

/// Says how the machine should be run.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn set(tx: &mut WriteTx<'_>, settings: &MachineSettings) -> Result<(), DbError> {
    const SET: &str = "INSERT OR REPLACE INTO machine_settings (only_row, record) VALUES (1, ?1)";
    tx.execute(SET, [serde_json::to_string(settings)?]).map(drop)
}

/// Removes what is older than it is kept, a part of it at a time; how many rows.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn purge(tx: &mut WriteTx<'_>) -> Result<usize, DbError> {
    const DAYS: &str = "
        DELETE FROM machine_energy WHERE day <= (
          SELECT day FROM machine_energy ORDER BY day DESC LIMIT 1 OFFSET ?1)";
    let now_s = tx.now().as_ms() / 1_000;
    let minutes = int(now_s.saturating_sub(MINUTES_KEPT_S));
    let hours = int(now_s.saturating_sub(HOURS_KEPT_S));
    let gone = tx.execute(of_minutes::PURGE, params![minutes, PURGED_AT_ONCE])?;
    let gone = gone + tx.execute(of_hours::PURGE, params![hours, PURGED_AT_ONCE])?;
    Ok(gone + tx.execute(DAYS, [DAYS_KEPT_MAX])?)
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[of_minutes::FROM, of_hours::FROM, of_minutes::PURGE];
