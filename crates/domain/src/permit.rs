//! The one permission function, and the proofs it hands out.
//!
//! Every command and every read asks [`permit`]. What it grants is a value without public
//! constructor, so a function that takes a [`Permit`] or a [`CanRead`] can't be called by code that
//! forgot to ask. Nothing is granted by default: an act that no rule names is refused.
//!
//! Somebody who may not know that a channel exists is told [`Denied::NotFound`], never
//! [`Denied::Forbidden`]. Admins have no door into private channels they were not added to.

use std::collections::HashSet;

use crate::denied::Denied;
use crate::event::Scope;
use crate::file::{Carrier, Held};
use crate::id::{ChannelId, FileId, UserId};
use crate::model::{AccountState, Channel, ChannelKind, ChannelRole, Posting, Role};
use crate::scopes::{BotScope, Grant};

/// Who asks. Read afresh for every command: nothing about a person is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub id: UserId,
    /// What they may do in the office.
    pub role: Role,
    /// Whether the account may be used at all.
    pub state: AccountState,
    /// All that the role may, or what a bot was given of it.
    pub grant: Grant,
}

/// A channel, and the asker's place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The channel.
    pub channel: Channel,
    /// The asker's role there, if they are a member.
    pub member: Option<ChannelRole>,
}

/// Acts on the office as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficeAct {
    /// See who has an account, change one's own profile and preferences.
    TakePart,
    /// Send files and open them.
    UseFiles,
    /// See the directory of public channels.
    BrowseChannels,
    /// Open a public or private channel.
    OpenChannel,
    /// Open a direct conversation.
    OpenDirect,
    /// Invite people who become `role`.
    Invite {
        /// What the invited become.
        role: Role,
    },
    /// Rename the office, manage groups, bots and webhooks, see and revoke every invitation, and see
    /// how the office and its machine are: channels by name, sizes, health, backups, the audit log; say
    /// how loud the machine may be, and measure and test its fan.
    Manage,
    /// See how the machine under the office is: temperatures, fans, power.
    SeeMachine,
    /// Take a backup away, or delete one: it holds all that anybody ever wrote.
    TakeBackup,
    /// See who is in a private channel that nobody runs any more, and name one of them to run it.
    RescueChannel,
    /// Change somebody's role.
    ChangeRole {
        /// Their role now.
        of: Role,
        /// Their role afterwards.
        to: Role,
    },
    /// Disable, enable, or reset the password of somebody.
    ChangeAccount {
        /// Their role.
        of: Role,
    },
}

/// Acts in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelAct {
    /// Read its history.
    Read,
    /// Keep a read marker, a draft, a notify level, a followed thread, a saved message.
    KeepPlace,
    /// Start a message.
    Post,
    /// Answer in a thread.
    Reply,
    /// Put on or take off one's own reaction.
    React,
    /// Pin or unpin.
    Pin,
    /// Edit a message by this author.
    Edit {
        /// Who wrote it.
        author: UserId,
    },
    /// Delete a message by this author, or take away the cards under it.
    Delete {
        /// Who wrote it.
        author: UserId,
    },
    /// Become a member by oneself.
    Join,
    /// Stop being a member.
    Leave,
    /// Add somebody.
    AddMember,
    /// Remove somebody else or change what they may do there.
    ManageMembers,
    /// Name, topic, kind, posting rule.
    Configure,
    /// Archive, or bring back.
    Archive,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// An act on the office.
    Office(OfficeAct),
    /// An act in a channel.
    Channel(ChannelAct, &'a Standing),
}

/// Proof that an act was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    actor: UserId,
    channel: Option<ChannelId>,
}

impl Permit {
    /// Who may act.
    #[must_use]
    pub const fn actor(&self) -> UserId {
        self.actor
    }

    /// Where the event belongs: the channel that was asked about, else `office`.
    #[must_use]
    pub fn scope(&self, office: Scope) -> Scope {
        self.channel.map_or(office, Scope::Channel)
    }
}

/// Proof that somebody may read one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanRead {
    user: UserId,
    channel: ChannelId,
}

impl CanRead {
    /// Who reads.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// What.
    #[must_use]
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }
}

/// Proof that somebody runs the office. It opens no conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanManage {
    user: UserId,
}

impl CanManage {
    /// Who.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }
}

/// Grants the running of the office.
///
/// # Errors
/// As [`permit`].
pub fn manage(actor: &Actor) -> Result<CanManage, Denied> {
    permit(actor, Ask::Office(OfficeAct::Manage))?;
    Ok(CanManage { user: actor.id })
}

/// Grants the reading of a channel.
///
/// # Errors
/// As [`permit`].
pub fn read(actor: &Actor, standing: &Standing) -> Result<CanRead, Denied> {
    permit(actor, Ask::Channel(ChannelAct::Read, standing))?;
    Ok(CanRead { user: actor.id, channel: standing.channel.id })
}

/// Proof that somebody may read several channels: all that a search looks into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    user: UserId,
    channels: HashSet<ChannelId>,
}

impl Readable {
    /// Who reads.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Whether this channel is among them.
    #[must_use]
    pub fn has(&self, channel: ChannelId) -> bool {
        self.channels.contains(&channel)
    }

    /// Only those that are wanted.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(ChannelId) -> bool) -> Self {
        self.channels.retain(|channel| wanted(*channel));
        self
    }
}

/// Grants the reading of those channels that somebody may read; the others are left out.
///
/// # Errors
/// [`Denied::AccountDisabled`] for a disabled account.
pub fn readable(actor: &Actor, standings: &[Standing]) -> Result<Readable, Denied> {
    permit(actor, Ask::Office(OfficeAct::TakePart))?;
    let channels = standings.iter().filter_map(|standing| read(actor, standing).ok());
    Ok(Readable { user: actor.id, channels: channels.map(|permit| permit.channel()).collect() })
}

/// Proof that somebody may open one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanOpen {
    file: FileId,
}

impl CanOpen {
    /// Which.
    #[must_use]
    pub const fn file(&self) -> FileId {
        self.file
    }
}

/// Grants the opening of a file: to who can read the message that carries it, before that to its
/// owner, and an avatar to everybody. `standing` is the asker's in the conversation that has it.
///
/// # Errors
/// [`Denied::AccountDisabled`], [`Denied::Forbidden`] for a bot that was not given files, or
/// [`Denied::NotFound`]: who may not open a file learns nothing of it.
pub fn open(actor: &Actor, held: &Held, standing: Option<&Standing>) -> Result<CanOpen, Denied> {
    permit(actor, Ask::Office(OfficeAct::UseFiles))?;
    let granted = match held.carrier {
        Carrier::Nothing => held.owner == actor.id,
        Carrier::Avatar => true,
        Carrier::Message(channel) => standing
            .filter(|standing| standing.channel.id == channel)
            .is_some_and(|standing| read(actor, standing).is_ok()),
    };
    if granted { Ok(CanOpen { file: held.file.id }) } else { Err(Denied::NotFound) }
}

/// Grants or refuses one act.
///
/// # Errors
/// [`Denied::AccountDisabled`] for a disabled account, [`Denied::NotFound`] where the asker may not
/// know of the channel, [`Denied::ChannelArchived`] and [`Denied::DirectIsFixed`] where the channel
/// itself refuses, else [`Denied::Forbidden`].
pub fn permit(actor: &Actor, ask: Ask<'_>) -> Result<Permit, Denied> {
    if actor.state != AccountState::Active {
        return Err(Denied::AccountDisabled);
    }
    // Before anything of a channel is looked at, so that the answer tells nothing of it.
    if !actor.grant.covers(scope_of(ask)) {
        return Err(Denied::Forbidden);
    }
    match ask {
        Ask::Office(act) if may_in_office(actor.role, act) => {
            Ok(Permit { actor: actor.id, channel: None })
        }
        Ask::Office(_) => Err(Denied::Forbidden),
        Ask::Channel(act, standing) => {
            in_channel(actor, act, standing)?;
            Ok(Permit { actor: actor.id, channel: Some(standing.channel.id) })
        }
    }
}

/// What a bot must have been given for an act; nothing for acts that no bot does.
const fn scope_of(ask: Ask<'_>) -> Option<BotScope> {
    match ask {
        Ask::Office(act) => match act {
            OfficeAct::TakePart | OfficeAct::BrowseChannels => Some(BotScope::Read),
            OfficeAct::UseFiles => Some(BotScope::Files),
            OfficeAct::OpenChannel | OfficeAct::OpenDirect => Some(BotScope::Channels),
            OfficeAct::Invite { .. }
            | OfficeAct::Manage
            | OfficeAct::SeeMachine
            | OfficeAct::TakeBackup
            | OfficeAct::RescueChannel
            | OfficeAct::ChangeRole { .. }
            | OfficeAct::ChangeAccount { .. } => None,
        },
        Ask::Channel(act, _) => Some(match act {
            ChannelAct::Read | ChannelAct::KeepPlace => BotScope::Read,
            ChannelAct::Post
            | ChannelAct::Reply
            | ChannelAct::Pin
            | ChannelAct::Edit { .. }
            | ChannelAct::Delete { .. } => BotScope::Post,
            ChannelAct::React => BotScope::React,
            ChannelAct::Join
            | ChannelAct::Leave
            | ChannelAct::AddMember
            | ChannelAct::ManageMembers
            | ChannelAct::Configure
            | ChannelAct::Archive => BotScope::Channels,
        }),
    }
}

fn may_in_office(role: Role, act: OfficeAct) -> bool {
    match act {
        OfficeAct::TakePart | OfficeAct::UseFiles | OfficeAct::SeeMachine => true,
        OfficeAct::BrowseChannels | OfficeAct::OpenChannel | OfficeAct::OpenDirect => {
            role >= Role::Member
        }
        OfficeAct::Manage => role >= Role::Admin,
        OfficeAct::TakeBackup | OfficeAct::RescueChannel => role >= Role::Owner,
        OfficeAct::Invite { role: invited } => role >= Role::Admin && invited <= role,
        OfficeAct::ChangeRole { of, to } => outranks(role, of) && to <= role,
        OfficeAct::ChangeAccount { of } => outranks(role, of),
    }
}

/// Owners may change everybody; admins everybody below an owner.
fn outranks(role: Role, of: Role) -> bool {
    role == Role::Owner || (role == Role::Admin && of < Role::Owner)
}

fn in_channel(actor: &Actor, act: ChannelAct, standing: &Standing) -> Result<(), Denied> {
    let Standing { channel, member } = standing;
    let finds_it = channel.kind == ChannelKind::Public && actor.role >= Role::Member;
    if member.is_none() && !finds_it {
        return Err(Denied::NotFound);
    }
    if channel.archived_at.is_some() && !works_when_archived(act) {
        return Err(Denied::ChannelArchived);
    }
    if channel.is_direct() && changes_people(act) {
        return Err(Denied::DirectIsFixed);
    }
    if may_in_channel(actor, act, standing) { Ok(()) } else { Err(Denied::Forbidden) }
}

const fn works_when_archived(act: ChannelAct) -> bool {
    matches!(
        act,
        ChannelAct::Read | ChannelAct::KeepPlace | ChannelAct::Leave | ChannelAct::Archive
    )
}

const fn changes_people(act: ChannelAct) -> bool {
    matches!(
        act,
        ChannelAct::Join
            | ChannelAct::Leave
            | ChannelAct::AddMember
            | ChannelAct::ManageMembers
            | ChannelAct::Configure
            | ChannelAct::Archive
    )
}

fn may_in_channel(actor: &Actor, act: ChannelAct, standing: &Standing) -> bool {
    let is_member = standing.member.is_some();
    // Whoever became a guest after managing a channel manages it no longer, and nobody ever runs a
    // direct conversation.
    let manages = standing.member == Some(ChannelRole::Manager) && actor.role >= Role::Member;
    let runs_it = (manages || actor.role >= Role::Admin) && !standing.channel.is_direct();
    match act {
        ChannelAct::Read => true,
        ChannelAct::KeepPlace | ChannelAct::Reply | ChannelAct::React | ChannelAct::Leave => {
            is_member
        }
        ChannelAct::Post => is_member && (standing.channel.posting == Posting::Everyone || runs_it),
        ChannelAct::Pin => is_member && actor.role >= Role::Member,
        ChannelAct::Edit { author } => is_member && author == actor.id,
        ChannelAct::Delete { author } => is_member && (author == actor.id || runs_it),
        ChannelAct::Join => actor.role >= Role::Member,
        ChannelAct::AddMember => (is_member && actor.role >= Role::Member) || runs_it,
        ChannelAct::ManageMembers | ChannelAct::Configure | ChannelAct::Archive => runs_it,
    }
}
