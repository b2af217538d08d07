//! Which event changes which table.

use hearth_domain::event::Event;

use super::{cards, channels, marks, members, messages, people, saved};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::WriteTx;

/// Applies one event to the tables that are read.
pub(crate) fn apply(tx: &mut WriteTx<'_>, place: &Place, event: &Event) -> Result<(), DbError> {
    match event {
        Event::OfficeUpdated { office } => people::set_office(tx, place, office),
        Event::UserCreated { user } | Event::UserUpdated { user } => {
            people::set_user(tx, place, user)
        }
        Event::PreferencesUpdated { preferences } => {
            people::set_preferences(tx, place, preferences)
        }
        Event::GroupUpdated { group } => people::set_group(tx, place, group),
        Event::GroupDeleted { group } => people::delete_group(tx, place, *group),
        Event::ChannelCreated { channel, members } => channels::create(tx, place, channel, members),
        Event::ChannelUpdated { channel } => channels::set(tx, place, channel),
        Event::MemberAdded { channel, member } | Event::MemberUpdated { channel, member } => {
            members::set(tx, place, *channel, member.user, Some(member.role))
        }
        Event::MemberRemoved { channel, user } => members::set(tx, place, *channel, *user, None),
        Event::MessagePosted(posted) => messages::post(tx, place, posted),
        Event::MessageEdited { message, text, mentions, .. } => {
            messages::edit(tx, place, *message, (text, mentions))
        }
        Event::MessageDeleted { message, .. } => messages::delete(tx, place, *message),
        Event::ReactionSet { message, emoji, on, .. } => {
            messages::react(tx, place, *message, (emoji, *on))
        }
        Event::PinSet { message, channel, on } => {
            messages::pin(tx, place, (*message, *channel), *on)
        }
        Event::CardsSet { message, cards, taken, .. } => {
            cards::set(tx, place, *message, (cards, *taken))
        }
        Event::ThreadFollowed { root, channel, on } => {
            marks::follow(tx, place, (*root, *channel), *on)
        }
        Event::ReadMarked { channel, root, upto } => {
            marks::read(tx, place, (*channel, *root), *upto)
        }
        Event::NotifyUpdated { channel, level } => marks::notify(tx, place, *channel, *level),
        Event::DraftUpdated { draft } => marks::draft(tx, place, draft),
        Event::SavedSet { message, channel, on } => {
            saved::set(tx, place, (*message, *channel), *on)
        }
    }
}
