//! `hearth update run`: what root does. It takes the request, does what the plan says, and goes on with
//! a plan that an earlier run left.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::plan::{Next, Plan, Step};
use super::tool::{Tool, ToolError};
use super::{Ended, Outcome, Request, State, take_request};
use crate::clock::Clock;

/// What it works with.
#[derive(Debug)]
pub struct Runner {
    /// The folder of the state, which only root writes.
    pub folder: PathBuf,
    /// The data folder, where the request is.
    pub data: PathBuf,
    /// What touches packages.
    pub tool: Tool,
    /// The time.
    pub clock: Clock,
}

impl Runner {
    /// Does what there is to do. Nothing if another one does it already.
    ///
    /// # Errors
    /// When the state can't be read or written: then nothing is done.
    pub fn run(&self) -> io::Result<()> {
        let Some(lock) = self.lock()? else {
            tracing::info!("another run is at work");
            return Ok(());
        };
        let mut state = State::read(&self.folder)?;
        self.finish(&mut state)?;
        while let Some(request) = take_request(&self.data)? {
            tracing::info!(?request, "update");
            self.begin(&mut state, request)?;
            self.finish(&mut state)?;
        }
        drop(lock);
        Ok(())
    }

    fn lock(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(self.folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Looks at the repository, and makes a plan if one was asked for.
    fn begin(&self, state: &mut State, request: Request) -> io::Result<()> {
        let asked = self.look(state);
        state.problem = asked.err().map(|error| error.to_string());
        let to = match request {
            Request::Check {} => None,
            Request::Apply {} => state.candidate.clone(),
            Request::Rollback {} => state.previous.clone(),
        };
        if let (Some(from), Some(to)) = (state.installed.clone(), to) {
            state.plan = Some(Plan::new(from, to, self.clock.now()));
        }
        state.write(&self.folder)
    }

    fn look(&self, state: &mut State) -> Result<(), ToolError> {
        let installed = self.tool.installed()?;
        let found = self.tool.candidate()?;
        state.candidate = found.filter(|found| *found != installed);
        state.installed = Some(installed);
        state.checked_at = Some(self.clock.now());
        Ok(())
    }

    /// Does the steps of the plan to its end.
    fn finish(&self, state: &mut State) -> io::Result<()> {
        while let Some(plan) = &mut state.plan {
            plan.tries += 1;
            let doing = plan.clone();
            state.write(&self.folder)?;
            tracing::info!(from = doing.from, to = doing.to, step = ?doing.step, "update");
            let worked = self.perform(&doing);
            let problem = worked.as_ref().err().map(ToString::to_string);
            if let Some(problem) = &problem {
                tracing::warn!(step = ?doing.step, problem, "a step of the update failed");
            }
            match doing.next(worked.is_ok()) {
                Next::Step(step) => {
                    if let Some(plan) = &mut state.plan {
                        // The first failure is the reason, not what followed from it.
                        plan.problem = plan.problem.take().or(problem);
                        plan.go(step);
                    }
                }
                Next::End(outcome) => self.end(state, &doing, (outcome, problem)),
            }
            state.write(&self.folder)?;
        }
        Ok(())
    }

    fn perform(&self, plan: &Plan) -> Result<(), ToolError> {
        match plan.step {
            Step::Fetch => {
                self.tool.fetch(&plan.from)?;
                self.tool.fetch(&plan.to)
            }
            Step::Install => self.tool.install(&plan.to),
            Step::GoBack => self.tool.install(&plan.from),
            Step::Start | Step::StartOld => self.tool.start(),
        }
    }

    fn end(&self, state: &mut State, plan: &Plan, (outcome, problem): (Outcome, Option<String>)) {
        tracing::info!(from = plan.from, to = plan.to, ?outcome, "the update ended");
        let installed = match outcome {
            Outcome::Done => {
                state.previous = Some(plan.from.clone());
                state.candidate = state.candidate.take().filter(|one| *one != plan.to);
                plan.to.clone()
            }
            Outcome::WentBack | Outcome::GivenUp | Outcome::Failed => plan.from.clone(),
        };
        state.installed = Some(installed);
        state.last = Some(Ended {
            from: plan.from.clone(),
            to: plan.to.clone(),
            outcome,
            problem: plan.problem.clone().or(problem),
            at: self.clock.now(),
        });
        state.plan = None;
    }
}

/// Makes the folders of an update, for everybody to look into the first.
///
/// # Errors
/// As the operating system says.
pub fn make_folders(folder: &Path) -> io::Result<PathBuf> {
    let kept = folder.join("packages");
    std::fs::create_dir_all(&kept)?;
    Ok(kept)
}
