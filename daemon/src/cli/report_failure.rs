//! `hearth report-failure <unit>`: what systemd runs after a service ended otherwise than in good order.
//!
//! It is told how in the environment: by `ExecStopPost=` of the unit itself (`SERVICE_RESULT`), or as a
//! unit that `OnFailure=` names (`MONITOR_SERVICE_RESULT`). It writes a note for the hearthd that runs
//! next, and asks nobody: perhaps none runs.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::Context;
use crate::clock::Clock;
use crate::failures::Notes;
use crate::failures::notes::End;
use crate::machine;

#[derive(Debug, Args)]
pub(super) struct ReportFailure {
    /// The unit that failed
    unit: String,
}

pub(super) fn run(report: &ReportFailure, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    machine::keep_files_private();
    let end = end(|name| std::env::var(name).ok());
    // ExecStopPost= runs after every end.
    if end.result == "success" {
        return Ok(ExitCode::SUCCESS);
    }
    let notes = Notes::of(&context.data_dir()?);
    let noted = notes.add(&report.unit, end, Clock::system().now());
    noted.with_context(|| format!("note that {} failed", report.unit))?;
    Ok(ExitCode::SUCCESS)
}

fn end(variable: impl Fn(&str) -> Option<String>) -> End {
    let monitored = variable("MONITOR_SERVICE_RESULT").is_some();
    let of = |own: &str, monitor: &str| {
        variable(if monitored { monitor } else { own }).unwrap_or_default()
    };
    End {
        result: of("SERVICE_RESULT", "MONITOR_SERVICE_RESULT"),
        status: of("EXIT_STATUS", "MONITOR_EXIT_STATUS"),
        // Without a monitor's variables, the run in the environment may be this program's own.
        run: match variable("SERVICE_RESULT").is_some() || monitored {
            true => of("INVOCATION_ID", "MONITOR_INVOCATION_ID"),
            false => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_being_told_are_understood() {
        let of = |all: &[(&str, &str)]| {
            end(|name| all.iter().find(|(known, _)| *known == name).map(|(_, is)| (*is).to_owned()))
        };
        let own =
            of(&[("SERVICE_RESULT", "signal"), ("EXIT_STATUS", "KILL"), ("INVOCATION_ID", "a")]);
        let wanted = |result: &str, status: &str, run: &str| End {
            result: result.to_owned(),
            status: status.to_owned(),
            run: run.to_owned(),
        };
        assert_eq!(own, wanted("signal", "KILL", "a"));
        let monitor = of(&[
            ("MONITOR_SERVICE_RESULT", "exit-code"),
            ("MONITOR_EXIT_STATUS", "78"),
            ("MONITOR_INVOCATION_ID", "b"),
            ("INVOCATION_ID", "mine"),
        ]);
        assert_eq!(monitor, wanted("exit-code", "78", "b"));
        assert_eq!(of(&[("INVOCATION_ID", "mine")]), wanted("", "", ""));
    }
}
