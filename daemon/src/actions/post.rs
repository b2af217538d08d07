//! Writing a message: the hot path. One closure, one look at the view, one event, one nonce.

use hearth_domain::decide::file;
use hearth_domain::decide::message::{self, Post, Reached};
use hearth_domain::denied::Denied;
use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, FileId, MessageId, Nonce, Seq, UserId};
use hearth_domain::log::PayloadHash;
use hearth_domain::mention::{Addressed, addressed};
use hearth_domain::model::Guise;
use hearth_domain::model::{Mentions, WideMention};
use hearth_domain::permit::{Actor, Standing};
use hearth_domain::text::MessageText;
use hearth_domain::time::Timestamp;
use hearth_store::chat::nonces::{self, Sent as Earlier};
use hearth_store::chat::{channels, messages, views};
use hearth_store::file::rows;
use hearth_store::{Queued, WriteTx};

use super::{ActionError, ActionResult, actor};
use crate::app::App;

/// A message that somebody sends.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Who.
    pub user: UserId,
    /// Their name for this send.
    pub nonce: Nonce,
    /// Where.
    pub channel: ChannelId,
    /// In which thread.
    pub root: Option<MessageId>,
    /// Markdown source; may be empty where there are files.
    pub text: String,
    /// Files of the writer's own.
    pub files: Vec<FileId>,
    /// As whom it appears, if a program said so.
    pub guise: Option<Guise>,
}

/// A message that is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Which.
    pub message: MessageId,
    /// Its place in the log.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
}

/// A send that waits for the disk.
pub struct Sent(Queued<Posted, ActionError>);

impl Sent {
    /// Waits until the message is on disk.
    ///
    /// # Errors
    /// Why it is not.
    pub async fn on_disk(self) -> ActionResult<Posted> {
        Ok(self.0.done().await?)
    }
}

/// Hands a message to the writer. Messages that one client sends one after the other are written in
/// that order, although it need not wait for the first to send the second.
///
/// # Errors
/// When the text is refused or the disk is full. Everything else is known only once it was tried.
pub async fn send(app: &App, post: NewPost) -> ActionResult<Sent> {
    if !app.room.takes_messages() {
        return Err(ActionError::DiskFull);
    }
    let text = MessageText::beside_files(&post.text)?;
    let addressed = addressed(&text);
    let online = online(app, post.channel, &addressed).await;
    let id = app.ids.make(MessageId::new);
    let NewPost { user, nonce, channel, root, files, guise, .. } = post;
    let content = content(channel, root, &text, &files);
    let now = app.clock.now();
    let work = move |tx: &mut WriteTx<'_>| {
        if let Some(earlier) = nonces::find(tx, user, nonce)? {
            return repeated(&earlier, content);
        }
        let actor = actor(tx, user)?;
        let standing = channels::standing(tx, channel, user)?.ok_or(Denied::NotFound)?;
        let mentions = targets(tx, (&actor, &standing), &addressed, &online)?;
        let head = root.map(|root| messages::locate(tx, root)).transpose()?.flatten();
        let files = attachments(tx, &actor, &files)?;
        let post = Post { id, nonce, text, files, root, guise };
        let decided = message::post(&actor, &standing, head.as_ref(), mentions, post)?;
        let committed = decided.into_iter().map(|event| tx.commit(event)).last();
        let committed = committed.ok_or(ActionError::Defect("a post decided nothing"))??;
        let (seq, at) = (committed.seq, committed.at);
        nonces::remember(tx, (user, nonce), Earlier { message: id, seq, content, at })?;
        Ok(Posted { message: id, seq, at })
    };
    // Only a place in the queue keeps the order: a future that was polled need not have one yet.
    Ok(Sent(app.store.enqueue(now, work).await?))
}

/// The answer to a send that was done before: the first one's, if it is the same message.
fn repeated(earlier: &Earlier, content: PayloadHash) -> ActionResult<Posted> {
    if earlier.content != content {
        return Err(Denied::NonceReused.into());
    }
    Ok(Posted { message: earlier.message, seq: earlier.seq, at: earlier.at })
}

/// What makes a repeated send the same one.
pub(super) fn content(
    channel: ChannelId,
    root: Option<MessageId>,
    text: &MessageText,
    files: &[FileId],
) -> PayloadHash {
    let root = root.map_or([0; 16], |root| *root.as_bytes());
    let mut parts = vec![channel.as_bytes().as_slice(), &root, text.as_str().as_bytes()];
    parts.extend(files.iter().map(|file| file.as_bytes().as_slice()));
    PayloadHash::of(&parts.concat())
}

/// The files that the message takes with it.
fn attachments(tx: &WriteTx<'_>, actor: &Actor, files: &[FileId]) -> ActionResult<Vec<Attachment>> {
    let held = rows::find_all(tx, files)?;
    Ok(file::attach(actor, files, held)?)
}

/// Who could hear an `@here` in a channel at this moment; nobody where the text has none.
pub(super) async fn online(app: &App, channel: ChannelId, addressed: &Addressed) -> Vec<UserId> {
    match addressed.wide {
        Some(WideMention::Here) => app.hub.online(channel).await,
        Some(WideMention::Channel) | None => Vec::new(),
    }
}

/// Whom a text notifies in this channel. `online` is what the hub said before; who left the channel
/// since is not addressed.
pub(super) fn targets(
    tx: &WriteTx<'_>,
    (actor, standing): (&Actor, &Standing),
    addressed: &Addressed,
    online: &[UserId],
) -> ActionResult<Mentions> {
    let channel = standing.channel.id;
    let mut reached = Reached::default();
    if !addressed.handles.is_empty() {
        reached.targets = views::targets(tx, channel, addressed)?;
    }
    if !online.is_empty() {
        reached.online = views::members_among(tx, channel, online)?;
    }
    Ok(message::mentions(actor, addressed, reached))
}
