//! The machine room: a private channel in which the box tells those who run the office what happened
//! to it.
//!
//! It is made with the first thing there is to tell, and with it a bot that writes there. Its people
//! are the owners and admins; who becomes one later is let in with the next message, and who no longer
//! is one, has to leave. Where somebody has archived it, nothing is told: they said that they do not
//! want to read it.

use hearth_domain::decide::channel::{self, Open, Person};
use hearth_domain::decide::message::{self, Post};
use hearth_domain::denied::Denied;
use hearth_domain::id::{ChannelId, MessageId, Nonce, UserId};
use hearth_domain::model::{
    AccountState, ChannelKind, ChannelRole, Mentions, Posting, Reach, Role, User,
};
use hearth_domain::permit::Actor;
use hearth_domain::scopes::BotScope;
use hearth_domain::text::{MessageText, Name, Topic};
use hearth_store::WriteTx;
use hearth_store::chat::nonces::{self, Sent};
use hearth_store::chat::{channels, members, people};
use hearth_store::integrations::bots::{self, MadeFor};

use super::integrations::{NewBotAccount, make_bot};
use super::{ActionError, ActionResult, actor, commit, post};
use crate::app::App;

/// What the channel is called, in both languages: everybody reads one name.
const NAME: &str = "Machine room 机房";
const TOPIC: &str =
    "What happened to the box, for those who look after it. 这台机器上发生的事，供管理员查看。";
/// Who writes there.
const BOT: &str = "Hearth";
/// Channels of that name that may be somebody else's.
const NAMES_MAX: u32 = 9;
/// What the bot may do: nothing beyond its channel needs more.
const SCOPES: [BotScope; 3] = [BotScope::Read, BotScope::Post, BotScope::Channels];

/// What became of something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is in the channel.
    Here(ChannelId),
    /// The office has no owner yet.
    Nobody,
    /// The channel was archived.
    Unwanted,
}

/// Identities for what may have to be made.
struct Fresh {
    bot: UserId,
    channel: ChannelId,
    message: MessageId,
}

/// Tells something, once for a nonce.
///
/// # Errors
/// When the text is refused or the store can't be used.
pub async fn tell(app: &App, nonce: Nonce, text: &str) -> ActionResult<Told> {
    let text = MessageText::parse(text)?;
    let fresh = Fresh {
        bot: app.ids.make(UserId::new),
        channel: app.ids.make(ChannelId::new),
        message: app.ids.make(MessageId::new),
    };
    let told =
        app.store.write(app.clock.now(), move |tx: &mut WriteTx<'_>| -> ActionResult<Told> {
            let Some(bot) = bot(tx, fresh.bot)? else { return Ok(Told::Nobody) };
            if nonces::find(tx, bot.id, nonce)?.is_some() {
                return Ok(Told::Here(room(tx, &bot, fresh.channel)?));
            }
            let room = room(tx, &bot, fresh.channel)?;
            match write(tx, (&bot, room), (nonce, fresh.message), text) {
                Ok(()) => Ok(Told::Here(room)),
                Err(ActionError::Denied(Denied::ChannelArchived)) => Ok(Told::Unwanted),
                Err(error) => Err(error),
            }
        });
    Ok(told.await?)
}

/// Who runs the office now.
fn runners(tx: &WriteTx<'_>) -> ActionResult<Vec<User>> {
    let mut all = people::users(tx)?;
    all.retain(|user| {
        user.kind.is_person() && user.state == AccountState::Active && user.role >= Role::Admin
    });
    Ok(all)
}

/// The bot that writes here; nothing if there is nobody to make it for.
fn bot(tx: &mut WriteTx<'_>, fresh: UserId) -> ActionResult<Option<Actor>> {
    for kept in bots::list(tx)?.into_iter().filter(|bot| bot.made_for == MadeFor::Machine) {
        let found = actor(tx, kept.user)?;
        if found.state == AccountState::Active {
            return Ok(Some(found));
        }
    }
    let runners = runners(tx)?;
    let Some(owner) = runners.iter().find(|user| user.role == Role::Owner) else {
        return Ok(None);
    };
    let maker = actor(tx, owner.id)?;
    let account = NewBotAccount {
        id: fresh,
        handle: None,
        name: Name::parse(BOT)?,
        made_for: MadeFor::Machine,
        scopes: SCOPES.into_iter().collect(),
    };
    make_bot(tx, &maker, account)?;
    actor(tx, fresh).map(Some)
}

/// The channel with the right people in it.
fn room(tx: &mut WriteTx<'_>, bot: &Actor, fresh: ChannelId) -> ActionResult<ChannelId> {
    let runners = runners(tx)?;
    let people = |users: Vec<&User>| -> Vec<Person> {
        let person = |user: &User| Person { id: user.id, role: user.role, state: user.state };
        users.into_iter().map(person).collect()
    };
    // It is in no other channel as one who runs it.
    let known = channels::standings(tx, bot.id)?
        .into_iter()
        .find(|standing| standing.member == Some(ChannelRole::Manager));
    let Some(standing) = known else {
        let now = tx.now();
        let open = Open {
            id: fresh,
            kind: ChannelKind::Private,
            name: free_name(tx)?,
            topic: Topic::parse(TOPIC)?,
            posting: Posting::Everyone,
            reach: Reach::Local,
            people: people(runners.iter().collect()),
        };
        commit(tx, channel::open(bot, open, false, now)?)?;
        return Ok(fresh);
    };
    let id = standing.channel.id;
    if standing.channel.archived_at.is_some() {
        return Ok(id);
    }
    let present = members::of_channel(tx, id)?;
    let is_in = |user: &&User| present.iter().any(|member| member.user == user.id);
    for person in people(runners.iter().filter(|user| !is_in(user)).collect()) {
        let seat = members::seat(tx, id, person.id)?;
        let decided = channel::set_member(bot, &standing, &person, seat, ChannelRole::Member)?;
        commit(tx, decided)?;
    }
    let runs = |user: UserId| user == bot.id || runners.iter().any(|runner| runner.id == user);
    for gone in present.iter().map(|member| member.user).filter(|user| !runs(*user)) {
        let seat = members::seat(tx, id, gone)?;
        commit(tx, channel::remove_member(bot, &standing, gone, seat)?)?;
    }
    Ok(id)
}

/// The channel's name, with a number where somebody else has it.
fn free_name(tx: &WriteTx<'_>) -> ActionResult<Name> {
    for number in 1..=NAMES_MAX {
        let text = if number == 1 { NAME.to_owned() } else { format!("{NAME} {number}") };
        let name = Name::parse(&text)?;
        if !channels::name_taken(tx, &name, None)? {
            return Ok(name);
        }
    }
    Err(Denied::NameTaken.into())
}

fn write(
    tx: &mut WriteTx<'_>,
    (bot, room): (&Actor, ChannelId),
    (nonce, id): (Nonce, MessageId),
    text: MessageText,
) -> ActionResult<()> {
    let standing = channels::standing(tx, room, bot.id)?.ok_or(Denied::NotFound)?;
    let content = post::content(room, None, &text, &[]);
    let new = Post { id, nonce, text, files: Vec::new(), root: None, guise: None };
    let decided = message::post(bot, &standing, None, Mentions::default(), new)?;
    let committed = decided.into_iter().map(|event| tx.commit(event)).last();
    let committed = committed.ok_or(ActionError::Defect("a post decided nothing"))??;
    let (seq, at) = (committed.seq, committed.at);
    Ok(nonces::remember(tx, (bot.id, nonce), Sent { message: id, seq, content, at })?)
}
