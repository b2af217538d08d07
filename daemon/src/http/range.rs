//! Parts of a file (RFC 9110, 14): one range of bytes. Several at once are answered with the whole,
//! which the RFC allows, because an answer in many pieces serves nobody but attackers.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::Code;

use super::problem::ApiError;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From one byte to another, both included.
    Bytes {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Nothing that is there.
    Beyond,
}

/// Whether the client says that it has this already.
pub(super) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter();
    known.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.trim_start_matches("W/") == tag
    })
}

/// The part that is asked for, if what the client has of it is still the same.
pub(super) fn part(asked: &HeaderMap, tag: &str, size: u64) -> Part {
    let changed = asked.get(header::IF_RANGE).is_some_and(|known| known != tag);
    let range = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    match range.filter(|_| !changed) {
        Some(range) => parse(range, size),
        None => Part::Whole,
    }
}

fn parse(range: &str, size: u64) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A number too large for us is still a number: it lies beyond every file.
        plain.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Part::Whole,
        (Some(first), _) if first >= size => match last {
            "" => Part::Beyond,
            _ if number(last).is_some() => Part::Beyond,
            _ => Part::Whole,
        },
        (Some(first), Some(last)) => Part::Bytes { first, last: last.min(size - 1) },
        (Some(first), None) if last.is_empty() => Part::Bytes { first, last: size - 1 },
        (None, Some(0)) if first.is_empty() => Part::Beyond,
        (None, Some(_)) if first.is_empty() && size == 0 => Part::Beyond,
        (None, Some(length)) if first.is_empty() => {
            Part::Bytes { first: size.saturating_sub(length), last: size - 1 }
        }
        _ => Part::Whole,
    }
}

/// The answer to a part that is not there.
pub(super) fn beyond(size: u64) -> Response {
    let mut response = ApiError::new(Code::RangeNotThere).into_response();
    let shown = HeaderValue::from_str(&format!("bytes */{size}"));
    if let Ok(shown) = shown {
        response.headers_mut().insert(header::CONTENT_RANGE, shown);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_nonsense_is_the_whole() {
        let bytes = |first, last| Part::Bytes { first, last };
        for (range, expected) in [
            ("bytes=0-99", bytes(0, 99)),
            ("bytes=900-", bytes(900, 999)),
            ("bytes=-1", bytes(999, 999)),
            ("bytes=-5000", bytes(0, 999)),
            ("bytes=5-100000", bytes(5, 999)),
            ("bytes=0-99999999999999999999999", bytes(0, 999)),
            ("bytes=1000-", Part::Beyond),
            ("bytes=99999999999999999999999-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=9-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=0-1", Part::Whole),
        ] {
            assert_eq!(parse(range, 1_000), expected, "{range}");
        }
        assert_eq!(parse("bytes=0-", 0), Part::Beyond);
        assert_eq!(parse("bytes=-5", 0), Part::Beyond);
    }

    #[test]
    fn a_part_of_something_else_is_no_part() {
        let mut asked = HeaderMap::new();
        asked.insert(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        assert_eq!(part(&asked, "\"a\"", 9), Part::Bytes { first: 0, last: 1 });
        asked.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(part(&asked, "\"a\"", 9), Part::Whole);
        asked.insert(header::IF_RANGE, HeaderValue::from_static("W/\"a\""));
        assert_eq!(part(&asked, "\"a\"", 9), Part::Whole, "a weak tag promises no bytes");
    }
}
