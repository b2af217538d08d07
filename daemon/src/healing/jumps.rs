//! Noticing that the wall clock was set: times of messages, the ends of sessions and certificates
//! depend on it.
//!
//! The wall is compared with the clock that never jumps. A machine that slept looks like a clock that
//! was set forward, and for whoever reads times it is the same. Order does not depend on the wall: the
//! log's own clock never runs backwards (`hearth_domain::time`).

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::time::Timestamp;
use hearth_wire::admin::{Finding, Severity};
use hearth_wire::problem::Sentence;

use crate::app::App;
use crate::clock::Clock;

/// How often the two are compared.
const EVERY: Duration = Duration::from_secs(10);
/// A smaller difference is a correction, not a jump: a minute.
const JUMP_MS_MIN: u64 = 60_000;

/// How the wall went away from the clock that never jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// Forward, by so many milliseconds.
    Forward(u64),
    /// Back, by so many milliseconds.
    Back(u64),
}

/// Both clocks at the last look.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    wall: Timestamp,
    steady: Duration,
}

impl Watch {
    /// From this moment.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { wall: clock.now(), steady: clock.monotonic() }
    }

    /// Whether the wall jumped since the last look.
    pub fn look(&mut self, clock: &Clock) -> Option<Jump> {
        let before = std::mem::replace(self, Self::new(clock));
        let passed = self.steady.saturating_sub(before.steady);
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let expected_ms = before.wall.as_ms().saturating_add(passed_ms);
        let shown_ms = self.wall.as_ms();
        if shown_ms.abs_diff(expected_ms) < JUMP_MS_MIN {
            None
        } else if shown_ms > expected_ms {
            Some(Jump::Forward(shown_ms - expected_ms))
        } else {
            Some(Jump::Back(expected_ms - shown_ms))
        }
    }
}

/// Watches until the tasks stop.
pub async fn watch(app: Arc<App>) {
    let mut watch = Watch::new(&app.clock);
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
        if let Some(jump) = watch.look(&app.clock) {
            app.findings.tell(finding(jump), app.clock.now());
        }
    }
}

fn finding(jump: Jump) -> Finding {
    let (ms, en, zh) = match jump {
        Jump::Forward(ms) => (ms, "forward", "向前"),
        Jump::Back(ms) => (ms, "back", "向后"),
    };
    let (minutes, hours) = (ms / 60_000, ms / 3_600_000);
    let (en_length, zh_length) = match hours {
        0 => (format!("{minutes} min"), format!("{minutes} 分钟")),
        1..72 => (format!("{hours} h"), format!("{hours} 小时")),
        _ => (format!("{} days", hours / 24), format!("{} 天", hours / 24)),
    };
    let text = Sentence::new(
        format!("The clock jumped {en} by {en_length}, or the machine slept."),
        format!("时钟{zh}跳变了 {zh_length}，或机器曾休眠。"),
    );
    Finding::new("clock-jump", Severity::Note, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_told_from_time_that_passes() {
        let start = Timestamp::from_ms(1_800_000_000_000);
        let (clock, hands) = Clock::settable(start);
        let mut watch = Watch::new(&clock);
        hands.advance(Duration::from_secs(7_200));
        assert_eq!(watch.look(&clock), None);
        hands.jump_to(Timestamp::from_ms(clock.now().as_ms() + 30_000));
        assert_eq!(watch.look(&clock), None, "a correction");
        hands.jump_to(Timestamp::from_ms(clock.now().as_ms() + 3_600_000));
        assert_eq!(watch.look(&clock), Some(Jump::Forward(3_600_000)));
        assert_eq!(watch.look(&clock), None, "it is said once");
        hands.jump_to(Timestamp::from_ms(0));
        assert!(matches!(watch.look(&clock), Some(Jump::Back(ms)) if ms > 1_700_000_000_000));
    }

    #[test]
    fn a_jump_is_said_in_words() {
        let said = |jump| finding(jump).text.en;
        assert!(said(Jump::Back(120_000)).contains("back by 2 min"));
        assert!(said(Jump::Forward(7_200_000)).contains("forward by 2 h"));
        assert!(said(Jump::Forward(400 * 3_600_000)).contains("16 days"));
    }
}
