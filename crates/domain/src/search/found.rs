//! Whether a message is what a query asks for, how well it fits, and what to show of it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use super::Term;
use super::fold::{Piece, pieces};
use crate::limits::SEARCH_EXCERPT_CHARS_MAX;

/// Characters shown before the first place that was found.
const LEAD_CHARS: usize = 40;
/// The constants of BM25: how soon repetition stops to count, and how much length does.
const REPEATED: f64 = 1.2;
const LENGTH: f64 = 0.75;
/// A usual message has this many pieces.
const PIECES_USUAL: f64 = 20.0;
/// What the beginning of a word counts, where the word is one.
const BEGINNING: f64 = 0.6;
/// A match loses half of the half that age decides in this many days.
const HALF_LIFE_DAYS: f64 = 30.0;
const DAY_MS: f64 = 86_400_000.0;

/// A part of an excerpt. It is plain text: whoever shows it makes no markup of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}

/// Looks for the terms of a query in a message, part by part: its text, the names of its files, what
/// stands in them. A term may be in any part, but not half in one and half in another.
#[derive(Clone, Debug)]
pub struct Lookout<'t> {
    terms: &'t [Term],
    /// How well each fits to the part that it fits best; nothing where it was not found.
    fits: Vec<f64>,
}

impl<'t> Lookout<'t> {
    /// Nothing was looked at yet.
    #[must_use]
    pub fn new(terms: &'t [Term]) -> Self {
        Self { terms, fits: vec![0.0; terms.len()] }
    }

    /// Looks at one part: where in it the terms are, in bytes, in order and apart from each other.
    pub fn look(&mut self, text: &str) -> Vec<Range<usize>> {
        let pieces = pieces(text);
        let mut places = Vec::new();
        for (term, fit) in self.terms.iter().zip(&mut self.fits) {
            let mut weight = 0.0;
            for at in 0..pieces.len() {
                if let Some((end, whole)) = match_at(&pieces[at..], term) {
                    weight += if whole { 1.0 } else { BEGINNING };
                    places.push(pieces[at].start..pieces[at + end].end);
                }
            }
            *fit = fit.max(saturated(weight, pieces.len()));
        }
        apart(places)
    }

    /// Whether another part could still make a difference.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let mut seen = self.terms.iter().zip(&self.fits);
        !self.is_refused() && seen.any(|(term, fit)| term.negated || *fit == 0.0)
    }

    /// How well the message fits, by its words alone; nothing if a term is missing, or one is there
    /// that must not be.
    #[must_use]
    pub fn fit(&self) -> Option<f64> {
        let mut seen = self.terms.iter().zip(&self.fits);
        let all = seen.all(|(term, fit)| term.negated == (*fit == 0.0));
        all.then(|| self.fits.iter().sum())
    }

    fn is_refused(&self) -> bool {
        self.terms.iter().zip(&self.fits).any(|(term, fit)| term.negated && *fit > 0.0)
    }
}

/// Whether a term begins here: the index of its last piece, and whether its last word is whole.
fn match_at(pieces: &[Piece], term: &Term) -> Option<(usize, bool)> {
    let last = term.pieces.len().checked_sub(1)?;
    let mut whole = true;
    for (index, wanted) in term.pieces.iter().enumerate() {
        let piece = pieces.get(index)?;
        let tight = index > 0 && wanted.joined && wanted.single && term.pieces[index - 1].single;
        if tight && !piece.joined {
            return None;
        }
        if piece.folded != wanted.folded {
            let goes_on = index == last && term.open && piece.folded.starts_with(&wanted.folded);
            if !goes_on {
                return None;
            }
            whole = false;
        }
    }
    Some((last, whole))
}

fn saturated(weight: f64, pieces: usize) -> f64 {
    let pieces = f64::from(u32::try_from(pieces).unwrap_or(u32::MAX));
    let length = 1.0 - LENGTH + LENGTH * pieces / PIECES_USUAL;
    weight * (REPEATED + 1.0) / (weight + REPEATED * length)
}

/// Joins what overlaps.
fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

/// How well a match fits, its age considered: a month costs a quarter, a long time half.
#[must_use]
pub fn rank(fit: f64, age_ms: u64) -> f64 {
    let days = f64::from(u32::try_from(age_ms / 60_000).unwrap_or(u32::MAX)) * 60_000.0 / DAY_MS;
    fit * 0.5f64.mul_add((-days / HALF_LIFE_DAYS).exp2(), 0.5)
}

/// What to show of a text: all of a short one, else the part around the first place, with the
/// places marked. A cut is shown by an ellipsis.
#[must_use]
pub fn excerpt(text: &str, places: &[Range<usize>]) -> Vec<Fragment> {
    fragments(text, places, window(text, places.first().map_or(0, |place| place.start)))
}

/// All of a text, with the places marked.
#[must_use]
pub fn marked(text: &str, places: &[Range<usize>]) -> Vec<Fragment> {
    fragments(text, places, 0..text.len())
}

fn fragments(text: &str, places: &[Range<usize>], window: Range<usize>) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    let mut push = |part: String, hit| {
        if !part.is_empty() {
            fragments.push(Fragment { text: part, hit });
        }
    };
    let mut from = window.start;
    let mut gap = String::from(if window.start > 0 { "…" } else { "" });
    for place in places {
        let (start, end) = (place.start.max(from), place.end.min(window.end));
        if start < end {
            gap.push_str(&text[from..start]);
            push(std::mem::take(&mut gap), false);
            push(text[start..end].to_owned(), true);
            from = end;
        }
    }
    gap.push_str(&text[from..window.end]);
    if window.end < text.len() {
        gap.push('…');
    }
    push(gap, false);
    fragments
}

fn window(text: &str, first: usize) -> Range<usize> {
    if text.len() <= SEARCH_EXCERPT_CHARS_MAX {
        return 0..text.len();
    }
    let lead = text[..first].grapheme_indices(true).rev().take(LEAD_CHARS).last();
    let mut start = lead.map_or(first, |(at, _)| at);
    let length = |from: usize| {
        let mut graphemes = text[from..].grapheme_indices(true);
        graphemes.nth(SEARCH_EXCERPT_CHARS_MAX).map(|(at, _)| from + at)
    };
    let end = length(start).unwrap_or(text.len());
    if end == text.len() {
        // The end is near: show more of what is before.
        let graphemes = text[..end].grapheme_indices(true).rev();
        start = graphemes.take(SEARCH_EXCERPT_CHARS_MAX).last().map_or(0, |(at, _)| at).min(start);
    }
    start..end
}
