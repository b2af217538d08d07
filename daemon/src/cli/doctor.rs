//! `hearth doctor`: looks at what Hearth stands on and says what to do, in the operator's language.
//!
//! It changes nothing. It works while Hearth runs (then it also asks the server) and while it does
//! not (then it also tries the port). The exit code is 1 when something must be done.

mod checks;
mod words;

use std::process::ExitCode;

use serde::Serialize;

use super::Context;
use super::language::Language;
use words::Words;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// All is well.
    Good,
    /// It works, but not for long or not well.
    Warning,
    /// It does not work.
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    #[serde(flatten)]
    words: Words,
}

#[derive(Debug, Serialize)]
struct Findings {
    verdict: Verdict,
    findings: Vec<Finding>,
}

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let config = context.settings.load()?;
    let findings = checks::all(&config);
    let worst = findings.iter().map(|finding| finding.verdict).max_by_key(|v| *v as u8);
    let verdict = worst.unwrap_or(Verdict::Good);
    let language = Language::of_environment();
    let lines: Vec<String> = findings.iter().map(|finding| line(finding, language)).collect();
    context.output.answer(&lines.join("\n"), &Findings { verdict, findings })?;
    Ok(if verdict == Verdict::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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
