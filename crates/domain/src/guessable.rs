//! Passwords that everybody tries first (ASVS 5.0, 6.2.4): 6,000 of the most used ones that are long
//! enough, from the public lists behind zxcvbn (MIT), and some that are usual in Chinese offices.
//!
//! They are kept as the first five bytes of their BLAKE3, sorted, one a line: much of such a list is
//! nothing to read. Another password has the same five bytes once in 180 million.

use crate::log::PayloadHash;

const DIGESTS: &str = include_str!("guessable-passwords.txt");
/// Ten digits and the end of the line.
const LINE_BYTES: usize = 11;
const DIGITS: usize = LINE_BYTES - 1;

/// Whether a password is one of those; case makes no difference.
#[must_use]
pub fn is_guessable(password: &str) -> bool {
    let digest = PayloadHash::of(password.to_lowercase().as_bytes());
    let wanted: String =
        digest.0.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
    let lines = DIGESTS.len() / LINE_BYTES;
    let (mut low, mut high) = (0, lines);
    while low < high {
        let middle = low.midpoint(high);
        let line = &DIGESTS[middle * LINE_BYTES..][..DIGITS];
        match line.cmp(wanted.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_known() {
        for common in [
            "12345678",
            "password",
            "PassWord",
            "qwertyuiop",
            "iloveyou",
            "1qaz2wsx",
            "woaini1314",
            "a123456789",
            "5201314520",
            "88888888",
            "p@ssw0rd",
            "admin123",
            "11111111",
        ] {
            assert!(is_guessable(common), "{common}");
        }
        for good in
            ["a quiet fire burns long", "我们的火烧得很旺", "correct horse battery", "xk7#Qp2!"]
        {
            assert!(!is_guessable(good), "{good}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        let lines: Vec<&str> = DIGESTS.lines().collect();
        assert!(lines.len() >= 3_000 && lines.is_sorted());
        assert!(lines.iter().all(|line| line.len() == DIGITS));
        assert_eq!(DIGESTS.len(), lines.len() * LINE_BYTES);
    }
}
