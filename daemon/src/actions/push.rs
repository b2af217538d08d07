//! Browsers that want to be woken.

use hearth_domain::denied::Code;
use hearth_domain::id::{SessionId, UserId};
use hearth_domain::permit::{Ask, OfficeAct, permit};
use hearth_store::account::push::{self, PrivateKey, Subscription};
use hearth_wire::rest::{NewSubscription, PushState};

use super::{ActionError, ActionResult, actor, look};
use crate::app::App;
use crate::ids::from_base64url;
use crate::outbound::Target;
use crate::push::BoxKey;

/// The key of this box towards push services; made the first time that it is asked for.
///
/// # Errors
/// When the store can't be used, or what it holds is no key.
pub async fn box_key(app: &App) -> ActionResult<BoxKey> {
    const BROKEN: ActionError = ActionError::Defect("the push key is not usable");
    let kept = app.store.read(|tx| push::private_key(tx).map_err(ActionError::from)).await?;
    let kept = match kept {
        Some(key) => key,
        None => {
            let made = PrivateKey(BoxKey::generate().map_err(|_| BROKEN)?);
            let keep = app
                .store
                .write(app.clock.now(), |tx| push::keep_key(tx, made).map_err(ActionError::from));
            keep.await?
        }
    };
    BoxKey::read(&kept.0).map_err(|_| BROKEN)
}

/// What a browser needs to subscribe, and whether this device has done so.
///
/// # Errors
/// When the store can't be used.
pub async fn state(app: &App, user: UserId, session: SessionId) -> ActionResult<PushState> {
    let subscribed = look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::TakePart))?;
        Ok(push::is_subscribed(tx, session)?)
    });
    let subscribed = subscribed.await?;
    Ok(PushState { key: box_key(app).await?.public(), subscribed })
}

/// Keeps where this device can be woken. Only https; where it leads is checked at every request.
///
/// # Errors
/// When the endpoint or a key is of the wrong form.
pub async fn subscribe(
    app: &App,
    (user, session): (UserId, SessionId),
    wanted: NewSubscription,
) -> ActionResult<()> {
    let refused = || ActionError::Refused(Code::BadRequest);
    let target: Target = wanted.endpoint.parse().map_err(|_| refused())?;
    if !target.is_https() {
        return Err(refused());
    }
    let key: [u8; 65] = bytes(&wanted.p256dh).ok_or_else(refused)?;
    let auth: [u8; 16] = bytes(&wanted.auth).ok_or_else(refused)?;
    let subscription = Subscription { session, user, endpoint: wanted.endpoint, key, auth };
    let kept = app.store.write(app.clock.now(), move |tx| {
        let actor = actor(tx, user)?;
        permit(&actor, Ask::Office(OfficeAct::TakePart))?;
        push::subscribe(tx, &subscription).map_err(ActionError::from)
    });
    Ok(kept.await?)
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    from_base64url(text)?.try_into().ok()
}

/// Ends it.
///
/// # Errors
/// When the store can't be used.
pub async fn unsubscribe(app: &App, session: SessionId) -> ActionResult<()> {
    let ended = app.store.write(app.clock.now(), move |tx| {
        push::unsubscribe(tx, session).map_err(ActionError::from)
    });
    Ok(ended.await?)
}
