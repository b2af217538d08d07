//! Keywords count as mentions: unread messages that have one are counted where a page begins.
//!
//! Nothing about keywords is written down when a message is posted, so a new keyword finds what is
//! unread already, an edit or a deletion counts at once, and nobody's words cost the others' sends.
//! It costs somebody with keywords a look at their unread messages: the latest [`IN_ONE_MAX`] of a
//! conversation, [`ALTOGETHER_MAX`] in all; older ones are not counted.

use hearth_domain::model::{ChannelState, NotifyLevel};
use hearth_domain::notify::{Folded, Keyword};
use hearth_domain::permit::{self, Actor};
use hearth_store::ReadTx;
use hearth_store::chat::{channels, people, unread};

use super::ActionResult;

/// Unread messages of one conversation that are looked at.
const IN_ONE_MAX: u32 = 200;
/// Unread messages that are looked at for one request.
const ALTOGETHER_MAX: u32 = 4_000;

/// Adds unread messages with a keyword of the reader to the mentions of their conversations.
pub(super) fn count(
    tx: &ReadTx<'_>,
    actor: &Actor,
    states: &mut [ChannelState],
) -> ActionResult<()> {
    let keywords = people::preferences(tx, actor.id)?.notices.keywords;
    if keywords.is_empty() {
        return Ok(());
    }
    let mut left = ALTOGETHER_MAX;
    let unread = |state: &&mut ChannelState| state.unread > 0 && !is_muted(state);
    for state in states.iter_mut().filter(unread) {
        let limit = IN_ONE_MAX.min(state.unread).min(left);
        left -= limit;
        if limit > 0 {
            state.mentions += in_channel(tx, actor, (state, limit), &keywords)?;
        }
    }
    Ok(())
}

fn is_muted(state: &ChannelState) -> bool {
    state.notify == NotifyLevel::Nothing
}

fn in_channel(
    tx: &ReadTx<'_>,
    actor: &Actor,
    (state, limit): (&ChannelState, u32),
    keywords: &[Keyword],
) -> ActionResult<u32> {
    let Some(standing) = channels::standing(tx, state.channel.id, actor.id)? else { return Ok(0) };
    let proof = permit::read(actor, &standing)?;
    let found = unread::words(tx, &proof, (actor.id, state.read_upto), limit)?;
    let is_new = |words: &unread::Words| {
        // What names the reader is counted as a mention already.
        let text = Folded::new(&words.text);
        !words.mentions.addresses(actor.id) && keywords.iter().any(|word| word.is_in(&text))
    };
    Ok(u32::try_from(found.iter().filter(|words| is_new(words)).count()).unwrap_or(u32::MAX))
}
