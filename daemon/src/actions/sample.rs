//! Writes the made-up office of [`crate::sample`] down, in the past, ending now.

use hearth_domain::event::{Decided, Event, Posted, Scope};
use hearth_domain::id::{ChannelId, MessageId, Nonce, UserId};
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Member, Mentions, Posting, Reach, Role, User,
    UserKind,
};
use hearth_domain::text::{Emoji, Handle, MessageText, Name, Topic};
use hearth_domain::time::Timestamp;
use hearth_store::WriteTx;
use hearth_store::chat::{channels, people};

use super::{ActionError, ActionResult};
use crate::app::App;
use crate::ids::Ids;
use crate::sample::{self, Line};

/// Messages of one write: large enough to be fast, small enough that nobody waits long.
const AT_ONCE: usize = 250;
/// Seed of the talk; the same for everybody, so that screenshots can be compared.
const SEED: u64 = 2026;

/// The made-up people and channels, as they are in the database.
#[derive(Clone, Debug)]
struct Stage {
    people: Vec<UserId>,
    channels: Vec<ChannelId>,
}

/// Fills the office with `messages` messages. People and channels that exist by name are used again.
///
/// # Errors
/// When the store can't be used.
pub async fn fill(app: &App, messages: usize, report: impl Fn(u64, u64)) -> ActionResult<()> {
    let now = app.clock.now();
    let ids = app.ids.clone();
    let stage = app.store.write(now, move |tx| set(tx, &ids, now));
    let stage = stage.await.map_err(ActionError::from)?;
    let lines: Vec<Line> = sample::talk(SEED).take(messages).collect();
    let lasts_ms: u64 = lines.iter().map(|line| line.after_ms).sum();
    let mut at = Timestamp::from_ms(now.as_ms().saturating_sub(lasts_ms));
    let mut roots: Vec<Option<MessageId>> = vec![None; stage.channels.len()];
    let mut done = 0;
    for page in lines.chunks(AT_ONCE) {
        let (page, stage, ids) = (page.to_vec(), stage.clone(), app.ids.clone());
        let written = app.store.write(now, move |tx| {
            for line in &page {
                at = at.plus_ms(line.after_ms);
                say(tx, &ids, (&stage, &mut roots), (line, at))?;
            }
            Ok((at, roots, page.len()))
        });
        let count;
        (at, roots, count) = written.await.map_err(ActionError::from)?;
        done += count as u64;
        report(done, lines.len() as u64);
    }
    Ok(())
}

fn set(tx: &mut WriteTx<'_>, ids: &Ids, now: Timestamp) -> ActionResult<Stage> {
    let mut stage = Stage { people: Vec::new(), channels: Vec::new() };
    for person in sample::people() {
        let handle = Handle::parse(person.handle)?;
        let known = people::user_by_handle(tx, &handle)?.map(|user| user.id);
        let id = known.unwrap_or_else(|| ids.make(UserId::new));
        if known.is_none() {
            let user = User {
                kind: UserKind::Person,
                id,
                handle,
                name: Name::parse(person.name)?,
                role: Role::Member,
                state: AccountState::Active,
                status: None,
                avatar: None,
                created_at: now,
            };
            tx.commit(Decided {
                actor: id,
                scope: Scope::Office,
                event: Event::UserCreated { user },
            })?;
        }
        stage.people.push(id);
    }
    let everybody: Vec<UserId> =
        people::users(tx)?.iter().filter(|u| u.role >= Role::Member).map(|u| u.id).collect();
    for channel in sample::channels() {
        stage.channels.push(open(tx, ids, (channel, now), &everybody)?);
    }
    Ok(stage)
}

fn open(
    tx: &mut WriteTx<'_>,
    ids: &Ids,
    (channel, now): (&sample::Channel, Timestamp),
    everybody: &[UserId],
) -> ActionResult<ChannelId> {
    let name = Name::parse(channel.name)?;
    if let Some(id) = channels::by_name(tx, &name)? {
        return Ok(id);
    }
    let id = ids.make(ChannelId::new);
    let actor = *everybody.first().ok_or(ActionError::Defect("an office without people"))?;
    let role = |user: UserId| {
        if user == actor { ChannelRole::Manager } else { ChannelRole::Member }
    };
    let event = Event::ChannelCreated {
        channel: Channel {
            id,
            kind: ChannelKind::Public,
            name: Some(name),
            topic: Topic::parse(channel.topic)?,
            posting: Posting::Everyone,
            reach: Reach::Local,
            archived_at: None,
            created_by: actor,
            created_at: now,
        },
        members: everybody.iter().map(|user| Member { user: *user, role: role(*user) }).collect(),
    };
    tx.commit(Decided { actor, scope: Scope::Members, event })?;
    Ok(id)
}

fn say(
    tx: &mut WriteTx<'_>,
    ids: &Ids,
    (stage, roots): (&Stage, &mut Vec<Option<MessageId>>),
    (line, at): (&Line, Timestamp),
) -> ActionResult<()> {
    let channel = stage.channels[line.channel];
    let actor = stage.people[line.author];
    let scope = Scope::Channel(channel);
    let root = roots[line.channel].filter(|_| line.in_thread);
    let message = ids.make(MessageId::new);
    let posted = Posted {
        guise: None,
        message,
        channel,
        root,
        text: MessageText::parse(&line.text)?,
        mentions: Mentions::default(),
        files: Vec::new(),
        nonce: ids.make(Nonce::new),
    };
    tx.commit_at(Decided { actor, scope, event: Event::MessagePosted(posted) }, at)?;
    if root.is_none() {
        roots[line.channel] = Some(message);
    }
    if let Some((who, emoji)) = line.reaction {
        let emoji = Emoji::parse(emoji)?;
        let event = Event::ReactionSet { message, channel, emoji, on: true };
        tx.commit_at(Decided { actor: stage.people[who], scope, event }, at)?;
    }
    Ok(())
}
