//! Bodies of the REST interface for bots, webhooks and slash commands.
//!
//! A token, a URL with one, or a signing secret is in one answer only: the one to the request that
//! made it.

use hearth_domain::decide::integration::{HookEvent, HookProblem};
use hearth_domain::id::{ChannelId, CommandId, HookId, MessageId, Seq, SessionId, UserId};
use hearth_domain::scopes::BotScopes;
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that connects programs with the office: `GET /integrations`, for admins.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Integrations {
    /// Bots that show a token; those of webhooks and commands are not among them.
    pub bots: Vec<Bot>,
    /// Incoming webhooks.
    pub incoming: Vec<IncomingHook>,
    /// Outgoing webhooks.
    pub outgoing: Vec<OutgoingHook>,
    /// Slash commands.
    pub commands: Vec<Command>,
}

/// A bot and its tokens. Its name and state are in its user record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bot {
    /// Its account.
    pub user: UserId,
    /// What it may do, with every token.
    pub scopes: BotScopes,
    /// Who made it.
    pub created_by: UserId,
    /// Its tokens, without their characters.
    pub tokens: Vec<BotToken>,
}

/// A token of a bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BotToken {
    /// Its identity, for revoking it.
    pub id: SessionId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute; when it was made, if never.
    pub used_at: Timestamp,
}

/// Makes a bot: `POST /bots`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBot {
    /// What follows an @.
    pub handle: String,
    /// What is shown.
    pub name: String,
    /// What it may do.
    pub scopes: BotScopes,
}

/// Changes a bot: `PATCH /bots/{user}`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Other scopes. They count at once.
    #[serde(default)]
    pub scopes: Option<BotScopes>,
    /// Whether it may be used. Switching it off ends its tokens.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// Makes a token: `POST /bots/{user}/tokens`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBotToken {
    /// What it is called, such as where it is used.
    pub name: String,
}

/// A fresh token. Its characters are shown this once; only their hash is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FreshBotToken {
    /// The token.
    pub info: BotToken,
    /// Its characters, for `Authorization: Bearer`.
    pub token: String,
}

/// What bots, webhooks and commands have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Made {
    /// The account that writes for it.
    pub bot: UserId,
    /// What it is called.
    pub name: String,
    /// Whether it works.
    pub enabled: bool,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it last worked.
    pub used_at: Option<Timestamp>,
    /// What went wrong the last time.
    pub problem: Option<HookProblem>,
}

/// An incoming webhook. Its URL is not known any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncomingHook {
    /// Its identity.
    pub id: HookId,
    /// What it has in common with others.
    #[serde(flatten)]
    pub made: Made,
    /// Where it leads.
    pub channel: ChannelId,
    /// Whether a message may name another public channel.
    pub any_channel: bool,
}

/// Makes an incoming webhook: `POST /hooks/incoming`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncomingHook {
    /// As whom its messages appear, unless they say.
    pub name: String,
    /// Where it leads.
    pub channel: ChannelId,
    /// Whether a message may name another public channel.
    #[serde(default)]
    pub any_channel: bool,
}

/// Changes an incoming webhook: `PATCH /hooks/incoming/{hook}`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncomingHookChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it leads.
    #[serde(default)]
    pub channel: Option<ChannelId>,
    /// Whether a message may name another public channel.
    #[serde(default)]
    pub any_channel: Option<bool>,
    /// Whether it works.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// A fresh incoming webhook, or one with a fresh URL. The URL is shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FreshIncomingHook {
    /// The webhook.
    pub hook: IncomingHook,
    /// Where tools post to. Whoever knows it can write here.
    pub url: String,
}

/// An outgoing webhook. Its secret is not shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutgoingHook {
    /// Its identity.
    pub id: HookId,
    /// What it has in common with others.
    #[serde(flatten)]
    pub made: Made,
    /// Where it is told.
    pub url: String,
    /// One channel; absent for every channel its bot is in.
    pub channel: Option<ChannelId>,
    /// The first word of a message must be one of these; none lets every message through.
    pub words: Vec<String>,
    /// What it is told of.
    pub events: Vec<HookEvent>,
    /// Since when every delivery failed.
    pub failing_since: Option<Timestamp>,
}

/// Makes or replaces an outgoing webhook: `POST /hooks/outgoing`, `PUT /hooks/outgoing/{hook}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutgoingHookContent {
    /// What it is called.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// One channel; absent for every channel its bot is added to.
    #[serde(default)]
    pub channel: Option<ChannelId>,
    /// The first word of a message must be one of these.
    #[serde(default)]
    pub words: Vec<String>,
    /// What it is told of; new messages if absent.
    #[serde(default = "posted_only")]
    pub events: Vec<HookEvent>,
    /// Whether it works.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn posted_only() -> Vec<HookEvent> {
    vec![HookEvent::Posted]
}

const fn yes() -> bool {
    true
}

/// A fresh outgoing webhook. Its secret is shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FreshOutgoingHook {
    /// The webhook.
    pub hook: OutgoingHook,
    /// What signs what it is told.
    pub secret: String,
}

/// A slash command as admins see it. Its secret is not shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// Its identity.
    pub id: CommandId,
    /// What it has in common with others.
    #[serde(flatten)]
    pub made: Made,
    /// What follows the slash.
    pub word: String,
    /// Where it is sent.
    pub url: String,
    /// What may follow the word.
    pub hint: String,
    /// What it does.
    pub description: String,
}

/// Makes or replaces a command: `POST /commands`, `PUT /commands/{command}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandContent {
    /// What follows the slash.
    pub word: String,
    /// As whom its answers appear.
    pub name: String,
    /// Where it is sent.
    pub url: String,
    /// What may follow the word.
    #[serde(default)]
    pub hint: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Whether it works.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// A fresh command. Its secret is shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FreshCommand {
    /// The command.
    pub command: Command,
    /// What signs what it is sent.
    pub secret: String,
}

/// A command as people see it: `GET /commands`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandListing {
    /// What follows the slash.
    pub word: String,
    /// What may follow the word.
    pub hint: String,
    /// What it does.
    pub description: String,
}

/// Gives a command in a conversation: `POST /channels/{channel}/commands`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunCommand {
    /// What follows the slash.
    pub word: String,
    /// What follows the word.
    #[serde(default)]
    pub text: String,
    /// The thread, if in one.
    #[serde(default)]
    pub root: Option<MessageId>,
}

/// What came of a try-out: `POST /hooks/outgoing/{hook}/test`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HookTried {
    /// What went wrong; nothing if the receiver took it.
    pub problem: Option<HookProblem>,
}

/// What an outgoing webhook's receiver is told: the body of the request to its URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HookDelivery {
    /// What happened.
    pub event: HookEvent,
    /// Which webhook tells it.
    pub hook: HookId,
    /// Its place in the log: a repetition has the same.
    pub seq: Seq,
    /// When it happened.
    pub at: Timestamp,
    /// The office's name.
    pub office: String,
    /// Where it happened.
    pub channel_id: ChannelId,
    /// That channel's name; absent for direct conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// Who did it.
    pub user_id: UserId,
    /// Their handle.
    pub user_name: String,
    /// The message.
    pub message_id: MessageId,
    /// The thread it answers in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// Its text now, as Markdown, of a message that was written or edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The word that set the webhook off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_word: Option<String>,
    /// The emoji of a reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Whether the emoji is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// Whether nothing happened and an admin tries the webhook.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}
