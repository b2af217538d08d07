//! What of a Markdown text is prose: all of it but fenced blocks and code spans, as the page shows
//! them (CommonMark 4.5 and 6.1). A block that is only indented counts as prose.

/// The parts of a text that are not code, in order.
pub(crate) fn outside_code(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut paragraph: Option<(usize, usize)> = None;
    let mut fence: Option<Fence> = None;
    let mut at = 0;
    let mut end_paragraph = |paragraph: &mut Option<(usize, usize)>| {
        if let Some((from, to)) = paragraph.take() {
            outside_spans(&text[from..to], &mut parts);
        }
    };
    for line in text.split_inclusive('\n') {
        let (from, to) = (at, at + line.len());
        at = to;
        let opens = Fence::of(line.trim());
        match (&fence, opens) {
            (Some(open), closing) => {
                if closing.is_some_and(|closing| closing.closes(open)) {
                    fence = None;
                }
            }
            (None, Some(opening)) if opening.may_open => {
                end_paragraph(&mut paragraph);
                fence = Some(opening);
            }
            (None, _) if line.trim().is_empty() => end_paragraph(&mut paragraph),
            (None, _) => paragraph = Some((paragraph.map_or(from, |(start, _)| start), to)),
        }
    }
    end_paragraph(&mut paragraph);
    parts
}

/// A line that may open or close a block of code.
struct Fence {
    sign: u8,
    length: usize,
    /// Backticks with further backticks behind them are a span, not a block.
    may_open: bool,
    bare: bool,
}

impl Fence {
    fn of(line: &str) -> Option<Self> {
        let sign = line.bytes().next().filter(|sign| matches!(sign, b'`' | b'~'))?;
        let length = line.bytes().take_while(|byte| *byte == sign).count();
        let rest = &line[length..];
        let may_open = sign == b'~' || !rest.contains('`');
        (length >= 3).then_some(Self { sign, length, may_open, bare: rest.is_empty() })
    }

    const fn closes(&self, open: &Self) -> bool {
        self.bare && self.sign == open.sign && self.length >= open.length
    }
}

/// Adds what stands between the code spans of a paragraph. A run of backticks without an equally
/// long partner opens nothing, so what follows it is prose.
fn outside_spans<'t>(paragraph: &'t str, parts: &mut Vec<&'t str>) {
    let runs = runs(paragraph);
    // How long a run's partner may be looked for: the last run of each length.
    let mut last = std::collections::HashMap::new();
    for (index, run) in runs.iter().enumerate() {
        last.insert(run.len(), index);
    }
    let (mut from, mut index) = (0, 0);
    while let Some(run) = runs.get(index) {
        let escaped = paragraph[..run.start].ends_with('\\');
        let possible = !escaped && last.get(&run.len()).is_some_and(|last| *last > index);
        let partner = possible
            .then(|| runs[index + 1..].iter().position(|other| other.len() == run.len()))
            .flatten();
        match partner {
            Some(further) => {
                parts.push(&paragraph[from..run.start]);
                index += 1 + further;
                from = runs[index].end;
            }
            None => {
                // Split here all the same: no word reaches over a backtick.
                parts.push(&paragraph[from..run.start]);
                from = run.end;
            }
        }
        index += 1;
    }
    parts.push(&paragraph[from..]);
}

/// Where backticks stand together.
fn runs(paragraph: &str) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in paragraph.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::outside_code;

    fn prose(text: &str) -> String {
        outside_code(text).concat().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn blocks_and_spans_are_no_prose() {
        assert_eq!(prose("a `b` c ``d ` e`` f"), "a c f");
        assert_eq!(prose("a\n```rust\nb\n```\nc"), "a c");
        assert_eq!(prose("a\n~~~\nb\n```\n~~~\nc"), "a c");
        assert_eq!(prose("a\n````\nb\n```\nc\n````\nd"), "a d");
        assert_eq!(prose("a\n```\nnever closed"), "a");
        assert_eq!(prose("a `b\nc` d\n\ne"), "a d e");
    }

    #[test]
    fn a_lonely_backtick_hides_nothing() {
        assert_eq!(prose("it`s so"), "its so");
        assert_eq!(prose("it`s so\n\nit`s not"), "its so its not");
        assert_eq!(prose("a `b` c ` d"), "a c d");
        assert_eq!(prose("```all in one line``` b"), "b");
        assert_eq!(prose(r"\`a` b"), r"\a b");
    }

    #[test]
    fn many_runs_cost_little() {
        let hostile: String = (1..280).map(|n| format!("{}x", "`".repeat(n))).collect();
        assert!(outside_code(&hostile).len() > 200);
        assert_eq!(outside_code(&"`".repeat(40_000)).concat(), "");
        assert_eq!(prose(&"` ".repeat(20_000)), "");
    }
}
