//! Strict parsers of what drivers say. What is not exactly a number within its range is none.
//!
//! The kernel ends a value with a newline; what follows the first line is not looked at.

use crate::sense::Why;
use crate::units::{Celsius, Rpm, Watts};

/// No fan of an office machine turns faster; broken tachometers say so.
const RPM_MAX: i64 = 20_000;

/// A whole number, as the kernel prints one: an optional minus and digits, nothing else.
///
/// # Errors
///
/// `Garbage` if it is none.
pub fn integer(bytes: &[u8]) -> Result<i64, Why> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Why::Garbage);
    }
    let text = std::str::from_utf8(line).map_err(|_| Why::Garbage)?;
    text.parse().map_err(|_| Why::Garbage)
}

/// `tempN_input`, in millidegrees. The range is checked by [`crate::sense::Watch`].
///
/// # Errors
///
/// `Garbage` if it is no number.
pub fn celsius(bytes: &[u8]) -> Result<Celsius, Why> {
    Ok(Celsius(integer(bytes)? as f64 / 1_000.0))
}

/// `fanN_input`.
///
/// # Errors
///
/// `Garbage` if it is no number, `OutOfRange` if no fan turns like that.
pub fn rpm(bytes: &[u8]) -> Result<Rpm, Why> {
    match integer(bytes)? {
        rpm @ 0..=RPM_MAX => Ok(Rpm(rpm as f64)),
        _ => Err(Why::OutOfRange),
    }
}

/// `pwmN` and `pwmN_enable`.
///
/// # Errors
///
/// `Garbage` if it is no number, `OutOfRange` if it is not 0 to 255.
pub fn byte(bytes: &[u8]) -> Result<u8, Why> {
    u8::try_from(integer(bytes)?).map_err(|_| Why::OutOfRange)
}

/// `energy_uj`, in microjoules.
///
/// # Errors
///
/// `Garbage` if it is no number, `OutOfRange` if it is negative.
pub fn microjoules(bytes: &[u8]) -> Result<u64, Why> {
    u64::try_from(integer(bytes)?).map_err(|_| Why::OutOfRange)
}

/// The mean power between two readings of an energy counter that wraps at `range_uj`; nothing if
/// the counter can't have come from one to the other.
pub fn power(before_uj: u64, after_uj: u64, range_uj: u64, elapsed_s: f64) -> Option<Watts> {
    let wrapped = || (after_uj + range_uj).checked_sub(before_uj).filter(|uj| *uj < range_uj);
    let spent_uj = after_uj.checked_sub(before_uj).or_else(wrapped)?;
    (elapsed_s > 0.0).then(|| Watts(spent_uj as f64 / 1e6 / elapsed_s))
}

/// A duty or a mode as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    bytes: [u8; 4],
    length: usize,
}

impl Written {
    /// Formats without taking memory.
    pub fn new(value: u8) -> Self {
        let digits = [b'0' + value / 100, b'0' + value / 10 % 10, b'0' + value % 10, b'\n'];
        let from = if value >= 100 {
            0
        } else if value >= 10 {
            1
        } else {
            2
        };
        let mut bytes = [0; 4];
        bytes[..4 - from].copy_from_slice(&digits[from..]);
        Self { bytes, length: 4 - from }
    }

    /// The text, with its newline.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_and_nothing_else_is() {
        assert_eq!(integer(b"45000\n"), Ok(45_000));
        assert_eq!(integer(b"-5000"), Ok(-5_000));
        let garbage: [&[u8]; 12] = [
            b"",
            b"\n",
            b"-",
            b"+5",
            b" 5",
            b"5 ",
            b"0x20",
            b"1e3",
            b"nan",
            b"12 34",
            b"5\0",
            b"99999999999999999999",
        ];
        for bytes in garbage {
            assert_eq!(integer(bytes), Err(Why::Garbage), "{bytes:?}");
        }
        assert_eq!(celsius(b"49850\n"), Ok(Celsius(49.85)));
        assert_eq!(rpm(b"-1\n"), Err(Why::OutOfRange));
        assert_eq!(rpm(b"65535000\n"), Err(Why::OutOfRange));
        assert_eq!(byte(b"256\n"), Err(Why::OutOfRange));
    }

    #[test]
    fn an_energy_counter_wraps_and_a_broken_one_says_nothing() {
        assert_eq!(power(1_000_000, 4_000_000, 10_000_000, 1.0), Some(Watts(3.0)));
        assert_eq!(power(9_000_000, 1_000_000, 10_000_000, 2.0), Some(Watts(1.0)));
        assert_eq!(power(9_000_000, 1_000_000, 5_000_000, 1.0), None);
        assert_eq!(power(1, 2, 10, 0.0), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_value_in_range_or_none(bytes in prop::collection::vec(any::<u8>(), 0..32)) {
            if let Ok(value) = integer(&bytes) {
                let line = String::from_utf8_lossy(bytes.split(|b| *b == b'\n').next().unwrap()).into_owned();
                prop_assert_eq!(line.parse::<i64>().unwrap(), value);
            }
            if let Ok(rpm) = rpm(&bytes) {
                prop_assert!((0.0..=20_000.0).contains(&rpm.0));
            }
        }

        #[test]
        fn what_is_written_is_read_again(value in any::<u8>()) {
            prop_assert_eq!(byte(Written::new(value).as_bytes()), Ok(value));
        }

        #[test]
        fn power_is_never_negative(before: u64, after: u64, range: u64, elapsed_s in 0.1..10.0_f64) {
            let (before, after, range) = (before >> 1, after >> 1, range >> 1);
            prop_assert!(power(before, after, range, elapsed_s).is_none_or(|power| power.0 >= 0.0));
        }
    }
}
