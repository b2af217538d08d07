//! From the text of a file to a [`Config`], or to a sentence that says what is wrong where.

use std::fs;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::users::Users;
use super::{At, Config, ConfigError, Place};
use crate::bands::Bands;
use crate::curve::{Curve, Points};
use crate::intent::Allowed;
use crate::units::{Celsius, Duty, Rpm, Watts};

/// A longer file is none of ours.
const FILE_BYTES_MAX: u64 = 65_536;
/// What a processor may call critical.
const CRITICAL_C: RangeInclusive<f64> = 60.0..=105.0;
/// What a package may take.
const POWER_W: RangeInclusive<f64> = 5.0..=500.0;
/// Where a curve may begin and end.
const CURVE_C: RangeInclusive<f64> = 0.0..=120.0;
const DUTY: RangeInclusive<f64> = 0.0..=1.0;
/// So many users may be allowed.
const ALLOWED_MAX: usize = 16;

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    machine: MachineWritten,
    fan: FanWritten,
    curve: CurveWritten,
    limits: LimitsWritten,
    intents: IntentsWritten,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MachineWritten {
    board: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FanWritten {
    take: Option<Spanned<String>>,
    skip_rpm: Option<Spanned<Vec<(f64, f64)>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CurveWritten {
    kind: Option<Spanned<Kind>>,
    duty: Option<Spanned<f64>>,
    from_c: Option<Spanned<f64>>,
    to_c: Option<Spanned<f64>>,
    least: Option<Spanned<f64>>,
    points: Option<Spanned<Vec<(f64, f64)>>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Auto,
    Fixed,
    Steps,
    Linear,
    Points,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsWritten {
    critical_c: Option<Spanned<f64>>,
    power_max_w: Option<Spanned<f64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IntentsWritten {
    allow: Option<Spanned<Vec<User>>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a user is a name or a number")]
enum User {
    Number(u32),
    Name(String),
}

/// Reads a file.
///
/// # Errors
///
/// [`ConfigError`], which names file and line.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > FILE_BYTES_MAX {
        let message = format!("the file has {length} bytes, and may have {FILE_BYTES_MAX}");
        return Err(ConfigError::Wrong {
            place: Place { path: path.to_owned(), line: 1 },
            message,
        });
    }
    parse(path, &fs::read_to_string(path).map_err(failed)?, &Users::of_this_machine())
}

/// Understands a text.
pub(super) fn parse(path: &Path, text: &str, users: &Users) -> Result<Config, ConfigError> {
    let file = File { path, text };
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        file.wrong(&at, error.message().trim().replace('\n', ", "))
    })?;
    let LimitsWritten { critical_c, power_max_w } = written.limits;
    let critical = file.within("limits.critical_c", critical_c, CRITICAL_C)?;
    let power_max = file.within("limits.power_max_w", power_max_w, POWER_W)?;
    Ok(Config {
        board: written.machine.board.map(|board| file.at(board)),
        take: written.fan.take.map(|take| file.at(take)),
        bands: file.bands(written.fan.skip_rpm)?,
        curve: file.curve(written.curve)?,
        critical: critical.map(|at| At { value: Celsius(at.value), place: at.place }),
        power_max: power_max.map(|at| At { value: Watts(at.value), place: at.place }),
        allowed: file.allowed(written.intents.allow, users)?,
    })
}

/// The file that is read, for its lines.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        Place { path: self.path.to_owned(), line }
    }

    fn wrong(&self, span: &Range<usize>, message: String) -> ConfigError {
        ConfigError::Wrong { place: self.place(span), message }
    }

    fn at<T>(&self, value: Spanned<T>) -> At<T> {
        let place = self.place(&value.span());
        At { value: value.into_inner(), place }
    }

    fn within(
        &self,
        key: &str,
        value: Option<Spanned<f64>>,
        range: RangeInclusive<f64>,
    ) -> Result<Option<At<f64>>, ConfigError> {
        let Some(value) = value else { return Ok(None) };
        if !range.contains(value.get_ref()) {
            let (from, to) = (range.start(), range.end());
            let message = format!("{key} must be {from} to {to}, not {}", value.get_ref());
            return Err(self.wrong(&value.span(), message));
        }
        Ok(Some(self.at(value)))
    }

    fn bands(&self, written: Option<Spanned<Vec<(f64, f64)>>>) -> Result<Bands, ConfigError> {
        let Some(written) = written else { return Ok(Bands::default()) };
        let bands = written.get_ref().iter().map(|(from, to)| (Rpm(*from), Rpm(*to)));
        let failed = |error| self.wrong(&written.span(), format!("fan.skip_rpm: {error}"));
        Bands::new(bands.collect()).map_err(failed)
    }

    fn curve(&self, written: CurveWritten) -> Result<Curve, ConfigError> {
        let CurveWritten { kind, duty, from_c, to_c, least, points } = written;
        let span = kind.as_ref().map_or(0..0, Spanned::span);
        let kind = kind.map(Spanned::into_inner).unwrap_or_default();
        let keys = [
            ("duty", Kind::Fixed, duty.as_ref().map(Spanned::span)),
            ("from_c", Kind::Linear, from_c.as_ref().map(Spanned::span)),
            ("to_c", Kind::Linear, to_c.as_ref().map(Spanned::span)),
            ("least", Kind::Linear, least.as_ref().map(Spanned::span)),
            ("points", Kind::Points, points.as_ref().map(Spanned::span)),
        ];
        for (key, of, written) in keys {
            match written {
                Some(at) if of != kind => {
                    let message = format!("curve.{key} is for another kind of curve: remove it");
                    return Err(self.wrong(&at, message));
                }
                None if of == kind => {
                    let message = format!("this kind of curve needs curve.{key}");
                    return Err(self.wrong(&span, message));
                }
                _ => {}
            }
        }
        let duty = self.within("curve.duty", duty, DUTY)?;
        let least = self.within("curve.least", least, DUTY)?;
        let from = self.within("curve.from_c", from_c, CURVE_C)?;
        let to = self.within("curve.to_c", to_c, CURVE_C)?;
        match (kind, duty, from.zip(to).zip(least), points) {
            (Kind::Steps, ..) => Ok(Curve::Steps),
            (Kind::Fixed, Some(duty), ..) => Ok(Curve::Fixed(Duty::new(duty.value))),
            (Kind::Linear, _, Some(((from, to), least)), _) => {
                if to.value <= from.value {
                    let message = "curve.to_c must be above curve.from_c".to_owned();
                    return Err(ConfigError::wrong(&to, message));
                }
                let (from, to) = (Celsius(from.value), Celsius(to.value));
                Ok(Curve::Linear { from, to, least: Duty::new(least.value) })
            }
            (Kind::Points, .., Some(points)) => self.points(&points),
            _ => Ok(Curve::Auto),
        }
    }

    fn points(&self, written: &Spanned<Vec<(f64, f64)>>) -> Result<Curve, ConfigError> {
        let failed =
            |message: String| self.wrong(&written.span(), format!("curve.points: {message}"));
        for (nth, (celsius, duty)) in written.get_ref().iter().enumerate() {
            if !CURVE_C.contains(celsius) || !DUTY.contains(duty) {
                let number = nth + 1;
                return Err(failed(format!(
                    "point {number}: [{celsius}, {duty}] must be 0 to 120 °C and a duty of 0 to 1"
                )));
            }
        }
        let points = written.get_ref().iter();
        let points = points.map(|(celsius, duty)| (Celsius(*celsius), Duty::new(*duty))).collect();
        Ok(Curve::Points(Points::new(points).map_err(|error| failed(error.to_string()))?))
    }

    fn allowed(
        &self,
        written: Option<Spanned<Vec<User>>>,
        users: &Users,
    ) -> Result<Allowed, ConfigError> {
        let Some(written) = written else { return Ok(Allowed::default()) };
        let span = written.span();
        let all = written.into_inner();
        if all.len() > ALLOWED_MAX {
            return Err(self.wrong(&span, format!("at most {ALLOWED_MAX} users may be allowed")));
        }
        let number = |user: User| match user {
            User::Number(uid) => Ok(uid),
            User::Name(name) => users.uid(&name).ok_or_else(|| {
                let message = format!("there is no user \"{name}\" on this machine");
                self.wrong(&span, message)
            }),
        };
        Ok(Allowed(all.into_iter().map(number).collect::<Result<_, _>>()?))
    }
}
