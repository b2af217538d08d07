//! Invitations: a link with a secret, for so many people, until some day, revocable.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::decide::channel::{self, Seat};
use hearth_domain::decide::office::{self, NewUser};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{ChannelId, InviteId, UserId};
use hearth_domain::model::{ChannelRole, Role};
use hearth_domain::permit::{Ask, ChannelAct, OfficeAct, Standing, permit};
use hearth_domain::text::{Handle, Name};
use hearth_store::account::invites::{self, Invite as Row};
use hearth_store::account::{credentials, sessions};
use hearth_store::chat::{channels, people};
use hearth_store::{ReadTx, WriteTx};
use hearth_wire::rest::{
    AcceptInvite, Invite, InviteLink, InvitePreview, NewInvite, TokenDelivery,
};
use qrcode::QrCode;
use qrcode::render::svg;

use super::account::{self, Fresh, Opened, Origin};
use super::audit::{Doer, word};
use super::{ActionError, ActionResult, commit, look};
use crate::app::App;
use crate::ids::{Token, TokenHash};
use crate::throttle::Key;

/// Most people one invitation can be for.
const USES_MAX: u32 = 1_000;
/// Longest life of an invitation, in seconds: 30 days.
const EXPIRES_IN_S_MAX: u64 = 30 * 24 * 3_600;
/// Channels one invitation can lead into.
const CHANNELS_MAX: usize = 50;

/// Makes an invitation.
///
/// # Errors
/// By permission, or when a number is out of bounds.
pub async fn create(
    app: &App,
    doer: &Doer,
    new: NewInvite,
    base_url: &str,
) -> ActionResult<InviteLink> {
    let in_bounds = (1..=USES_MAX).contains(&new.uses_max)
        && (1..=EXPIRES_IN_S_MAX).contains(&new.expires_in_s);
    if !in_bounds {
        return Err(ActionError::Refused(Code::BadRequest));
    }
    if new.channels.len() > CHANNELS_MAX {
        return Err(Denied::LimitReached { max: CHANNELS_MAX }.into());
    }
    let token = Token::generate();
    let now = app.clock.now();
    let hash = token.hash();
    let row = Row {
        id: app.ids.make(InviteId::new),
        uses: 0,
        created_at: now,
        role: new.role,
        uses_max: new.uses_max,
        expires_at: now.plus_ms(new.expires_in_s.saturating_mul(1_000)),
        created_by: doer.user,
        channels: new.channels,
    };
    let Doer { user, by } = doer.clone();
    let done = app.store.write(now, move |tx| {
        let actor = super::actor(tx, user)?;
        permit(&actor, Ask::Office(OfficeAct::Invite { role: row.role }))?;
        for channel in &row.channels {
            let standing = channels::standing(tx, *channel, user)?.ok_or(Denied::NotFound)?;
            permit(&actor, Ask::Channel(ChannelAct::AddMember, &standing))?;
        }
        invites::create(tx, &row, hash.into())?;
        let deed = Deed::new(Act::InviteMade, Subject::invite(row.id))
            .fact("role", word(row.role))
            .fact("uses", row.uses_max)
            .fact("ends", crate::calendar::utc(row.expires_at));
        tx.audit(&by, &deed)?;
        Ok(row)
    });
    let invite = shown(done.await.map_err(ActionError::from)?);
    let url = format!("{base_url}/join#{}", token.reveal());
    Ok(InviteLink { invite, qr_svg: qr(&url)?, url })
}

/// A link as a QR code.
pub(super) fn qr(url: &str) -> ActionResult<String> {
    let code =
        QrCode::new(url).map_err(|_| ActionError::Defect("a link too long for a QR code"))?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

fn shown(row: Row) -> Invite {
    Invite {
        id: row.id,
        role: row.role,
        uses_max: row.uses_max,
        uses: row.uses,
        expires_at: row.expires_at,
        created_by: row.created_by,
        created_at: row.created_at,
        channels: row.channels,
    }
}

/// Invitations that still work.
///
/// # Errors
/// By permission.
pub async fn list(app: &App, user: UserId) -> ActionResult<Vec<Invite>> {
    let now = app.clock.now();
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::Manage))?;
        Ok(invites::list(tx, now)?.into_iter().map(shown).collect())
    })
    .await
}

/// Revokes an invitation.
///
/// # Errors
/// By permission, or when there is no such invitation.
pub async fn revoke(app: &App, doer: &Doer, invite: InviteId) -> ActionResult<()> {
    let Doer { user, by } = doer.clone();
    let done = app.store.write(app.clock.now(), move |tx| {
        permit(&super::actor(tx, user)?, Ask::Office(OfficeAct::Manage))?;
        if !invites::revoke(tx, invite)? {
            return Err(ActionError::Denied(Denied::NotFound));
        }
        Ok(tx.audit(&by, &Deed::new(Act::InviteRevoked, Subject::invite(invite)))?)
    });
    Ok(done.await?)
}

/// What the invited see before they accept.
///
/// # Errors
/// When the invitation no longer works, or too many were tried.
pub async fn preview(app: &App, origin: &Origin, token: &str) -> ActionResult<InvitePreview> {
    let hash = guarded(app, origin, token)?;
    let now = app.clock.now();
    let seen = app.store.read(move |tx| {
        let row = usable(tx, hash, now)?;
        let office = people::office(tx)?;
        let by = people::user(tx, row.created_by)?;
        Ok(InvitePreview {
            office: office.map(|office| office.name.into()).unwrap_or_default(),
            invited_by: by.map(|user| user.name.into()).unwrap_or_default(),
            role: row.role,
            expires_at: row.expires_at,
        })
    });
    noted(app, origin, seen.await.map_err(ActionError::from))
}

/// Makes the invited person's account, puts them into the channels, and signs them in: all or
/// nothing, so that a failure does not use the invitation up.
///
/// # Errors
/// When the invitation no longer works, a text is refused, or the handle is taken.
pub async fn accept(
    app: &App,
    origin: &Origin,
    token: &str,
    wanted: AcceptInvite,
) -> ActionResult<Opened> {
    let hash = guarded(app, origin, token)?;
    let new = NewUser {
        id: app.ids.make(UserId::new),
        handle: Handle::parse(&wanted.handle)?,
        name: Name::parse(&wanted.name)?,
    };
    let now = app.clock.now();
    let user = new.id;
    // A look first: hashing for an invitation that does not work would be a free way to heat the box.
    let look = app.store.read(move |tx| usable(tx, hash, now).map(drop));
    noted(app, origin, look.await.map_err(ActionError::from))?;
    let phc = account::hashed_new(app, wanted.password).await?;
    let fresh = Fresh::new(app, user, origin, TokenDelivery::Cookie);
    let (session, session_hash) = (fresh.row.clone(), fresh.token.hash());
    let done = app.store.write(now, move |tx| {
        let row = invites::use_one(tx, hash.into())?;
        let row = row.ok_or(ActionError::Refused(Code::InviteInvalid))?;
        let taken = people::holder(tx, &new.handle)?.is_some();
        commit(tx, office::create_user(new, row.role, taken, now)?)?;
        credentials::set(tx, user, &phc)?;
        enter(tx, user, &row)?;
        account::choose_language(tx, user, wanted.language)?;
        sessions::create(tx, &session, session_hash.into())?;
        account::created(tx, user)
    });
    Ok(fresh.opened(noted(app, origin, done.await.map_err(ActionError::from))?))
}

/// Puts a new person where the invitation leads, and members into the office's first channel.
fn enter(tx: &mut WriteTx<'_>, user: UserId, row: &Row) -> ActionResult<()> {
    let inviter = super::actor(tx, row.created_by)?;
    let newcomer = super::actor(tx, user)?;
    let person = channel::Person { id: user, role: newcomer.role, state: newcomer.state };
    let mut into: Vec<ChannelId> = row.channels.clone();
    if into.is_empty() && row.role >= Role::Member {
        into.extend(channels::first_public(tx)?);
    }
    for id in into {
        let Some(standing) = channels::standing(tx, id, inviter.id)? else { continue };
        let outside = Standing { channel: standing.channel.clone(), member: None };
        // An inviter who lost the right since does not keep anybody from the office.
        let added =
            channel::set_member(&inviter, &standing, &person, Seat::default(), ChannelRole::Member)
                .or_else(|_| channel::join(&newcomer, &outside));
        commit(tx, added.unwrap_or_default())?;
    }
    Ok(())
}

fn usable(
    tx: &ReadTx<'_>,
    hash: TokenHash,
    now: hearth_domain::time::Timestamp,
) -> ActionResult<Row> {
    invites::find(tx, hash.into(), now)?.ok_or(ActionError::Refused(Code::InviteInvalid))
}

fn guarded(app: &App, origin: &Origin, token: &str) -> ActionResult<TokenHash> {
    account::check(app, origin, &[Key::of_address(origin.address)])?;
    match Token::parse(token) {
        Ok(token) => Ok(token.hash()),
        Err(_) => noted(app, origin, Err(ActionError::Refused(Code::InviteInvalid))),
    }
}

/// Guessing at links counts against the address.
fn noted<T>(app: &App, origin: &Origin, result: ActionResult<T>) -> ActionResult<T> {
    if matches!(result, Err(ActionError::Refused(Code::InviteInvalid))) {
        account::failed(app, origin, &[Key::of_address(origin.address)]);
    }
    result
}
