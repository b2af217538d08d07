//! What Hearth mends by itself, and what it does to stay useful where it can't.
//!
//! | trouble | what happens |
//! |---|---|
//! | it ends without a word four times within ten minutes | [`safe`]: only the chat runs, until somebody leaves this mode or an hour was quiet |
//! | the disk fills | [`room`]: uploads are refused first, then a reserve is released and messages are refused; reading and tidying up go on |
//! | a file on the disk is not what its name says | [`scrub`]: a sound copy beside a backup is put back, else it is put aside and said |
//! | the clock jumps | [`jumps`]: it is said |
//!
//! The search index is built anew by its own thread (`hearth_store::search`), and a database that was
//! not closed is checked when it is opened (`hearth_store::open`). Everything that is done here is a
//! line of the log and a finding ([`crate::findings`]).

pub mod jumps;
pub mod room;
pub mod safe;
pub mod scrub;
pub mod starts;

use std::sync::Arc;

use crate::app::App;
use crate::update;

/// Starts what watches and mends.
pub fn start(app: &Arc<App>) {
    app.tasks.spawn("clock jumps", jumps::watch(Arc::clone(app)));
    app.tasks.spawn("room on the disk", room::watch(Arc::clone(app)));
    app.tasks.spawn("updates", update::office::run(Arc::clone(app)));
    app.tasks.spawn("scrub", scrub::run(Arc::clone(app)));
}
