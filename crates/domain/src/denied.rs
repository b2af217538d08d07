//! Why something was not done. A denial is a value with a stable code, never a sentence.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::TextError;

/// The stable code of a denial or an error, the same in REST, frames and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request is not of the form it must have.
    BadRequest,
    /// A text is empty, too short, too long or has a forbidden character.
    BadText,
    /// The password is one of those that everybody tries first.
    CommonPassword,
    /// No valid session or token.
    SignInNeeded,
    /// Handle or password is wrong. Which one is not said.
    WrongCredentials,
    /// The account is disabled.
    AccountDisabled,
    /// The actor may not do this.
    Forbidden,
    /// It does not exist, or the actor may not know that it does.
    NotFound,
    /// The handle belongs to somebody else.
    HandleTaken,
    /// The channel's name is in use.
    NameTaken,
    /// The nonce was used for another content.
    NonceReused,
    /// The channel is archived.
    ChannelArchived,
    /// Nobody can be added to or removed from a direct conversation.
    DirectIsFixed,
    /// The office must keep one owner who can sign in.
    LastOwner,
    /// A channel with people in it keeps somebody who runs it.
    LastManager,
    /// The channel has somebody who runs it.
    ChannelIsRun,
    /// The channel's history would be shown to everybody, and nobody said that this is wanted.
    RevealsHistory,
    /// The message was deleted.
    MessageDeleted,
    /// A reply was addressed to a message that is itself a reply.
    NotARoot,
    /// A count is at its limit.
    LimitReached,
    /// The invitation is used up, expired or revoked.
    InviteInvalid,
    /// The link to a new password is used, expired or replaced.
    ResetInvalid,
    /// The setup code is wrong, used or expired.
    SetupCodeInvalid,
    /// The office already has an owner.
    AlreadySetUp,
    /// The office has no owner yet.
    SetupNeeded,
    /// Too many attempts; try later.
    TooManyAttempts,
    /// The body or frame is larger than the limit.
    TooLarge,
    /// The body came too slowly, or stopped coming.
    TooSlow,
    /// The file is larger than the office allows.
    FileTooLarge,
    /// The file is damaged or gone on the box's disk.
    FileDamaged,
    /// An upload stands elsewhere than the client thinks.
    WrongOffset,
    /// The part that was asked for is not in the file.
    RangeNotThere,
    /// The request came from another site.
    CrossSite,
    /// The host name is not one of this box.
    UnknownHost,
    /// The method is not allowed here.
    MethodNotAllowed,
    /// The box is full, read-only or shutting down: nothing was written.
    Unavailable,
    /// The program behind a command did not answer, or not well.
    NoAnswer,
    /// `hearth-hwctl`, which looks after the machine, can't be reached.
    MachineAbsent,
    /// `hearth-hwctl` says no.
    MachineRefused,
    /// Nothing on this box can install updates.
    NoUpdater,
    /// The disk is full: nothing was written.
    DiskFull,
    /// There is too little room on the disk for a backup: nothing was written.
    NoRoomForBackup,
    /// A defect of Hearth; the log has more.
    Internal,
}

/// A typed refusal by a rule of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The actor may not do this.
    #[error("not allowed")]
    Forbidden,
    /// It does not exist, or the actor may not know that it does.
    #[error("not found")]
    NotFound,
    /// The account is disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// A text was refused.
    #[error("bad text: {0}")]
    Text(#[from] TextError),
    /// The channel is archived.
    #[error("the channel is archived")]
    ChannelArchived,
    /// The people of a direct conversation are fixed.
    #[error("a direct conversation keeps its people")]
    DirectIsFixed,
    /// The office must keep an owner who can sign in.
    #[error("the last owner stays")]
    LastOwner,
    /// A channel with people in it keeps somebody who runs it.
    #[error("the last manager stays")]
    LastManager,
    /// Somebody who can sign in runs the channel already.
    #[error("the channel is run")]
    ChannelIsRun,
    /// A private channel's history would become visible to every member of the office.
    #[error("the history would be revealed")]
    RevealsHistory,
    /// The message was deleted.
    #[error("the message was deleted")]
    MessageDeleted,
    /// The message answered is itself an answer.
    #[error("not the first message of a thread")]
    NotARoot,
    /// The handle belongs to somebody else.
    #[error("the handle is taken")]
    HandleTaken,
    /// The channel's name is in use.
    #[error("the name is taken")]
    NameTaken,
    /// The nonce was used for another content.
    #[error("the nonce was used for another content")]
    NonceReused,
    /// A count is at its limit.
    #[error("at the limit of {max}")]
    LimitReached {
        /// The limit.
        max: usize,
    },
    /// The office already has an owner.
    #[error("already set up")]
    AlreadySetUp,
}

impl Denied {
    /// The stable code of this denial.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Forbidden => Code::Forbidden,
            Self::NotFound => Code::NotFound,
            Self::AccountDisabled => Code::AccountDisabled,
            Self::Text(_) => Code::BadText,
            Self::ChannelArchived => Code::ChannelArchived,
            Self::DirectIsFixed => Code::DirectIsFixed,
            Self::LastOwner => Code::LastOwner,
            Self::LastManager => Code::LastManager,
            Self::ChannelIsRun => Code::ChannelIsRun,
            Self::RevealsHistory => Code::RevealsHistory,
            Self::MessageDeleted => Code::MessageDeleted,
            Self::NotARoot => Code::NotARoot,
            Self::HandleTaken => Code::HandleTaken,
            Self::NameTaken => Code::NameTaken,
            Self::NonceReused => Code::NonceReused,
            Self::LimitReached { .. } => Code::LimitReached,
            Self::AlreadySetUp => Code::AlreadySetUp,
        }
    }
}
