//! `hearth fan`: how the fan is, how loud it may be, and having it measured, tested and given back.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use hearth_wire::hardware::{
    CalibrationState, HardwareAct, HardwareProfile, HardwareReport, HardwareStatus,
};
use tokio::signal::unix::{SignalKind, signal};

use super::language::Language;
use super::output::Progress;
use super::{Context, machine, unexpected};
use crate::admin::{Answer, Command, call};
use crate::hardware::folders;

/// How often it is looked at how far the work is.
const EVERY: Duration = Duration::from_millis(500);
/// Looks until work that was asked for must have begun.
const LOOKS_TO_BEGIN: u32 = 20;
/// Looks until a drill must have ended: two minutes, four times what it takes.
const LOOKS_OF_A_DRILL: u32 = 240;
/// The whole bar.
const WHOLE: u64 = 1_000;
const WATCHER: &str = "hearth-hwctl";

#[derive(Debug, Subcommand)]
pub(super) enum Fan {
    /// Say how the fan and the machine are
    Status,
    /// Choose how much noise is welcome
    Profile {
        /// Which
        #[arg(value_enum)]
        profile: Profile,
    },
    /// Measure the fan and the heat sink; it takes some minutes and makes noise
    Calibrate {
        /// Don't ask first
        #[arg(long)]
        yes: bool,
    },
    /// Give every fan back to the firmware, while hearth-hwctl does not run
    Restore,
    /// Test whether the fan does what it is told; about half a minute
    Drill,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Profile {
    /// Less noise, and less power for it
    Quiet,
    /// As the machine is made
    Balanced,
    /// All it can do, for two minutes
    Boost,
}

pub(super) fn run(fan: &Fan, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let language = Language::of_environment();
    match fan {
        Fan::Status => status(context, language),
        Fan::Profile { profile } => {
            let profile = match profile {
                Profile::Quiet => HardwareProfile::Quiet,
                Profile::Balanced => HardwareProfile::Balanced,
                Profile::Boost => HardwareProfile::Boost,
            };
            let answer = context.ask(&Command::MachineProfile { profile })?;
            let done = language.of("It is so from now on.", "已生效。");
            context.output.answer(done, &answer)?;
            Ok(ExitCode::SUCCESS)
        }
        Fan::Calibrate { yes } => {
            if !yes && !consents(language)? {
                eprintln!("{}", language.of("Nothing was done.", "没有做任何事。"));
                return Ok(ExitCode::FAILURE);
            }
            work(HardwareAct::Calibrate, context, language)
        }
        Fan::Drill => work(HardwareAct::Drill, context, language),
        Fan::Restore => restore(context, language),
    }
}

fn report(context: &Context<'_>) -> anyhow::Result<HardwareReport> {
    match context.ask(&Command::Machine {})? {
        Answer::Machine { report } => Ok(*report),
        _ => Err(unexpected()),
    }
}

fn status(context: &Context<'_>, language: Language) -> anyhow::Result<ExitCode> {
    let report = report(context)?;
    let mut lines = machine::page(&report, language, usize::MAX);
    if let Some(status) = &report.status {
        lines.push(machine::calibration_words(status, language));
        lines.push(machine::drill_words(status, language).to_owned());
    }
    context.output.answer(&lines.join("\n"), &report)?;
    Ok(ExitCode::SUCCESS)
}

/// Says plainly what will happen, and asks.
fn consents(language: Language) -> anyhow::Result<bool> {
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "{}",
        language.of(
            "measuring the fan needs your consent: run it in a terminal, or with --yes",
            "校准风扇需要你的同意：请在终端中运行，或加上 --yes"
        )
    );
    let words = language.of(
        "For about a quarter of an hour the fan will stand still, run at full and everything \
         between, and the\nprocessor will work hard. It pauses to cool, stops by itself if it stays \
         too hot, and Ctrl-C stops it\nat any time; the fan is then as before. Don't do this while \
         people wait for the machine.\n\nGo on? [y/N] ",
        "接下来约一刻钟风扇会停转、全速及各种转速运行，处理器会高负荷工作。\n变热时先暂停降温，一直过热会自动停止，也可随时按 \
         Ctrl-C 停止，之后风扇恢复原状。\n请不要在有人使用时进行。\n\n继续吗？[y/N] ",
    );
    let mut err = io::stderr();
    err.write_all(words.as_bytes())?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "是"))
}

/// Has it done, shows how far it is, and stops it at Ctrl-C.
fn work(act: HardwareAct, context: &Context<'_>, language: Language) -> anyhow::Result<ExitCode> {
    let before = report(context)?;
    let socket = context.admin_socket()?;
    let drilled = before.status.as_ref().and_then(|status| status.drill);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(Box::pin(follow(&socket, act, language)))?;
    let Some(status) = ended else {
        eprintln!(
            "{}",
            language.of("It was stopped; the fan is as before.", "已停止，风扇恢复原状。")
        );
        return Ok(ExitCode::FAILURE);
    };
    let (text, good) = match act {
        HardwareAct::Drill => {
            let passed = status.drill.is_some_and(|drill| drill.passed);
            let text = machine::drill_words(&status, language).to_owned();
            (text, passed && status.drill != drilled)
        }
        HardwareAct::Calibrate | HardwareAct::Stop => {
            let stored = status.calibration.state == CalibrationState::Stored;
            (machine::calibration_words(&status, language), stored)
        }
    };
    context.output.answer(&text, &status)?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks for the work and waits for its end; nothing if it was stopped from here.
async fn follow(
    socket: &Path,
    act: HardwareAct,
    language: Language,
) -> anyhow::Result<Option<HardwareStatus>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let look = || match call(socket, &Command::Machine {}) {
        Ok(Answer::Machine { report }) => Ok(report.status),
        Ok(_) => Err(unexpected()),
        Err(error) => Err(error.into()),
    };
    let drilled = look()?.and_then(|status| status.drill);
    call(socket, &Command::MachineAct { act })?;
    let progress = Progress::new(language.of("Measuring", "测量中"));
    let (mut begun, mut looks) = (false, 0);
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
        let Some(status) = look()? else {
            anyhow::bail!("{}", machine::nobody(language));
        };
        looks += 1;
        let measuring = status.calibration.state == CalibrationState::Running;
        begun |= measuring;
        // In the middle of a drill the firmware has the fan: only its result ends it.
        let ended = match act {
            HardwareAct::Drill => status.drill != drilled,
            HardwareAct::Calibrate | HardwareAct::Stop => begun && !measuring,
        };
        if ended {
            return Ok(Some(*status));
        }
        let patient = match act {
            HardwareAct::Drill => looks < LOOKS_OF_A_DRILL,
            HardwareAct::Calibrate | HardwareAct::Stop => begun || looks < LOOKS_TO_BEGIN,
        };
        anyhow::ensure!(patient, "{}", language.of("the machine did not do it", "机器没有执行"));
        progress.say(machine::step_words(status.calibration.step, language));
        let done = status.calibration.progress * WHOLE as f64;
        progress.set(done as u64, WHOLE);
    }
    call(socket, &Command::MachineAct { act: HardwareAct::Stop })?;
    Ok(None)
}

/// Runs `hearth-hwctl restore`, unless one runs that would take the fan again.
fn restore(context: &Context<'_>, language: Language) -> anyhow::Result<ExitCode> {
    let config = context.settings.load()?;
    let there = |folder: &PathBuf| folder.is_dir();
    let folders = folders(config.hardware.folder.as_deref(), &config.data.dir);
    let Some(run) = folders.iter().find(|folder| there(folder)) else {
        anyhow::bail!("{}", language.of("no fan was ever taken here", "这里从未接管过风扇"));
    };
    let runs = std::os::unix::net::UnixStream::connect(run.join("status.sock")).is_ok();
    anyhow::ensure!(
        !runs,
        "{}",
        language.of(
            "hearth-hwctl runs and would take the fan again: stop it first, and it gives the fan back",
            "hearth-hwctl 正在运行，会再次接管风扇：请先停止它，停止时会归还风扇"
        )
    );
    let own = std::env::current_exe().context("find where Hearth is installed")?;
    let mut command = std::process::Command::new(own.with_file_name(WATCHER));
    command.arg("restore").arg("--run").arg(run);
    let simulated = run.join("machine");
    if simulated.is_dir() {
        command.arg("--root").arg(simulated);
    }
    let done = command.status().with_context(|| format!("run {WATCHER}"))?;
    anyhow::ensure!(
        done.success(),
        "{}",
        language.of("not every fan could be given back", "有风扇没能归还")
    );
    let text = language
        .of("Every fan that was taken is the firmware's.", "所有接管过的风扇都已归还固件。");
    context.output.answer(text, &Answer::Done {})?;
    Ok(ExitCode::SUCCESS)
}
