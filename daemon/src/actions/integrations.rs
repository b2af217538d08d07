//! Bots, webhooks and slash commands: making them, changing them, and what goes through them.
//!
//! Each webhook and command writes through a bot of its own, so that everything that is posted has
//! an author whose rights are read as a person's are. Whoever deletes one switches its bot off; what
//! the bot wrote stays.

pub mod bots;
pub mod commands;
pub mod incoming;
pub mod outgoing;
mod program;
pub mod replies;

use hearth_domain::decide::channel::{self, Person};
use hearth_domain::decide::office::{self, NewUser};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::limits::{HANDLE_CHARS_MAX, INTEGRATIONS_MAX};
use hearth_domain::model::{AccountState, ChannelRole, Role};
use hearth_domain::permit::{Actor, Ask, OfficeAct, permit};
use hearth_domain::scopes::{BotScope, BotScopes};
use hearth_domain::text::{Handle, Name};
use hearth_store::account::sessions::{self, SessionKind};
use hearth_store::chat::{channels, members, people};
use hearth_store::integrations::bots::{self as kept_bots, Bot as Kept, MadeFor};
use hearth_store::integrations::{self as kept, Made as KeptMade};
use hearth_store::{ReadTx, WriteTx};
use hearth_wire::integrations::{Integrations, Made};

use super::{ActionError, ActionResult, actor, commit, look};
use crate::app::App;
use crate::outbound::{Target, UrlRefused};

/// Everything that connects programs with the office.
///
/// # Errors
/// By permission.
pub async fn list(app: &App, user: UserId) -> ActionResult<Integrations> {
    let now = app.clock.now();
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::Manage))?;
        let bots = kept_bots::list(tx)?.into_iter().filter(|bot| bot.made_for == MadeFor::Itself);
        let bots = bots.map(|bot| bots::shown(tx, bot, now)).collect::<ActionResult<_>>()?;
        let incoming = kept::incoming::list(tx)?.into_iter().map(incoming::shown).collect();
        let outgoing = kept::outgoing::list(tx)?.into_iter().map(outgoing::shown).collect();
        let commands = kept::commands::list(tx)?.into_iter().map(commands::shown).collect();
        Ok(Integrations { bots, incoming, outgoing, commands })
    })
    .await
}

fn shown(made: KeptMade) -> Made {
    Made {
        bot: made.bot,
        name: made.name.into(),
        enabled: made.enabled,
        created_by: made.created_by,
        created_at: made.created_at,
        used_at: made.used_at,
        problem: made.problem,
    }
}

/// A bot to make.
pub(super) struct NewBotAccount {
    pub(super) id: UserId,
    /// Nothing to have one made from the name.
    pub(super) handle: Option<Handle>,
    pub(super) name: Name,
    pub(super) made_for: MadeFor,
    pub(super) scopes: BotScopes,
}

/// Makes a bot's account with what it is given.
pub(super) fn make_bot(
    tx: &mut WriteTx<'_>,
    actor: &Actor,
    new: NewBotAccount,
) -> ActionResult<()> {
    let NewBotAccount { id, handle, name, made_for, scopes } = new;
    // Asked first, so that nobody learns by a limit or a handle what they may not see.
    permit(actor, Ask::Office(OfficeAct::Manage))?;
    if kept_bots::count(tx, made_for)? >= INTEGRATIONS_MAX {
        return Err(Denied::LimitReached { max: INTEGRATIONS_MAX }.into());
    }
    let handle = match handle {
        Some(handle) => handle,
        None => free_handle(tx, &name, id)?,
    };
    let taken = people::holder(tx, &handle)?.is_some();
    let now = tx.now();
    commit(tx, office::create_bot(actor, NewUser { id, handle, name }, taken, now)?)?;
    let bot = Kept { user: id, scopes, made_for, created_by: actor.id, created_at: now };
    Ok(kept_bots::create(tx, &bot)?)
}

/// A handle like the name that nobody has: `github-ci`, `github-ci-2`, at worst the bot's id.
fn free_handle(tx: &ReadTx<'_>, name: &Name, id: UserId) -> ActionResult<Handle> {
    const TRIES: usize = 20;
    let words = name.as_str().to_lowercase();
    let words = words.split(|c| !Handle::is_handle_char(c)).filter(|word| !word.is_empty());
    let stem: String = words.collect::<Vec<_>>().join("-");
    let stem: String = stem.chars().take(HANDLE_CHARS_MAX - 3).collect();
    let stem = stem.trim_matches(|c: char| !c.is_alphanumeric());
    let stem = if Handle::parse(stem).is_ok() { stem } else { "bot" };
    for n in 1..=TRIES {
        let text = if n == 1 { stem.to_owned() } else { format!("{stem}-{n}") };
        let handle = Handle::parse(&text)?;
        if people::holder(tx, &handle)?.is_none() {
            return Ok(handle);
        }
    }
    let id = id.to_string().replace('-', "");
    Ok(Handle::parse(&id[..HANDLE_CHARS_MAX.min(id.len())])?)
}

/// Puts a bot into a channel, by somebody who may do that there.
fn seat_bot(
    tx: &mut WriteTx<'_>,
    actor: &Actor,
    bot: UserId,
    channel: ChannelId,
) -> ActionResult<()> {
    let standing = channels::standing(tx, channel, actor.id)?.ok_or(Denied::NotFound)?;
    let person = Person { id: bot, role: Role::Member, state: AccountState::Active };
    let seat = members::seat(tx, channel, bot)?;
    let member = seat.role.unwrap_or(ChannelRole::Member);
    let decided = channel::set_member(actor, &standing, &person, seat, member)?;
    commit(tx, decided).map(drop)
}

/// Gives a webhook's or command's bot another name.
fn rename_bot(tx: &mut WriteTx<'_>, actor: &Actor, bot: UserId, name: Name) -> ActionResult<()> {
    let present = people::user(tx, bot)?.ok_or(Denied::NotFound)?;
    commit(tx, office::change_bot(actor, &present, Some(name), None)?).map(drop)
}

/// Switches the bot of something that was deleted off.
fn retire_bot(tx: &mut WriteTx<'_>, actor: &Actor, bot: UserId) -> ActionResult<()> {
    let present = people::user(tx, bot)?.ok_or(Denied::NotFound)?;
    let off = Some(AccountState::Disabled);
    commit(tx, office::change_bot(actor, &present, None, off)?)?;
    sessions::revoke_all_of(tx, bot, None)?;
    Ok(())
}

/// Who makes and changes these.
fn manager(tx: &ReadTx<'_>, user: UserId) -> ActionResult<Actor> {
    let actor = actor(tx, user)?;
    permit(&actor, Ask::Office(OfficeAct::Manage))?;
    Ok(actor)
}

/// What a webhook's bot is given: to write, and to join the public channel that a message names.
const HOOK_SCOPES: &[BotScope] = &[BotScope::Read, BotScope::Post, BotScope::Channels];

/// A URL that a person typed, by the rules of what leaves the box.
fn target(url: &str) -> ActionResult<Target> {
    let parsed = url.trim().parse::<Target>();
    parsed.map_err(|_: UrlRefused| ActionError::Refused(Code::BadRequest))
}

const fn is_bot_token(kind: SessionKind) -> bool {
    matches!(kind, SessionKind::Bot)
}
