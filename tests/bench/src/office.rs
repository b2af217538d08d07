//! An office to measure in, set up by the interface people use.
//!
//! Each person costs the server one Argon2 hash of 64 MiB, so there are at most [`PEOPLE_MAX`];
//! where thousands of sockets are wanted, each person has many devices.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use hearth_domain::event::Event;
use hearth_domain::id::{ChannelId, UserId};
use hearth_wire::rest::{Bootstrap, Changed, InviteLink, MessagePage, SignedIn};
use serde_json::json;

use crate::http::Door;
use crate::mark::{Mark, Ticket};
use crate::server::Server;
use crate::socket::Seat;

/// People in one office.
pub(crate) const PEOPLE_MAX: usize = 60;
/// Sockets from one source address, far below its 28,000 ephemeral ports.
const SOCKETS_PER_SOURCE: usize = 500;
const PAGE_MESSAGES: usize = 200;
/// Pages read back from one channel, so that the loop ends.
const PAGES_MAX: usize = 100_000;

/// Somebody with a session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: Arc<str>,
}

/// The people of a fresh office, the owner first.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) door: Door,
    pub(crate) people: Vec<Person>,
}

impl Office {
    /// Founds the office and invites until it has `people` people.
    pub(crate) async fn found(server: &Server, people: usize) -> Result<Self> {
        if !(1..=PEOPLE_MAX).contains(&people) {
            bail!("an office for measuring has 1 to {PEOPLE_MAX} people");
        }
        let door = server.door;
        let setup = json!({
            "code": server.setup_code().await?,
            "office": "Bench",
            "name": "Owner",
            "handle": "owner",
            "password": "correct horse battery",
        });
        let (owner, token): (SignedIn, _) = door.post_for_session("/setup", &setup).await?;
        let owner = Person { id: owner.user.id, token: token.into() };
        let mut office = Self { door, people: vec![owner] };
        if people > 1 {
            office.invite(people - 1).await?;
        }
        Ok(office)
    }

    async fn invite(&mut self, count: usize) -> Result<()> {
        let invite = json!({ "role": "member", "uses_max": count, "expires_in_s": 3_600 });
        let link: InviteLink = self.door.post("/invites", &self.people[0].token, &invite).await?;
        let (_, secret) = link.url.split_once('#').context("an invitation without a token")?;
        let path = format!("/invites/{secret}/accept");
        for n in 1..=count {
            let guest = json!({
                "name": format!("Person {n}"),
                "handle": format!("person{n}"),
                "password": "correct horse battery",
            });
            let (joined, token): (SignedIn, _) = self.door.post_for_session(&path, &guest).await?;
            self.people.push(Person { id: joined.user.id, token: token.into() });
        }
        Ok(())
    }

    /// Opens a private channel of these people; the first one opens it.
    pub(crate) async fn open_channel(&self, name: &str, people: &[Person]) -> Result<ChannelId> {
        let [first, others @ ..] = people else {
            bail!("a channel needs somebody");
        };
        let members: Vec<UserId> = others.iter().map(|person| person.id).collect();
        let channel = json!({ "kind": "private", "name": name, "members": members });
        let changed: Changed = self.door.post("/channels", &first.token, &channel).await?;
        let opened = changed.events.iter().find_map(|happened| match &happened.event {
            Event::ChannelCreated { channel, .. } => Some(channel.id),
            _ => None,
        });
        opened.context("the channel was not opened")
    }

    /// Where the log ends now.
    pub(crate) async fn head(&self) -> Result<u64> {
        let bootstrap: Bootstrap = self.door.get("/bootstrap", &self.people[0].token).await?;
        Ok(bootstrap.seq.0)
    }

    /// Seats for `count` sockets, dealt evenly to the people and to source addresses.
    pub(crate) fn seats(&self, count: usize) -> Vec<Seat> {
        Self::seats_of(&self.people, count)
    }

    /// Seats for `count` sockets of some of the people.
    pub(crate) fn seats_of(people: &[Person], count: usize) -> Vec<Seat> {
        let people = people.iter().cycle().take(count).enumerate();
        let seat = |(n, person): (usize, &Person)| Seat {
            token: person.token.clone(),
            source: source_address(n),
        };
        people.map(seat).collect()
    }

    /// Every marked message of a channel, oldest first, as the history tells it afterwards.
    pub(crate) async fn history(&self, channel: ChannelId, reader: &Person) -> Result<Vec<Ticket>> {
        let mut tickets = Vec::new();
        let mut after = 0;
        for _ in 0..PAGES_MAX {
            let path = format!("/channels/{channel}/messages?after={after}&limit={PAGE_MESSAGES}");
            let page: MessagePage = self.door.get(&path, &reader.token).await?;
            let texts = page.messages.iter().filter_map(|message| message.text.as_ref());
            let marks = texts.filter_map(|text| Mark::find(text.as_str().as_bytes()));
            tickets.extend(marks.map(|mark| mark.ticket));
            match page.messages.last() {
                Some(last) if page.more_after => after = last.seq.0,
                _ => return Ok(tickets),
            }
        }
        bail!("the history does not end")
    }
}

fn source_address(n: usize) -> Ipv4Addr {
    // 127.0.0.2 to 127.0.0.201, each with room for every port that one descriptor limit allows.
    let last = 2 + (n / SOCKETS_PER_SOURCE) % 200;
    Ipv4Addr::new(127, 0, 0, u8::try_from(last).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stay_on_this_machine() {
        for n in [0, 499, 500, 17_999, 1_000_000] {
            assert!(source_address(n).is_loopback());
        }
        assert_ne!(source_address(499), source_address(500));
    }
}
