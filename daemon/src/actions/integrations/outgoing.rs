//! Outgoing webhooks: made by admins. What tells them is `crate::webhooks`.

use hearth_domain::decide::integration::{Filter, HookProblem};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{HookId, UserId};
use hearth_domain::limits::TRIGGER_WORDS_MAX;
use hearth_domain::scopes::BotScope;
use hearth_domain::text::Name;
use hearth_store::integrations::bots::MadeFor;
use hearth_store::integrations::outgoing::{self, OutgoingHook as Kept};
use hearth_store::integrations::{KeptSecret, Made};
use hearth_store::{DbError, ReadTx, WriteTx};
use hearth_wire::integrations::{FreshOutgoingHook, OutgoingHook, OutgoingHookContent};

use super::program::{self, Acts, Facts, OF_HOOKS, Program};
use super::{ActionError, ActionResult, HOOK_SCOPES, manager, seat_bot, target};
use crate::actions::audit::{Doer, word};
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

impl Program for Kept {
    type Id = HookId;
    const MADE_FOR: MadeFor = MadeFor::Outgoing;
    const SCOPES: &'static [BotScope] = HOOK_SCOPES;
    const KIND: &'static str = "hook";
    const ACTS: Acts = OF_HOOKS;

    fn find(tx: &ReadTx<'_>, id: HookId) -> Result<Option<Self>, DbError> {
        outgoing::find(tx, id)
    }

    fn save(&self, tx: &mut WriteTx<'_>) -> Result<(), DbError> {
        outgoing::change(tx, self)
    }

    fn remove(tx: &mut WriteTx<'_>, id: HookId) -> Result<bool, DbError> {
        outgoing::delete(tx, id)
    }

    fn id(&self) -> HookId {
        self.id
    }

    fn made(&self) -> &Made {
        &self.made
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn facts(&self, tx: &ReadTx<'_>) -> ActionResult<Facts> {
        let Filter { channel, words, events } = &self.filter;
        let events: Vec<String> = events.iter().map(word).collect();
        Ok(vec![
            ("channel", program::channel_name(tx, *channel, self.made.bot)?),
            ("words", words.join(" ")),
            ("events", events.join(" ")),
        ])
    }
}

/// Makes a webhook that is told of what happens from now on. Its secret is shown this once.
///
/// # Errors
/// By permission, also in the channel, or when the content is refused.
pub async fn create(
    app: &App,
    doer: &Doer,
    content: OutgoingHookContent,
) -> ActionResult<FreshOutgoingHook> {
    let Wanted { name, url, filter, enabled } = wanted(content)?;
    let (secret, id) = (Secret::generate(), app.ids.make(HookId::new));
    let kept = KeptSecret(secret.to_bytes());
    let hook = program::make(app, doer, (name, enabled), move |tx, actor, made| {
        if let Some(channel) = filter.channel {
            seat_bot(tx, actor, made.bot, channel)?;
        }
        let seq = tx.head()?;
        let hook = Kept { id, made, url, secret: kept, filter, seq, failing_since: None };
        outgoing::create(tx, &hook)?;
        Ok(hook)
    });
    let hook = shown(hook.await?);
    app.webhooks.announce();
    Ok(FreshOutgoingHook { hook, secret: secret.reveal() })
}

/// Changes a webhook. One that is switched on again is told of what happens from now on.
///
/// # Errors
/// By permission, also in the new channel, when the content is refused, or there is none.
pub async fn change(
    app: &App,
    doer: &Doer,
    id: HookId,
    content: OutgoingHookContent,
) -> ActionResult<OutgoingHook> {
    let Wanted { name, url, filter, enabled } = wanted(content)?;
    let hook =
        program::alter(app, doer, id, OF_HOOKS.changed, move |tx, actor, hook: &mut Kept| {
            if let Some(channel) = filter.channel
                && hook.filter.channel != Some(channel)
            {
                seat_bot(tx, actor, hook.made.bot, channel)?;
            }
            if enabled && !hook.made.enabled {
                hook.seq = tx.head()?;
            }
            hook.made.name = name;
            hook.made.enabled = enabled;
            // Whatever was wrong, this may have mended it.
            *hook = Kept { url, filter, failing_since: None, ..hook.clone() };
            Ok(())
        });
    let hook = shown(hook.await?);
    app.webhooks.announce();
    Ok(hook)
}

/// Gives a webhook another secret; what is sent from now on is signed with it.
///
/// # Errors
/// By permission, or when there is none.
pub async fn renew(app: &App, doer: &Doer, id: HookId) -> ActionResult<FreshOutgoingHook> {
    let secret = Secret::generate();
    let kept = KeptSecret(secret.to_bytes());
    let hook = program::alter(app, doer, id, OF_HOOKS.renewed, move |_, _, hook: &mut Kept| {
        hook.secret = kept;
        Ok(())
    });
    Ok(FreshOutgoingHook { hook: shown(hook.await?), secret: secret.reveal() })
}

/// Deletes a webhook. It is told nothing more.
///
/// # Errors
/// By permission, or when there is none.
pub async fn delete(app: &App, doer: &Doer, id: HookId) -> ActionResult<()> {
    program::delete::<Kept>(app, doer, id).await?;
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
        let hook = program::find::<Kept>(tx, id)?;
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
