//! A believable bilingual office, made up: people, channels and what they write to each other.
//!
//! Pure and repeatable: the same seed gives the same office. `hearth sample` writes it down, for a look
//! at a full house, for screenshots and, with a million messages, for load.

mod words;

use words::{CHANNELS, OPENERS, PEOPLE, REACTIONS, REPLIES};

/// A small generator of numbers that look random (xorshift64*), enough for made-up talk.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// A number below `sides`, which is not zero.
    pub fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap_or_default() % sides.max(1)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Somebody made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// What follows an @.
    pub handle: &'static str,
    /// What is shown.
    pub name: &'static str,
    /// Which language they mostly write.
    pub writes: Writes,
}

/// Which language somebody mostly writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// Chinese.
    Chinese,
    /// English.
    English,
}

/// A channel made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub topic: &'static str,
}

/// Everybody.
#[must_use]
pub const fn people() -> &'static [Person] {
    PEOPLE
}

/// All channels.
#[must_use]
pub const fn channels() -> &'static [Channel] {
    CHANNELS
}

/// Something that somebody writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who, as an index into [`people`].
    pub author: usize,
    /// Where, as an index into [`channels`].
    pub channel: usize,
    /// Markdown source.
    pub text: String,
    /// Whether it answers in the thread of the channel's last opener.
    pub in_thread: bool,
    /// An emoji that somebody puts on it, and who.
    pub reaction: Option<(usize, &'static str)>,
    /// How long after the line before, in milliseconds.
    pub after_ms: u64,
}

/// The talk of the office, line after line, without end.
pub fn talk(seed: u64) -> impl Iterator<Item = Line> {
    let mut dice = Dice::new(seed);
    let mut left_in_exchange = 0;
    let mut channel = 0;
    std::iter::from_fn(move || {
        let opens = left_in_exchange == 0;
        if opens {
            channel = dice.below(CHANNELS.len());
            left_in_exchange = 1 + dice.below(7);
        }
        left_in_exchange -= 1;
        let author = dice.below(PEOPLE.len());
        let lines = if opens { OPENERS } else { REPLIES };
        let reacts = dice.once_in(5);
        Some(Line {
            author,
            channel,
            text: fill(&mut dice, lines, author),
            in_thread: !opens && dice.once_in(4),
            reaction: reacts.then(|| (dice.below(PEOPLE.len()), *dice.pick(REACTIONS))),
            after_ms: if opens { 60_000 } else { 4_000 } + dice.below(90_000) as u64,
        })
    })
}

/// A line in the author's language, with names, sums and days filled in.
fn fill(dice: &mut Dice, lines: &[(&str, &str)], author: usize) -> String {
    let (chinese, english) = *dice.pick(lines);
    let template = match PEOPLE[author].writes {
        Writes::Chinese => chinese,
        Writes::English => english,
    };
    let mut text = String::with_capacity(template.len() + 16);
    for part in template.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some("who") => text.push_str(PEOPLE[dice.below(PEOPLE.len())].handle),
            Some("sum") => {
                text.push_str(&format!("{},{:03}", 1 + dice.below(90), dice.below(1_000)))
            }
            Some("day") => text.push_str(&format!("{}", 1 + dice.below(28))),
            Some("n") => text.push_str(&format!("{}", 2 + dice.below(48))),
            Some(other) => text.push_str(other),
            None => text.push_str(part.strip_suffix('{').unwrap_or(part)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::text::{Emoji, Handle, MessageText, Name, Topic};

    #[test]
    fn the_office_is_valid_and_repeatable() {
        for person in people() {
            assert_eq!(Handle::parse(person.handle).unwrap().as_str(), person.handle);
            assert_eq!(Name::parse(person.name).unwrap().as_str(), person.name);
        }
        for channel in channels() {
            assert!(Name::parse(channel.name).is_ok() && Topic::parse(channel.topic).is_ok());
        }
        let lines: Vec<Line> = talk(7).take(2_000).collect();
        assert_eq!(lines, talk(7).take(2_000).collect::<Vec<_>>());
        assert_ne!(lines, talk(8).take(2_000).collect::<Vec<_>>());
        for line in &lines {
            assert!(MessageText::parse(&line.text).is_ok(), "{}", line.text);
            assert!(!line.text.contains(['{', '}']), "{}", line.text);
            if let Some((_, emoji)) = line.reaction {
                assert!(Emoji::parse(emoji).is_ok(), "{emoji}");
            }
        }
        let chinese = lines.iter().filter(|line| !line.text.is_ascii()).count();
        assert!((500..1_500).contains(&chinese), "both languages: {chinese}");
    }
}
