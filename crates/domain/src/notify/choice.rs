//! What somebody chose about being interrupted. Every field has a default, so that events written
//! before it existed still decode.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Keyword;
use crate::limits::ZONE_BYTES_MAX;
use crate::text::{TextError, texts};
use crate::time::Timestamp;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// What may interrupt somebody, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Notices {
    /// Whether an open page shows notifications of the system.
    pub desktop: bool,
    /// What is heard.
    pub sound: Sound,
    /// How loud.
    pub volume: Volume,
    /// What the tab and the app's icon show.
    pub badge: Badge,
    /// Whether a notification shows what was written.
    pub preview: bool,
    /// Words that count as a mention; at most 20.
    #[schema(value_type = Vec<String>)]
    pub keywords: Vec<Keyword>,
    /// When nothing interrupts, week for week.
    pub quiet: Option<QuietHours>,
    /// Until when nothing interrupts.
    pub paused_until: Option<Timestamp>,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            desktop: true,
            sound: Sound::default(),
            volume: Volume::default(),
            badge: Badge::default(),
            preview: true,
            keywords: Vec::new(),
            quiet: None,
            paused_until: None,
        }
    }
}

/// What is heard when something calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sound {
    /// Nothing.
    Off,
    /// Two warm notes.
    #[default]
    Ember,
    /// One drop.
    Drop,
    /// A knock on wood.
    Knock,
}

/// How loud, from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(from = "u8", into = "u8")]
#[schema(value_type = u8, maximum = 100)]
pub struct Volume(u8);

impl Volume {
    const MAX: u8 = 100;
}

impl Default for Volume {
    fn default() -> Self {
        Self(60)
    }
}

impl From<u8> for Volume {
    /// Louder than the loudest is the loudest.
    fn from(percent: u8) -> Self {
        Self(percent.min(Self::MAX))
    }
}

impl From<Volume> for u8 {
    fn from(volume: Volume) -> Self {
        volume.0
    }
}

/// What the tab and the app's icon show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Badge {
    /// How many messages call, and a dot for other unread ones.
    #[default]
    Unread,
    /// How many messages call.
    Calls,
    /// Nothing.
    Off,
}

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// The days of a week.
    pub const ALL: [Self; 7] =
        [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The day before.
    #[must_use]
    pub const fn before(self) -> Self {
        match self {
            Self::Mon => Self::Sun,
            Self::Tue => Self::Mon,
            Self::Wed => Self::Tue,
            Self::Thu => Self::Wed,
            Self::Fri => Self::Thu,
            Self::Sat => Self::Fri,
            Self::Sun => Self::Sat,
        }
    }
}

/// A time of day, in minutes after midnight: 0 to 1,439.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(try_from = "u16", into = "u16")]
#[schema(value_type = u16, maximum = 1439)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// The first minute.
    pub const MIDNIGHT: Self = Self(0);
}

/// No day has this minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day has 1,440 minutes")]
pub struct NoSuchMinute;

impl TryFrom<u16> for MinuteOfDay {
    type Error = NoSuchMinute;

    fn try_from(minute: u16) -> Result<Self, NoSuchMinute> {
        if minute < MINUTES_PER_DAY { Ok(Self(minute)) } else { Err(NoSuchMinute) }
    }
}

impl From<MinuteOfDay> for u16 {
    fn from(minute: MinuteOfDay) -> Self {
        minute.0
    }
}

texts! {
    /// The name of a time zone, as the tz database has it: `Asia/Shanghai`.
    ZoneName by parse
}

impl ZoneName {
    /// The zone that is always there.
    #[must_use]
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// Checks the form of a name; whether there is such a zone is not known here.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or has a character that no zone has.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-');
        if raw.is_empty() || raw.starts_with('/') {
            return Err(TextError::Empty);
        }
        if raw.len() > ZONE_BYTES_MAX {
            return Err(TextError::TooLong { max: ZONE_BYTES_MAX });
        }
        match raw.chars().find(|c| !part(*c)) {
            Some(c) => Err(TextError::Character { code_point: c.into() }),
            None => Ok(Self(raw.to_owned())),
        }
    }
}

/// A day and a time on somebody's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The day.
    pub day: Weekday,
    /// The time.
    pub minute: MinuteOfDay,
}

/// Hours in which nothing interrupts, on some days of every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietHours {
    /// The days on which they begin.
    #[schema(value_type = Vec<Weekday>)]
    pub days: BTreeSet<Weekday>,
    /// When they begin.
    pub from: MinuteOfDay,
    /// When they end; if that is not later than `from`, on the next day.
    pub to: MinuteOfDay,
    /// Whose clock counts.
    pub zone: ZoneName,
}

impl QuietHours {
    /// Whether they hold at a time on the clock of their zone.
    #[must_use]
    pub fn holds(&self, now: LocalTime) -> bool {
        let begins = |day: Weekday| self.days.contains(&day);
        if self.from < self.to {
            return begins(now.day) && (self.from..self.to).contains(&now.minute);
        }
        (begins(now.day) && now.minute >= self.from)
            || (begins(now.day.before()) && now.minute < self.to)
    }
}
