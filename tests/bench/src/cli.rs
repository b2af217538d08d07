//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::figures::{
    appliance, backup, chat, durability, fanout, fans, idle, latency, revoke, search, selftest,
    sockets, storm, upload,
};

/// Measures Hearth: every figure against a real hearthd, over real sockets, on this machine.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) figure: Figure,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every figure.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Write one JSON object as the last line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The server to measure [default: the hearthd beside this program]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) hearthd: Option<PathBuf>,
    /// Where the data folders are made; it should be on a real disk [default: the system's
    /// temporary folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) scratch: Option<PathBuf>,
    /// The same seed gives the same load.
    #[arg(long, global = true, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// The figures.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Figure {
    /// Durable sends per second, each on disk before it is acknowledged.
    Chat(chat::Options),
    /// Deliveries per second to many sockets in one channel.
    Fanout(fanout::Options),
    /// From sending to receiving, at a steady rate in one channel.
    Latency(latency::Options),
    /// Memory of the server with many idle sockets.
    Sockets(sockets::Options),
    /// How fast everybody is back after a restart, and whether somebody missed something.
    Storm(storm::Options),
    /// How long the sockets of a disabled account stay open.
    Revoke(revoke::Options),
    /// How fast messages are found, and what the index costs those who send.
    Search(search::Options),
    /// Memory and start of an empty office.
    Idle(idle::Options),
    /// Whether kill -9 at random moments loses or doubles an acknowledged message.
    Durability(durability::Options),
    /// How fast files come in, and whether people notice.
    Upload(upload::Options),
    /// What visitors notice of restarts, and how far the service is exposed.
    Appliance(appliance::Options),
    /// What a backup costs those who write meanwhile, and how long the way back is.
    Backup(backup::Options),
    /// How cool, quiet and steady controllers keep a simulated machine.
    Fans(fans::Options),
    /// What this program itself can do, against a server that does nothing but answer.
    Selftest(selftest::Options),
    /// All figures, one after the other, as a Markdown table.
    All,
}
