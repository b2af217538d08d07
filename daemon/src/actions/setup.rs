//! The link that makes the first person the owner.
//!
//! The code in it is a token of 256 bits, works once and only while there is no owner, and is made
//! anew whenever the link is asked for: an old print-out is worth nothing.

use hearth_store::account::setup;
use hearth_store::chat::people;

use super::{ActionError, ActionResult};
use crate::app::App;
use crate::ids::{Token, TokenHash};

/// How long a setup code works, in milliseconds: a day, or until the next one is made.
const CODE_MS_MAX: u64 = 24 * 3_600 * 1_000;

/// A fresh link; nothing once the office has an owner.
///
/// # Errors
/// When the store can't be used.
pub async fn link(app: &App, base_url: &str) -> ActionResult<Option<String>> {
    let code = Token::generate().reveal();
    let hash = TokenHash::of(code.as_bytes());
    let now = app.clock.now();
    let made = app.store.write(now, move |tx| {
        if people::owners(tx)? > 0 {
            return Ok::<_, ActionError>(false);
        }
        setup::create(tx, hash.into(), now.plus_ms(CODE_MS_MAX))?;
        Ok(true)
    });
    let made = made.await.map_err(ActionError::from)?;
    Ok(made.then(|| format!("{base_url}/setup#code={code}")))
}
