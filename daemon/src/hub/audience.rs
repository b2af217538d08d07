//! Who is connected, and through which channels events reach them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hearth_domain::event::{Event, Scope};
use hearth_domain::id::{ChannelId, Seq, SessionId, UserId};
use hearth_domain::model::{AccountState, Role, User};
use hearth_wire::frame::ClosingReason;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Line, Outgoing, Registration, SocketId, feed};

/// One open socket.
pub(super) struct Socket {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    queue: tokio::sync::mpsc::Sender<Arc<Outgoing>>,
    line: Arc<Line>,
}

/// Somebody with at least one open socket.
struct Person {
    role: Role,
    sockets: BTreeSet<SocketId>,
    channels: BTreeSet<ChannelId>,
}

/// The open sockets, by person and by channel.
#[derive(Default)]
pub(super) struct Audience {
    last_id: u64,
    sockets: HashMap<SocketId, Socket>,
    people: HashMap<UserId, Person>,
    channels: HashMap<ChannelId, BTreeSet<UserId>>,
}

impl Audience {
    pub(super) fn add(&mut self, registration: Registration) -> SocketId {
        self.last_id += 1;
        let id = SocketId(self.last_id);
        let Registration { user, role, session, channels, queue, line, .. } = registration;
        self.sockets.insert(id, Socket { user, session, queue, line });
        let person = self.people.entry(user).or_insert_with(|| Person {
            role,
            sockets: BTreeSet::new(),
            channels: BTreeSet::new(),
        });
        person.role = role;
        person.sockets.insert(id);
        for channel in channels {
            if person.channels.insert(channel) {
                self.channels.entry(channel).or_default().insert(user);
            }
        }
        id
    }

    pub(super) fn remove(&mut self, id: SocketId) -> Option<UserId> {
        let user = self.sockets.remove(&id)?.user;
        let person = self.people.get_mut(&user)?;
        person.sockets.remove(&id);
        if person.sockets.is_empty()
            && let Some(person) = self.people.remove(&user)
        {
            for channel in person.channels {
                self.forget(channel, user);
            }
        }
        Some(user)
    }

    pub(super) fn user_of(&self, id: SocketId) -> Option<UserId> {
        self.sockets.get(&id).map(|socket| socket.user)
    }

    pub(super) fn len(&self) -> u64 {
        self.sockets.len() as u64
    }

    /// Keeps the lists in step with an event that changes who sees what.
    pub(super) fn follow_access(&mut self, event: &Event) {
        match event {
            Event::ChannelCreated { channel, members } => {
                for member in members {
                    self.enter(channel.id, member.user);
                }
            }
            Event::MemberAdded { channel, member } => self.enter(*channel, member.user),
            Event::MemberRemoved { channel, user } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.channels.remove(channel);
                }
                self.forget(*channel, *user);
            }
            Event::UserUpdated { user } => self.follow_account(user),
            _ => {}
        }
    }

    fn enter(&mut self, channel: ChannelId, user: UserId) {
        if let Some(person) = self.people.get_mut(&user) {
            person.channels.insert(channel);
            self.channels.entry(channel).or_default().insert(user);
        }
    }

    fn forget(&mut self, channel: ChannelId, user: UserId) {
        if let Some(people) = self.channels.get_mut(&channel) {
            people.remove(&user);
            if people.is_empty() {
                self.channels.remove(&channel);
            }
        }
    }

    /// Somebody whose account was disabled is signed out; somebody whose role changed reconnects, so
    /// that everything they see is read with the new role.
    fn follow_account(&mut self, user: &User) {
        let Some(person) = self.people.get_mut(&user.id) else { return };
        let reason = match user.state {
            AccountState::Disabled => ClosingReason::SignedOut,
            AccountState::Active if person.role != user.role => ClosingReason::AccessChanged,
            AccountState::Active => return,
        };
        person.role = user.role;
        self.close_where(reason, |socket| socket.user == user.id);
    }

    /// Hands an event to everybody it is for.
    pub(super) fn deliver(&self, scope: Scope, seq: Seq, frame: Utf8Bytes) {
        let note = Arc::new(Outgoing::Event { seq, frame });
        match scope {
            Scope::Office => self.to_all(&note),
            Scope::Members => {
                for person in self.people.values().filter(|p| p.role >= Role::Member) {
                    self.to_person(person, &note);
                }
            }
            Scope::Channel(channel) => self.to_channel(channel, &note, None),
            Scope::User(user) => self.to_user(user, &note),
        }
    }

    pub(super) fn to_channel(
        &self,
        channel: ChannelId,
        note: &Arc<Outgoing>,
        except: Option<UserId>,
    ) {
        let users = self.channels.get(&channel).into_iter().flatten();
        for user in users.filter(|user| Some(**user) != except) {
            if let Some(person) = self.people.get(user) {
                self.to_person(person, note);
            }
        }
    }

    /// Who gets a channel's events.
    pub(super) fn in_channel(&self, channel: ChannelId) -> impl Iterator<Item = UserId> {
        self.channels.get(&channel).into_iter().flatten().copied()
    }

    pub(super) fn to_all(&self, note: &Arc<Outgoing>) {
        for socket in self.sockets.values() {
            feed(&socket.queue, &socket.line, note);
        }
    }

    pub(super) fn to_user(&self, user: UserId, note: &Arc<Outgoing>) {
        if let Some(person) = self.people.get(&user) {
            self.to_person(person, note);
        }
    }

    fn to_person(&self, person: &Person, note: &Arc<Outgoing>) {
        for socket in person.sockets.iter().filter_map(|id| self.sockets.get(id)) {
            feed(&socket.queue, &socket.line, note);
        }
    }

    pub(super) fn close_all(&mut self, reason: ClosingReason) {
        self.close_where(reason, |_| true);
    }

    /// Ends sockets: each sends what its queue still holds, says why, and is gone.
    pub(super) fn close_where(
        &mut self,
        reason: ClosingReason,
        mut chosen: impl FnMut(&Socket) -> bool,
    ) {
        let ids: Vec<SocketId> =
            self.sockets.iter().filter(|(_, s)| chosen(s)).map(|(id, _)| *id).collect();
        for id in ids {
            if let Some(socket) = self.sockets.get(&id) {
                socket.line.close(reason);
            }
            self.remove(id);
        }
    }
}
