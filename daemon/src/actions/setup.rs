//! The code that makes the first person the owner: made, tried, and taken from the console.
//!
//! It works once, for an hour, for five tries, and only while there is no owner. Whoever can ask for
//! another one is root or sits at the box: each start makes one, and `hearth setup-link` does. An old
//! print-out is worth nothing.

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::time::Timestamp;
use hearth_store::account::setup::{self, Attempt};
use hearth_store::chat::people;
use hearth_store::{ReadTx, WriteTx};

use super::{ActionError, ActionResult};
use crate::app::App;
use crate::ids::TokenHash;
use crate::setup::{CODE_MS_MAX, SetupCode, Welcome};

/// How often it is looked whether what the console shows still holds.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A fresh code, which the console shows as well; nothing once the office has an owner.
///
/// # Errors
/// When the store can't be used.
pub async fn link(app: &App, base_url: &str) -> ActionResult<Option<Welcome>> {
    let code = SetupCode::generate();
    let identity = app.premises.identity();
    let hash = code.bound_to(identity.as_ref());
    let now = app.clock.now();
    let expires_at = now.plus_ms(CODE_MS_MAX);
    let made = app.store.write(now, move |tx| {
        if people::owners(tx)? > 0 {
            return Ok::<_, ActionError>(false);
        }
        setup::create(tx, hash.into(), expires_at)?;
        Ok(true)
    });
    if !made.await.map_err(ActionError::from)? {
        return Ok(None);
    }
    let welcome = Welcome::new(base_url, &code, identity.as_ref(), expires_at);
    app.premises.console.welcome(&welcome);
    Ok(Some(welcome))
}

/// What is looked up for a code that somebody typed.
pub(super) fn typed(app: &App, text: &str) -> Option<TokenHash> {
    let code = SetupCode::parse(text)?;
    Some(code.bound_to(app.premises.identity().as_ref()))
}

/// Whether the code opens the office. A wrong one is counted, so the transaction must stand. What
/// can't be a code is no try.
pub(super) fn fits(tx: &mut WriteTx<'_>, code: Option<TokenHash>) -> ActionResult<bool> {
    let Some(code) = code else { return Ok(false) };
    Ok(setup::attempt(tx, code.into())? == Attempt::Used)
}

enum Standing {
    Open,
    Ended,
    Founded,
}

fn standing(tx: &ReadTx<'_>, now: Timestamp) -> ActionResult<Standing> {
    if people::owners(tx)? > 0 {
        return Ok(Standing::Founded);
    }
    let open = setup::is_open(tx, now)?;
    Ok(if open { Standing::Open } else { Standing::Ended })
}

/// Takes the code from the console once it no longer works, until there is an owner.
pub async fn keep_console(app: Arc<App>) {
    let mut ended = false;
    loop {
        let (now, console) = (app.clock.now(), &app.premises.console);
        match app.store.read(move |tx| standing(tx, now)).await {
            Ok(Standing::Founded) => return console.clear(),
            Ok(Standing::Ended) if !ended => {
                ended = true;
                console.ended();
            }
            Ok(Standing::Ended) => {}
            Ok(Standing::Open) => ended = false,
            Err(error) => tracing::warn!(%error, "the setup code's standing is not known"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = console.doubted() => {}
            () = app.tasks.stopping() => return,
        }
    }
}
