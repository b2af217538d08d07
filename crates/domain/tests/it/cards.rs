//! Which cards a message shows after pages were looked at, after an edit, and after they were taken.

use hearth_domain::card::{Card, Page};
use hearth_domain::decide::card::{self, CardView};
use hearth_domain::decide::message::MessageHead;
use hearth_domain::denied::Denied;
use hearth_domain::event::{Decided, Event, Scope};
use hearth_domain::link::LinkUrl;
use hearth_domain::model::{ChannelKind, ChannelRole, Role};

use crate::cast;

const AUTHOR: u8 = 1;

fn head() -> MessageHead {
    MessageHead {
        id: cast::message_id(1),
        channel: cast::channel_id(1),
        root: None,
        author: cast::user_id(AUTHOR),
        has_files: false,
        deleted: false,
    }
}

fn view(text: &str, cards: &[u8]) -> CardView {
    let cards = cards.iter().copied().map(cast::card).collect();
    CardView { text: Some(cast::text(text)), cards, taken: false }
}

fn found(pages: &[u8]) -> Vec<(LinkUrl, Page)> {
    pages.iter().map(|n| (cast::card(*n).url, cast::page(*n))).collect()
}

/// The cards that were decided; nothing where nothing changes.
fn cards(decided: Vec<Decided>) -> Option<Vec<Card>> {
    let one = decided.into_iter().next()?;
    assert_eq!(one.actor, cast::user_id(AUTHOR), "the box acts for the author");
    assert_eq!(one.scope, Scope::Channel(cast::channel_id(1)));
    match one.event {
        Event::CardsSet { cards, taken: false, .. } => Some(cards),
        other => panic!("not cards: {other:?}"),
    }
}

fn shown(view: CardView, pages: &[u8]) -> Option<Vec<Card>> {
    cards(card::show(&head(), view, &found(pages)).unwrap())
}

const TWO: &str = "https://a.example/2 and https://a.example/1";

#[test]
fn cards_follow_the_order_of_the_links() {
    assert_eq!(shown(view(TWO, &[]), &[1, 2]), Some(vec![cast::card(2), cast::card(1)]));
    assert_eq!(shown(view(TWO, &[2, 1]), &[1, 2]), None, "nothing changes");
    assert_eq!(shown(view("no link any more", &[]), &[1]), None, "edited meanwhile");
}

#[test]
fn a_page_that_fails_later_keeps_its_card() {
    assert_eq!(shown(view(TWO, &[1]), &[]), None);
    assert_eq!(shown(view(TWO, &[1]), &[2]), Some(vec![cast::card(2), cast::card(1)]));
}

#[test]
fn an_edit_takes_the_cards_of_the_links_that_went() {
    let edit = |cards_now: &[u8], text: &str| {
        cards(card::after_edit(&head(), view(TWO, cards_now), &cast::text(text)).unwrap())
    };
    assert_eq!(edit(&[2, 1], "only https://a.example/1"), Some(vec![cast::card(1)]));
    assert_eq!(edit(&[2, 1], "neither"), Some(vec![]));
    assert_eq!(edit(&[1], "https://a.example/1 and https://no.card/"), None);
    assert_eq!(edit(&[], "https://no.card/"), None, "no card is not taken away");
}

#[test]
fn what_was_taken_away_or_deleted_stays_away() {
    let taken = CardView { taken: true, ..view(TWO, &[]) };
    assert_eq!(shown(taken, &[1, 2]), None);
    assert_eq!(shown(CardView::default(), &[1, 2]), None);
}

#[test]
fn the_author_and_who_runs_the_channel_take_cards_away() {
    let ask = |actor: u8, role, member| {
        let standing = cast::standing(ChannelKind::Public, member);
        let head = MessageHead { channel: standing.channel.id, ..head() };
        card::take_away(&cast::actor(actor, role), &standing, &head, &view(TWO, &[1]))
    };
    let member = Some(ChannelRole::Member);
    for granted in [
        ask(AUTHOR, Role::Member, member),
        ask(2, Role::Admin, member),
        ask(2, Role::Member, Some(ChannelRole::Manager)),
    ] {
        let event = granted.unwrap().remove(0).event;
        assert!(
            matches!(event, Event::CardsSet { taken: true, ref cards, .. } if cards.is_empty())
        );
    }
    assert_eq!(ask(2, Role::Member, member), Err(Denied::Forbidden));
    assert_eq!(ask(2, Role::Guest, None), Err(Denied::NotFound));
}
