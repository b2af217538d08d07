//! Incoming webhooks: made by admins, posted to by whoever knows the URL.

use hearth_domain::decide::integration::HookProblem;
use hearth_domain::denied::Denied;
use hearth_domain::id::{ChannelId, HookId, Nonce, UserId};
use hearth_domain::model::ChannelKind;
use hearth_domain::scopes::BotScope;
use hearth_domain::text::Name;
use hearth_store::chat::channels;
use hearth_store::integrations::Made;
use hearth_store::integrations::bots::MadeFor;
use hearth_store::integrations::incoming::{self, IncomingHook as Kept};
use hearth_store::{DbError, ReadTx, WriteTx};
use hearth_wire::integrations::{
    FreshIncomingHook, IncomingHook, IncomingHookChange, NewIncomingHook,
};

use super::program::{self, Acts, Facts, OF_HOOKS, Program};
use super::{ActionError, ActionResult, HOOK_SCOPES, manager, seat_bot};
use crate::actions::audit::Doer;
use crate::actions::channel;
use crate::actions::post::{self, NewPost};
use crate::app::App;
use crate::ids::Token;
use crate::slack::{self, Incoming, Place, Refused};
use crate::throttle::Wait;

/// How exactly the last use of a webhook is noted, in milliseconds.
const USED_EVERY_MS: u64 = 60_000;

pub(super) fn shown(hook: Kept) -> IncomingHook {
    let Kept { id, made, channel, any_channel } = hook;
    IncomingHook { id, made: super::shown(made), channel, any_channel }
}

fn url(base_url: &str, token: &Token) -> String {
    format!("{base_url}/hooks/{}", token.reveal())
}

impl Program for Kept {
    type Id = HookId;
    const MADE_FOR: MadeFor = MadeFor::Incoming;
    const SCOPES: &'static [BotScope] = HOOK_SCOPES;
    const KIND: &'static str = "hook";
    const ACTS: Acts = OF_HOOKS;

    fn find(tx: &ReadTx<'_>, id: HookId) -> Result<Option<Self>, DbError> {
        incoming::find(tx, id)
    }

    fn save(&self, tx: &mut WriteTx<'_>) -> Result<(), DbError> {
        incoming::change(tx, self)
    }

    fn remove(tx: &mut WriteTx<'_>, id: HookId) -> Result<bool, DbError> {
        incoming::delete(tx, id)
    }

    fn id(&self) -> HookId {
        self.id
    }

    fn made(&self) -> &Made {
        &self.made
    }

    fn facts(&self, tx: &ReadTx<'_>) -> ActionResult<Facts> {
        let channel = program::channel_name(tx, Some(self.channel), self.made.bot)?;
        Ok(vec![("channel", channel), ("any_channel", self.any_channel.to_string())])
    }
}

/// Makes a webhook. Its URL is shown this once.
///
/// # Errors
/// By permission, also in the channel, or when the name is refused.
pub async fn create(
    app: &App,
    doer: &Doer,
    new: NewIncomingHook,
    base_url: &str,
) -> ActionResult<FreshIncomingHook> {
    let name = Name::parse(&new.name)?;
    let token = Token::generate();
    let (hash, id) = (token.hash(), app.ids.make(HookId::new));
    let hook = program::make(app, doer, (name, true), move |tx, actor, made| {
        seat_bot(tx, actor, made.bot, new.channel)?;
        let hook = Kept { id, made, channel: new.channel, any_channel: new.any_channel };
        incoming::create(tx, &hook, hash.into())?;
        Ok(hook)
    });
    Ok(FreshIncomingHook { hook: shown(hook.await?), url: url(base_url, &token) })
}

/// Changes a webhook.
///
/// # Errors
/// By permission, also in the new channel, when the name is refused, or there is none.
pub async fn change(
    app: &App,
    doer: &Doer,
    id: HookId,
    wanted: IncomingHookChange,
) -> ActionResult<IncomingHook> {
    let name = wanted.name.as_deref().map(Name::parse).transpose()?;
    let hook =
        program::alter(app, doer, id, OF_HOOKS.changed, move |tx, actor, hook: &mut Kept| {
            if let Some(channel) = wanted.channel {
                seat_bot(tx, actor, hook.made.bot, channel)?;
                hook.channel = channel;
            }
            hook.made.name = name.unwrap_or_else(|| hook.made.name.clone());
            hook.made.enabled = wanted.enabled.unwrap_or(hook.made.enabled);
            hook.any_channel = wanted.any_channel.unwrap_or(hook.any_channel);
            Ok(())
        });
    Ok(shown(hook.await?))
}

/// Gives a webhook another URL; the one before works no longer.
///
/// # Errors
/// By permission, or when there is none.
pub async fn renew(
    app: &App,
    doer: &Doer,
    id: HookId,
    base_url: &str,
) -> ActionResult<FreshIncomingHook> {
    let token = Token::generate();
    let hash = token.hash();
    let hook = program::alter(app, doer, id, OF_HOOKS.renewed, move |tx, _, _: &mut Kept| {
        Ok(incoming::set_token(tx, id, hash.into())?)
    });
    Ok(FreshIncomingHook { hook: shown(hook.await?), url: url(base_url, &token) })
}

/// Deletes a webhook. Its URL works no longer; what it wrote stays.
///
/// # Errors
/// By permission, or when there is none.
pub async fn delete(app: &App, doer: &Doer, id: HookId) -> ActionResult<()> {
    program::delete::<Kept>(app, doer, id).await?;
    app.webhooks.forget(id);
    Ok(())
}

/// Posts a sample, as a tool would.
///
/// # Errors
/// By permission, or as a tool would be refused.
pub async fn test(app: &App, user: UserId, id: HookId) -> ActionResult<()> {
    let hook = app.store.read(move |tx| {
        manager(tx, user)?;
        program::find::<Kept>(tx, id)
    });
    let hook = hook.await?;
    let sample = slack::parse("application/json", SAMPLE.as_bytes());
    let sample = sample.map_err(|_| ActionError::Defect("the sample is no message"))?;
    place_and_post(app, &hook, sample).await
}

const SAMPLE: &str = r#"{"text":":wave: *Hello!* This is a test. 你好！这是一条测试消息。"}"#;

/// Why a tool's message was not posted.
#[derive(Debug, thiserror::Error)]
pub enum HookRefused {
    /// No webhook has this URL.
    #[error("no_service")]
    NoService,
    /// It is switched off.
    #[error("no_active_hooks")]
    SwitchedOff,
    /// Too many in too short a time.
    #[error(transparent)]
    TooFast(#[from] Wait),
    /// The body is refused.
    #[error(transparent)]
    Body(#[from] Refused),
    /// It names a channel, and the webhook leads to its own only.
    #[error("action_prohibited")]
    OtherChannel,
    /// It can't be posted there.
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// Posts what a tool sent to a webhook's URL.
///
/// # Errors
/// [`HookRefused`].
pub async fn receive(
    app: &App,
    token: &str,
    content_type: &str,
    body: &[u8],
) -> Result<(), HookRefused> {
    let hash = Token::parse(token).map_err(|_| HookRefused::NoService)?.hash();
    let found = app
        .store
        .read(move |tx| incoming::find_by_token(tx, hash.into()).map_err(ActionError::from))
        .await;
    let hook = found.map_err(ActionError::from)?.ok_or(HookRefused::NoService)?;
    app.webhooks.take(hook.id, app.clock.monotonic())?;
    if !hook.made.enabled {
        return Err(HookRefused::SwitchedOff);
    }
    let message = slack::parse(content_type, body)?;
    if message.place.is_some() && !hook.any_channel && !is_own(app, &hook, &message).await? {
        return Err(HookRefused::OtherChannel);
    }
    let result = place_and_post(app, &hook, message).await;
    note(app, &hook, result.as_ref().err().and_then(problem)).await;
    Ok(result?)
}

/// What of a failure is for the person who made the webhook to mend.
const fn problem(error: &ActionError) -> Option<HookProblem> {
    match error {
        ActionError::Denied(Denied::NotFound | Denied::Forbidden | Denied::ChannelArchived) => {
            Some(HookProblem::NoPlace)
        }
        _ => None,
    }
}

/// Whether a message names the channel that the webhook leads to anyway.
async fn is_own(app: &App, hook: &Kept, message: &Incoming) -> ActionResult<bool> {
    let (own, bot, place) = (hook.channel, hook.made.bot, message.place.clone());
    let seen = app.store.read(move |tx| {
        let standing = channels::standing(tx, own, bot)?;
        let name = standing.and_then(|standing| standing.channel.name);
        let name = name.map(|name| name.as_str().to_lowercase());
        Ok::<_, ActionError>(match place {
            Some(Place::Channel(wanted)) => {
                Some(wanted.to_lowercase()) == name || wanted == own.to_string()
            }
            _ => false,
        })
    });
    Ok(seen.await?)
}

async fn place_and_post(app: &App, hook: &Kept, message: Incoming) -> ActionResult<()> {
    let bot = hook.made.bot;
    let channel = match &message.place {
        Some(place) if hook.any_channel => enter(app, bot, place.clone()).await?,
        _ => hook.channel,
    };
    let guise = message.guise(&hook.made.name);
    let post = NewPost {
        user: bot,
        nonce: app.ids.make(Nonce::new),
        channel,
        root: message.thread,
        text: message.text.into(),
        guise,
        files: Vec::new(),
    };
    let threaded = post.root.is_some();
    match post::send(app, post).await?.on_disk().await {
        // The channel was found before; what is missing is the thread's first message.
        Err(ActionError::Denied(Denied::NotFound)) if threaded => Err(Denied::NotARoot.into()),
        sent => sent.map(drop),
    }
}

/// The channel that a message names, with the bot in it. Only public ones are found by their name;
/// one that the bot was added to is found as well.
async fn enter(app: &App, bot: UserId, place: Place) -> ActionResult<ChannelId> {
    let Place::Channel(wanted) = place else {
        return Err(Denied::NotFound.into());
    };
    let found = app.store.read(move |tx| {
        let id = match (wanted.parse::<ChannelId>(), Name::parse(&wanted)) {
            (Ok(id), _) => Some(id),
            (_, Ok(name)) => channels::by_name(tx, &name)?,
            _ => None,
        };
        let id = id.ok_or(Denied::NotFound)?;
        let standing = channels::standing(tx, id, bot)?.ok_or(Denied::NotFound)?;
        if standing.member.is_none() && standing.channel.kind != ChannelKind::Public {
            return Err(ActionError::Denied(Denied::NotFound));
        }
        Ok((id, standing.member.is_some()))
    });
    let (id, is_member) = found.await?;
    if !is_member {
        channel::join(app, bot, id).await?;
    }
    Ok(id)
}

/// Notes the use of a webhook, once a minute while all is well.
async fn note(app: &App, hook: &Kept, problem: Option<HookProblem>) {
    let now = app.clock.now();
    let lately = hook.made.used_at.is_some_and(|at| now.ms_since(at) < USED_EVERY_MS);
    if lately && hook.made.problem == problem {
        return;
    }
    let id = hook.id;
    let noted = app
        .store
        .enqueue(now, move |tx| incoming::note(tx, id, problem).map_err(ActionError::from));
    if let Err(error) = noted.await {
        tracing::debug!(%error, "the use of a webhook is not noted");
    }
}
