//! `hearth export`: everything as lines of JSON, for archives and for leaving Hearth. With `--files`,
//! also what people shared: each content under the digest that its message names.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::output::{Progress, files_copied};
use super::{Context, unexpected};
use crate::admin::{Answer, Call, Command};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Also copy the content of files into this folder
    #[arg(long, value_name = "FOLDER")]
    files: Option<PathBuf>,
}

pub(super) fn run(export: &Export, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let socket = context.admin_socket()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let progress = Progress::new("Exporting");
    let call = Call {
        progress: &mut |done, total| progress.set(done, total),
        record: &mut |record| {
            serde_json::to_writer(&mut out, &record)?;
            out.write_all(b"\n")
        },
    };
    // The server has another working directory.
    let files = export.files.as_deref().map(std::path::absolute).transpose()?;
    let answer = call.send(&socket, &Command::Export { files })?;
    out.flush()?;
    drop(progress);
    let Answer::Exported { files } = answer else { return Err(unexpected()) };
    if let Some(files) = files {
        // Standard output is the export itself.
        writeln!(io::stderr(), "{}", files_copied(&files).trim_start())?;
    }
    Ok(ExitCode::SUCCESS)
}
