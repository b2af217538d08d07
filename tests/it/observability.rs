//! What a box tells those who look after it: the journal, the metrics, alerts and dashboards.

mod alerts;
mod dashboards;
mod exposition;
mod health;
mod journal;
mod load;
mod prometheus;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file or folder of packaging/.
fn packaged(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(path)
}

/// What promtool says, with this on its standard input.
fn promtool(words: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut promtool = Command::new("promtool");
    promtool.args(words).current_dir(packaged("prometheus"));
    promtool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("run promtool: scripts/setup test installs it");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("write to promtool");
    child.wait_with_output().expect("promtool ends")
}

fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// The names of our metrics and of the process in an expression, as they stand after `# HELP`.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = expression.split(|c| !is_part(c));
    let ours = words.filter(|word| word.starts_with("hearth_") || word.starts_with("process_"));
    let histogram = |word: &str| {
        let suffixes = ["_bucket", "_sum", "_count"];
        let base = suffixes.iter().find_map(|suffix| word.strip_suffix(suffix));
        base.unwrap_or(word).to_owned()
    };
    ours.map(histogram).collect()
}

/// The names that a page of metrics describes.
fn described(page: &str) -> BTreeSet<String> {
    let helps = page.lines().filter_map(|line| line.strip_prefix("# HELP "));
    helps.filter_map(|help| Some(help.split_once(' ')?.0.to_owned())).collect()
}
