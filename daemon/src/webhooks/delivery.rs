//! What a receiver is told, and one attempt to tell it.

use hearth_domain::decide::integration::{HookEvent, Trigger};
use hearth_domain::denied::Denied;
use hearth_domain::id::{ChannelId, HookId, MessageId, Nonce, Seq, UserId};
use hearth_domain::text::Name;
use hearth_domain::time::Timestamp;
use hearth_store::ReadTx;
use hearth_store::chat::{channels, people};
use hearth_store::integrations::outgoing::OutgoingHook;
use hearth_wire::integrations::HookDelivery;

use super::request::{Failed, Signed, send};
use crate::actions::post::{self, NewPost};
use crate::actions::{ActionError, ActionResult};
use crate::app::App;
use crate::outbound::Purpose;
use crate::slack;

/// A delivery, and where an answer to it belongs.
pub struct Delivery {
    /// What is sent.
    pub body: HookDelivery,
    channel: ChannelId,
    /// The thread of the message that set it off, if it was in one.
    root: Option<MessageId>,
}

/// What a webhook is told of an event at `seq`, with the names of things as they are now.
pub(super) fn of(
    tx: &ReadTx<'_>,
    hook: &OutgoingHook,
    (seq, at, actor): (Seq, Timestamp, UserId),
    trigger: Trigger,
) -> ActionResult<Delivery> {
    let standing = channels::standing(tx, trigger.channel, hook.made.bot)?;
    let channel = standing.ok_or(Denied::NotFound)?.channel;
    let user = people::user(tx, actor)?.ok_or(Denied::NotFound)?;
    let (emoji, on) = trigger.emoji.map_or((None, None), |(emoji, on)| (Some(emoji), Some(on)));
    let body = HookDelivery {
        event: trigger.event,
        hook: hook.id,
        seq,
        at,
        office: office(tx)?,
        channel_id: trigger.channel,
        channel_name: channel.name.map(Name::into),
        user_id: actor,
        user_name: user.handle.into(),
        message_id: trigger.message,
        thread_id: trigger.root,
        text: trigger.text,
        trigger_word: trigger.word,
        emoji,
        on,
        test: false,
    };
    Ok(Delivery { body, channel: trigger.channel, root: trigger.root })
}

fn office(tx: &ReadTx<'_>) -> ActionResult<String> {
    Ok(people::office(tx)?.map(|office| office.name.into()).unwrap_or_default())
}

/// A delivery that nothing set off, for whoever tries the webhook.
///
/// # Errors
/// When the store can't be used.
pub fn sample(tx: &ReadTx<'_>, hook: &OutgoingHook, user: UserId) -> ActionResult<Delivery> {
    let person = people::user(tx, user)?.ok_or(Denied::NotFound)?;
    let nothing = [0; 16];
    let channel = hook.filter.channel.unwrap_or(ChannelId::from_bytes(nothing));
    let word = hook.filter.words.first().cloned();
    let body = HookDelivery {
        event: HookEvent::Posted,
        hook: hook.id,
        seq: Seq(0),
        at: hook.made.created_at,
        office: office(tx)?,
        channel_id: channel,
        channel_name: None,
        user_id: user,
        user_name: person.handle.into(),
        message_id: MessageId::from_bytes(nothing),
        thread_id: None,
        text: Some(format!("{} test 测试", word.clone().unwrap_or_default()).trim().to_owned()),
        trigger_word: word,
        emoji: None,
        on: None,
        test: true,
    };
    Ok(Delivery { body, channel, root: None })
}

/// Tells the receiver once, and posts what it answers.
///
/// # Errors
/// [`Failed`] when the receiver did not take it.
pub async fn deliver_once(
    app: &App,
    hook: &OutgoingHook,
    delivery: &Delivery,
) -> Result<(), Failed> {
    let Delivery { body, channel, root } = delivery;
    let name = delivery_name(hook.id, body.seq);
    let signed = Signed {
        purpose: Purpose::Hook,
        url: &hook.url,
        secret: hook.secret,
        content_type: "application/json",
        // A record of ours always serialises.
        body: serde_json::to_vec(body).unwrap_or_default(),
        headers: vec![("x-hearth-delivery", name)],
    };
    let answer = send(app, signed).await?;
    let kind = answer.header("content-type").unwrap_or_default();
    if let Some(reply) = slack::reply(kind, &answer.body).filter(|_| !body.test) {
        let post = NewPost {
            user: hook.made.bot,
            nonce: app.ids.make(Nonce::new),
            channel: *channel,
            root: *root,
            guise: reply.guise(&hook.made.name),
            text: reply.text.into(),
            files: Vec::new(),
        };
        // The delivery itself succeeded; a reply that has no place is the receiver's loss.
        if let Err(error) = reply_to(app, post).await {
            tracing::debug!(%error, "a webhook's reply was not posted");
        }
    }
    Ok(())
}

async fn reply_to(app: &App, post: NewPost) -> Result<(), ActionError> {
    post::send(app, post).await?.on_disk().await.map(drop)
}

/// The same for every attempt, so that a receiver can tell a repetition.
fn delivery_name(hook: HookId, seq: Seq) -> String {
    format!("{hook}-{seq}")
}
