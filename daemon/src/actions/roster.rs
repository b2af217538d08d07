//! What those who run the office do for somebody: a link to a new password, signing out everywhere; and
//! what they see of everybody.
//!
//! Resetting a password ends it: from then on the person comes in by the link only, where they choose
//! a new one themselves. Nobody but the person ever knows a password.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{SessionId, UserId};
use hearth_domain::model::{AccountState, User};
use hearth_domain::permit::{self, Ask, OfficeAct, permit};
use hearth_store::account::{credentials, password_links, sessions};
use hearth_store::chat::{channels, members, people};
use hearth_store::{ReadTx, WriteTx};
use hearth_wire::admin::{ChannelOverview, NewOwnPassword, PersonSeen, ResetLink, ResetPreview};
use hearth_wire::frame::ClosingReason;
use hearth_wire::rest::TokenDelivery;

use super::account::{self, Fresh, Opened, Origin};
use super::audit::Doer;
use super::invite::qr;
use super::{ActionError, ActionResult, actor, look};
use crate::app::App;
use crate::ids::{Token, TokenHash};
use crate::throttle::Key;

/// How long a link to a new password works, in milliseconds: three days.
const LINK_MS_MAX: u64 = 3 * 24 * 3_600 * 1_000;

/// When everybody was last here.
///
/// # Errors
/// By permission.
pub async fn seen(app: &App, user: UserId) -> ActionResult<Vec<PersonSeen>> {
    let now = app.clock.now();
    look(app, user, move |tx, actor| {
        let seen = sessions::seen(tx, &permit::manage(actor)?, now)?;
        let shown = seen.into_iter().map(|seen| PersonSeen {
            user: seen.user,
            seen_at: seen.at,
            devices: seen.devices,
        });
        Ok(shown.collect())
    })
    .await
}

/// Every channel with a name, without its content.
///
/// # Errors
/// By permission.
pub async fn channels(app: &App, user: UserId) -> ActionResult<Vec<ChannelOverview>> {
    look(app, user, |tx, actor| {
        let overview = channels::overview(tx, &permit::manage(actor)?)?;
        let rescue = permit(actor, Ask::Office(OfficeAct::RescueChannel)).ok();
        let shown = overview.into_iter().map(|one| {
            let heirs = match rescue.filter(|_| one.orphaned) {
                Some(rescue) => members::heirs(tx, &rescue, one.channel.id)?,
                None => Vec::new(),
            };
            Ok(ChannelOverview {
                channel: one.channel,
                managers: one.managers,
                member_count: one.member_count,
                message_count: one.message_count,
                last_at: one.last_at,
                joined: one.joined,
                orphaned: one.orphaned,
                heirs,
            })
        });
        shown.collect()
    })
    .await
}

/// Whom a doer may change.
fn changeable(tx: &ReadTx<'_>, doer: UserId, whose: UserId) -> ActionResult<User> {
    let actor = actor(tx, doer)?;
    // Who may change nobody is not told who there is.
    permit::manage(&actor)?;
    let user = people::user(tx, whose)?.ok_or(Denied::NotFound)?;
    permit(&actor, Ask::Office(OfficeAct::ChangeAccount { of: user.role }))?;
    Ok(user)
}

/// Ends somebody's password and makes a link by which they choose a new one.
///
/// # Errors
/// By permission, or when the account is switched off.
pub async fn reset(
    app: &App,
    doer: &Doer,
    whose: UserId,
    base_url: &str,
) -> ActionResult<ResetLink> {
    let token = Token::generate();
    let now = app.clock.now();
    let expires_at = now.plus_ms(LINK_MS_MAX);
    let (hash, Doer { user: asking, by }) = (token.hash(), doer.clone());
    let ended = app.store.write(now, move |tx| {
        let user = changeable(tx, asking, whose)?;
        if user.state != AccountState::Active {
            return Err(Denied::AccountDisabled.into());
        }
        password_links::create(tx, whose, hash.into(), expires_at)?;
        let subject = Subject::user(whose, user.name.as_str());
        tx.audit(&by, &Deed::new(Act::UserReset, subject))?;
        Ok::<_, ActionError>(sessions::revoke_all_of(tx, whose, None)?)
    });
    close(app, ended.await?).await;
    let url = format!("{base_url}/reset#{}", token.reveal());
    Ok(ResetLink { qr_svg: qr(&url)?, url, expires_at })
}

/// Signs somebody out everywhere.
///
/// # Errors
/// By permission.
pub async fn sign_out(app: &App, doer: &Doer, whose: UserId) -> ActionResult<()> {
    let Doer { user: asking, by } = doer.clone();
    let ended = app.store.write(app.clock.now(), move |tx| {
        let user = changeable(tx, asking, whose)?;
        let ended = sessions::revoke_all_of(tx, whose, None)?;
        let subject = Subject::user(whose, user.name.as_str());
        tx.audit(&by, &Deed::new(Act::UserSignedOut, subject).fact("devices", ended.len()))?;
        Ok::<_, ActionError>(ended)
    });
    close(app, ended.await?).await;
    Ok(())
}

async fn close(app: &App, ended: Vec<SessionId>) {
    app.hub.close_sessions(ended, ClosingReason::SignedOut).await;
}

/// Who a link is for.
///
/// # Errors
/// When the link no longer works, or too many were tried.
pub async fn preview(app: &App, origin: &Origin, token: &str) -> ActionResult<ResetPreview> {
    let hash = guarded(app, origin, token)?;
    let now = app.clock.now();
    let seen = app.store.read(move |tx| {
        let user = usable(tx, hash, now)?;
        let office = people::office(tx)?.map(|office| office.name.to_string());
        let User { name, handle, .. } = user;
        let office = office.unwrap_or_default();
        Ok(ResetPreview { office, name: name.to_string(), handle: handle.to_string() })
    });
    noted(app, origin, seen.await.map_err(ActionError::from))
}

/// Sets the new password and signs its person in. The link is then used up.
///
/// # Errors
/// When the link no longer works, or too many were tried.
pub async fn choose(
    app: &App,
    origin: &Origin,
    token: &str,
    wanted: NewOwnPassword,
) -> ActionResult<Opened> {
    let hash = guarded(app, origin, token)?;
    let now = app.clock.now();
    // A look first: hashing for a link that does not work would be a free way to heat the box.
    let look = app.store.read(move |tx| usable(tx, hash, now).map(|user| user.id));
    let user = noted(app, origin, look.await.map_err(ActionError::from))?;
    let phc = account::hashed_new(app, wanted.password).await?;
    let fresh = Fresh::new(app, user, origin, TokenDelivery::Cookie);
    let (row, session_hash) = (fresh.row.clone(), fresh.token.hash());
    let done = app.store.write(now, move |tx| {
        let user = usable(tx, hash, now)?;
        set_own(tx, user.id, &phc)?;
        sessions::create(tx, &row, session_hash.into())?;
        Ok(user)
    });
    Ok(fresh.opened(noted(app, origin, done.await.map_err(ActionError::from))?))
}

fn set_own(tx: &mut WriteTx<'_>, user: UserId, phc: &credentials::Phc) -> ActionResult<()> {
    credentials::set(tx, user, phc)?;
    Ok(password_links::end(tx, user)?)
}

fn usable(
    tx: &ReadTx<'_>,
    hash: TokenHash,
    now: hearth_domain::time::Timestamp,
) -> ActionResult<User> {
    let user = password_links::find(tx, hash.into(), now)?;
    let user = user.map(|user| people::user(tx, user)).transpose()?.flatten();
    let user = user.filter(|user| user.state == AccountState::Active);
    user.ok_or(ActionError::Refused(Code::ResetInvalid))
}

fn guarded(app: &App, origin: &Origin, token: &str) -> ActionResult<TokenHash> {
    account::check(app, origin, &[Key::of_address(origin.address)])?;
    match Token::parse(token) {
        Ok(token) => Ok(token.hash()),
        Err(_) => noted(app, origin, Err(ActionError::Refused(Code::ResetInvalid))),
    }
}

/// Guessing at links counts against the address.
fn noted<T>(app: &App, origin: &Origin, result: ActionResult<T>) -> ActionResult<T> {
    if matches!(result, Err(ActionError::Refused(Code::ResetInvalid))) {
        account::failed(app, origin, &[Key::of_address(origin.address)]);
    }
    result
}
