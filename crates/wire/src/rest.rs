//! Bodies of the REST interface under `/api/v1`. Records come from [`hearth_domain::model`].

mod files;

pub use files::{AvatarChange, LargeFile, NewUpload, PersonStorage, StorageSummary, UploadState};
use hearth_domain::event::Happened;
use hearth_domain::id::{ChannelId, FileId, InviteId, MessageId, Nonce, Seq, SessionId, UserId};
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Draft, Group, Language, Member, Message,
    NotifyLevel, Office, Posting, Preferences, Reach, Revision, Role, Status, Theme, User,
};
pub use hearth_domain::model::{ChannelState, MessagePage, ThreadState};
use hearth_domain::notify::Notices;
use hearth_domain::text::{NewPassword, Password};
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What anybody may know before signing in: `GET /office`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficeInfo {
    /// The office's name, once it has one.
    pub name: Option<String>,
    /// Whether the first owner is still to come.
    pub setup_needed: bool,
    /// Version of the program.
    pub version: String,
    /// Version of the client protocol.
    pub protocol: u32,
}

/// Founds the office and makes its first owner: `POST /setup`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// From the printed link.
    pub code: String,
    /// What the office is called.
    pub office: String,
    /// The owner's name.
    pub name: String,
    /// The owner's handle.
    pub handle: String,
    /// The owner's password, 8 characters or more.
    pub password: NewPassword,
    /// The language of the page, which becomes the owner's.
    #[serde(default)]
    pub language: Language,
}

/// Signs in: `POST /sessions`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The person's handle.
    pub handle: String,
    /// The person's password.
    pub password: Password,
    /// How the token is handed over.
    #[serde(default)]
    pub token: TokenDelivery,
}

/// How a session's token is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenDelivery {
    /// In an `HttpOnly` cookie that scripts can't read.
    #[default]
    Cookie,
    /// In the body, for programs that send it as a bearer token.
    Bearer,
}

/// A new session: the answer to setup, signing in and accepting an invitation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// Who is signed in.
    pub user: User,
    /// The session.
    pub session: SessionId,
    /// The token, only if it was asked for in the body. It is shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A signed-in device: `GET /sessions`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its identity, for revoking it.
    pub id: SessionId,
    /// Browser and system, as far as they tell.
    pub device: String,
    /// Address it signed in from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// Whether this request came from it.
    pub current: bool,
}

/// Makes an invitation: `POST /invites`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    /// What the invited become; at most the inviter's own role.
    pub role: Role,
    /// How many people may use it, 1 to 1,000.
    pub uses_max: u32,
    /// How long it works, in seconds, at most 30 days.
    pub expires_in_s: u64,
    /// Channels they are put into.
    #[serde(default)]
    pub channels: Vec<ChannelId>,
}

/// An invitation as admins see it: `GET /invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// Its identity, for revoking it.
    pub id: InviteId,
    /// What the invited become.
    pub role: Role,
    /// How many may use it.
    pub uses_max: u32,
    /// How many have.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Channels the invited are put into.
    pub channels: Vec<ChannelId>,
}

/// A fresh invitation. The link is shown this once; only its hash is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InviteLink {
    /// The invitation.
    pub invite: Invite,
    /// The link to hand over.
    pub url: String,
    /// The same as a QR code, an SVG document.
    pub qr_svg: String,
}

/// What the invited see before they accept: `GET /invites/{token}/preview`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitePreview {
    /// The office's name.
    pub office: String,
    /// The name of the person who invites.
    pub invited_by: String,
    /// What the invited become.
    pub role: Role,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Accepts an invitation: `POST /invites/{token}/accept`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvite {
    /// The new person's name.
    pub name: String,
    /// Their handle.
    pub handle: String,
    /// Their password, 8 characters or more.
    pub password: NewPassword,
    /// The language of the page, which becomes theirs.
    #[serde(default)]
    pub language: Language,
}

/// Everything a page needs to show the office, but history: `GET /bootstrap`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bootstrap {
    /// The place in the log this is true at: open the socket with `since` = this.
    pub seq: Seq,
    /// The office.
    pub office: Office,
    /// Whether this box may fetch pages for cards at all, whatever the office wants.
    pub link_cards_allowed: bool,
    /// Who is signed in.
    pub me: UserId,
    /// Their choices.
    pub preferences: Preferences,
    /// Everybody with an account.
    pub users: Vec<User>,
    /// Every group.
    pub groups: Vec<Group>,
    /// Every conversation they are in.
    pub channels: Vec<ChannelState>,
    /// What they began to write.
    pub drafts: Vec<Draft>,
    /// Threads they follow that have unread answers.
    pub threads: Vec<ThreadState>,
    /// Messages they saved, in conversations they are in.
    pub saved: Vec<MessageId>,
}

/// Changes one's own profile: `PATCH /me`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// A new status; `{"set": null}` clears it.
    #[serde(default)]
    pub status: Option<StatusChange>,
    /// A language.
    #[serde(default)]
    pub language: Option<Language>,
    /// A theme.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// What may interrupt; it replaces all that was chosen before.
    #[serde(default)]
    pub notices: Option<Notices>,
}

/// A status to set or clear.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusChange {
    /// The status, or null for none.
    pub set: Option<Status>,
}

/// Changes one's own password: `PUT /me/password`. Signs every other device out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    pub current: Password,
    /// The password from now on.
    pub new: NewPassword,
}

/// Where this device can be woken: `PUT /push`. As the browser's `PushSubscription` gives it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// An https address of a push service.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// What it shares with this box, base64url.
    pub auth: String,
}

/// Waking this device: `GET /push`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PushState {
    /// The box's public key, for the browser's `applicationServerKey`.
    pub key: String,
    /// Whether this device is woken.
    pub subscribed: bool,
}

/// Changes somebody's role or state: `PATCH /users/{user}`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// A new role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Disable or enable.
    #[serde(default)]
    pub state: Option<AccountState>,
}

/// Changes the office: `PATCH /office`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeChange {
    /// The new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether messages show cards of the pages that they link to.
    #[serde(default)]
    pub link_cards: Option<bool>,
}

/// Makes or replaces a group: `POST /groups`, `PUT /groups/{group}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupContent {
    /// What follows an @.
    pub handle: String,
    /// What is shown.
    pub name: String,
    /// Who belongs to it.
    pub members: Vec<UserId>,
}

/// Opens a channel: `POST /channels`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    /// `public` or `private`.
    pub kind: ChannelKind,
    /// Its name.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub topic: String,
    /// Who may start a message; `managers` makes it an announcement channel.
    #[serde(default = "everyone")]
    pub posting: Posting,
    /// Whether it leaves this box.
    #[serde(default = "local")]
    pub reach: Reach,
    /// Who is in it besides the one who opens it.
    #[serde(default)]
    pub members: Vec<UserId>,
}

const fn everyone() -> Posting {
    Posting::Everyone
}

const fn local() -> Reach {
    Reach::Local
}

/// Changes a channel: `PATCH /channels/{channel}`. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// A new topic.
    #[serde(default)]
    pub topic: Option<String>,
    /// `public` or `private`.
    #[serde(default)]
    pub kind: Option<ChannelKind>,
    /// Who may start a message.
    #[serde(default)]
    pub posting: Option<Posting>,
    /// Archive or bring back.
    #[serde(default)]
    pub archived: Option<bool>,
    /// Needed to turn a private channel public: its whole history becomes visible to every member.
    #[serde(default)]
    pub reveal_history: bool,
}

/// A public channel in the directory: `GET /channels`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelListing {
    /// The channel.
    pub channel: Channel,
    /// How many are in it.
    pub member_count: u32,
    /// Whether the asker is.
    pub joined: bool,
}

/// Puts somebody into a channel or changes their role there:
/// `PUT /channels/{channel}/members/{user}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberContent {
    /// What they may do there.
    pub role: ChannelRole,
}

/// Opens the direct conversation with these people, or finds it: `POST /direct`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDirect {
    /// The others: none for notes to oneself, one for a direct message, up to eleven for a group.
    pub users: Vec<UserId>,
}

/// Writes a message: `POST /channels/{channel}/messages`. Safe to repeat.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// The client's name for this send, a UUIDv7.
    pub nonce: Nonce,
    /// The thread to answer in.
    #[serde(default)]
    pub root: Option<MessageId>,
    /// Markdown source; may be empty where there are files.
    pub text: String,
    /// Files that were uploaded before, at most 20.
    #[serde(default)]
    pub files: Vec<FileId>,
}

/// Changes a message's text: `PATCH /messages/{message}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageChange {
    /// Markdown source.
    pub text: String,
}

/// Which page of a history: at most one of `before`, `after`, `around`.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Messages before this one, the latest first cut off.
    pub before: Option<Seq>,
    /// Messages after this one.
    pub after: Option<Seq>,
    /// Messages on both sides of this one, itself included.
    pub around: Option<Seq>,
    /// How many, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
}

/// A thread: `GET /messages/{message}/thread`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadPage {
    /// Its first message.
    pub root: Message,
    /// The answers.
    pub page: MessagePage,
    /// Whether the asker follows it.
    pub following: bool,
    /// The last answer the asker read.
    pub read_upto: Seq,
}

/// The texts a message had: `GET /messages/{message}/revisions`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revisions {
    /// Earlier texts, oldest first; the present one is not among them.
    pub revisions: Vec<Revision>,
}

/// Marks as read: `PUT /channels/{channel}/read`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadContent {
    /// The thread, if it is about a thread.
    #[serde(default)]
    pub root: Option<MessageId>,
    /// The last message read.
    pub upto: Seq,
}

/// Marks as unread again: `PUT /channels/{channel}/unread`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadContent {
    /// The thread, if it is about a thread.
    #[serde(default)]
    pub root: Option<MessageId>,
    /// The first message to be unread; those after it are too.
    pub from: Seq,
}

/// Chooses what a channel may interrupt for: `PUT /channels/{channel}/notify`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyContent {
    /// The choice.
    pub level: NotifyLevel,
}

/// Keeps an unsent text: `PUT /channels/{channel}/draft`. An empty text removes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftContent {
    /// The thread, if in one.
    #[serde(default)]
    pub root: Option<MessageId>,
    /// Markdown source.
    pub text: String,
}

/// The members of a channel: `GET /channels/{channel}/members`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// The members.
    pub members: Vec<Member>,
}

/// What a change did: its place in the log, so that a client can wait until its socket got there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// The events, in order; empty when everything already was as asked.
    pub events: Vec<Happened>,
}
