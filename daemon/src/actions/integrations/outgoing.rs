//! Outgoing webhooks: made by admins. What tells them is `crate::webhooks`.

use hearth_domain::decide::integration::{Filter, HookProblem};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{HookId, UserId};
use hearth_domain::limits::TRIGGER_WORDS_MAX;
use hearth_domain::text::Name;
use hearth_store::ReadTx;
use hearth_store::integrations::bots::MadeFor;
use hearth_store::integrations::outgoing::{self, OutgoingHook as Kept};
use hearth_store::integrations::{KeptSecret, Made};
use hearth_wire::integrations::{FreshOutgoingHook, OutgoingHook, OutgoingHookContent};

use super::{
    ActionError, ActionResult, NewBotAccount, hook_scopes, make_bot, manager, rename_bot,
    retire_bot, seat_bot, target,
};
use crate::app::App;
use crate::slack::Secret;
use crate::webhooks;

/// Longest word that sets a webhook off, in characters.
const WORD_CHARS_MAX: usize = 64;

pub(super) fn shown(hook: Kept) -> OutgoingHook {
    let Kept { id, made, url, filter, failing_since, .. } = hook;
    let Filter { channel, words, events } = filter;
    let made = super::shown(made);
    OutgoingHook { id, made, url, channel, words, events, failing_since }
}

/// What a webhook shall be, read and checked.
struct Wanted {
    name: Name,
    url: String,
    filter: Filter,
    enabled: bool,
}

fn wanted(content: OutgoingHookContent) -> ActionResult<Wanted> {
    let name = Name::parse(&content.name)?;
    let url = target(&content.url)?.url().to_string();
    let words = content.words.iter().map(|word| word.trim().to_owned());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.len() > TRIGGER_WORDS_MAX {
        return Err(Denied::LimitReached { max: TRIGGER_WORDS_MAX }.into());
    }
    let one_word = |word: &String| {
        word.chars().count() <= WORD_CHARS_MAX && !word.chars().any(char::is_whitespace)
    };
    if content.events.is_empty() || !words.iter().all(one_word) {
        return Err(ActionError::Refused(Code::BadRequest));
    }
    let mut events = content.events;
    events.sort_unstable();
    events.dedup();
    let filter = Filter { channel: content.channel, words, events };
    Ok(Wanted { name, url, filter, enabled: content.enabled })
}

/// Makes a webhook that is told of what happens from now on. Its secret is shown this once.
///
/// # Errors
/// By permission, also in the channel, or when the content is refused.
pub async fn create(
    app: &App,
    user: UserId,
    content: OutgoingHookContent,
) -> ActionResult<FreshOutgoingHook> {
    let wanted = wanted(content)?;
    let (secret, now) = (Secret::generate(), app.clock.now());
    let kept = KeptSecret(secret.to_bytes());
    let (id, bot) = (app.ids.make(HookId::new), app.ids.make(UserId::new));
    let done = app.store.write(now, move |tx| {
        let actor = manager(tx, user)?;
        let account = NewBotAccount {
            id: bot,
            handle: None,
            name: wanted.name.clone(),
            made_for: MadeFor::Outgoing,
            scopes: hook_scopes(),
        };
        make_bot(tx, &actor, account)?;
        if let Some(channel) = wanted.filter.channel {
            seat_bot(tx, &actor, bot, channel)?;
        }
        let made = Made {
            bot,
            name: wanted.name,
            enabled: wanted.enabled,
            created_by: user,
            created_at: now,
            used_at: None,
            problem: None,
        };
        let hook = Kept {
            id,
            made,
            url: wanted.url,
            secret: kept,
            filter: wanted.filter,
            seq: tx.head()?,
            failing_since: None,
        };
        outgoing::create(tx, &hook)?;
        Ok::<_, ActionError>(shown(hook))
    });
    let hook = done.await?;
    app.webhooks.announce();
    Ok(FreshOutgoingHook { hook, secret: secret.reveal() })
}

fn find(tx: &ReadTx<'_>, id: HookId) -> ActionResult<Kept> {
    Ok(outgoing::find(tx, id)?.ok_or(Denied::NotFound)?)
}

/// Changes a webhook. One that is switched on again is told of what happens from now on.
///
/// # Errors
/// By permission, also in the new channel, when the content is refused, or there is none.
pub async fn change(
    app: &App,
    user: UserId,
    id: HookId,
    content: OutgoingHookContent,
) -> ActionResult<OutgoingHook> {
    let wanted = wanted(content)?;
    let done = app.store.write(app.clock.now(), move |tx| {
        let actor = manager(tx, user)?;
        let mut hook = find(tx, id)?;
        if hook.made.name != wanted.name {
            rename_bot(tx, &actor, hook.made.bot, wanted.name.clone())?;
        }
        if let Some(channel) = wanted.filter.channel
            && hook.filter.channel != Some(channel)
        {
            seat_bot(tx, &actor, hook.made.bot, channel)?;
        }
        if wanted.enabled && !hook.made.enabled {
            hook.seq = tx.head()?;
        }
        // Whatever was wrong, this may have mended it.
        hook.failing_since = None;
        hook.made.name = wanted.name;
        hook.made.enabled = wanted.enabled;
        hook.url = wanted.url;
        hook.filter = wanted.filter;
        outgoing::change(tx, &hook)?;
        Ok::<_, ActionError>(shown(hook))
    });
    let hook = done.await?;
    app.webhooks.announce();
    Ok(hook)
}

/// Gives a webhook another secret; what is sent from now on is signed with it.
///
/// # Errors
/// By permission, or when there is none.
pub async fn renew(app: &App, user: UserId, id: HookId) -> ActionResult<FreshOutgoingHook> {
    let secret = Secret::generate();
    let kept = KeptSecret(secret.to_bytes());
    let done = app.store.write(app.clock.now(), move |tx| {
        manager(tx, user)?;
        let hook = Kept { secret: kept, ..find(tx, id)? };
        outgoing::change(tx, &hook)?;
        Ok::<_, ActionError>(shown(hook))
    });
    Ok(FreshOutgoingHook { hook: done.await?, secret: secret.reveal() })
}

/// Deletes a webhook. It is told nothing more.
///
/// # Errors
/// By permission, or when there is none.
pub async fn delete(app: &App, user: UserId, id: HookId) -> ActionResult<()> {
    let done = app.store.write(app.clock.now(), move |tx| {
        let actor = manager(tx, user)?;
        let hook = find(tx, id)?;
        outgoing::delete(tx, id)?;
        retire_bot(tx, &actor, hook.made.bot)
    });
    done.await?;
    app.webhooks.announce();
    Ok(())
}

/// Sends a sample, and says what came of it.
///
/// # Errors
/// By permission, or when there is none.
pub async fn test(app: &App, user: UserId, id: HookId) -> ActionResult<Option<HookProblem>> {
    let seen = app.store.read(move |tx| {
        let actor = manager(tx, user)?;
        let hook = find(tx, id)?;
        let sample = webhooks::sample(tx, &hook, actor.id)?;
        Ok::<_, ActionError>((hook, sample))
    });
    let (hook, sample) = seen.await?;
    let tried = webhooks::deliver_once(app, &hook, &sample).await;
    let problem = tried.err().map(|failure| failure.problem);
    let noted = app.store.write(app.clock.now(), move |tx| match problem {
        Some(problem) => outgoing::failed(tx, id, &problem).map(drop).map_err(ActionError::from),
        None => outgoing::delivered(tx, id).map_err(ActionError::from),
    });
    noted.await?;
    Ok(problem)
}
