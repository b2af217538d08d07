//! Safe mode: after repeated crashes only what is needed to talk runs.
//!
//! Chat, files, accounts and the pages of those who run the office work. The search index, link cards,
//! webhooks, web push and the machine's page rest: each is a part of its own that may be what crashes.
//! The mode ends when an admin says so, by the command, or when it was quiet for `healing.safe_mode_s`;
//! then these parts start in the running process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hearth_domain::id::UserId;
use hearth_domain::permit;
use hearth_wire::admin::Finding;
use tokio::sync::Notify;

use crate::actions::{ActionResult, look};
use crate::app::App;
use crate::checks::{said, warning};
use crate::healing::starts::{Mode, STARTS, Starts};
use crate::{cards, hardware, push, webhooks};

const CODE: &str = "safe-mode";

/// Whether the process is in safe mode.
#[derive(Debug, Default)]
pub struct SafeMode {
    on: AtomicBool,
    leave: Notify,
    starts: OnceLock<Starts>,
}

impl SafeMode {
    /// Whether it is.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Notes that this run ends as it should.
    pub fn end_run(&self) {
        if let Some(starts) = self.starts.get() {
            starts.end();
        }
    }

    /// Asks to leave it; nothing happens where it is not on.
    pub fn leave(&self) {
        self.leave.notify_one();
    }
}

/// Notes that a run begins, and starts what it is to do besides the chat. Once per process.
pub fn start(app: &Arc<App>) {
    let path = app.premises.data.join(STARTS);
    let (starts, began) = Starts::begin(path, app.clock.now(), &app.premises.config.healing);
    app.safe_mode.starts.get_or_init(|| starts);
    match began.mode {
        Mode::Whole => start_the_rest(app),
        Mode::ChatOnly => begin(app),
    }
}

/// Starts what safe mode leaves away.
fn start_the_rest(app: &Arc<App>) {
    push::start(app, app.premises.url().to_owned());
    app.tasks.spawn("webhooks", webhooks::run(Arc::clone(app)));
    cards::start(app);
    hardware::start(app);
    if let Err(error) = app.search.begin() {
        tracing::warn!(%error, "the search index is not built");
    }
}

/// Begins safe mode. It ends by itself.
fn begin(app: &Arc<App>) {
    app.safe_mode.on.store(true, Ordering::Release);
    app.findings.tell(finding(), app.clock.now());
    app.tasks.spawn("safe mode", until_left(Arc::clone(app)));
}

async fn until_left(app: Arc<App>) {
    let quiet = Duration::from_secs(app.premises.config.healing.safe_mode_s);
    tokio::select! {
        () = tokio::time::sleep(quiet) => tracing::info!("safe mode ends: it was quiet long enough"),
        () = app.safe_mode.leave.notified() => tracing::info!("safe mode ends: somebody left it"),
        () = app.tasks.stopping() => return,
    }
    if let Some(starts) = app.safe_mode.starts.get() {
        starts.leave_safe_mode();
    }
    start_the_rest(&app);
    app.safe_mode.on.store(false, Ordering::Release);
    app.findings.take_back(CODE, app.clock.now());
}

/// Leaves safe mode as somebody who runs the office.
///
/// # Errors
/// By permission.
pub async fn leave(app: &App, user: UserId) -> ActionResult<()> {
    look(app, user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    app.safe_mode.leave();
    Ok(())
}

fn finding() -> Finding {
    warning(
        CODE,
        said(
            "Hearth ended unexpectedly several times, so only the chat runs: no search, link cards, \
             webhooks, push or machine.",
            "Hearth 多次意外退出，因此只运行聊天：搜索、链接卡片、Webhook、推送和机器监控均已停用。",
        ),
        said(
            "See the log for the reason, then leave safe mode here or with `hearth safe-mode leave`. \
             It also ends by itself after a quiet hour.",
            "请在日志中查找原因，然后在此处或用 `hearth safe-mode leave` 退出安全模式。平稳运行一小时后也会自动退出。",
        ),
    )
}
