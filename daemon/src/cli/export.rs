//! `hearth export`: everything as lines of JSON, for archives and for leaving Hearth.

use std::io::{self, Write};
use std::process::ExitCode;

use super::output::Progress;
use super::{Context, unexpected};
use crate::admin::{Answer, Call, Command};
use crate::data_dir;

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let socket = data_dir::admin_socket(&context.data_dir()?);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let progress = Progress::new("Exporting");
    let call = Call {
        progress: &mut |done, total| progress.set(done, total),
        record: &mut |record| {
            serde_json::to_writer(&mut out, &record)?;
            out.write_all(b"\n")
        },
    };
    let answer = call.send(&socket, &Command::Export {})?;
    out.flush()?;
    match answer {
        Answer::Done {} => Ok(ExitCode::SUCCESS),
        _ => Err(unexpected()),
    }
}
