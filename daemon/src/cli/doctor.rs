//! `hearth doctor`: looks at what Hearth stands on and says what to do, in the operator's language.
//!
//! It changes nothing. The checks are those of the page of the office's health ([`crate::checks`]);
//! while Hearth runs, they are told what the server knows. The exit code is 1 when something must be
//! done.

use std::process::ExitCode;

use hearth_wire::admin::{Finding, Severity};
use hearth_wire::problem::Sentence;
use serde::Serialize;

use super::Context;
use super::language::Language;
use crate::admin::{Answer, CallError, Command, call};
use crate::checks::{self, Server};
use crate::clock::Clock;
use crate::config::Config;

#[derive(Debug, Serialize)]
struct Findings {
    severity: Severity,
    findings: Vec<Finding>,
}

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let config = context.settings.load()?;
    let findings = checks::all(&config, &server(&config), Clock::system().now());
    let severity = checks::worst(&findings);
    let language = Language::of_environment();
    let lines: Vec<String> = findings.iter().map(|finding| line(finding, language)).collect();
    context.output.answer(&lines.join("\n"), &Findings { severity, findings })?;
    Ok(if severity == Severity::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn server(config: &Config) -> Server {
    match call(&config.data.admin_socket(), &Command::Doctor {}) {
        Ok(Answer::Doctor { live }) => Server::Running(live),
        Ok(_) => Server::Silent("another answer than asked for".to_owned()),
        Err(CallError::NotRunning(_)) => Server::NotRunning,
        Err(error) => Server::Silent(error.to_string()),
    }
}

fn line(finding: &Finding, language: Language) -> String {
    let mark = match finding.severity {
        Severity::Good => "ok  ",
        Severity::Note => "note",
        Severity::Warning => "warn",
        Severity::Bad => "BAD ",
    };
    let said = |sentence: &Sentence| match language {
        Language::English => sentence.en.clone(),
        Language::Chinese => sentence.zh_cn.clone(),
    };
    let mut words = said(&finding.text);
    if let Some(remedy) = &finding.remedy {
        // Chinese sentences follow each other without a space.
        words.push_str(if language == Language::English { " " } else { "" });
        words.push_str(&said(remedy));
    }
    format!("{mark} {:<11} {words}", finding.code)
}
