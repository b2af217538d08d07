//! The steps of an update, and which follows which. Pure: [`super::run`] does them.
//!
//! ```text
//! fetch ──► install ──► start ──► done
//!   │           │          │
//!   ▼           ▼          ▼
//! given up    go back ─► start old ──► went back
//!                           │
//!                           ▼
//!                         failed
//! ```
//!
//! Every step may be done again: a package that is fetched or installed already stays as it is. So who
//! was killed in the middle begins the same step anew.

use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Outcome;

/// How often a step back is tried before a person is needed.
pub const TRIES_MAX: u32 = 3;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Both packages are put beside each other: the wanted one, and the present one for the way back.
    Fetch,
    /// The wanted package is installed, which starts the server anew.
    Install,
    /// It starts, tries itself and opens its doors.
    Start,
    /// The package from before is installed.
    GoBack,
    /// It starts.
    StartOld,
}

/// An update under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version before.
    pub from: String,
    /// The wanted version.
    pub to: String,
    /// What is being done, or was when the process ended.
    pub step: Step,
    /// How often this step was begun.
    pub tries: u32,
    /// Why it goes back.
    pub problem: Option<String>,
    /// When it began.
    pub begun_at: Timestamp,
}

/// What follows a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another step.
    Step(Step),
    /// The end.
    End(Outcome),
}

impl Plan {
    /// One that begins.
    #[must_use]
    pub const fn new(from: String, to: String, begun_at: Timestamp) -> Self {
        Self { from, to, step: Step::Fetch, tries: 0, problem: None, begun_at }
    }

    /// What follows, after the present step was done or failed.
    #[must_use]
    pub const fn next(&self, worked: bool) -> Next {
        match (self.step, worked) {
            (Step::Fetch, true) => Next::Step(Step::Install),
            (Step::Fetch, false) => Next::End(Outcome::GivenUp),
            (Step::Install, true) => Next::Step(Step::Start),
            (Step::Start, true) => Next::End(Outcome::Done),
            (Step::Install | Step::Start, false) => Next::Step(Step::GoBack),
            (Step::GoBack, true) => Next::Step(Step::StartOld),
            (Step::StartOld, true) => Next::End(Outcome::WentBack),
            (Step::GoBack | Step::StartOld, false) if self.tries < TRIES_MAX => {
                Next::Step(self.step)
            }
            (Step::GoBack | Step::StartOld, false) => Next::End(Outcome::Failed),
        }
    }

    /// Goes on to a step.
    pub fn go(&mut self, step: Step) {
        self.tries = if self.step == step { self.tries } else { 0 };
        self.step = step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(works: impl Fn(Step) -> bool) -> (Vec<Step>, Outcome) {
        let mut plan = Plan::new("1".to_owned(), "2".to_owned(), Timestamp::from_ms(0));
        let mut steps = Vec::new();
        loop {
            plan.tries += 1;
            steps.push(plan.step);
            match plan.next(works(plan.step)) {
                Next::Step(step) => plan.go(step),
                Next::End(outcome) => return (steps, outcome),
            }
        }
    }

    #[test]
    fn every_way_ends() {
        use Step::{Fetch, GoBack, Install, Start, StartOld};
        assert_eq!(walk(|_| true), (vec![Fetch, Install, Start], Outcome::Done));
        assert_eq!(walk(|step| step != Fetch), (vec![Fetch], Outcome::GivenUp));
        let (steps, outcome) = walk(|step| step != Start);
        assert_eq!(
            (steps, outcome),
            (vec![Fetch, Install, Start, GoBack, StartOld], Outcome::WentBack)
        );
        let (steps, outcome) = walk(|step| step != Install);
        assert_eq!((steps, outcome), (vec![Fetch, Install, GoBack, StartOld], Outcome::WentBack));
        let (steps, outcome) = walk(|step| !matches!(step, Start | StartOld));
        assert_eq!(outcome, Outcome::Failed);
        assert_eq!(steps.iter().filter(|step| **step == StartOld).count(), TRIES_MAX as usize);
    }
}
