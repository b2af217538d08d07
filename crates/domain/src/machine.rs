//! How those who run the office want its machine to be run.
//!
//! These are settings of one box and not of the office: they are in no log and never leave it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notify::QuietHours;

/// The dearest kilowatt-hour that is believed.
const PER_KWH_MAX: f64 = 1_000.0;

/// A profile that stays until another one is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StandingProfile {
    /// Less noise, and less power for it.
    Quiet,
    /// As the machine is made.
    #[default]
    Balanced,
}

/// What electricity costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnergyPrice {
    /// A kilowatt-hour, 0 to 1,000.
    pub per_kwh: f64,
    /// In which currency, three capital letters (ISO 4217).
    pub currency: String,
}

/// No price is like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// The number is negative, or far too large.
    #[error("price.per_kwh: not between 0 and 1000")]
    OutOfRange,
    /// Not three capital letters.
    #[error("price.currency: not three capital letters")]
    NoCurrency,
}

impl EnergyPrice {
    /// Checks a price that came in.
    ///
    /// # Errors
    /// [`NoPrice`], which names the field.
    pub fn check(&self) -> Result<(), NoPrice> {
        if !(0.0..=PER_KWH_MAX).contains(&self.per_kwh) {
            return Err(NoPrice::OutOfRange);
        }
        let letters = self.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if self.currency.len() == 3 && letters { Ok(()) } else { Err(NoPrice::NoCurrency) }
    }
}

/// All settings. Every field has a default, so that rows written before it existed still decode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineSettings {
    /// The profile outside quiet hours.
    pub profile: StandingProfile,
    /// When the machine is quiet, week for week.
    pub quiet_hours: Option<QuietHours>,
    /// What electricity costs.
    pub price: Option<EnergyPrice>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_small_number_in_some_currency() {
        let price = |per_kwh, currency: &str| {
            EnergyPrice { per_kwh, currency: currency.to_owned() }.check()
        };
        assert_eq!(price(0.65, "CNY"), Ok(()));
        assert_eq!(price(0.0, "EUR"), Ok(()));
        for wrong in [-0.1, 1_000.1, f64::NAN, f64::INFINITY] {
            assert_eq!(price(wrong, "EUR"), Err(NoPrice::OutOfRange));
        }
        for wrong in ["", "EU", "eur", "EURO", "€€€", "E R"] {
            assert_eq!(price(1.0, wrong), Err(NoPrice::NoCurrency));
        }
    }

    #[test]
    fn an_empty_record_is_the_default() {
        let read: MachineSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, MachineSettings::default());
    }
}
