//! One moment of the machine, as `hearth-hwctl` tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$of:meta])+ $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])+ $variant),+ }
    )+};
}

words! {
    /// Who drives the fan.
    HardwareController {
        /// `hearth-hwctl`.
        Hwctl,
        /// The machine's firmware.
        Firmware,
    }

    /// Why the fan does what it does.
    FanReason {
        /// To hold the heat sink.
        Sink,
        /// By a curve.
        Curve,
        /// For a drive, memory or the board.
        Aside,
        /// It goes on for a moment, because a reading is missing.
        Holding,
        /// A reading has been missing for some time.
        Blind,
        /// A reading has been missing for so long that the fan runs at full.
        Lost,
        /// The processor is hot.
        Hot,
        /// The fan stood and is started.
        Kick,
        /// The fan stands for good.
        FanFailed,
        /// It is being measured.
        Calibrating,
        /// It is being tested.
        Drill,
        /// The firmware knows.
        Firmware,
    }

    /// Why a temperature is not known.
    ReadingUnknown {
        /// There is no such sensor.
        Missing,
        /// What was read is no number.
        Garbage,
        /// The sensor says that it is faulty.
        Fault,
        /// No such sensor can measure this.
        OutOfRange,
        /// It changed faster than it can.
        Jumped,
        /// It stands still although it should move.
        Stuck,
        /// It was read too long ago.
        Stale,
    }

    /// What a sensor is on.
    SensorKind {
        /// The processor.
        Processor,
        /// A drive.
        Drive,
        /// Memory.
        Memory,
        /// The graphics card.
        Graphics,
        /// The board.
        Board,
    }

    /// What a fan does.
    FanSpin {
        /// It turns.
        Turning,
        /// It has no tachometer that tells.
        Untold,
        /// It stood and is started.
        Kick,
        /// It stands for good.
        Failed,
    }

    /// What came of driving a fan.
    FanOutcome {
        /// What was wanted.
        Applied,
        /// Nearly: the chip knows coarser steps.
        Quantised,
        /// Nothing.
        Ignored,
        /// The firmware took the fan back.
        Stolen,
        /// It was not allowed.
        Denied,
        /// The fan is not there any more.
        Gone,
    }

    /// What heat allows.
    HeatState {
        /// Everything.
        Free,
        /// Less power.
        Capped,
        /// The least power.
        Floor,
        /// Nothing: the machine switches itself off.
        PowerOff,
    }

    /// What came of a limit of power.
    CapState {
        /// There is none.
        None,
        /// It is not known yet.
        Pending,
        /// The machine takes no more.
        Effective,
        /// The machine takes more.
        NotEffective,
        /// The machine knows no such limit.
        Unsupported,
    }

    /// How much noise is welcome.
    HardwareProfile {
        /// Less noise, and less power for it.
        Quiet,
        /// As the machine is made.
        Balanced,
        /// All it can do, for two minutes.
        Boost,
    }

    /// Where the calibration is.
    CalibrationState {
        /// There is none.
        None,
        /// It is being made.
        Running,
        /// There is one, of this machine.
        Stored,
        /// There is one of another machine.
        Mismatch,
        /// The last one was broken off.
        Aborted,
    }

    /// What is measured now.
    CalibrationStep {
        /// Which fan it is.
        Find,
        /// The speed at each duty.
        Sweep,
        /// What starts it from a standstill.
        Start,
        /// How heat leaves.
        Load,
    }

    /// Why a calibration was broken off, or is not whole.
    CalibrationWhy {
        /// It was too hot.
        TooHot,
        /// The fan has no tachometer that tells.
        FanUntold,
        /// There is no fan.
        NoFan,
        /// Somebody said stop.
        Stopped,
        /// Power is not measured here: the fan is calibrated, what leads the heat away is not.
        NoMeter,
        /// What was measured tells nothing of what leads the heat away; the fan is calibrated.
        NoFit,
        /// The processor's temperature was not known.
        Blind,
        /// It holds until the next start only.
        NotStored,
    }

    /// Why a drill was not passed.
    DrillWhy {
        /// The fan did not do what it was told.
        FanDidNotFollow,
        /// It was too hot.
        TooHot,
        /// Somebody said stop.
        Stopped,
        /// There is no fan that can be driven.
        NoFan,
        /// The processor's temperature was not known.
        Blind,
    }
}

/// What Linux can do with the fan: `A` drive and check it, `B` drive it, `C` set its own curve, `D` choose
/// a level, `E` nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum FanTier {
    /// Drive it and see that it turns.
    A,
    /// Drive it.
    B,
    /// Set the curve by which the chip drives it.
    C,
    /// Choose one of the maker's levels.
    D,
    /// Nothing.
    E,
}

/// One sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HardwareTemperature {
    /// Which, as `hearth-hwctl list` shows it.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it is on.
    pub kind: SensorKind,
    /// In °C.
    pub celsius: Option<f64>,
    /// What it must not pass, in °C.
    pub limit_c: Option<f64>,
}

/// One fan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HardwareFan {
    /// Which, as `hearth-hwctl list` shows it.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Whether `hearth-hwctl` drives it.
    pub ours: bool,
    /// Its speed.
    pub rpm: Option<f64>,
    /// How strongly it is driven, 0 to 1.
    pub duty: Option<f64>,
    /// What it does.
    pub state: FanSpin,
    /// What came of driving it.
    pub outcome: Option<FanOutcome>,
}

/// The calibration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calibration {
    /// Where it is.
    pub state: CalibrationState,
    /// What is measured now.
    pub step: Option<CalibrationStep>,
    /// How far it is, 0 to 1.
    pub progress: f64,
    /// Why it was broken off, or is not whole.
    pub why: Option<CalibrationWhy>,
}

/// The last drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drill {
    /// When, in seconds since 1970.
    pub at_unix_s: u64,
    /// Whether the fan followed.
    pub passed: bool,
    /// Why it was not passed.
    pub why: Option<DrillWhy>,
}

/// One moment of the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HardwareStatus {
    /// The form of the line: [`STATUS_VERSION`].
    pub version: u32,
    /// Which run of `hearth-hwctl`: another one counts from zero.
    pub started: String,
    /// Whether the machine is a simulated one.
    pub simulated: bool,
    /// The board.
    pub board: String,
    /// What Linux can do with the fan.
    pub tier: FanTier,
    /// Who drives the fan.
    pub controlled_by: HardwareController,
    /// Why it does what it does.
    pub reason: FanReason,
    /// The heat sink, in °C, where its model is known.
    pub sink_c: Option<f64>,
    /// What it is held at, in °C.
    pub sink_aim_c: Option<f64>,
    /// The junction, in °C.
    pub junction_c: Option<f64>,
    /// Why it is not known.
    pub junction_unknown: Option<ReadingUnknown>,
    /// What it must not pass, in °C.
    pub junction_limit_c: Option<f64>,
    /// At most 16 sensors, the junction's first.
    pub temperatures: Vec<HardwareTemperature>,
    /// At most 8 fans.
    pub fans: Vec<HardwareFan>,
    /// The package, in watts.
    pub power_w: Option<f64>,
    /// What it took since this run started, in joules.
    pub energy_j: Option<f64>,
    /// The share of the processor that is busy.
    pub load: Option<f64>,
    /// The share of the memory that is in use.
    pub memory: Option<f64>,
    /// The processor's frequency, in MHz.
    pub frequency_mhz: Option<f64>,
    /// What heat allows.
    pub heat: HeatState,
    /// The power that may be taken now, in watts.
    pub allowed_w: f64,
    /// The power that may be taken for ever, in watts.
    pub sustained_w: f64,
    /// How long the present power can go on, in seconds.
    pub headroom_s: f64,
    /// The limit of power, in watts.
    pub cap_w: Option<f64>,
    /// What came of it.
    pub cap_state: CapState,
    /// The profile that holds now.
    pub profile: HardwareProfile,
    /// The profile that was asked for.
    pub wanted_profile: HardwareProfile,
    /// How long it stays quiet by request, in seconds.
    pub quiet_left_s: f64,
    /// How long the boost goes on, in seconds.
    pub boost_left_s: f64,
    /// The heat sink's resistance relative to a clean one.
    pub dust: f64,
    /// Whether that is measured.
    pub dust_known: bool,
    /// The heat sink's resistance to the air.
    pub resistance_k_per_w: Option<f64>,
    /// The calibration.
    pub calibration: Calibration,
    /// The last drill.
    pub drill: Option<Drill>,
}

/// The form of the line that this build understands.
pub const STATUS_VERSION: u32 = 2;
/// Sensors in one line.
pub const TEMPERATURES_MAX: usize = 16;
/// Fans in one line.
pub const FANS_MAX: usize = 8;
