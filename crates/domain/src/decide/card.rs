//! The cards under a message: which pages it shows, and who may take them away.

use super::message::{MessageHead, belongs};
use super::{Decision, NOTHING, one};
use crate::card::{Card, Page};
use crate::event::{Event, Scope};
use crate::link::{LinkUrl, links};
use crate::permit::{Actor, Ask, ChannelAct, Standing, permit};
use crate::text::MessageText;

/// What is known of a message's cards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardView {
    /// The message's text; nothing once it was deleted.
    pub text: Option<MessageText>,
    /// The cards under it.
    pub cards: Vec<Card>,
    /// Whether somebody took its cards away: then none comes back.
    pub taken: bool,
}

/// Decides the cards after pages were looked at. The box does so for the author, who is named as the
/// one who caused it. A page that has no card now keeps the one that it had.
///
/// # Errors
/// None; a message that was deleted, changed or robbed of its cards meanwhile gets none.
pub fn show(message: &MessageHead, view: CardView, found: &[(LinkUrl, Page)]) -> Decision {
    let CardView { text: Some(text), cards: present, taken: false } = view else { return NOTHING };
    let card = |url: LinkUrl| {
        let fresh = found.iter().find(|(of, _)| *of == url).map(|(_, page)| page.clone());
        let fresh = fresh.map(|page| page.card(url.clone()));
        fresh.or_else(|| present.iter().find(|card| card.url == url).cloned())
    };
    let cards: Vec<Card> = links(&text).into_iter().filter_map(card).collect();
    set(message, &present, cards)
}

/// Decides which cards go with a message's new text: those whose link went.
///
/// # Errors
/// None; it follows an edit that was granted.
pub fn after_edit(message: &MessageHead, view: CardView, text: &MessageText) -> Decision {
    let CardView { cards: present, taken: false, .. } = view else { return NOTHING };
    if present.is_empty() {
        return NOTHING;
    }
    let links = links(text);
    let kept = present.iter().filter(|card| links.contains(&card.url)).cloned().collect();
    set(message, &present, kept)
}

fn set(message: &MessageHead, present: &[Card], cards: Vec<Card>) -> Decision {
    if cards == present {
        return NOTHING;
    }
    let MessageHead { id, channel, author, .. } = *message;
    let event = Event::CardsSet { message: id, channel, cards, taken: false };
    one(author, Scope::Channel(channel), event)
}

/// Decides that a message shows no cards, now and later. Whoever may delete it may do this.
///
/// # Errors
/// [`Denied`](crate::denied::Denied) by permission.
pub fn take_away(
    actor: &Actor,
    standing: &Standing,
    message: &MessageHead,
    view: &CardView,
) -> Decision {
    let ask = Ask::Channel(ChannelAct::Delete { author: message.author }, standing);
    let permit = permit(actor, ask)?;
    belongs(message, standing)?;
    if view.taken || message.deleted {
        return NOTHING;
    }
    let (message, channel) = (message.id, message.channel);
    let event = Event::CardsSet { message, channel, cards: Vec::new(), taken: true };
    one(permit.actor(), permit.scope(Scope::Office), event)
}
