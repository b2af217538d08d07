//! Every figure Hearth publishes, one subcommand each.
//!
//! A figure starts a real hearthd on a free port with an empty data folder, sets an office up
//! through the interface people use, loads it over real sockets, and checks what it got back. All
//! traffic stays on this machine. See `docs/performance.md` for the results.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

mod cli;
mod clock;
mod figures;
mod http;
mod incoming;
mod load;
mod machine;
mod mark;
mod office;
mod output;
mod report;
mod server;
mod socket;
mod stand_in;
mod thermal;
mod ws;

fn main() -> ExitCode {
    match run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("hearth-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &cli::Cli) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = figures::measure(cli) => done,
            // What was started ends with the dropped future.
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}
