//! What those who run the office did: the vocabulary of the audit log.
//!
//! The log of events says what happened in conversations and is read by everybody it concerns. The
//! audit log says who did what about the office itself, from where, and what was so before. It is kept
//! on the box, read by admins, and holds no secret: no password, token, link or message.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ChannelId, GroupId, InviteId, UserId};
use crate::limits::AUDIT_VALUE_CHARS_MAX;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Hand {
    /// Somebody with an account.
    Person {
        /// Who.
        id: UserId,
    },
    /// Whoever may read the data folder, by the operator's command.
    Operator,
    /// Nobody who is known: somebody before signing in.
    Nobody,
}

/// Who did something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub hand: Hand,
    /// The address it came from; empty for the operator, who is at the box.
    pub address: String,
}

macro_rules! acts {
    ($($(#[$doc:meta])+ $name:ident = $code:literal)+) => {
        /// What was done. The part of the code before the dot is its area.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum Act {
            $($(#[$doc])+ #[serde(rename = $code)] $name,)+
        }

        impl Act {
            /// Every act, in the order in which they are written here.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable code, as it is stored and shown to programs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The act of a stored code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

acts! {
    /// The office was founded.
    OfficeFounded = "office.founded"
    /// The office got another name.
    OfficeRenamed = "office.renamed"
    /// A setting of the office was changed.
    OfficeChanged = "office.changed"
    /// A new link for the first owner was asked for.
    SetupLink = "office.setup_link"
    /// Everything was exported by the operator.
    OfficeExported = "office.exported"
    /// The operator made an account.
    UserAdded = "user.added"
    /// Somebody got another role.
    UserRole = "user.role"
    /// An account was switched off.
    UserDisabled = "user.disabled"
    /// An account was switched on again.
    UserEnabled = "user.enabled"
    /// Somebody's password was reset.
    UserReset = "user.reset"
    /// Somebody was signed out everywhere.
    UserSignedOut = "user.signed_out"
    /// Sign-ins to an account, or from an address, failed so often that they have to wait.
    SignInBlocked = "signin.blocked"
    /// An invitation was made.
    InviteMade = "invite.made"
    /// An invitation was revoked.
    InviteRevoked = "invite.revoked"
    /// A group was made.
    GroupMade = "group.made"
    /// A group was changed.
    GroupChanged = "group.changed"
    /// A group was dissolved.
    GroupDeleted = "group.deleted"
    /// A channel's settings were changed.
    ChannelChanged = "channel.changed"
    /// A private channel became public, and with it its history.
    ChannelRevealed = "channel.revealed"
    /// A private channel that nobody ran was given to one of its members.
    ChannelRescued = "channel.rescued"
    /// A webhook was made.
    HookMade = "hook.made"
    /// A webhook was changed, or switched on or off.
    HookChanged = "hook.changed"
    /// A webhook got another URL or secret.
    HookRenewed = "hook.renewed"
    /// A webhook was deleted.
    HookDeleted = "hook.deleted"
    /// A bot was made.
    BotMade = "bot.made"
    /// A bot was changed, or switched on or off.
    BotChanged = "bot.changed"
    /// A bot got a token.
    BotTokenMade = "bot.token_made"
    /// A bot's token was revoked.
    BotTokenRevoked = "bot.token_revoked"
    /// A slash command was made.
    CommandMade = "command.made"
    /// A slash command was changed, or switched on or off.
    CommandChanged = "command.changed"
    /// A slash command got another secret.
    CommandRenewed = "command.renewed"
    /// A slash command was deleted.
    CommandDeleted = "command.deleted"
    /// A backup was made.
    BackupMade = "backup.made"
    /// A backup was downloaded.
    BackupDownloaded = "backup.downloaded"
    /// A backup was deleted.
    BackupDeleted = "backup.deleted"
    /// When backups are made, or where they go, was changed.
    BackupChanged = "backup.changed"
    /// A backup in the making was ended.
    BackupCancelled = "backup.cancelled"
    /// The key that backups are encrypted to was shown.
    BackupKeyShown = "backup.key_shown"
    /// Somebody said that they saved the key.
    BackupKeySaved = "backup.key_saved"
    /// How the machine is run was changed: its profile, its quiet hours, the price of electricity.
    MachineChanged = "machine.changed"
    /// A measurement of the machine's fan was begun.
    MachineCalibrated = "machine.calibrated"
    /// A test of the machine's fan was begun.
    MachineDrilled = "machine.drilled"
    /// A measurement or test of the machine's fan was ended early.
    MachineStopped = "machine.stopped"
    /// An update of Hearth, or the way back, was asked for.
    UpdateAsked = "update.asked"
}

impl Act {
    /// What belongs together in a list: the part of the code before the dot.
    #[must_use]
    pub fn area(self) -> &'static str {
        self.code().split('.').next().unwrap_or_default()
    }
}

/// What an act was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    /// What kind of thing it is: `user`, `channel`, `group`, `invite`, `hook`, `bot`, `backup`, …; empty for the
    /// office itself.
    pub kind: String,
    /// Its identity, if it has one.
    pub id: String,
    /// What it was called then.
    pub name: String,
}

impl Subject {
    /// Something of a kind, with its identity and its name at the time.
    #[must_use]
    pub fn new(kind: &str, id: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), id: id.to_owned(), name: short(name) }
    }

    /// A person.
    #[must_use]
    pub fn user(id: UserId, name: &str) -> Self {
        Self::new("user", &id.to_string(), name)
    }

    /// A channel.
    #[must_use]
    pub fn channel(id: ChannelId, name: &str) -> Self {
        Self::new("channel", &id.to_string(), name)
    }

    /// A group.
    #[must_use]
    pub fn group(id: GroupId, name: &str) -> Self {
        Self::new("group", &id.to_string(), name)
    }

    /// An invitation, which has no name.
    #[must_use]
    pub fn invite(id: InviteId) -> Self {
        Self::new("invite", &id.to_string(), "")
    }
}

/// One thing that was so before and is otherwise now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Which: `role`, `name`, `members`, …
    pub what: String,
    /// Before; empty if there was nothing.
    pub before: String,
    /// Now; empty if there is nothing any more.
    pub after: String,
}

/// What was done, about what, and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What was done.
    pub act: Act,
    /// About what.
    pub subject: Subject,
    /// What is otherwise now.
    pub changes: Vec<Change>,
}

impl Deed {
    /// An act about something.
    #[must_use]
    pub const fn new(act: Act, subject: Subject) -> Self {
        Self { act, subject, changes: Vec::new() }
    }

    /// Adds what changed; nothing if it did not.
    #[must_use]
    pub fn change(mut self, what: &str, before: impl ToString, after: impl ToString) -> Self {
        let (before, after) = (short(&before.to_string()), short(&after.to_string()));
        if before != after {
            self.changes.push(Change { what: what.to_owned(), before, after });
        }
        self
    }

    /// Adds a fact that had no value before.
    #[must_use]
    pub fn fact(self, what: &str, value: impl ToString) -> Self {
        self.change(what, "", value)
    }
}

/// An audit log is no store of texts: a longer value is shown by its beginning.
fn short(text: &str) -> String {
    match text.char_indices().nth(AUDIT_VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_lead_back() {
        for act in Act::ALL {
            assert_eq!(Act::of_code(act.code()), Some(*act));
            assert_eq!(serde_json::to_value(act).ok(), Some(act.code().into()));
            assert!(act.code().starts_with(&format!("{}.", act.area())), "{act:?}");
        }
        assert_eq!(Act::of_code("user.eaten"), None);
    }

    #[test]
    fn only_what_changed_is_noted_and_long_values_are_shortened() {
        let long = "长".repeat(AUDIT_VALUE_CHARS_MAX + 1);
        let deed = Deed::new(Act::OfficeRenamed, Subject::default())
            .change("name", "Old", "New")
            .change("topic", "same", "same")
            .fact("note", &long);
        assert_eq!(deed.changes.len(), 2);
        let note = &deed.changes[1].after;
        assert_eq!(note.chars().count(), AUDIT_VALUE_CHARS_MAX + 1);
        assert!(note.ends_with('…'));
    }
}
