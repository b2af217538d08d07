//! hearth, the operator's command. See [`hearth_daemon::cli`].

use std::process::ExitCode;

use clap::Parser;
use hearth_daemon::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(&Cli::parse())
}
