//! The machine under the office: what `hearth-hwctl` tells of it, what is kept of that, and what those
//! who run the office may set.
//!
//! [`HardwareStatus`] is the line that `hearth-hwctl` writes once a second, without its counters. Every
//! field is always there; what is not known is null.

pub use hearth_domain::machine::{EnergyPrice, StandingProfile};
use hearth_domain::notify::{QuietHours, ZoneName};
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

mod status;

pub use status::*;

/// Whether the machine is seen now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HardwareState {
    /// A line came within the last five seconds.
    Live,
    /// The last line is older; its figures are those of then.
    Stale,
    /// Nothing was heard for a minute, or ever.
    #[default]
    Absent,
}

/// What somebody should look at.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HardwareAlarmKind {
    /// The processor is so hot that the machine switches itself off.
    PowerOff,
    /// The processor is so hot that it may take the least power only.
    Floor,
    /// A fan stands and can't be made to turn.
    FanFailed,
    /// The processor's temperature is not known.
    SensorLost,
    /// The processor is hot: the fan runs at full, and the power is limited.
    Hot,
    /// The heat sink cools worse than it did when it was clean.
    Dust,
    /// A limit of power was set and the machine takes more.
    CapNotEffective,
    /// The calibration is of another board, fan or driver: the firmware has the fan.
    CalibrationMismatch,
    /// `hearth-hwctl` was here in the last days and says nothing now.
    HwctlAbsent,
}

/// An alarm that holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HardwareAlarm {
    /// What it is about.
    pub kind: HardwareAlarmKind,
    /// Since when.
    pub since: Timestamp,
}

/// What the processor took on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyDay {
    /// The day on the office's clock: `2026-11-28`.
    pub day: String,
    /// In joules.
    pub joules: f64,
}

/// What the processor took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Energy {
    /// Today, in joules.
    pub today_j: f64,
    /// The last 400 days of which something is known, the latest last.
    pub days: Vec<EnergyDay>,
}

/// The machine: `GET /hardware`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HardwareReport {
    /// Whether it is seen now.
    pub state: HardwareState,
    /// The last that was heard; null while absent.
    pub status: Option<Box<HardwareStatus>>,
    /// What somebody should look at, the worst first.
    pub alarms: Vec<HardwareAlarm>,
    /// What the processor took.
    pub energy: Energy,
    /// What electricity costs, if the office said so.
    pub price: Option<EnergyPrice>,
    /// When the machine is quiet, week for week.
    pub quiet_hours: Option<QuietHours>,
    /// The profile that was chosen. What holds now is in the status.
    pub profile: StandingProfile,
    /// Whose midnight ends a day of energy: the zone of the quiet hours, else the machine's.
    pub zone: ZoneName,
}

/// Changes how the machine is run: `PUT /admin/hardware`. What is absent stays, null takes it away.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareChange {
    /// The profile. `boost` holds for two minutes and is not kept.
    pub profile: Option<HardwareProfile>,
    /// When the machine is quiet.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet_hours: Option<Option<QuietHours>>,
    /// What electricity costs.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<EnergyPrice>)]
    pub price: Option<Option<EnergyPrice>>,
}

/// A field that is there, whether or not it is null.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What the machine can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HardwareAct {
    /// Measure the fan and the heat sink. It takes minutes and makes noise.
    Calibrate,
    /// Step the fan and see whether it follows.
    Drill,
    /// End a calibration or a drill.
    Stop,
}

/// Asks the machine to do something: `POST /admin/hardware/actions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HardwareAction {
    /// What.
    pub action: HardwareAct,
}

/// How far back the history goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HistorySpan {
    /// An hour, second for second.
    #[default]
    Hour,
    /// 30 days, minute for minute.
    Month,
    /// Five years, hour for hour.
    Years,
}

/// Which history: `GET /hardware/history`.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// How far back; an hour if absent.
    #[param(inline)]
    pub span: HistorySpan,
}

/// The past, column by column; all columns have one length, at most 3,600. Where there are more
/// points, neighbours are put together. A figure that was not known is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HardwareHistory {
    /// The finest step, in seconds: 1, 60 or 3,600.
    pub step_s: u32,
    /// The beginning of the span, in seconds since 1970.
    pub from: u64,
    /// The beginning of each point, in seconds since 1970, ascending.
    pub at: Vec<u64>,
    /// The junction, in °C, on average.
    pub junction_c: Vec<Option<f32>>,
    /// At its coolest.
    pub junction_min_c: Vec<Option<f32>>,
    /// At its hottest.
    pub junction_max_c: Vec<Option<f32>>,
    /// The first fan, in revolutions per minute, on average.
    pub fan_rpm: Vec<Option<f32>>,
    /// At its fastest.
    pub fan_max_rpm: Vec<Option<f32>>,
    /// Its duty, 0 to 1, on average.
    pub fan_duty: Vec<Option<f32>>,
    /// The package, in watts, on average.
    pub power_w: Vec<Option<f32>>,
    /// At its most.
    pub power_max_w: Vec<Option<f32>>,
    /// The power that might be taken, in watts, on average.
    pub allowed_w: Vec<Option<f32>>,
    /// The heat sink's resistance relative to a clean one, on average; null where not known.
    pub dust: Vec<Option<f32>>,
}
