//! An office to test with: its own database, a clock that only the test moves, ids that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hearth_domain::event::{Decided, Event, Posted, Scope};
use hearth_domain::id::{ChannelId, MessageId, Nonce, UserId};
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Member, Mentions, Posting, Reach, Role, User,
    UserKind,
};
use hearth_domain::permit::{self, CanRead};
use hearth_domain::text::{Handle, MessageText, Name, Topic};
use hearth_domain::time::Timestamp;
use hearth_store::chat::{channels, people};
use hearth_store::{Committed, DbError, ReadTx, Store, StoreOptions, WriteError};

/// When tests happen.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// Ten bytes that were not used before.
pub(crate) fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub(crate) fn options(path: impl Into<std::path::PathBuf>) -> StoreOptions {
    StoreOptions::new(path, NOW, random())
}

pub(crate) struct Office {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) owner: UserId,
}

impl Office {
    /// A new office with an owner.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&options(folder.path().join("hearth.db"))).unwrap();
        let owner = UserId::new(NOW, random());
        let office = Self { folder, store, owner };
        office.save_user(owner, Role::Owner).await;
        office
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("hearth.db")
    }

    pub(crate) async fn commit(&self, decided: Decided) -> Arc<Committed> {
        commit(&self.store, decided).await.unwrap()
    }

    async fn save_user(&self, id: UserId, role: Role) {
        let user = user(id, role);
        let event = Event::UserCreated { user };
        self.commit(Decided { actor: id, scope: Scope::Office, event }).await;
    }

    pub(crate) async fn user(&self, role: Role) -> UserId {
        let id = UserId::new(NOW, random());
        self.save_user(id, role).await;
        id
    }

    /// A channel with the owner as manager and others in it.
    pub(crate) async fn channel(&self, kind: ChannelKind, others: &[UserId]) -> ChannelId {
        let id = ChannelId::new(NOW, random());
        let mut members = vec![Member { user: self.owner, role: ChannelRole::Manager }];
        members.extend(others.iter().map(|u| Member { user: *u, role: ChannelRole::Member }));
        let event = Event::ChannelCreated { channel: channel(id, kind, self.owner), members };
        let scope = if kind == ChannelKind::Public { Scope::Members } else { Scope::Channel(id) };
        self.commit(Decided { actor: self.owner, scope, event }).await;
        id
    }

    pub(crate) async fn post(
        &self,
        author: UserId,
        channel: ChannelId,
        text: &str,
    ) -> Arc<Committed> {
        self.commit(post(author, channel, text)).await
    }

    pub(crate) async fn answer(
        &self,
        author: UserId,
        (channel, root): (ChannelId, MessageId),
        text: &str,
    ) -> Arc<Committed> {
        self.commit(posting(author, channel, Some(root), text, Mentions::default())).await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> T {
        self.store.read(work).await.unwrap()
    }

    /// Leave to read a channel, by the rules.
    pub(crate) async fn can_read(&self, user: UserId, channel: ChannelId) -> CanRead {
        self.read(move |tx| {
            let actor = people::actor(tx, user)?.unwrap();
            let standing = channels::standing(tx, channel, user)?.unwrap();
            Ok(permit::read(&actor, &standing).unwrap())
        })
        .await
    }
}

pub(crate) async fn commit(
    store: &Store,
    decided: Decided,
) -> Result<Arc<Committed>, WriteError<DbError>> {
    store.write(NOW, move |tx| tx.commit(decided)).await
}

pub(crate) fn user(id: UserId, role: Role) -> User {
    let tail = &id.to_string()[24..];
    User {
        kind: UserKind::Person,
        id,
        handle: Handle::parse(&format!("u{tail}")).unwrap(),
        name: Name::parse(&format!("周予安 {tail}")).unwrap(),
        role,
        state: AccountState::Active,
        status: None,
        avatar: None,
        created_at: NOW,
    }
}

pub(crate) fn channel(id: ChannelId, kind: ChannelKind, by: UserId) -> Channel {
    let named = matches!(kind, ChannelKind::Public | ChannelKind::Private);
    let name = format!("Room {}", &id.to_string()[24..]);
    Channel {
        id,
        kind,
        name: named.then(|| Name::parse(&name).unwrap()),
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        archived_at: None,
        created_by: by,
        created_at: NOW,
    }
}

pub(crate) fn post(author: UserId, channel: ChannelId, text: &str) -> Decided {
    posting(author, channel, None, text, Mentions::default())
}

pub(crate) fn posting(
    author: UserId,
    channel: ChannelId,
    root: Option<MessageId>,
    text: &str,
    mentions: Mentions,
) -> Decided {
    let posted = Posted {
        guise: None,
        message: MessageId::new(NOW, random()),
        channel,
        root,
        text: MessageText::parse(text).unwrap(),
        mentions,
        files: Vec::new(),
        nonce: Nonce::new(NOW, random()),
    };
    let event = Event::MessagePosted(posted);
    Decided { actor: author, scope: Scope::Channel(channel), event }
}

/// The message an event posted.
pub(crate) fn message_of(committed: &Committed) -> MessageId {
    match &committed.event {
        Event::MessagePosted(posted) => posted.message,
        other => panic!("not a post: {other:?}"),
    }
}
