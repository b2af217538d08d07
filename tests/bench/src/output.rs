//! The one place that writes to standard output. Progress goes to standard error, so that the last
//! line of the output is the result.

/// Writes a result.
#[expect(clippy::print_stdout, reason = "this is where the results go")]
pub(crate) fn result(text: &str) {
    println!("{text}");
}

/// Tells what is going on.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
