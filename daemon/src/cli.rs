//! The operator's command: one file per subcommand.
//!
//! Most of them ask the running server over the admin socket ([`crate::admin`]); `up` starts it,
//! `restore` needs it stopped, `doctor` works either way. Answers go to standard output, as text or
//! with `--json` as one JSON object; progress and errors go to standard error. Exit codes: 0 done,
//! 1 not done, 2 wrong usage, 78 wrong configuration.

mod backup;
mod completions;
mod config;
mod doctor;
mod export;
mod fan;
mod files;
mod healthcheck;
mod invite;
mod language;
mod machine;
mod man;
mod output;
mod purge_data;
mod report_failure;
mod restore;
mod safe_mode;
mod sample;
mod search;
mod setup_link;
mod source;
mod status;
mod top;
mod up;
mod update;
mod user;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::admin;
use crate::args::Settings;
use crate::config::{ConfigError, EXIT_CODE_CONFIG};

use output::{Format, Output};

/// Runs and looks after Hearth.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, about)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    /// Answer with JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start Hearth here and keep it running
    Up(up::Up),
    /// Say how the running Hearth is
    Status,
    /// Exit with 0 if Hearth is ready, with 1 if not: the health check of a container
    Healthcheck,
    /// Watch the machine: temperatures, fan, power, load
    Top,
    /// Look after the machine's fan
    #[command(subcommand)]
    Fan(fan::Fan),
    /// Look after accounts
    #[command(subcommand)]
    User(user::User),
    /// Make a link that lets people join
    Invite(invite::Invite),
    /// Fill the office with made-up people and talk
    Sample(sample::Sample),
    /// Back up everything, while Hearth runs
    Backup(backup::Backup),
    /// Show the key that backups are encrypted to
    BackupKey,
    /// Read a backup back and check it
    Verify(verify::Verify),
    /// Put a copy back; Hearth must be stopped
    Restore(restore::Restore),
    /// Delete everything that the office has written; Hearth must be stopped
    PurgeData(purge_data::PurgeData),
    /// Check this machine and say what to do
    Doctor,
    /// Look at the settings
    #[command(subcommand)]
    Config(config::Config),
    /// Write everything as lines of JSON to standard output
    Export(export::Export),
    /// Look after the search index
    #[command(subcommand)]
    Search(search::Search),
    /// Look after what people shared
    #[command(subcommand)]
    Files(files::Files),
    /// Look after safe mode, in which only the chat runs
    #[command(subcommand)]
    SafeMode(safe_mode::SafeMode),
    /// Look for newer versions, install them, go back
    #[command(subcommand)]
    Update(update::Update),
    /// Make a new link for setting the office up
    SetupLink,
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write the manual pages to a folder
    Man(man::Man),
    /// Note that a service failed: what systemd runs
    #[command(hide = true)]
    ReportFailure(report_failure::ReportFailure),
}

/// What a subcommand works with.
struct Context<'a> {
    settings: &'a Settings,
    output: Output,
}

impl Context<'_> {
    fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        Ok(self.settings.load()?.data.dir)
    }

    /// Where the running server listens to operators.
    fn admin_socket(&self) -> Result<PathBuf, ConfigError> {
        Ok(self.settings.load()?.data.admin_socket())
    }

    /// Asks the running server for something that is answered at once.
    fn ask(&self, command: &admin::Command) -> anyhow::Result<admin::Answer> {
        Ok(admin::call(&self.admin_socket()?, command)?)
    }
}

/// Runs the command and gives the exit code of the program.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    let format = if cli.json { Format::Json } else { Format::Text };
    let context = Context { settings: &cli.settings, output: Output::new(format) };
    let done = match &cli.command {
        Command::Up(up) => up::run(up, &context),
        Command::Status => status::run(&context),
        Command::Healthcheck => healthcheck::run(&context),
        Command::Top => top::run(&context),
        Command::Fan(fan) => fan::run(fan, &context),
        Command::User(user) => user::run(user, &context),
        Command::Invite(invite) => invite::run(invite, &context),
        Command::Backup(backup) => backup::run(backup, &context),
        Command::BackupKey => backup::show_key(&context),
        Command::Verify(verify) => verify::run(verify, &context),
        Command::Sample(sample) => sample::run(sample, &context),
        Command::Restore(restore) => restore::run(restore, &context),
        Command::PurgeData(purge) => purge_data::run(purge, &context),
        Command::Doctor => doctor::run(&context),
        Command::Config(config) => config::run(config, &context),
        Command::Export(export) => export::run(export, &context),
        Command::Search(search) => search::run(search, &context),
        Command::Files(files) => files::run(files, &context),
        Command::SafeMode(safe_mode) => safe_mode::run(safe_mode, &context),
        Command::Update(update) => update::run(update, &context),
        Command::SetupLink => setup_link::run(&context),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(man) => man::run(man),
        Command::ReportFailure(report) => report_failure::run(report, &context),
    };
    match done {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            context.output.failed(&error);
            if error.is::<ConfigError>() {
                ExitCode::from(EXIT_CODE_CONFIG)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Whoever reads our output has read enough, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// A server that answers with something else is of another version.
fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("hearthd answered something else; are both programs of one version?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_and_json_may_follow_the_command() {
        let cli = Cli::parse_from(["hearth", "user", "list", "--json", "--data", "/d"]);
        assert!(cli.json && cli.settings.data.is_some());
    }
}
