//! From when until when a certificate is good, read from the certificate itself (RFC 5280, 4.1).

use hearth_domain::time::Timestamp;

use crate::calendar::{self, Moment};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Takes one DER element off the front: its tag and its content.
fn element<'a>(der: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81..=0x84 => {
            let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *der = after;
    Some((tag, content))
}

fn inside<'a>(der: &mut &'a [u8]) -> Option<&'a [u8]> {
    element(der).filter(|(tag, _)| *tag == SEQUENCE).map(|(_, content)| content)
}

/// The first and the last moment; nothing for what can't be read.
pub(super) fn of(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut outer = certificate;
    let mut signed = inside(&mut outer)?;
    let mut fields = inside(&mut signed)?;
    if fields.first() == Some(&VERSION) {
        element(&mut fields)?;
    }
    // Serial number, algorithm and issuer stand before the validity.
    for _ in 0..3 {
        element(&mut fields)?;
    }
    let mut validity = inside(&mut fields)?;
    let mut next = || {
        let (tag, text) = element(&mut validity)?;
        time(tag, std::str::from_utf8(text).ok()?)
    };
    Some((next()?, next()?))
}

/// `YYMMDDhhmmssZ` until 2049, `YYYYMMDDhhmmssZ` from then on.
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    let century = match tag {
        UTC_TIME if digits.len() == 12 => {
            if digits < "50" {
                "20"
            } else {
                "19"
            }
        }
        GENERALIZED_TIME if digits.len() == 14 => "",
        _ => return None,
    };
    let digits = format!("{century}{digits}");
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u64>().ok();
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    calendar::timestamp(Moment {
        year: number(0, 4)?,
        month: number(4, 6)?,
        day: number(6, 8)?,
        second: hour * 3_600 + minute * 60 + second,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_after(certificate: &[u8]) -> Option<Timestamp> {
        of(certificate).map(|(_, end)| end)
    }

    fn made(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2024, 2, 29);
        params.not_after = rcgen::date_time_ymd(year, 3, 9);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_dates_are_read_from_the_certificate() {
        let begin = of(&made(2027)).map(|(begin, _)| calendar::utc(begin));
        assert_eq!(begin.as_deref(), Some("2024-02-29 00:00:00"));
        let end = |year| not_after(&made(year)).map(calendar::utc);
        assert_eq!(end(2027).as_deref(), Some("2027-03-09 00:00:00"));
        assert_eq!(end(2061).as_deref(), Some("2061-03-09 00:00:00"));
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let whole = made(2027);
        assert_eq!(not_after(b""), None);
        assert_eq!(not_after(b"hello, I am a certificate"), None);
        assert_eq!(not_after(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        // Cut anywhere, its parts no longer fit.
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
    }
}
