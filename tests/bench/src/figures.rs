//! The figures, one file each. Each opens with what exactly it measures.

use anyhow::Result;
use serde_json::Value;
use tokio::sync::watch;

use crate::cli::{Cli, Common, Figure};
use crate::machine::{self, Machine};
use crate::output;
use crate::report::{self, Report};
use crate::server::Program;

pub(crate) mod appliance;
pub(crate) mod backup;
pub(crate) mod chat;
pub(crate) mod durability;
pub(crate) mod fanout;
pub(crate) mod fans;
pub(crate) mod idle;
pub(crate) mod latency;
pub(crate) mod revoke;
pub(crate) mod search;
pub(crate) mod selftest;
pub(crate) mod sockets;
pub(crate) mod storm;
pub(crate) mod upload;

/// What every figure gets.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) program: Program,
    pub(crate) seed: u64,
}

/// Measures what was asked for and writes it down.
pub(crate) async fn measure(cli: &Cli) -> Result<()> {
    let machine = Machine::here();
    let line = serde_json::to_string(&machine)?;
    output::note(&format!("machine {line}"));
    if matches!(cli.figure, Figure::All) {
        let mut reports = Vec::new();
        for figure in all()? {
            let report = one(&figure, &cli.common).await?;
            output::note(&report.table());
            reports.push(report);
        }
        output::result(&report::markdown(&reports, &machine));
        if cli.common.json {
            let lines = reports.iter().map(|report| report.json(&machine));
            let lines = lines.collect::<Vec<_>>().join(",");
            output::result(&format!(r#"{{"figures":[{lines}]}}"#));
        }
        return Ok(());
    }
    let report = one(&cli.figure, &cli.common).await?;
    if cli.common.json {
        output::note(&report.table());
        output::result(&report.json(&machine));
    } else {
        output::result(&report.table());
    }
    Ok(())
}

async fn one(figure: &Figure, common: &Common) -> Result<Report> {
    // These take no hearthd.
    if let Figure::Selftest(options) = figure {
        return selftest::measure(options).await;
    }
    if let Figure::Fans(options) = figure {
        let mut report = fans::measure(common, options).await?;
        report.set("seed", common.seed);
        return Ok(report);
    }
    let program = Program::find(common.hearthd.clone(), common.scratch.clone())?;
    let disk = machine::disk_of(&program.scratch)?;
    let (sync_p50_ms, sync_p99_ms) = machine::sync_ms(&program.scratch)?;
    let bench = Bench { program, seed: common.seed };
    let mut report = match figure {
        Figure::Chat(options) => chat::measure(&bench, options).await?,
        Figure::Fanout(options) => fanout::measure(&bench, options).await?,
        Figure::Latency(options) => latency::measure(&bench, options).await?,
        Figure::Sockets(options) => sockets::measure(&bench, options).await?,
        Figure::Storm(options) => storm::measure(&bench, options).await?,
        Figure::Revoke(options) => revoke::measure(&bench, options).await?,
        Figure::Search(options) => search::measure(&bench, options).await?,
        Figure::Idle(options) => idle::measure(&bench, options).await?,
        Figure::Durability(options) => durability::measure(&bench, options).await?,
        Figure::Backup(options) => backup::measure(&bench, options).await?,
        Figure::Upload(options) => upload::measure(&bench, options).await?,
        Figure::Appliance(options) => appliance::measure(&bench, options).await?,
        Figure::Selftest(_) | Figure::Fans(_) | Figure::All => {
            anyhow::bail!("not one figure of hearthd")
        }
    };
    report.set("seed", common.seed);
    report.set("data_on", disk);
    report.set("disk_sync_p50_ms", sync_p50_ms);
    report.set("disk_sync_p99_ms", sync_p99_ms);
    report.set("hearthd", Value::from(bench.program.hearthd.display().to_string()));
    Ok(report)
}

/// Every figure with the options it is published with.
fn all() -> Result<Vec<Figure>> {
    let names = [
        "idle",
        "chat",
        "fanout",
        "latency",
        "sockets",
        "storm",
        "revoke",
        "durability",
        "search",
        "upload",
        "appliance",
        "backup",
        "fans",
    ];
    let parse = |name| <Cli as clap::Parser>::try_parse_from(["hearth-bench", name]);
    names.map(|name| Ok(parse(name)?.figure)).into_iter().collect()
}

/// A gate that is always open, for figures that never take the server away.
fn open_gate() -> watch::Receiver<bool> {
    watch::channel(true).1
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_has_defaults() {
        assert_eq!(super::all().unwrap().len(), 13);
    }
}
