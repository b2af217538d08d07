//! An office in memory that carries out commands as a caller of the domain would: it reads a view
//! from the projection, asks for a decision, and merges what was decided.

use std::collections::BTreeMap;

use hearth_domain::decide::card::{self, CardView};
use hearth_domain::decide::channel::{self, Change, Open, Person};
use hearth_domain::decide::message::{
    self, MessageHead, PinView, Post, Reached, ReactionView, Target,
};
use hearth_domain::decide::office::{self, Account, NewUser, Profile};
use hearth_domain::decide::personal::{self, Mark, SavedView};
use hearth_domain::decide::{Decision, channel::Archive};
use hearth_domain::denied::Denied;
use hearth_domain::event::Decided;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::log::Stamp;
use hearth_domain::mention::addressed;
use hearth_domain::merge::{Place, Projection};
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Draft, Group, Mentions, NotifyLevel, Office,
    Posting, Preferences, Reach, Role, Theme, User,
};
use hearth_domain::permit::{Actor, Ask, OfficeAct, Standing, permit};
use hearth_domain::scopes::Grant;
use hearth_domain::text::{DraftText, Emoji, MessageText, Topic};

use crate::cast;

/// What somebody tries. Numbers pick one of what exists.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Found,
    Invite { handle: u8, role: Role },
    RenameOffice(u8),
    Profile { of: u8, name: u8 },
    Account { of: u8, role: Option<Role>, state: Option<AccountState> },
    Operate { of: u8, state: AccountState },
    SaveGroup { group: u8, people: Vec<u8> },
    DeleteGroup(u8),
    Preferences(Theme),
    Open { kind: ChannelKind, posting: Posting, name: u8, people: Vec<u8> },
    OpenDirect(Vec<u8>),
    Change { at: u8, name: Option<u8>, kind: Option<ChannelKind>, archive: Option<Archive> },
    Posting(u8, Posting),
    Join(u8),
    Leave(u8),
    SetMember { at: u8, person: u8, role: ChannelRole },
    RemoveMember { at: u8, person: u8 },
    Post { at: u8, root: Option<u8>, text: String },
    Message { at: Option<u8>, message: u8, act: OnMessage },
    Read { at: u8, root: Option<u8>, upto: u64 },
    Unread { at: u8, upto: u64 },
    Notify(u8, NotifyLevel),
    Draft { at: u8, elsewhere: Option<u8>, text: String },
}

/// What somebody does to a message.
#[derive(Clone, Debug)]
pub(crate) enum OnMessage {
    Edit(String),
    Delete,
    React(u8, bool),
    Pin(bool),
    TakeCards,
    Follow(bool),
    Save(bool),
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) actor: u8,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) seen: Projection,
    pub(crate) head: Seq,
    pub(crate) log: Vec<(Stamp, Decided)>,
    next_id: u8,
}

impl World {
    /// Owner, admin, two members, two guests and a disabled member; one public channel.
    pub(crate) fn founded() -> Self {
        let mut world =
            Self { seen: Projection::default(), head: Seq(0), log: Vec::new(), next_id: 100 };
        let new = |n: u8| {
            let User { id, handle, name, .. } = cast::user(n, Role::Member, AccountState::Active);
            NewUser { id, handle, name }
        };
        world.commit(&office::found(cast::name("Hearth"), new(0), 0, cast::NOW).unwrap());
        let roles =
            [Role::Admin, Role::Member, Role::Member, Role::Guest, Role::Guest, Role::Member];
        for (n, role) in (1u8..).zip(roles) {
            world.commit(&office::create_user(new(n), role, false, cast::NOW).unwrap());
        }
        let away = Account { role: None, state: Some(AccountState::Disabled) };
        let last = world.user(cast::user_id(6)).clone();
        let owner = world.actor(cast::user_id(0));
        world.commit(&office::change_account(&owner, &last, away, 1).unwrap());
        let what = What::Open {
            kind: ChannelKind::Public,
            posting: Posting::Everyone,
            name: 0,
            people: vec![0, 2, 4],
        };
        let (_, decision) = world.decide(&Step { actor: 1, what });
        world.commit(&decision.unwrap());
        world
    }

    pub(crate) fn commit(&mut self, decided: &[Decided]) {
        for one in decided {
            self.head = self.head.next();
            let stamp = cast::stamp(self.head.0, 1, self.log.len());
            self.seen.apply(stamp, one.actor, &one.event);
            self.log.push((stamp, one.clone()));
        }
        self.next_id += u8::from(!decided.is_empty());
    }

    /// Who acted, and what was decided.
    pub(crate) fn decide(&self, step: &Step) -> (UserId, Decision) {
        let actor = self.actor(self.pick_user(step.actor));
        let decision = match &step.what {
            What::Open { .. } | What::OpenDirect(_) => self.decide_opening(&actor, &step.what),
            What::Change { at, .. }
            | What::Posting(at, _)
            | What::Join(at)
            | What::Leave(at)
            | What::SetMember { at, .. }
            | What::RemoveMember { at, .. } => self.decide_channel(&actor, *at, &step.what),
            What::Post { at, root, text } => self.decide_post(&actor, *at, *root, text),
            What::Message { at, message, act } => self.decide_message(&actor, *at, *message, act),
            What::Read { at, .. }
            | What::Unread { at, .. }
            | What::Notify(at, _)
            | What::Draft { at, .. } => self.decide_personal(&actor, *at, &step.what),
            _ => self.decide_office(&actor, &step.what),
        };
        (actor.id, decision)
    }

    fn decide_office(&self, actor: &Actor, what: &What) -> Decision {
        match what {
            What::Found => {
                office::found(cast::name("Again"), self.newcomer(0), self.owners(), cast::NOW)
            }
            What::Invite { handle, role } => {
                permit(actor, Ask::Office(OfficeAct::Invite { role: *role }))?;
                let new = self.newcomer(*handle);
                let taken = self.users().any(|user| user.handle == new.handle);
                office::create_user(new, *role, taken, cast::NOW)
            }
            What::RenameOffice(n) => {
                let present = self.seen.office[&()].value();
                let name = cast::name(&format!("Office {n}"));
                office::configure(actor, present, Office { name, link_cards: n % 2 == 0 })
            }
            What::Profile { of, name } => {
                let name = Some(cast::name(&format!("New name {name}")));
                let present = self.user(self.pick_user(*of));
                office::change_profile(actor, present, Profile { name, ..Profile::default() })
            }
            What::Account { of, role, state } => {
                let wanted = Account { role: *role, state: *state };
                let present = self.user(self.pick_user(*of));
                office::change_account(actor, present, wanted, self.owners())
            }
            What::Operate { of, state } => {
                office::operate_account(self.user(self.pick_user(*of)), *state, self.owners())
            }
            What::SaveGroup { group, people } => {
                let members = people.iter().map(|n| self.pick_user(*n)).collect();
                let group = Group { members, ..cast::group(group % 3, &[]) };
                office::save_group(actor, group, false)
            }
            What::DeleteGroup(n) => office::delete_group(actor, cast::group_id(n % 3)),
            What::Preferences(theme) => {
                let present = self.seen.preferences.get(&actor.id);
                let present = present.map(|p| p.value().clone()).unwrap_or_default();
                let wanted = Preferences { theme: *theme, ..present.clone() };
                personal::preferences(actor, &present, wanted)
            }
            _ => unreachable!("not an act on the office"),
        }
    }

    fn decide_opening(&self, actor: &Actor, what: &What) -> Decision {
        let people = |numbers: &[u8]| -> Vec<Person> {
            numbers.iter().map(|n| self.person(self.pick_user(*n))).collect()
        };
        let id = cast::channel_id(self.next_id);
        match what {
            What::Open { kind, posting, name, people: numbers } => {
                let open = Open {
                    id,
                    kind: *kind,
                    name: cast::name(&format!("channel {name}")),
                    topic: Topic::empty(),
                    posting: *posting,
                    reach: Reach::Local,
                    people: people(numbers),
                };
                let taken = self.name_is_taken(open.name.as_str(), id);
                channel::open(actor, open, taken, cast::NOW)
            }
            What::OpenDirect(numbers) => {
                channel::open_direct(actor, id, &people(numbers), cast::NOW)
            }
            _ => unreachable!("not an opening"),
        }
    }

    fn decide_channel(&self, actor: &Actor, at: u8, what: &What) -> Decision {
        let standing = self.standing(actor.id, self.pick_channel(at));
        let place = |n: u8| {
            let person = self.person(self.pick_user(n));
            let role = self.role_in(standing.channel.id, person.id);
            let others = self.others(standing.channel.id, person.id);
            (person, channel::Seat { role, others })
        };
        match what {
            What::Change { name, kind, archive, .. } => {
                let name = name.map(|n| cast::name(&format!("channel {n}")));
                let taken = name
                    .as_ref()
                    .is_some_and(|n| self.name_is_taken(n.as_str(), standing.channel.id));
                let topic = name.as_ref().map(|name| Topic::parse(name.as_str()).unwrap());
                let wanted = Change {
                    name,
                    topic,
                    kind: *kind,
                    posting: None,
                    archive: *archive,
                    reveals_history: true,
                };
                channel::change(actor, &standing, wanted, taken, cast::NOW)
            }
            What::Posting(_, posting) => {
                let wanted = Change { posting: Some(*posting), ..Change::default() };
                channel::change(actor, &standing, wanted, false, cast::NOW)
            }
            What::Join(_) => channel::join(actor, &standing),
            What::Leave(_) => {
                channel::leave(actor, &standing, self.others(standing.channel.id, actor.id))
            }
            What::SetMember { person, role, .. } => {
                let (person, seat) = place(*person);
                channel::set_member(actor, &standing, &person, seat, *role)
            }
            What::RemoveMember { person, .. } => {
                let (person, seat) = place(*person);
                channel::remove_member(actor, &standing, person.id, seat)
            }
            _ => unreachable!("not an act in a channel"),
        }
    }

    fn decide_post(&self, actor: &Actor, at: u8, root: Option<u8>, text: &str) -> Decision {
        let standing = self.standing(actor.id, self.pick_channel(at));
        let text = cast::text(text);
        let mentions = self.mentions(actor, standing.channel.id, &text);
        let root = root.and_then(|n| self.pick_message(n));
        let post = Post {
            guise: None,
            id: cast::message_id(self.next_id),
            nonce: cast::nonce(self.next_id),
            text,
            files: Vec::new(),
            root: root.map(|root| root.id),
        };
        message::post(actor, &standing, root.as_ref(), mentions, post)
    }

    fn decide_message(&self, actor: &Actor, at: Option<u8>, n: u8, act: &OnMessage) -> Decision {
        let message = self.pick_message(n).ok_or(Denied::NotFound)?;
        let channel = at.map_or(message.channel, |at| self.pick_channel(at));
        let standing = self.standing(actor.id, channel);
        let state = &self.seen.messages[&message.id];
        match act {
            OnMessage::Edit(words) => {
                let text = cast::text(words);
                let mentions = self.mentions(actor, channel, &text);
                message::edit(actor, &standing, &message, text, mentions)
            }
            OnMessage::Delete => message::delete(actor, &standing, &message),
            OnMessage::React(n, on) => {
                let emoji = Emoji::parse(["🔥", "👍", "❤️"][usize::from(n % 3)]).unwrap();
                let present = self.emoji_on(message.id);
                let mine = state.reactions.get(&(actor.id, emoji.clone()));
                let view = ReactionView {
                    mine: mine.is_some_and(|on| *on.value()),
                    present: present.contains_key(&emoji),
                    kinds: present.len(),
                };
                message::react(actor, &standing, &message, view, (emoji, *on))
            }
            OnMessage::Pin(on) => {
                let pinned = state.pin.as_ref().is_some_and(|pin| *pin.value());
                let view = PinView { pinned, count: self.pins_in(channel) };
                message::pin(actor, &standing, &message, view, *on)
            }
            OnMessage::TakeCards => {
                let view = CardView {
                    text: state.text().cloned(),
                    cards: state.cards().to_vec(),
                    taken: state.cards_taken(),
                };
                card::take_away(actor, &standing, &message, &view)
            }
            OnMessage::Follow(on) => personal::follow(actor, &standing, &message, *on),
            OnMessage::Save(on) => {
                let kept = self.seen.saved.get(&(actor.id, message.id));
                let saved = kept.is_some_and(|kept| *kept.value());
                let view = SavedView { saved, count: self.saved_by(actor.id) };
                personal::save(actor, &standing, &message, view, *on)
            }
        }
    }

    fn decide_personal(&self, actor: &Actor, at: u8, what: &What) -> Decision {
        let standing = self.standing(actor.id, self.pick_channel(at));
        let channel = standing.channel.id;
        match what {
            What::Read { root, upto, .. } => {
                let root = root.and_then(|n| self.pick_message(n)).map(|root| root.id);
                let present = self.read_upto((actor.id, channel, root));
                let mark = Mark { root, upto: Seq(*upto), present, head: self.head };
                personal::mark_read(actor, &standing, mark)
            }
            What::Unread { upto, .. } => {
                let present = self.read_upto((actor.id, channel, None));
                let mark = Mark { root: None, upto: Seq(*upto), present, head: self.head };
                personal::mark_unread(actor, &standing, mark)
            }
            What::Notify(_, level) => personal::notify(actor, &standing, *level),
            What::Draft { elsewhere, text, .. } => {
                let channel = elsewhere.map_or(channel, |n| self.pick_channel(n));
                let text = DraftText::parse(text).unwrap();
                let kept = self.seen.drafts.get(&(actor.id, channel, None));
                let exists = kept.is_some_and(|draft| !draft.value().text.is_empty());
                personal::draft(actor, &standing, exists, Draft { channel, root: None, text })
            }
            _ => unreachable!("not a personal act"),
        }
    }

    /// What the caller does with a text: it looks up who is in the channel, and nobody else.
    fn mentions(&self, actor: &Actor, channel: ChannelId, text: &MessageText) -> Mentions {
        let addressed = addressed(text);
        let present = |user: &UserId| self.role_in(channel, *user).is_some();
        let find = |choices: &Vec<hearth_domain::text::Handle>| {
            choices.iter().find_map(|handle| {
                let user = self.users().find(|user| user.handle == *handle);
                let user = user.filter(|u| present(&u.id)).map(|user| Target::User(user.id));
                user.or_else(|| {
                    let mut groups = self.seen.groups.values().filter_map(|g| g.value().as_ref());
                    let group = groups.find(|group| group.handle == *handle)?;
                    let people = group.members.iter().copied().filter(present).collect();
                    Some(Target::Group(group.id, people))
                })
            })
        };
        let targets = addressed.handles.iter().filter_map(find).collect();
        let online = self.users().map(|user| user.id).filter(present).collect();
        message::mentions(actor, &addressed, Reached { targets, online })
    }
}

/// Questions about what is.
impl World {
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.seen.users.values().map(|user| user.value())
    }

    pub(crate) fn user(&self, id: UserId) -> &User {
        self.seen.users[&id].value()
    }

    pub(crate) fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.seen.channels.get(&id).map(|channel| channel.value())
    }

    pub(crate) fn owners(&self) -> usize {
        let owns = |u: &&User| u.role == Role::Owner && u.state == AccountState::Active;
        self.users().filter(owns).count()
    }

    pub(crate) fn actor(&self, id: UserId) -> Actor {
        let User { id, role, state, .. } = *self.user(id);
        Actor { id, role, state, grant: Grant::Whole }
    }

    pub(crate) fn role_in(&self, channel: ChannelId, user: UserId) -> Option<ChannelRole> {
        self.seen.members.get(&(channel, user)).and_then(|role| *role.value())
    }

    fn others(&self, channel: ChannelId, user: UserId) -> channel::Others {
        let mut others = channel::Others::default();
        for (id, role) in self.people_in(channel).into_iter().filter(|(id, _)| *id != user) {
            let User { role: office_role, state, .. } = *self.user(id);
            let may = office_role > Role::Guest && state == AccountState::Active;
            others.people += 1;
            others.managers += usize::from(role == ChannelRole::Manager && may);
        }
        others
    }

    pub(crate) fn people_in(&self, channel: ChannelId) -> BTreeMap<UserId, ChannelRole> {
        let here = |user: &User| self.role_in(channel, user.id).map(|role| (user.id, role));
        self.users().filter_map(here).collect()
    }

    pub(crate) fn standing(&self, user: UserId, channel: ChannelId) -> Standing {
        let member = self.role_in(channel, user);
        Standing { channel: self.seen.channels[&channel].value().clone(), member }
    }

    pub(crate) fn message(&self, id: MessageId) -> Option<MessageHead> {
        let state = self.seen.messages.get(&id)?;
        let (author, posted) = state.posted.as_ref()?;
        Some(MessageHead {
            id,
            channel: posted.channel,
            root: posted.root,
            author: *author,
            has_files: !posted.files.is_empty(),
            deleted: state.deleted,
        })
    }

    pub(crate) fn emoji_on(&self, id: MessageId) -> BTreeMap<Emoji, usize> {
        let mut counts = BTreeMap::new();
        for ((_, emoji), on) in &self.seen.messages[&id].reactions {
            if *on.value() {
                *counts.entry(emoji.clone()).or_default() += 1;
            }
        }
        counts
    }

    pub(crate) fn pins_in(&self, channel: ChannelId) -> usize {
        let here = |id: &MessageId| self.message(*id).is_some_and(|m| m.channel == channel);
        let pinned =
            self.seen.messages.iter().filter(|(id, state)| {
                here(id) && state.pin.as_ref().is_some_and(|pin| *pin.value())
            });
        pinned.count()
    }

    pub(crate) fn saved_by(&self, user: UserId) -> usize {
        let mine = self.seen.saved.iter().filter(|((by, _), on)| *by == user && *on.value());
        mine.count()
    }

    fn read_upto(&self, place: Place) -> Seq {
        self.seen.reads.get(&place).map(|mark| *mark.value()).unwrap_or_default()
    }

    fn name_is_taken(&self, name: &str, by_other_than: ChannelId) -> bool {
        self.seen.channels.values().map(|channel| channel.value()).any(|channel| {
            channel.id != by_other_than && channel.name.as_ref().is_some_and(|n| n.as_str() == name)
        })
    }

    fn newcomer(&self, handle: u8) -> NewUser {
        let handle = cast::handle(&format!("u{}", handle % 20));
        NewUser { id: cast::user_id(self.next_id), handle, name: cast::name("Newcomer") }
    }

    fn person(&self, id: UserId) -> Person {
        let User { id, role, state, .. } = *self.user(id);
        Person { id, role, state }
    }

    fn pick_user(&self, n: u8) -> UserId {
        let ids: Vec<UserId> = self.seen.users.keys().copied().collect();
        ids[usize::from(n) % ids.len()]
    }

    fn pick_channel(&self, n: u8) -> ChannelId {
        let ids: Vec<ChannelId> = self.seen.channels.keys().copied().collect();
        ids[usize::from(n) % ids.len()]
    }

    fn pick_message(&self, n: u8) -> Option<MessageHead> {
        let ids: Vec<MessageId> = self.seen.messages.keys().copied().collect();
        ids.get(usize::from(n) % ids.len().max(1)).and_then(|id| self.message(*id))
    }
}
