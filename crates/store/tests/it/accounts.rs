//! What never leaves the box.

use hearth_domain::id::{InviteId, Nonce, SessionId};
use hearth_domain::log::PayloadHash;
use hearth_domain::model::{AccountState, ChannelKind, Role};
use hearth_store::account::TokenHash;
use hearth_store::account::credentials::{self, Phc};
use hearth_store::account::invites::{self, Invite};
use hearth_store::account::sessions::{self, Session, SessionKind};
use hearth_store::account::setup::{self, Attempt};
use hearth_store::chat::nonces::{self, PurgeCursor, Sent};

use crate::harness::{NOW, Office, message_of, random};

#[tokio::test]
async fn a_session_is_found_until_it_ends() {
    let office = Office::new().await;
    let owner = office.owner;
    let open = |byte: u8| {
        let session = Session {
            id: SessionId::new(NOW, random()),
            user: owner,
            kind: SessionKind::Bearer,
            device: "Firefox".to_owned(),
            address: "192.0.2.7".to_owned(),
            created_at: NOW,
            used_at: NOW,
            expires_at: NOW.plus_ms(1_000),
        };
        (session, TokenHash([byte; 32]))
    };
    let (first, second) = (open(1), open(2));
    let (a, b) = (first.0.id, second.0.id);
    let created = office.store.write(NOW, move |tx| {
        sessions::create(tx, &first.0, first.1)?;
        sessions::create(tx, &second.0, second.1)
    });
    created.await.unwrap();
    let find = |byte: u8, ms: u64| {
        office.read(move |tx| {
            sessions::find_by_token_hash(tx, TokenHash([byte; 32]), NOW.plus_ms(ms))
        })
    };
    let found = find(1, 0).await.unwrap();
    assert_eq!((found.session.id, found.role, found.state), (a, Role::Owner, AccountState::Active));
    assert!(find(1, 1_000).await.is_none(), "expired");
    assert!(find(9, 0).await.is_none(), "unknown");

    let later = NOW.plus_ms(60);
    office
        .store
        .write(later, move |tx| sessions::touch(tx, a, later.plus_ms(1_000_000)))
        .await
        .unwrap();
    assert_eq!(find(1, 0).await.unwrap().session.used_at, later);
    let ended =
        office.store.write(NOW, move |tx| sessions::revoke_all_of(tx, owner, Some(a))).await;
    assert_eq!(ended.unwrap(), [b]);
    assert!(find(2, 0).await.is_none(), "revoked");
    let stranger = office.user(Role::Member).await;
    let revoke = |user| office.store.write(NOW, move |tx| sessions::revoke(tx, user, a));
    assert!(!revoke(stranger).await.unwrap(), "only one's own");
    assert_eq!(office.read(move |tx| sessions::list(tx, owner, NOW)).await.len(), 1);
    assert!(revoke(owner).await.unwrap());
    assert!(!office.read(move |tx| sessions::is_open(tx, a, NOW)).await);
}

#[tokio::test]
async fn an_invitation_is_counted_and_ends() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let invite = Invite {
        id: InviteId::new(NOW, random()),
        role: Role::Guest,
        uses_max: 2,
        uses: 0,
        expires_at: NOW.plus_ms(1_000),
        created_by: office.owner,
        created_at: NOW,
        channels: vec![channel],
    };
    let (token, kept) = (TokenHash([3; 32]), invite.clone());
    office.store.write(NOW, move |tx| invites::create(tx, &kept, token)).await.unwrap();
    assert_eq!(office.read(move |tx| invites::find(tx, token, NOW)).await, Some(invite.clone()));
    assert_eq!(office.read(|tx| invites::list(tx, NOW)).await.len(), 1);
    let use_at = |ms| office.store.write(NOW.plus_ms(ms), move |tx| invites::use_one(tx, token));
    assert!(use_at(1_000).await.unwrap().is_none(), "expired");
    assert_eq!(use_at(0).await.unwrap().unwrap().uses, 1);
    let refused = office.store.write(NOW, move |tx| {
        invites::use_one(tx, token).map_err(|_| "db")?;
        Err::<(), _>("the handle is taken")
    });
    refused.await.unwrap_err();
    assert_eq!(use_at(0).await.unwrap().unwrap().uses, 2, "a refused account uses nothing up");
    assert!(use_at(0).await.unwrap().is_none(), "used up");
    let id = invite.id;
    assert!(office.store.write(NOW, move |tx| invites::revoke(tx, id)).await.unwrap());
    assert!(!office.store.write(NOW, move |tx| invites::revoke(tx, id)).await.unwrap());
    assert!(office.read(|tx| invites::list(tx, NOW)).await.is_empty());
}

#[tokio::test]
async fn passwords_and_setup_codes_work_once_they_should() {
    let office = Office::new().await;
    let owner = office.owner;
    let phc = Phc::new("$argon2id$v=19$secret".to_owned());
    assert!(!format!("{phc:?} {:?}", TokenHash([7; 32])).contains(['7', '$']));
    office.store.write(NOW, move |tx| credentials::set(tx, owner, &phc)).await.unwrap();
    let found = office.read(move |tx| credentials::phc_of(tx, owner)).await.unwrap();
    assert_eq!(found.expose(), "$argon2id$v=19$secret");

    let (old, new) = (TokenHash([4; 32]), TokenHash([5; 32]));
    let end = NOW.plus_ms(1_000);
    office.store.write(NOW, move |tx| setup::create(tx, old, end)).await.unwrap();
    office.store.write(NOW, move |tx| setup::create(tx, new, end)).await.unwrap();
    let attempt =
        async |code, at| office.store.write(at, move |tx| setup::attempt(tx, code)).await.unwrap();
    assert_eq!(attempt(old, NOW).await, Attempt::Wrong { left: 4 });
    assert_eq!(attempt(new, end).await, Attempt::Closed, "too late");
    assert!(office.read(|tx| setup::is_open(tx, NOW)).await);
    assert!(!office.read(move |tx| setup::is_open(tx, end)).await);
    assert_eq!(attempt(new, NOW).await, Attempt::Used);
    assert_eq!(attempt(new, NOW).await, Attempt::Closed);
    assert!(!office.read(|tx| setup::is_open(tx, NOW)).await);
}

#[tokio::test]
async fn five_wrong_tries_end_a_setup_code() {
    let office = Office::new().await;
    let (code, wrong) = (TokenHash([4; 32]), TokenHash([5; 32]));
    let end = NOW.plus_ms(1_000);
    let create = async || {
        office.store.write(NOW, move |tx| setup::create(tx, code, end)).await.unwrap();
    };
    let attempt =
        async |code| office.store.write(NOW, move |tx| setup::attempt(tx, code)).await.unwrap();
    create().await;
    for left in (0..5).rev() {
        assert_eq!(attempt(wrong).await, Attempt::Wrong { left });
    }
    assert_eq!(attempt(code).await, Attempt::Closed, "the right one no longer fits");
    assert!(!office.read(|tx| setup::is_open(tx, NOW)).await);
    create().await;
    assert_eq!(attempt(wrong).await, Attempt::Wrong { left: 4 });
    assert_eq!(attempt(code).await, Attempt::Used);
}

#[tokio::test]
async fn a_nonce_is_remembered_for_a_while() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let (owner, nonce) = (office.owner, Nonce::new(NOW, random()));
    let posted = office.post(owner, channel, "once").await;
    let (content, message) = (PayloadHash::of(b"once"), message_of(&posted));
    let sent = Sent { message, seq: posted.seq, content, at: posted.at };
    let remember =
        office.store.write(NOW, move |tx| nonces::remember(tx, (owner, nonce), sent)).await;
    remember.unwrap();
    assert_eq!(office.read(move |tx| nonces::find(tx, owner, nonce)).await, Some(sent));
    let again = office.store.write(NOW, move |tx| nonces::remember(tx, (owner, nonce), sent)).await;
    again.unwrap_err();
    let purge = |ms| {
        office
            .store
            .write(NOW, move |tx| nonces::purge(tx, PurgeCursor::default(), NOW.plus_ms(ms)))
    };
    assert_eq!(purge(0).await.unwrap(), None);
    assert!(office.read(move |tx| nonces::find(tx, owner, nonce)).await.is_some());
    assert_eq!(purge(1).await.unwrap(), None);
    assert!(office.read(move |tx| nonces::find(tx, owner, nonce)).await.is_none());
}
