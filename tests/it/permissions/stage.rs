//! An office with every kind of caller in it.

use serde_json::{Value, json};

use crate::support::{Call, Office, Person, Reply};

/// Every kind of caller, in order of the tables' columns.
pub(super) const KINDS: [&str; 8] =
    ["nobody", "disabled", "outsider", "outside admin", "guest", "member", "admin", "owner"];

/// What bots are given, in order of their table's columns.
pub(super) const BOTS: [&str; 7] =
    ["nothing", "read", "post", "react", "channels", "files", "everything"];

/// Somebody who asks, and the channel they ask about.
pub(super) struct Caller {
    pub(super) kind: &'static str,
    /// Nobody, for a request without a session.
    pub(super) person: Option<Person>,
    /// A channel they are in; for outsiders a private one that they are not in.
    pub(super) channel: String,
}

impl Caller {
    /// Sends a request as this caller; without a session it still comes from our own page.
    pub(super) async fn send(&self, office: &Office, method: &str, ask: Ask) -> Reply {
        let by = ask.by.as_ref().or(self.person.as_ref());
        let call = match by {
            Some(person) => person.call(method, &ask.path),
            None => Call::new(method, &format!("/api/v1{}", ask.path)).same_origin(),
        };
        let call = match &ask.body {
            Some(body) => call.json(body),
            None => call,
        };
        office.call(call).await
    }

    /// Whether they are in [`Self::channel`].
    pub(super) fn is_inside(&self) -> bool {
        !self.kind.starts_with("outside")
    }
}

/// A request to make.
#[derive(Debug, Default)]
pub(super) struct Ask {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Another device of the caller.
    pub(super) by: Option<Person>,
}

/// The office, the callers, and somebody whose things they ask for.
pub(super) struct Stage {
    pub(super) office: Office,
    disabled: Person,
    pub(super) callers: Vec<Caller>,
    /// A member who wrote every message, and is in every channel.
    pub(super) author: Person,
    /// A public channel that nobody but the owner is in.
    pub(super) garden: String,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let office = Office::open().await;
        let author = office.person("author", "member").await;
        let mut people = vec![None];
        for (handle, role) in [
            ("dis", "member"),
            ("out", "member"),
            ("outadmin", "admin"),
            ("guest", "guest"),
            ("member", "member"),
            ("admin", "admin"),
        ] {
            people.push(Some(office.person(handle, role).await));
        }
        people.push(Some(office.owner.clone()));
        let inside: Vec<&Person> = people.iter().flatten().chain([&author]).collect();
        let room = office.channel("public", "room", &inside).await;
        let vault = office.channel("private", "vault", &[&author]).await;
        let garden = office.channel("public", "garden", &[]).await;
        let disabled = people[1].clone().expect("somebody to disable");
        let change = json!({"state": "disabled"});
        office.owner.patch(&format!("/users/{}", disabled.id), &change).await.ok();
        let callers = KINDS.into_iter().zip(people).map(|(kind, person)| {
            let channel = if kind.starts_with("outside") { &vault } else { &room };
            Caller { kind, person, channel: channel.clone() }
        });
        Self { callers: callers.collect(), office, disabled, author, garden }
    }

    /// The same office, where bots ask: one for each scope alone, after one without any and before
    /// one with all. Each is in the public channel.
    pub(super) async fn with_bots() -> Self {
        let mut stage = Self::set().await;
        let owner = &stage.office.owner;
        let room = stage.callers.last().expect("the owner").channel.clone();
        let mut callers = Vec::new();
        for kind in BOTS {
            let scopes = match kind {
                "nothing" => &[][..],
                "everything" => &BOTS[1..BOTS.len() - 1],
                _ => &[kind],
            };
            let bot = Person::bot(owner, &format!("bot-{kind}"), scopes).await;
            let member = json!({"role": "member"});
            owner.put(&format!("/channels/{room}/members/{}", bot.id), &member).await.ok();
            callers.push(Caller { kind, person: Some(bot), channel: room.clone() });
        }
        stage.callers = callers;
        stage
    }

    /// A new message of the author in the caller's channel.
    pub(super) async fn message(&self, caller: &Caller) -> String {
        self.author.say(&caller.channel, "something to ask about").await.id
    }

    /// A new channel like the caller's, with the caller and these people in it.
    pub(super) async fn channel_like(&self, caller: &Caller, people: &[&Person]) -> String {
        let kind = if caller.is_inside() { "public" } else { "private" };
        let mut members = people.to_vec();
        members.extend(caller.person.iter().filter(|_| caller.is_inside()));
        members.retain(|person| person.id != self.disabled.id);
        self.office.channel(kind, &self.unused("ch"), &members).await
    }

    /// A name that was not used yet.
    pub(super) fn unused(&self, start: &str) -> String {
        format!("{start}{}", &crate::support::nonce().replace('-', "")[4..])
    }

    /// A new group.
    pub(super) async fn group(&self) -> String {
        let group = json!({"handle": self.unused("g"), "name": "Group", "members": []});
        let events = self.office.owner.post("/groups", &group).await.events();
        text(&events[0]["event"]["group"]["id"])
    }

    /// A new invitation: its identity and its token.
    pub(super) async fn invite(&self) -> (String, String) {
        let wanted = json!({"role": "guest", "uses_max": 1, "expires_in_s": 600});
        let link = self.office.owner.post("/invites", &wanted).await.ok();
        let token = text(&link["url"]).split_once('#').expect("a link").1.to_owned();
        (text(&link["invite"]["id"]), token)
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}
