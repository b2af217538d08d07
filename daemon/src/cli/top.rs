//! `hearth top`: the machine as a page of the terminal, drawn once a second.
//!
//! Where the output is no terminal, it says everything once. The terminal is as before afterwards,
//! however this ends: a guard gives it back.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hearth_wire::hardware::HardwareReport;
use tokio::signal::unix::{SignalKind, signal};

use super::language::Language;
use super::output::Format;
use super::{Context, machine, unexpected};
use crate::admin::{Answer, Command, call};

const EVERY: Duration = Duration::from_secs(1);
/// What a terminal has that does not tell.
const SIZE: (usize, usize) = (80, 24);
/// Another screen, without a cursor; and back.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l";
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";

/// The terminal, until it is given back.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        io::stdout().write_all(ENTER.as_bytes())?;
        Ok(Self)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut out = io::stdout();
        // A terminal that is gone needs nothing back.
        drop(out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush()));
    }
}

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let socket = context.admin_socket()?;
    let language = Language::of_environment();
    let first = report(&socket)?;
    if context.output.format() == Format::Json || !io::stdout().is_terminal() {
        let text = machine::page(&first, language, usize::MAX).join("\n");
        context.output.answer(&text, &first)?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(watch(&socket, language)))?;
    Ok(ExitCode::SUCCESS)
}

fn report(socket: &Path) -> anyhow::Result<HardwareReport> {
    match call(socket, &Command::Machine {})? {
        Answer::Machine { report } => Ok(*report),
        _ => Err(unexpected()),
    }
}

async fn watch(socket: &Path, language: Language) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut resized = signal(SignalKind::window_change())?;
    let mut ticks = tokio::time::interval(EVERY);
    let screen = Screen::enter()?;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = resized.recv() => {}
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = hangup.recv() => break,
        }
        let (cells, rows) = size();
        // A server that is just starting anew is worth waiting for.
        let lines = match report(socket) {
            Ok(report) => machine::page(&report, language, cells),
            Err(error) => vec![format!("{error:#}")],
        };
        draw(&lines, rows, language)?;
    }
    drop(screen);
    Ok(())
}

fn size() -> (usize, usize) {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let told = told.map(|size| (usize::from(size.ws_col), usize::from(size.ws_row)));
    told.filter(|(cells, rows)| *cells > 0 && *rows > 0).unwrap_or(SIZE)
}

fn draw(lines: &[String], rows: usize, language: Language) -> io::Result<()> {
    let mut text = String::from("\u{1b}[H");
    for line in lines.iter().take(rows.saturating_sub(1)) {
        text.push_str(line);
        text.push_str("\u{1b}[K\r\n");
    }
    text.push_str(language.of("Ctrl-C ends", "Ctrl-C 退出"));
    text.push_str("\u{1b}[K\u{1b}[J");
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
