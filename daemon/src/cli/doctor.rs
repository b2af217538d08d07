//! `hearth doctor`: looks at what Hearth stands on and says what to do, in the operator's language.
//!
//! It changes nothing. The checks are those of the page of the office's health ([`crate::checks`]);
//! while Hearth runs, they are told what the server knows. The exit code is 1 when something must be
//! done.

use std::process::ExitCode;

use hearth_wire::admin::{Finding, Verdict};
use serde::Serialize;

use super::Context;
use super::language::Language;
use crate::admin::{Answer, CallError, Command, call};
use crate::checks::{self, Server};
use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::admin_socket;

#[derive(Debug, Serialize)]
struct Findings {
    verdict: Verdict,
    findings: Vec<Finding>,
}

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let config = context.settings.load()?;
    let findings = checks::all(&config, &server(&config), Clock::system().now());
    let verdict = checks::worst(&findings);
    let language = Language::of_environment();
    let lines: Vec<String> = findings.iter().map(|finding| line(finding, language)).collect();
    context.output.answer(&lines.join("\n"), &Findings { verdict, findings })?;
    Ok(if verdict == Verdict::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn server(config: &Config) -> Server {
    match call(&admin_socket(&config.data.dir), &Command::Doctor {}) {
        Ok(Answer::Doctor { live }) => Server::Running(Box::new(live)),
        Ok(_) => Server::Silent("another answer than asked for".to_owned()),
        Err(CallError::NotRunning(_)) => Server::NotRunning,
        Err(error) => Server::Silent(error.to_string()),
    }
}

fn line(finding: &Finding, language: Language) -> String {
    let mark = match finding.verdict {
        Verdict::Good => "ok  ",
        Verdict::Warning => "warn",
        Verdict::Bad => "BAD ",
    };
    let words = match language {
        Language::English => &finding.words.en,
        Language::Chinese => &finding.words.zh_cn,
    };
    format!("{mark} {:<11} {words}", finding.check)
}
